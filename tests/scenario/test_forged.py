"""Presses that should not be: of other workspaces, of outsiders, of another state, with made-up values."""

from __future__ import annotations

import itertools
from typing import Any

from handlers.actions import ACTIONS
from handlers.shortcuts import SHORTCUTS
from models import AccountAgent, Conversation, ConversationEvent, Delivery, Message
from tests.scenario.wire import send_command, send_event, send_payload
from tests.scenario.world import ANA, BEN, DORA, SUPPORT, World

ELSEWHERE = "T0ELSEWHERE"

FORGED = (
    "",
    "0",
    "-1:1",
    "1:-1",
    "99999999999999999999999999:1",
    "9223372036854775807:1",
    "1:9223372036854775807",
    "1:999999999999999999999",
    "one:two",
    "1e3:1",
    "१:१",
    "1:1:1:1:1",
    "profile:",
    "profile:x:y",
    "files:999999:1",
    "inbox:0",
    "inbox:-5",
    "inbox:99999999999999999999",
    "nothing:1",
    "\x00",
    "\ud800",
    "x" * 2000,
    "<!channel>",
    '{"conversation": 1}',
)


def press(world: World, action: str, value: str, *, user: str = ANA, team: str = "", **more: Any) -> Any:
    """A press of a button as Slack sends it."""
    team = team or world.slack.team_id
    return {
        "type": "block_actions",
        "team": {"id": team},
        "user": {"id": user, "team_id": team},
        "channel": {"id": SUPPORT},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": SUPPORT},
        "trigger_id": "1.2.3",
        "response_url": f"{world.slack.url}/actions/T/1/x",
        "actions": [
            {
                "type": "button",
                "action_id": action,
                "block_id": more.pop("block_id", "card.1.1.buttons"),
                "value": value,
                "selected_option": {"value": value},
            }
        ],
        **more,
    }


async def state() -> list[Any]:
    """Everything a press could have changed."""
    return [
        await Conversation.all().order_by("id").values("status", "assignee", "version"),
        await ConversationEvent.all().count(),
        await Message.all().order_by("id").values("state", "direction"),
        await Delivery.filter(lane__startswith="net").count(),
    ]


async def quiet(world: World) -> list[Any]:
    """The state once nothing is under way."""
    await world.until(lambda: not world.app.worker.busy)
    return await state()


async def test_presses_of_another_workspace_change_nothing(world: World) -> None:
    await world.conversation()
    row = await Conversation.get()
    before = await quiet(world)
    for action in ACTIONS:
        forged = press(world, action, f"{row.id}:{row.version}", team=ELSEWHERE)
        assert (await send_payload(world, forged))[0] == 200
    for callback in SHORTCUTS:
        forged = {
            "type": "message_action",
            "callback_id": callback,
            "team": {"id": ELSEWHERE},
            "user": {"id": ANA},
            "channel": {"id": SUPPORT},
            "message": {"ts": row.card_ts},
            "trigger_id": "1.2.3",
        }
        assert (await send_payload(world, forged))[0] == 200
    submitted = submission(row.id, row.version, to=BEN, team=ELSEWHERE)
    assert (await send_payload(world, submitted)) == (200, "")
    status, answer = await send_command(world, command="/inbox", team_id=ELSEWHERE, user_id=ANA, text="")
    assert (status, answer) == (200, "")
    event = {"type": "message", "channel": SUPPORT, "user": ANA, "ts": "9.9", "thread_ts": row.card_ts}
    assert await send_event(world, {**event, "text": "Hello"}, team=ELSEWHERE) == 200
    assert await quiet(world) == before
    assert world.slack.calls("views.open") == []


async def test_options_of_another_workspace_name_nobody(world: World) -> None:
    await world.conversation()
    row = await Conversation.get()
    asked = {
        "type": "block_suggestion",
        "team": {"id": world.slack.team_id},
        "user": {"id": ANA},
        "action_id": "conversation.assign_to",
        "block_id": world.cards()[0]["blocks"][-1]["block_id"],
        "value": "",
    }
    assert asked["block_id"].startswith(f"card.{row.id}.")
    assert (await send_payload(world, asked))[1]["options"]
    for wrong in ({"team": {"id": ELSEWHERE}}, {"user": {"id": DORA}}, {"block_id": "card.99.1.x"}):
        status, answer = await send_payload(world, {**asked, **wrong})
        assert (status, answer["options"]) == (200, [])


def submission(
    conversation: object, version: object, *, to: object, team: str = "T0SANDBOX1", user: str = ANA
) -> dict[str, Any]:
    """The modal `Assign`, submitted."""
    chosen = {"selected_option": {"value": to}}
    return {
        "type": "view_submission",
        "team": {"id": team},
        "user": {"id": user, "team_id": team},
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": "assign",
            "private_metadata": f'{{"conversation": {conversation}, "version": {version}}}',
            "state": {
                "values": {
                    "assign.to": {"conversation.assign_to": chosen},
                    "assign.comment": {"comment": {"value": "Please"}},
                }
            },
        },
    }


TAKE_NEXT = ("home.next", "queue.next")
"""They ask for no value: whoever may press them takes somebody."""


def each_listener() -> list[str]:
    """One action of each listener."""
    return sorted(
        {listener: action for action, listener in ACTIONS.items() if action not in TAKE_NEXT}.values()
    )


ASKED_OF_THE_DATABASE = ("conversation.assign_to", "conversation.close", "guard.send", "profile.show")


