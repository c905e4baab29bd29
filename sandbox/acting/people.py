"""Who acts, and where they may."""

from collections.abc import Mapping
from typing import Any

from sandbox.core import Core
from sandbox.refusal import Json, Refusal
from sandbox.world import Channel, Kind, Message, Person

Args = Mapping[str, Any]


def actor(core: Core, args: Args) -> Person:
    """Return who acts. Raises Refusal for nobody, and for somebody deactivated."""
    person = core.person(need(args, "user"))
    if person.deleted:
        raise Refusal("account_inactive", "This account is deactivated.")
    return person


def need(args: Args, name: str) -> str:
    """Return an argument that must be there. Raises Refusal `invalid_arguments`."""
    value = args.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal("invalid_arguments", f"`{name}` is missing.")
    return value


def room(core: Core, args: Args, person: Person) -> Channel:
    """Return a conversation the person is in. Raises Refusal `channel_not_found`, `not_in_channel`."""
    channel = core.channel(need(args, "channel"))
    if person.id not in channel.members:
        hidden = channel.kind is not Kind.PUBLIC
        raise Refusal(
            "channel_not_found" if hidden else "not_in_channel", "You are not in this conversation."
        )
    return channel


def open_room(core: Core, args: Args, person: Person) -> Channel:
    """Return a conversation the person may write in. Raises Refusal."""
    channel = room(core, args, person)
    if channel.archived:
        raise Refusal("is_archived", "This channel is archived.")
    if channel.restricted and not person.is_admin:
        raise Refusal(channel.restricted, "Only some people can post here.")
    with_app = channel.kind is Kind.IM and core.app.bot_user_id in channel.members
    if with_app and (core.app.spec.messages_read_only or not core.app.spec.messages_tab):
        raise Refusal("messages_tab_read_only", "Sending messages to this app has been turned off.")
    return channel


def message_in(channel: Channel, args: Args) -> Message:
    """Return a message of a conversation. Raises Refusal `message_not_found`."""
    message = channel.messages.get(need(args, "ts"))
    if message is None:
        raise Refusal("message_not_found", "There is no such message.")
    return message


def done(**result: Any) -> Json:
    """Return the answer of a verb that was carried out."""
    return {"ok": True, **result}
