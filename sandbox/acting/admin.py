"""What people and admins do to channels, to each other and to the app's installation."""

from sandbox import membership, posting, seed
from sandbox.acting.people import Args, done, need
from sandbox.core import Core
from sandbox.reading import channel_object, person_card, show_lists, user_object
from sandbox.refusal import Json, Refusal
from sandbox.world import Channel, Kind

_PREFIX = {Kind.PUBLIC: "channel", Kind.PRIVATE: "group"}


def _channel(core: Core, args: Args) -> Channel:
    channel = core.channel(need(args, "channel"))
    if channel.kind is Kind.IM:
        raise Refusal("method_not_supported_for_channel_type", "This is not a channel.")
    return channel


async def join(core: Core, args: Args) -> Json:
    """Join a public channel."""
    channel = _channel(core, args)
    person = core.person(need(args, "user"))
    if channel.kind is Kind.PRIVATE:
        raise Refusal("channel_not_found", "Somebody must invite you.")
    if channel.archived:
        raise Refusal("is_archived", "This channel is archived.")
    membership.join(core, channel, person.id)
    return done()


async def leave(core: Core, args: Args) -> Json:
    """Leave a channel."""
    membership.leave(core, _channel(core, args), core.person(need(args, "user")).id)
    return done()


async def invite(core: Core, args: Args) -> Json:
    """Invite somebody, or the app; `by` must be a member."""
    channel = _channel(core, args)
    by = str(args.get("by") or next((m for m in channel.members if not core.world.people[m].is_bot), ""))
    if by not in channel.members:
        raise Refusal("not_in_channel", "Only members can invite.")
    if channel.archived:
        raise Refusal("is_archived", "This channel is archived.")
    membership.join(core, channel, core.person(need(args, "user")).id, by=by)
    return done()


async def kick(core: Core, args: Args) -> Json:
    """Take somebody, or the app, out of a channel."""
    return await leave(core, args)


async def archive(core: Core, args: Args) -> Json:
    """Archive a channel: nobody can write there any more."""
    return _archived(core, _channel(core, args), args, True)


async def unarchive(core: Core, args: Args) -> Json:
    """Bring an archived channel back."""
    return _archived(core, _channel(core, args), args, False)


def _archived(core: Core, channel: Channel, args: Args, archived: bool) -> Json:
    if channel.archived is archived:
        raise Refusal("already_archived" if archived else "not_archived", "Nothing to do.")
    channel.archived = archived
    word = "archive" if archived else "unarchive"
    event = f"{_PREFIX[channel.kind]}_{word}"
    user = str(args.get("user") or channel.creator)
    posting.system_line(core, channel, event, user, f"{word}d the channel")
    core.events.in_channel(channel, {"type": event, "channel": channel.id, "user": user})
    _show_channels(core, channel)
    return done()


def _show_channels(core: Core, channel: Channel) -> None:
    show_lists(core, channel.members)
    core.changed()


async def rename_channel(core: Core, args: Args) -> Json:
    """Give a channel another name."""
    channel = _channel(core, args)
    old, channel.name = channel.name, need(args, "name")
    line = f'has renamed the channel from "{old}" to "{channel.name}"'
    user = str(args.get("user") or channel.creator)
    subtype = f"{_PREFIX[channel.kind]}_name"
    posting.system_line(core, channel, subtype, user, line, old_name=old, name=channel.name)
    named = {"id": channel.id, "name": channel.name, "created": channel.created}
    core.events.in_channel(channel, {"type": f"{_PREFIX[channel.kind]}_rename", "channel": named})
    _show_channels(core, channel)
    return done()


async def delete_channel(core: Core, args: Args) -> Json:
    """Delete a channel with all it holds."""
    channel = _channel(core, args)
    core.events.in_channel(channel, {"type": f"{_PREFIX[channel.kind]}_deleted", "channel": channel.id})
    del core.world.channels[channel.id]
    for record in core.world.files.values():
        record.shares.pop(channel.id, None)
    _show_channels(core, channel)
    return done()


