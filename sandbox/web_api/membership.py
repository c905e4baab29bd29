"""Which conversations the app sees, and where it may write."""

from sandbox.core import Core
from sandbox.refusal import Refusal
from sandbox.world import Channel, Kind

HISTORY = {Kind.PUBLIC: "channels:history", Kind.PRIVATE: "groups:history", Kind.IM: "im:history"}
READ = {Kind.PUBLIC: "channels:read", Kind.PRIVATE: "groups:read", Kind.IM: "im:read"}


def missing(core: Core, *needed: str) -> Refusal:
    """Return the refusal of a call that lacks a scope."""
    return Refusal("missing_scope", needed=",".join(needed), provided=",".join(core.world.scopes))


def need(core: Core, scope: str) -> None:
    """Raise Refusal `missing_scope` unless the app has the scope."""
    if scope not in core.world.scopes:
        raise missing(core, scope)


def is_in(core: Core, channel: Channel) -> bool:
    """Whether the app is a member."""
    return core.app.bot_user_id in channel.members


def visible(core: Core, channel_id: str) -> Channel:
    """Return a conversation the app can see; what is hidden from it is `channel_not_found`."""
    channel = core.channel(channel_id)
    if channel.kind is not Kind.PUBLIC and not is_in(core, channel):
        raise Refusal("channel_not_found")
    return channel


def joined(core: Core, channel_id: str) -> Channel:
    """Return a conversation the app is in. Raises Refusal `not_in_channel`, `channel_not_found`."""
    channel = visible(core, channel_id)
    if not is_in(core, channel):
        raise Refusal("not_in_channel")
    return channel


def writable(core: Core, channel_id: str) -> Channel:
    """Return a conversation the app may post to. A user id means the app's direct messages with them."""
    if channel_id.startswith(("U", "W")):
        channel = _direct_with(core, channel_id)
    else:
        channel = visible(core, channel_id)
        if not is_in(core, channel) and "chat:write.public" not in core.world.scopes:
            raise Refusal("not_in_channel")
    if channel.archived:
        raise Refusal("is_archived")
    if channel.restricted:
        raise Refusal(channel.restricted)
    if channel.kind is Kind.IM and not core.app.spec.messages_tab:
        raise Refusal("messages_tab_disabled")
    return channel


def _direct_with(core: Core, user_id: str) -> Channel:
    person = core.world.people.get(user_id)
    if person is None or person.deleted or person.is_bot:
        raise Refusal("channel_not_found")
    return core.direct(core.app.bot_user_id, user_id)
