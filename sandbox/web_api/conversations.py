"""conversations.*: which there are, who is in them, joining and opening."""

from sandbox import membership, reading
from sandbox.arguments import Arguments
from sandbox.core import Core
from sandbox.refusal import Json, Refusal, invalid_arguments
from sandbox.web_api.history import history, replies
from sandbox.web_api.membership import READ, is_in, missing, need, visible
from sandbox.web_api.method import Method
from sandbox.web_api.paging import page
from sandbox.world import Channel, Kind

_TYPES = {"public_channel": Kind.PUBLIC, "private_channel": Kind.PRIVATE, "im": Kind.IM}
_ANY_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_ANY_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")


def details(core: Core, arguments: Arguments) -> Json:
    """Return one conversation; see Slack's conversations.info."""
    channel = visible(core, arguments.required("channel"))
    need(core, READ[channel.kind])
    made = reading.channel_object(core, channel)
    if arguments.flag("include_num_members"):
        made["num_members"] = len(channel.members)
    return {"channel": made}


def list_(core: Core, arguments: Arguments) -> Json:
    """Return a page of the conversations of the kinds asked for; see Slack's conversations.list."""
    names = [t.strip() for t in (arguments.text("types") or "public_channel").split(",")]
    if any(name not in {*_TYPES, "mpim"} for name in names):
        raise Refusal("invalid_types")
    kinds = {_TYPES[name] for name in names if name in _TYPES}
    for scope in (*(READ[kind] for kind in kinds), *(["mpim:read"] if "mpim" in names else [])):
        need(core, scope)
    skip_archived = arguments.flag("exclude_archived")
    found = [c for c in core.world.channels.values() if c.kind in kinds and _listed(core, c, skip_archived)]
    chunk, metadata = page(found, arguments.text("cursor"), arguments.number("limit", 100, 1, 1000))
    made = [{**reading.channel_object(core, c), "num_members": len(c.members)} for c in chunk]
    return {"channels": made, "response_metadata": metadata}


def _listed(core: Core, channel: Channel, skip_archived: bool) -> bool:
    return (channel.kind is Kind.PUBLIC or is_in(core, channel)) and not (skip_archived and channel.archived)


def members(core: Core, arguments: Arguments) -> Json:
    """Return a page of a conversation's members; see Slack's conversations.members."""
    channel = visible(core, arguments.required("channel"))
    need(core, READ[channel.kind])
    limit = arguments.number("limit", 100, 1, 1000)
    active = [m for m in channel.members if not core.world.people[m].deleted]
    chunk, metadata = page(active, arguments.text("cursor"), limit)
    return {"members": chunk, "response_metadata": metadata}


def join(core: Core, arguments: Arguments) -> Json:
    """Let the app join a public channel; see Slack's conversations.join."""
    channel = visible(core, arguments.required("channel"))
    if channel.kind is not Kind.PUBLIC:
        raise Refusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refusal("is_archived")
    answer: Json = {}
    if is_in(core, channel):
        answer = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    else:
        membership.join(core, channel, core.app.bot_user_id)
    return {"channel": reading.channel_object(core, channel), **answer}


def open_(core: Core, arguments: Arguments) -> Json:
    """Open the app's direct messages with one person; see Slack's conversations.open."""
    if channel_id := arguments.text("channel"):
        channel = visible(core, channel_id)
        if channel.kind is not Kind.IM:
            raise Refusal("method_not_supported_for_channel_type")
        return {"channel": {"id": channel.id}, "no_op": True, "already_open": True}
    users = [u.strip() for u in arguments.text("users").split(",") if u.strip()]
    if not users:
        raise Refusal("users_list_not_supplied")
    if len(users) > 1:
        raise (
            missing(core, "mpim:write")
            if "mpim:write" not in core.world.scopes
            else invalid_arguments("conversations of several people are not part of this workspace")
        )
    need(core, "im:write")
    person = core.person(users[0])
    if person.deleted:
        raise Refusal("user_disabled")
    if person.id == core.app.bot_user_id or person.is_bot:
        raise Refusal("cannot_dm_bot")
    key = core.world.direct_key(core.app.bot_user_id, person.id)
    known = key in core.world.direct
    channel = core.direct(core.app.bot_user_id, person.id)
    made: Json = {"id": channel.id}
    if arguments.flag("return_im"):
        made = reading.channel_object(core, channel)
    return {"channel": made, **({"no_op": True, "already_open": True} if known else {})}


METHODS = {
    "conversations.info": Method(run=details, scopes=_ANY_READ, json=False),
    "conversations.list": Method(run=list_, scopes=_ANY_READ, json=False),
    "conversations.members": Method(run=members, scopes=_ANY_READ, json=False),
    "conversations.history": Method(run=history, scopes=_ANY_HISTORY, json=False),
    "conversations.replies": Method(run=replies, scopes=_ANY_HISTORY, json=False),
    "conversations.join": Method(run=join, scopes=("channels:join",)),
    "conversations.open": Method(run=open_, scopes=("im:write", "mpim:write")),
}