async def restrict(core: Core, args: Args) -> Json:
    """Let only some people post in a channel; `code` is what others are answered, empty to lift it."""
    channel = _channel(core, args)
    code = args.get("code", "restricted_action_read_only_channel")
    channel.restricted = str(code) if code else None
    core.changed()
    return done()


async def make_channel(core: Core, args: Args) -> Json:
    """Make a channel."""
    need(args, "name")
    channel = seed.add_channel(core.world, args, core.clock.now())
    made = {"id": channel.id, "name": channel.name, "created": channel.created, "creator": channel.creator}
    if channel.kind is Kind.PUBLIC:
        core.events.plain({"type": "channel_created", "channel": made})
    _show_channels(core, channel)
    return done(channel=channel.id, object=channel_object(core, channel))


async def make_person(core: Core, args: Args) -> Json:
    """Let somebody join the workspace; they are in no channel yet."""
    person = seed.add_person(core.world, args, core.clock.now())
    core.events.plain({"type": "team_join", "user": user_object(core, person)})
    _show_person(core, person.id)
    return done(user=person.id)


async def update_person(core: Core, args: Args) -> Json:
    """Change what is known of somebody: names, roles, or `deleted` to deactivate them."""
    person = core.person(need(args, "user"))
    changed = {k: v for k, v in args.items() if k != "user"}
    unknown = [k for k in changed if not hasattr(person, k) or k == "id"]
    if unknown:
        raise Refusal("invalid_arguments", f"People have no {unknown[0]}.")
    for key, value in changed.items():
        setattr(person, key, value)
    person.updated = int(core.clock.now())
    core.events.plain({"type": "user_change", "user": user_object(core, person), "cache_ts": person.updated})
    _show_person(core, person.id)
    return done()


def _show_person(core: Core, user: str) -> None:
    core.live.push(core.world.people, {"type": "person", "person": person_card(core.world.people[user])})
    core.changed()


async def make_group(core: Core, args: Args) -> Json:
    """Make a user group."""
    need(args, "handle")
    group = seed.add_group(core.world, args)
    core.changed()
    return done(group=group.id)


async def update_group(core: Core, args: Args) -> Json:
    """Change a user group's members, or switch it off."""
    group = core.world.groups.get(need(args, "group"))
    if group is None:
        raise Refusal("no_such_subteam", "There is no such group.")
    before = set(group.members)
    group.members = [str(m) for m in args.get("members", group.members)]
    group.disabled = bool(args.get("disabled", group.disabled))
    event = {
        "type": "subteam_members_changed",
        "subteam_id": group.id,
        "team_id": core.world.team.id,
        "added_users": sorted(set(group.members) - before),
        "removed_users": sorted(before - set(group.members)),
    }
    core.events.plain(event)
    core.changed()
    return done()


async def set_scopes(core: Core, args: Args) -> Json:
    """Give the app other scopes, as a new installation does."""
    core.world.scopes = [str(s) for s in args.get("scopes", ())]
    core.changed()
    return done()


async def revoke_token(core: Core, args: Args) -> Json:
    """Revoke the app's token; with `uninstall` the whole app goes."""
    core.events.plain({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [core.app.bot_user_id]}})
    if args.get("uninstall"):
        core.events.plain({"type": "app_uninstalled"})
    core.world.revoked = "account_inactive" if args.get("uninstall") else "token_revoked"
    core.changed()
    return done()


async def reinstall(core: Core, args: Args) -> Json:
    """Install the app again: its token works again, with the scopes of its manifest."""
    core.world.revoked = ""
    core.world.scopes = list(core.app.spec.scopes)
    core.changed()
    return done()


async def notify(core: Core, args: Args) -> Json:
    """Set what somebody is notified of in a channel: `all`, `mentions` or `nothing`."""
    level = need(args, "level")
    if level not in {"all", "mentions", "nothing"}:
        raise Refusal("invalid_arguments", "The level is all, mentions or nothing.")
    _channel(core, args).preferences[core.person(need(args, "user")).id] = level
    core.changed()
    return done()


async def keywords(core: Core, args: Args) -> Json:
    """Set the words somebody is notified of."""
    core.person(need(args, "user")).keywords = [str(w) for w in args.get("words", ())]
    core.changed()
    return done()
