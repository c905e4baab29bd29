"""What agents' emoji on a customer's words do: the customer sees the newest, and nobody hears of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.conversations.reacting import newest
from desk.slack.emojis import allowed
from models import Conversation, Status
from tests.samples import PNG
from tests.scenario.acts import closes, line, lines, quiet, says, takes
from tests.scenario.files import files_from
from tests.scenario.world import ANA, BEN, DORA, SUPPORT, World, database_url, the_world


async def puts(world: World, user: str, ts: str, name: str, *, away: bool = False) -> None:
    """Somebody puts an emoji on a message, or takes theirs away; back when Oratio has taken that."""
    verb = "unreact" if away else "react"
    done = await world.slack.act(verb, user=user, channel=SUPPORT, ts=ts, name=name)
    assert done["ok"], done
    await world.until(lambda: not world.slack.events_under_way)


def reacted(world: World) -> list[tuple[str, str]]:
    """What the network was told, in order: message and emoji."""
    return [(body["id"], body["emoji"]) for verb, body in world.provider.done if verb == "react"]


async def test_the_newest_that_stands_is_what_the_customer_sees(world: World) -> None:
    card = await world.conversation("mia", "Hello?")
    await world.slack.act("join", user=DORA, channel=SUPPORT)
    hello = await world.writes("mia", "I have a question")
    ts = (await line(world, card, "I have a question"))["ts"]
    await quiet(world)
    await puts(world, ANA, ts, "thumbsup")
    await world.provider.until(lambda: reacted(world) == [(hello, "👍")])
    await puts(world, BEN, ts, "heart")
    await world.provider.until(lambda: reacted(world)[-1] == (hello, "❤️"))
    await puts(world, BEN, ts, "heart", away=True)
    await world.provider.until(lambda: reacted(world)[-1] == (hello, "👍"))
    await puts(world, ANA, ts, "thumbsup", away=True)
    await world.provider.until(lambda: reacted(world)[-1] == (hello, ""))
    before = len(reacted(world))

    await puts(world, DORA, ts, "tada")  # no agent
    await puts(world, ANA, ts, "eyes")  # the network has no such reaction
    await puts(world, ANA, card, "tada")  # the card is nobody's words
    own = await says(world, ANA, card, "What is it?")
    await puts(world, BEN, own, "tada")  # nor is a colleague's answer the customer's
    await quiet(world)
    assert len(reacted(world)) == before
    assert [e for user in (ANA, BEN, DORA) for e in world.slack.ephemerals(user)] == []


async def test_where_it_lands_and_what_it_leaves_alone(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        card = await world.conversation("mia", "Hello?")
        await takes(world, ANA, card)
        for name in ("a.png", "b.png"):
            world.provider.files[name] = PNG
        first = await world.writes("mia", group="g", files=[{"ref": "a.png", "name": "a.png"}])
        await world.writes("mia", "both", group="g", files=[{"ref": "b.png", "name": "b.png"}])
        (album,) = await files_from(world, card, 1)
        await closes(world, ANA, card)
        for fault in ("500", "no_answer", "refused"):
            world.provider.fault(fault, verb="react")
        await puts(world, ANA, album["ts"], "tada")
        await world.provider.until(lambda: world.provider.faults_left == 0)
        await puts(world, BEN, album["ts"], "+1")
        await world.provider.until(lambda: reacted(world) == [(first, "👍")])
        await quiet(world)
        assert (await Conversation.get()).status is Status.CLOSED, "it opens nothing"
        assert lines(world, card, "Not delivered") == []
        await world.tells("gone", "mia", "m")
        await line(world, card, "Mia blocked this account.")
        await puts(world, ANA, album["ts"], "heart")
        await quiet(world)
        assert reacted(world)[-1] == (first, "👍"), "who is gone is shown nothing new"


async def test_a_network_without_reactions_is_told_none(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), bare=True) as world:
        card = await world.conversation("mia", "Hello?")
        await puts(world, ANA, (await line(world, card, "Hello?"))["ts"], "tada")
        await quiet(world)
        assert {verb for verb, _ in world.provider.calls} == set()


@pytest.mark.parametrize(
    ("name", "takes", "shown"),
    [
        ("+1", frozenset({"👍"}), "👍"),
        ("+1::skin-tone-5", frozenset({"👍"}), "👍"),
        ("heart", frozenset({"❤"}), "❤"),
        ("+1::skin-tone-5", frozenset(), "👍🏾"),
        ("eyes", frozenset({"👍"}), None),
        ("party_parrot", frozenset(), None),
        ("", frozenset({"👍"}), None),
    ],
)
def test_an_emoji_is_what_the_network_calls_it_or_nothing(
    name: str, takes: frozenset[str], shown: str | None
) -> None:
    assert allowed(name, takes) == shown


def test_the_last_one_put_that_still_stands_counts() -> None:
    standing = {"U1:+1": ["2", True], "U2:heart": ["3", False], "U3:tada": ["1", True]}
    assert newest({"reactions": standing}) == "+1"
    assert newest({"reactions": {"U1:+1": ["2", False]}}) == ""
    assert newest({}) == ""
