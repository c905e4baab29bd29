"""What the app is told of a person's presses, choices, shortcuts and views, and where it may answer."""

import secrets
from typing import Any

from sandbox import views
from sandbox.core import Core, ResponseUrl
from sandbox.delivery import Answer
from sandbox.refusal import Json, Refusal
from sandbox.viewstate import OpenView
from sandbox.world import Channel, Kind, Message

_NAMES = {Kind.PRIVATE: "privategroup", Kind.IM: "directmessage"}


def common(core: Core, kind: str, user: str) -> Json:
    """Return the fields all interactions have."""
    person = core.person(user)
    return {
        "type": kind,
        "user": {"id": user, "username": person.name, "name": person.name, "team_id": person.team_id},
        "api_app_id": core.app.id,
        "token": "sandbox",
        "team": {"id": core.world.team.id, "domain": core.world.team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def place(channel: Channel) -> Json:
    """Return a conversation as payloads name it; private ones keep their name to themselves."""
    return {"id": channel.id, "name": _NAMES.get(channel.kind, channel.name)}


def response_url(core: Core, made: ResponseUrl) -> str:
    """Hand out an address that takes five answers in half an hour."""
    token = secrets.token_urlsafe(18)
    core.response_urls[token] = made
    return f"{core.url}/actions/{core.world.team.id}/{secrets.randbelow(10**12)}/{token}"


def answerable(
    core: Core,
    user: str,
    channel: str,
    *,
    ts: str | None = None,
    ephemeral: bool = False,
    thread_ts: str | None = None,
) -> str:
    """Return a response URL for what `user` just did in a conversation."""
    until = core.clock.now() + core.durations.response_url
    return response_url(core, ResponseUrl(user, channel, until, ts, ephemeral, thread_ts))


def in_message(core: Core, user: str, message: Json, channel: Channel, attachment: int | None) -> Json:
    """Return what a `block_actions` or `block_suggestion` payload says of the message it is in."""
    ephemeral = bool(message.get("is_ephemeral"))
    container: Json = {
        "type": "message_attachment" if attachment is not None else "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if attachment is not None:
        container |= {"attachment_id": attachment, "is_app_unfurl": False}
    if "thread_ts" in message:
        container["thread_ts"] = message["thread_ts"]
    made: Json = {"container": container, "channel": place(channel)}
    return made if ephemeral else {**made, "message": message}


def in_view(view: OpenView) -> Json:
    """Return what a payload says of the view it is in."""
    return {"container": {"type": "view", "view_id": view.id}, "view": views.with_state(view)}


async def send(core: Core, payload: Json, *, answers: bool = False) -> Answer:
    """Send an interaction. Raises Refusal when the app takes none, or did not acknowledge in time."""
    if not core.app.spec.interactive:
        raise Refusal("interactivity_disabled", "This app does not handle interactive responses.")
    suggests = payload["type"] == "block_suggestion"
    url = core.app.options_url if suggests else core.app.interactivity_url
    answer = await core.wire.interact(payload, url=url, answers=answers)
    return acknowledged(core, answer)


def acknowledged(core: Core, answer: Answer) -> Answer:
    """Return an answer that acknowledges. Raises Refusal `app_did_not_respond` for any other."""
    core.changes.touch()
    if answer.ok:
        return answer
    words = "The app did not respond." if answer.status == 0 else f"The app answered {answer.status}."
    raise Refusal("app_did_not_respond", words, status=answer.status)


def action_of(core: Core, block: Json, element: Json, state: Json) -> Json:
    """Return the entry of `actions` for an element somebody used."""
    made: Json = {k: v for k, v in element.items() if k not in {"options", "option_groups", "confirm", "url"}}
    made |= {"block_id": block["block_id"], **state}
    made["action_ts"] = core.world.next_ts(core.clock.now())
    return made


def message_state(core: Core, user: str, message: Json, initial: dict[str, dict[str, Any]]) -> Json:
    """Return `state` of a message's inputs: what this person's client chose, else the initial values."""
    own = core.choices.get(user, {})
    values = {
        block: {action: own.get((message["ts"], block, action), state) for action, state in actions.items()}
        for block, actions in initial.items()
    }
    return {"values": values}


def app_home_opened(core: Core, user: str, tab: str) -> None:
    """Tell the app that somebody looks at its Home or Messages tab."""
    channel = core.direct(core.app.bot_user_id, user)
    event: Json = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": tab}
    if tab == "home" and user in core.world.homes:
        event["view"] = core.world.homes[user]
    core.events.plain(event)


def message_shortcut(core: Core, user: str, callback_id: str, channel: Channel, message: Message) -> Json:
    """Return the payload of a message shortcut."""
    return {
        **common(core, "message_action", user),
        "callback_id": callback_id,
        "trigger_id": views.grant(core, user),
        "response_url": answerable(core, user, channel.id, ts=message.ts),
        "action_ts": core.world.next_ts(core.clock.now()),
        "message_ts": message.ts,
        "channel": place(channel),
        "message": message.body,
    }