async def test_made_up_values_change_nothing_and_break_nothing(world: World, database: str) -> None:
    actions = each_listener() if database.startswith("sqlite") else ASKED_OF_THE_DATABASE
    await world.conversation()
    row = await Conversation.get()
    before = await quiet(world)
    for action, value in itertools.product(actions, FORGED):
        value = value.replace("1:1", f"{row.id + 500}:1")  # noqa: PLW2901 - never the real one
        status, words = await send_payload(world, press(world, action, value, block_id=value))
        assert status == 200, (action, value, words)
    select = press(world, "conversation.assign_to", "U0NOBODY01", block_id=f"card.{row.id + 500}.1.actions.1")
    assert (await send_payload(world, select))[0] == 200
    assert await quiet(world) == before


async def test_outsiders_are_told_and_change_nothing(world: World) -> None:
    ts = await world.conversation()
    before = await quiet(world)
    await world.slack.act("join", user=DORA, channel=SUPPORT)
    for action in ("conversation.assign_me", "conversation.close"):
        await world.slack.act("press", user=DORA, channel=SUPPORT, ts=ts, action_id=action)
    await world.until(lambda: len(told(world, DORA, "Only the support team can do this.")) == 2)
    assert await quiet(world) == before
    said = await world.slack.act("say", user=DORA, channel=SUPPORT, thread_ts=ts, text="I am the boss here")
    await world.until(lambda: "memo" in world.reactions(said["ts"]))
    await world.slack.act(
        "shortcut", user=DORA, channel=SUPPORT, ts=said["ts"], callback_id="send_to_customer"
    )
    await world.until(lambda: len(told(world, DORA, "Only the support team can do this.")) == 3)
    assert world.shown() == []


def told(world: World, user: str, words: str) -> list[str]:
    """What somebody alone was told."""
    return [e["text"] for e in world.slack.ephemerals(user) if words in e["text"]]


async def test_a_stale_card_says_who_was_faster(world: World) -> None:
    ts = await world.conversation()
    row = await Conversation.get()
    await world.slack.act("press", user=BEN, channel=SUPPORT, ts=ts, action_id="conversation.assign_me")
    stale = press(world, "conversation.assign_me", f"{row.id}:{row.version}")
    assert (await send_payload(world, stale))[0] == 200
    await world.until(lambda: told(world, ANA, "Ben took this"))
    assert (await Conversation.get()).assignee == BEN


async def test_a_modal_submitted_too_late_says_so_and_changes_nothing(world: World) -> None:
    ts = await world.conversation()
    row = await Conversation.get()
    await world.slack.act("press", user=BEN, channel=SUPPORT, ts=ts, action_id="conversation.close")
    before = await quiet(world)
    status, answer = await send_payload(world, submission(row.id, row.version, to=BEN))
    assert (status, answer["response_action"]) == (200, "errors")
    assert await quiet(world) == before


WRONG_PEOPLE = (
    (BEN, DORA),
    (DORA, ANA),
    ("U0NOBODY01", ANA),
    ("", ANA),
    (None, ANA),
    (5, ANA),
    ("x" * 300, ANA),
)


async def test_a_modal_with_wrong_people_is_refused(world: World) -> None:
    await world.conversation()
    row = await Conversation.get()
    before = await quiet(world)
    for to, user in WRONG_PEOPLE:
        status, answer = await send_payload(world, submission(row.id, row.version, to=to, user=user))
        assert (status, answer["response_action"]) == (200, "errors"), (to, user)
    assert await quiet(world) == before


MADE_UP = ("", "null", "[]", "{}", '{"conversation": "x"}', '{"conversation": 1e400, "version": 1}', "{")
NO_NUMBERS_OF_OURS = ("-1", "99999999999999999999999", "9223372036854775808")


async def test_a_modal_with_made_up_metadata_is_refused(world: World) -> None:
    await world.conversation()
    before = await quiet(world)
    forged = [submission(number, number, to=BEN) for number in NO_NUMBERS_OF_OURS]
    for private in MADE_UP:
        forged.append(submission(1, 1, to=BEN))
        forged[-1]["view"]["private_metadata"] = private
    for each in forged:
        status, answer = await send_payload(world, each)
        assert (status, answer["response_action"]) == (200, "errors"), each["view"]["private_metadata"]
    assert await quiet(world) == before


async def test_an_agent_no_longer_in_the_team_is_refused(world: World) -> None:
    await world.conversation()
    row = await Conversation.get()
    await AccountAgent.filter(user_id=BEN).delete()
    before = await quiet(world)
    stale = press(world, "conversation.assign_me", f"{row.id}:{row.version}", user=BEN)
    assert (await send_payload(world, stale))[0] == 200
    await world.until(lambda: told(world, BEN, "Only the support team"))
    assert await quiet(world) == before


ODD_SHAPES: tuple[dict[str, Any], ...] = (
    {"actions": []},
    {"actions": None},
    {"actions": "x"},
    {"actions": [None]},
    {"user": None},
    {"channel": None, "container": None},
    {"container": {"type": "message", "is_ephemeral": "yes"}},
    {"message": None},
    {"view": {}},
    {"view": {"id": None, "callback_id": "conversation_menu", "private_metadata": "[]"}},
    {"view": {"callback_id": "conversation_menu", "private_metadata": '{"conversation": "x"}'}},
    {"response_url": None},
    {"response_url": "http://127.0.0.1:9/"},
    {"response_url": "https://evil.example/"},
    {"trigger_id": None},
)


async def test_presses_of_odd_shapes_never_break_us(world: World) -> None:
    actions = ("conversation.assign_me", "conversation.more", "guard.send", "list.page", "inbox.open")
    for shape, action in itertools.product(ODD_SHAPES, actions):
        status, _ = await send_payload(world, {**press(world, action, "1:1"), **shape})
        assert status == 200, (shape, action)
