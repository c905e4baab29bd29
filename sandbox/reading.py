"""How people, conversations and the workspace look: to the app's calls, and to a person's browser."""

from collections.abc import Iterable

from sandbox.core import Core
from sandbox.refusal import Json
from sandbox.world import Channel, Kind, Person


def channel_object(core: Core, channel: Channel) -> Json:
    """Return a conversation as the Web API gives it."""
    made: Json = {
        "id": channel.id,
        "created": channel.created,
        "creator": channel.creator,
        "is_archived": channel.archived,
        "is_channel": channel.kind is Kind.PUBLIC,
        "is_group": channel.kind is Kind.PRIVATE,
        "is_im": channel.kind is Kind.IM,
        "is_mpim": False,
        "is_private": channel.kind is not Kind.PUBLIC,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "context_team_id": core.world.team.id,
        "updated": channel.created * 1000,
    }
    if channel.kind is Kind.IM:
        other = next((m for m in channel.members if m != core.app.bot_user_id), channel.creator)
        return {**made, "user": other, "is_user_deleted": core.world.people[other].deleted}
    empty = {"value": "", "creator": "", "last_set": 0}
    return {
        **made,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_general": channel.name == "general",
        "is_member": core.app.bot_user_id in channel.members,
        "topic": dict(empty),
        "purpose": dict(empty),
        "previous_names": [],
        "shared_team_ids": [core.world.team.id],
    }


def slackbot(core: Core) -> Person:
    """Return Slack's own user: listed as everybody is, and not marked as a bot."""
    return Person(
        id="USLACKBOT", name="slackbot", real_name="Slackbot", display_name="", team_id=core.world.team.id
    )


def user_object(core: Core, person: Person) -> Json:
    """Return a person as the Web API gives them; the e-mail only with its scope."""
    profile: Json = {
        "real_name": person.real_name,
        "real_name_normalized": person.real_name,
        "display_name": person.display_name,
        "display_name_normalized": person.display_name,
        "status_text": "",
        "status_emoji": "",
        "team": person.team_id,
        "image_48": f"{core.url}/avatars/{person.id}.svg",
        "image_72": f"{core.url}/avatars/{person.id}.svg",
    }
    if person.is_bot:
        profile |= {"bot_id": core.app.bot_id, "api_app_id": core.app.id, "always_active": True}
    elif "users:read.email" in core.world.scopes:
        profile["email"] = person.email
    made: Json = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "profile": profile,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": person.updated,
    }
    if person.team_id != core.world.team.id and not _shares_a_channel(core, person):
        made["is_stranger"] = True
    if person.deleted:
        return made
    zone = {"tz": person.tz, "tz_label": person.tz_label, "tz_offset": person.tz_offset}
    roles = ("is_admin", "is_owner", "is_restricted", "is_ultra_restricted")
    return {
        **made,
        **zone,
        "real_name": person.real_name,
        "is_primary_owner": False,
        **{role: getattr(person, role) for role in roles},
    }


def _shares_a_channel(core: Core, person: Person) -> bool:
    together = {person.id, core.app.bot_user_id}
    return any(together <= channel.members.keys() for channel in core.world.channels.values())


def channels_of(core: Core, user: str) -> list[Json]:
    """Return the conversations a person is in, for the list at the side of their browser."""
    return [_listed(core, c, user) for c in core.world.channels.values() if user in c.members]


def _listed(core: Core, channel: Channel, user: str) -> Json:
    made: Json = {
        "id": channel.id,
        "name": channel.name,
        "private": channel.kind is Kind.PRIVATE,
        "is_im": channel.kind is Kind.IM,
        "members": list(channel.members),
        "archived": channel.archived,
        "unread": channel.unread.get(user, 0),
        "mentions": channel.mentions.get(user, 0),
        "notify": channel.preferences.get(user, "mentions"),
    }
    if channel.kind is Kind.IM:
        made["other"] = next((m for m in channel.members if m != user), user)
    return made


def show_lists(core: Core, people: Iterable[str]) -> None:
    """Show those who look on their conversations and threads as they now are."""
    for user in core.live.watching(people):
        core.live.push((user,), {"type": "channels", "channels": channels_of(core, user)})
        core.live.push((user,), {"type": "threads", "threads": threads_of(core, user)})


def person_card(person: Person) -> Json:
    """Return what a browser shows of a person."""
    fields = ("id", "name", "real_name", "display_name", "deleted", "is_admin", "is_bot", "active", "team_id")
    return {field: getattr(person, field) for field in fields}


def home_of(core: Core, user: str) -> Json | None:
    """Return the person's published App Home."""
    return core.world.homes.get(user)


def views_of(core: Core, user: str) -> list[Json]:
    """Return the person's open modals, the front one last, with the values typed so far."""
    return [{**v.body, "state": {"values": v.values}} for v in core.views.get(user, ())]


def threads_of(core: Core, user: str) -> list[Json]:
    """Return the threads a person follows."""
    found: list[Json] = []
    for channel in core.world.channels.values():
        if user not in channel.members:
            continue
        unread = channel.thread_unread.get(user, {})
        mentions = channel.thread_mentions.get(user, {})
        for root, followers in channel.followers.items():
            if user in followers and channel.replies.get(root):
                counts = {"unread": unread.get(root, 0), "mentions": mentions.get(root, 0)}
                found.append({"channel": channel.id, "thread_ts": root, **counts})
    return found


def state_of(core: Core, user: str) -> Json:
    """Return everything a person's browser needs to draw itself."""
    person = core.person(user)
    app = core.app
    mine = [c for c in core.world.channels.values() if user in c.members]
    return {
        "me": person_card(person),
        "team": {"id": core.world.team.id, "name": core.world.team.name, "domain": core.world.team.domain},
        "people": [person_card(p) for p in core.world.people.values()],
        "groups": [
            {"id": g.id, "handle": g.handle, "members": g.members} for g in core.world.groups.values()
        ],
        "app": {
            "name": app.spec.bot_name,
            "id": app.id,
            "bot_id": app.bot_id,
            "bot_user_id": app.bot_user_id,
            "commands": [
                {"command": c.command, "description": c.description, "usage_hint": c.usage_hint}
                for c in app.spec.commands
            ],
            "shortcuts": [
                {"name": s.name, "type": s.type, "callback_id": s.callback_id, "description": s.description}
                for s in app.spec.shortcuts
            ],
            "home_tab": app.spec.home_tab,
            "messages_tab": app.spec.messages_tab,
            "messages_read_only": app.spec.messages_read_only,
        },
        "channels": channels_of(core, user),
        "open_channels": [
            {"id": c.id, "name": c.name}
            for c in core.world.channels.values()
            if c.kind is Kind.PUBLIC and user not in c.members and not c.archived
        ],
        "messages": {c.id: [m.body for m in c.messages.values()] for c in mine},
        "ephemerals": [e.body for e in core.ephemerals.get(user, {}).values()],
        "views": views_of(core, user),
        "home": home_of(core, user),
        "notifications": core.world.notifications.get(user, []),
        "threads": threads_of(core, user),
    }
