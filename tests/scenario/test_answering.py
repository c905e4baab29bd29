"""A reply keeps its target, both ways: one short line in Slack, a quote that means one message outward."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from desk.conversations.answering import only
from desk.slack.quotes import split
from models import Message
from tests.samples import PNG
from tests.scenario.acts import changes, line, marked, says
from tests.scenario.files import files_from, hands_in
from tests.scenario.test_hostile import flat
from tests.scenario.world import ANA, World, database_url, the_world


def sent(world: World) -> list[tuple[str, str | None]]:
    """What the customer got, with what it answers."""
    return [(m.text, m.reply_to) for m in world.provider.shown]


async def test_what_a_customer_answers_stands_above_their_words(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        card = await world.conversation()
        await marked(world, await says(world, ANA, card, "Blue <or> green?\nTell me"), "white_check_mark")
        await world.writes("mia", "Green", reply_to=world.provider.shown[0].id)
        green = await line(world, card, "Green")
        assert flat(green["blocks"][0]) == "Ana: Blue <or> green? Tell meGreen"
        picture = await hands_in(world, card, "", {"name": "map.png", "content": PNG})
        await marked(world, picture, "white_check_mark")
        await world.writes("mia", "Thanks", reply_to=world.provider.shown[1].id)
        assert flat((await line(world, card, "Thanks"))["blocks"][0]) == "Ana: map.pngThanks"
        world.provider.files["a.png"] = PNG
        await world.writes(
            "mia", files=[{"ref": "a.png", "name": "a.png"}], reply_to=world.provider.shown[0].id
        )
        (post,) = [p for p in await files_from(world, card, 2) if p.get("username")]
        assert "Ana: Blue <or>" in str(post["blocks"]), "a file without words answers, too"
        await world.writes("mia", "Unknown", reply_to="nobody")
        assert flat((await line(world, card, "Unknown"))["blocks"][0]) == "Unknown"


async def test_a_quote_that_means_one_message_makes_a_reply_to_it(tmp_path: Path) -> None:
    hold = {"undo_hold": timedelta(milliseconds=400)}
    async with the_world(tmp_path, database_url(tmp_path), account=hold) as world:
        card = await world.conversation("mia", "Hello?")
        first = await world.writes("mia", "Is it *open*\non Monday?", handle="q1")
        second = await world.writes("mia", "And where is it?")
        await world.writes("mia", "Hello?")
        await line(world, card, "Hello?", 2)
        await says(world, ANA, card, "> Is it *open*\n> on Monday?\nYes, from nine")
        await world.provider.until(lambda: len(sent(world)) == 1)
        assert sent(world) == [("Yes, from nine", first)]
        assert [b["reply_to_handle"] for verb, b in world.provider.calls if verb == "send"] == ["q1"]

        await says(world, ANA, card, "> Hello?\nHello!")  # said twice: nobody knows which
        await says(world, ANA, card, "> Is it open\nMaybe")  # not what was said
        await says(world, ANA, card, "> And where is it?")  # nothing but a quote
        await world.provider.until(lambda: len(sent(world)) == 4)
        assert [reply for _, reply in sent(world)[1:]] == [None, None, None]
        assert sent(world)[1][0] == "> Hello?\nHello!"

        held = await says(world, ANA, card, "Main Street 1")
        await changes(world, ANA, held, "> And where is it?\nMain Street 2")
        await world.provider.until(lambda: len(sent(world)) == 5)
        assert sent(world)[4] == ("Main Street 2", second)
        await marked(world, held, "white_check_mark")
        await changes(world, ANA, held, "> And where is it?\nMain Street 3")
        await world.provider.until(lambda: world.provider.shown[4].text == "Main Street 3")


async def test_where_nothing_can_be_answered_a_quote_is_words(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), bare=True) as world:
        card = await world.conversation("mia", "Where?")
        await says(world, ANA, card, "> Where?\nHere")
        await world.provider.until(lambda: sent(world) == [("> Where?\nHere", None)])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("> a\n> b\n\nc\n> d", ("a\nb", "c\n> d")),
        ("> a\n>\n> b\nc", ("a\n\nb", "c")),
        (">a\nc", ("", ">a\nc")),
        ("> a", ("a", "")),
        ("c", ("", "c")),
        ("", ("", "")),
    ],
)
def test_the_quote_at_the_beginning(text: str, parts: tuple[str, str]) -> None:
    assert split(text) == parts


def test_only_one_message_can_be_meant() -> None:
    told = [("a", ""), ("b  c", ""), ("a", ""), ("", "Voice message, 0:14")]
    said = [Message(id=n, text=text, placeholder=words) for n, (text, words) in enumerate(told)]
    assert only("b c", said) == 1
    assert only("Voice message, 0:14", said) == 3
    assert only("a", said) is None
    assert only("", said) is None
