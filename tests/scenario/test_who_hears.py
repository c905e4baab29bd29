"""Who hears what: each event, and whom Slack notifies of it, and nobody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from desk.hours import Hours, Span
from models import Conversation, Status
from tests.scenario.acts import quiet, says
from tests.scenario.hands import actions, card_at, pick, press, state
from tests.scenario.world import ANA, BEN, CHLOE, DORA, FAST, SUPPORT, World, database_url, the_world

GROUP = {"id": "S0SUPPORT1", "handle": "support", "members": [ANA, BEN]}
NOTIFY = {"notify": "@support", "direct_message": True}


class Ears:
    """What Slack notified each person of since the last time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._heard = dict.fromkeys((ANA, BEN, CHLOE, DORA), 0)

    async def of(self, event: Callable[[], Awaitable[object]]) -> dict[str, list[str]]:
        """Let something happen to its end; who heard of it, and why."""
        await event()
        await quiet(self._world)
        found = {}
        for user, before in self._heard.items():
            notified = self._world.slack.notifications(user)
            self._heard[user] = len(notified)
            if notified[before:]:
                found[user] = [n["why"] for n in notified[before:]]
        return found


async def test_each_event_is_heard_by_whom_it_concerns_and_by_nobody_else(tmp_path: Path) -> None:
    where = (tmp_path, database_url(tmp_path))
    soon = replace(FAST, kept_closed=timedelta(milliseconds=300))
    async with the_world(*where, seed={"groups": [GROUP]}, account=NOTIFY, durations=soon) as world:
        await world.slack.act("notify", user=CHLOE, channel=SUPPORT, level="all")
        ears = Ears(world)

        heard = await ears.of(lambda: world.conversation("mia", "Hello?"))
        assert heard == {ANA: ["mention"], BEN: ["mention"], CHLOE: ["channel_all", "channel_all"]}
        ts = world.cards()[-1]["ts"]
        post = world.slack.messages(SUPPORT)[-1]
        assert post["text"].startswith("Mia (Fake, Acme Shop) is new, and nobody has taken this yet. #")

        async def taken() -> None:
            await press(world, ANA, ts, "conversation.assign_me")
            await world.until(lambda: f"<@{ANA}>" in state(world, ts))

        assert await ears.of(taken) == {}
        assert post not in world.slack.messages(SUPPORT)
        assert await ears.of(lambda: writes(world, "And another thing")) == {ANA: ["mention"]}
        assert await ears.of(lambda: says(world, ANA, ts, "Here it is")) == {}
        assert world.shown() == ["Here it is"]
        assert await ears.of(lambda: writes(world, "Thanks")) == {ANA: ["thread"]}
        note = await ears.of(lambda: says(world, BEN, ts, "note: well done"))
        assert note == {ANA: ["thread"]}, "by Slack itself, as any word of a colleague in a thread one is in"

        async def handed() -> None:
            await pick(world, ANA, ts, CHLOE)
            await world.until(lambda: f"<@{CHLOE}>" in state(world, ts))

        heard = await ears.of(handed)
        assert {user: sorted(why) for user, why in heard.items()} == {
            CHLOE: ["dm", "mention"],
            ANA: ["thread"],
            BEN: ["thread"],
        }, "Chloe in the thread and directly; those who wrote there, by Slack itself"

        other = await world.conversation("leo", "Me, too")
        await press(world, BEN, other, "conversation.assign_me")
        await world.until(lambda: f"<@{BEN}>" in state(world, other))
        await ears.of(lambda: quiet(world))
        world.provider.fault("refused", verb="send", times=1)
        failed = await ears.of(lambda: says(world, BEN, other, "Not for you"))
        assert failed == {BEN: ["mention"]}, "the line that says why names them"

        third = await world.conversation("kim", "Never mind")
        await ears.of(lambda: quiet(world))

        async def closed() -> None:
            await press(world, BEN, third, "conversation.close")
            await world.until(lambda: "*Archived*" in state(world, third))

        assert await ears.of(closed) == {}, "closing, and archiving"


async def writes(world: World, text: str, who: str = "mia") -> None:
    await world.writes(who, text)


async def test_what_nobody_has_rings_for_the_group_in_business_hours_only(tmp_path: Path) -> None:
    far = datetime.now(UTC) + timedelta(days=3)
    closed = Hours(zone=UTC, week=(Span(weekday=far.weekday(), start=0, end=60),))
    kept = replace(FAST, archive_every=timedelta(hours=1))
    more: dict[str, Any] = {"seed": {"groups": [GROUP]}, "durations": kept}
    night = {"name": "night", "title": "Night", "hours": closed, "notify": "S0SUPPORT1"}
    where = (tmp_path, database_url(tmp_path))
    async with the_world(*where, **more, account={"notify": "@support"}, others=[night]) as world:
        ears = Ears(world)
        assert await ears.of(lambda: world.conversation("mia", account="night")) == {}
        ts = await world.conversation("leo")
        assert await ears.of(lambda: quiet(world)) == {ANA: ["mention"], BEN: ["mention"]}
        await press(world, CHLOE, ts, "conversation.close")
        await world.until(lambda: actions(card_at(world, ts)) == ["conversation.reopen"])
        assert await ears.of(lambda: quiet(world)) == {}
        again = await ears.of(lambda: writes(world, "One more thing", "leo"))
        assert again == {ANA: ["mention"], BEN: ["mention"]}, "opened again, and nobody's"
        assert (await Conversation.get(card_ts=ts)).status is Status.UNASSIGNED
        await press(world, CHLOE, ts, "conversation.assign_me")
        await world.until(lambda: f"<@{CHLOE}>" in state(world, ts))
        release = await ears.of(lambda: press(world, CHLOE, ts, "conversation.release"))
        assert release == {ANA: ["mention"], BEN: ["mention"]}


async def test_a_group_that_is_not_there_is_said(tmp_path: Path) -> None:
    account = {"notify": "@nobody"}
    async with the_world(tmp_path, database_url(tmp_path), account=account) as world:
        words = "Nobody is rung for its new customers: there is no user group @nobody."
        await world.until(lambda: any(words in m.get("text", "") for m in world.slack.messages(SUPPORT)))
        await world.conversation("mia")
        assert world.slack.notifications(ANA) == []
