"""From the first word to the archive."""

from __future__ import annotations

from tests.scenario.world import ANA, BEN, SUPPORT, World


async def test_a_customer_writes_an_agent_answers(world: World) -> None:
    ts = await world.conversation("mia", "Where is my order?")
    assert any("Where is my order?" in t for t in world.said(ts))
    reply = await world.slack.act("say", user=ANA, channel=SUPPORT, thread_ts=ts, text="On its way!")
    await world.provider.until(lambda: world.shown() == ["On its way!"])
    await world.until(lambda: "white_check_mark" in world.reactions(reply["ts"]))
    await world.until(lambda: "Assigned to" in str(world.cards()[0]["blocks"]))


async def test_assign_release_close_reopen(world: World) -> None:
    ts = await world.conversation()
    await world.slack.act("press", user=ANA, channel=SUPPORT, ts=ts, action_id="conversation.assign_me")
    await world.until(lambda: "Assigned to Ana" in str(world.cards()[0]["blocks"]))
    await world.slack.act("press", user=BEN, channel=SUPPORT, ts=ts, action_id="conversation.release")
    await world.until(lambda: "Assign to me" in str(world.cards()[0]["blocks"]))
    await world.slack.act("press", user=BEN, channel=SUPPORT, ts=ts, action_id="conversation.close")
    await world.until(lambda: "Reopen" in str(world.cards()[0]["blocks"]))
    await world.slack.act("press", user=BEN, channel=SUPPORT, ts=ts, action_id="conversation.reopen")
    await world.until(lambda: "Assigned to Ben" in str(world.cards()[0]["blocks"]))
