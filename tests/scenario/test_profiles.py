"""Who a customer is: asked of the network sparingly, put together with what messages tell, drawn anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desk.conversations.profiles import public
from models import Contact
from tests.scenario.acts import line, quiet
from tests.scenario.hands import on_sqlite
from tests.scenario.world import FAST, World, the_world

PICTURE = "https://cdn.example/mia.jpg"
MIA = {"name": "Mia Krüger", "fields": {"Bio": "Sails"}, "picture": PICTURE}


def asked(world: World) -> int:
    return sum(verb == "profile" for verb, _ in world.provider.calls)


def profile_card(world: World, card: str) -> str:
    return str(next(m for m in world.thread(card) if m.get("attachments")))


@on_sqlite
async def test_a_profile_is_asked_for_once_and_put_together(tmp_path: Path, database: str) -> None:
    async with the_world(tmp_path, database, linked=True, public_url="https://o.example") as world:
        world.provider.profiles["mia"] = MIA
        world.provider.fault("500", 2, verb="profile")
        world.provider.fault("", 1, verb="profile")
        card = await world.conversation("mia", "Hello?", phone="+49 170 1")
        await world.until(lambda: "Sails" in profile_card(world, card))
        await world.until(lambda: "Mia Krüger" in str(world.cards()[0]["blocks"]))
        shown = profile_card(world, card)
        assert "Phone" in shown, "what the message told stays"
        assert PICTURE in shown
        assert asked(world) == 3

        await world.writes("mia", "again", name="Mia K.")
        await line(world, card, "again")
        await quiet(world)
        assert asked(world) == 3
        contact = await Contact.get(external_id="mia")
        assert [field[0] for field in contact.fields_] == ["Fake name", "Phone", "Bio"]
        assert (contact.name, contact.avatar_url) == ("Mia K.", PICTURE)


@on_sqlite
async def test_it_is_asked_for_again_and_holds_up_nothing(tmp_path: Path, database: str) -> None:
    often = replace(FAST, profile_every=timedelta(0))
    public_url = "https://o.example"
    async with the_world(tmp_path, database, linked=True, public_url=public_url, durations=often) as world:
        world.provider.fault("held", verb="profile")
        card = await world.conversation("mia", "Hello?")
        await line(world, card, "Hello?")
        world.provider.profiles["mia"] = {"name": "Mia", "picture": "http://plain.example/a.jpg"}
        await world.writes("mia", "again")
        await line(world, card, "again")
        world.provider.release()
        await quiet(world)
        assert (await Contact.get(external_id="mia")).avatar_url is None, "only what Slack may be given"
        world.provider.fault("blocked", verb="profile")
        await world.writes("mia", "once more")
        await line(world, card, "once more")
        await quiet(world)
        assert world.said(card)[-1] == "once more", "a refusal is nobody's business"


@pytest.mark.parametrize(
    ("url", "good"),
    [
        (PICTURE, True),
        ("http://cdn.example/a.jpg", False),
        ("https://user:secret@cdn.example/a.jpg", False),
        ("https://", False),
        ("https://[", False),
        ("https://cdn.example/a b\n.jpg", False),
        ("https://cdn.example/" + "a" * 1024, False),
        ("", False),
        (None, False),
    ],
)
def test_a_pictures_address_is_public_or_none(url: str | None, good: bool) -> None:
    assert public(url) == (url if good else None)
