"""What stands in a thread without being an agent's plain words: other apps, Slack itself, forwards."""

from __future__ import annotations

from pathlib import Path

from tests.scenario.hands import says
from tests.scenario.world import ANA, BEN, SUPPORT, database_url, the_world


async def test_only_an_agents_own_words_reach_the_customer(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        act, thread = world.slack.act, {"channel": SUPPORT, "thread_ts": ts}
        first = await says(world, ANA, ts, "first")
        await world.until(lambda: world.shown() == ["first"])
        build = await act("integrate", **thread, text="Build 7 failed")
        await act("line", **thread, user=BEN, subtype="pinned_item", text="pinned a message")
        await act("broadcast", user=ANA, channel=SUPPORT, ts=first)
        inside = await act("say", user=BEN, channel="C0GENERAL1", text="inside only")
        forwarded = {"channel": "C0GENERAL1", "ts": inside["ts"], "to": SUPPORT, "thread_ts": ts}
        bare = await act("forward", user=ANA, **forwarded)
        told = await act("forward", user=ANA, **forwarded, text="see above")
        await act("say", user=ANA, **thread, text=" /refund at acme.com")
        await says(world, ANA, ts, "last")
        await world.until(lambda: "last" in world.shown())
        assert world.shown() == ["first", "/refund at acme.com", "last"]
        marked = [each["ts"] for each in (build, bare, told)]
        await world.until(lambda: all(world.reactions(each) == {"memo"} for each in marked))
        assert any("forwards a message" in e["text"] for e in world.slack.ephemerals(ANA))
