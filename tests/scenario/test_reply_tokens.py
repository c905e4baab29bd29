"""A network whose answers are free by a token of the customer's last message: one part spends it, soon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models import Contact, Delivery, DeliveryKind
from tests.scenario.acts import line, marked, presses, quiet, says, takes
from tests.scenario.world import ANA, World, database_url, running, the_world


def world_with_tokens(folder: Path, database: str | None = None, *, life: float = 60) -> Any:
    return the_world(folder, database or database_url(folder), idempotent=True, options={"tokens": life})


def tokens(world: World) -> list[str | None]:
    """What each call was made with."""
    return [body["token"] for verb, body in world.provider.calls if verb == "send"]


async def test_one_part_spends_the_token_and_no_other_gets_it(tmp_path: Path, database: str) -> None:
    async with world_with_tokens(tmp_path, database) as world:
        card = await world.conversation("mia", "Hello?", token="t1", handle="h1")
        for text in ("One", "Two"):
            await marked(world, await says(world, ANA, card, text), "white_check_mark")
        await world.writes("mia", "And?", token="t2")
        await line(world, card, "And?")
        world.provider.fault("refused", verb="send")
        await says(world, ANA, card, "Three")
        failed = await line(world, card, "Not delivered to Mia")
        await presses(world, ANA, str(failed["ts"]), "delivery.retry")
        await world.provider.until(lambda: world.shown() == ["One", "Two", "Three"])
        assert tokens(world) == ["t1", None, "t2", None]
        assert (await Contact.get()).reply_handle is None


async def test_a_call_by_token_that_may_have_arrived_is_not_repeated_but_others_are(
    tmp_path: Path,
) -> None:
    async with world_with_tokens(tmp_path) as world:
        card = await world.conversation("mia", "Hello?", token="t1")
        world.provider.fault("lost_answer", verb="send")
        doubtful = await says(world, ANA, card, "Once only")
        await marked(world, doubtful, "grey_question")
        world.provider.fault("lost_answer", verb="send")
        await marked(world, await says(world, ANA, card, "Safe to repeat"), "white_check_mark")
        assert world.shown() == ["Once only", "Safe to repeat"]
        assert tokens(world) == ["t1", None, None]

        await world.writes("mia", "And?", token="t2")
        await line(world, card, "And?")
        doubt = await line(world, card, "Not certain whether this reached Mia")
        await presses(world, ANA, str(doubt["ts"]), "delivery.send_again")
        await world.provider.until(lambda: len(tokens(world)) == 4)
        assert tokens(world)[3] is None, "the same key again, or it would be seen twice"


async def test_what_certainly_failed_goes_without_the_token_and_can_be_repeated_then(tmp_path: Path) -> None:
    async with world_with_tokens(tmp_path) as world:
        card = await world.conversation("mia", "Hello?", token="t1")
        for fault in ("500", "lost_answer"):
            world.provider.fault(fault, verb="send")
        await marked(world, await says(world, ANA, card, "On its way"), "white_check_mark")
        assert tokens(world) == ["t1", None, None]
        assert world.shown() == ["On its way"]


async def test_a_process_that_died_in_a_call_with_a_token_leaves_it_uncertain(tmp_path: Path) -> None:
    async with world_with_tokens(tmp_path) as world:
        card = await world.conversation("mia", "Hello?", token="t1")
        world.provider.fault("held", verb="send")
        said = await says(world, ANA, card, "Once only")
        await world.provider.until(lambda: tokens(world) == ["t1"])
        row = await Delivery.get(kind=DeliveryKind.PART)
        assert row.result["token"] is True
        await world.app.__aexit__()
        world.provider.release()
        async with running(world, idempotent=True):
            await marked(world, said, "grey_question")
            await quiet(world)
        assert tokens(world) == ["t1"]


@pytest.mark.parametrize("life", [0.0001, 60])
async def test_a_token_is_not_used_late_and_handles_come_back_with_their_message(
    tmp_path: Path, life: float
) -> None:
    async with world_with_tokens(tmp_path, life=life) as world:
        card = await world.conversation("mia", "Hello?", token="t1", handle="h1")
        await takes(world, ANA, card)
        await world.provider.until(lambda: any(verb == "read" for verb, _ in world.provider.calls))
        assert [body["handle"] for verb, body in world.provider.calls if verb == "read"] == ["h1"]
        await marked(world, await says(world, ANA, card, "Yes"), "white_check_mark")
        assert tokens(world) == ["t1" if life > 1 else None]
