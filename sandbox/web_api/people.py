"""auth.test, users.*, usergroups.*, team.info, bots.info, reactions.*, apps.connections.open."""

from sandbox import emoji, posting, reading
from sandbox.arguments import Arguments
from sandbox.core import Core
from sandbox.refusal import Json, Refusal
from sandbox.web_api.membership import joined
from sandbox.web_api.method import Method
from sandbox.web_api.paging import page
from sandbox.world import Channel, Group, Message


def auth_test(core: Core, arguments: Arguments) -> Json:
    """Return who the token belongs to; see Slack's auth.test."""
    team, app = core.world.team, core.app
    return {
        "url": f"{core.url}/",
        "team": team.name,
        "user": core.world.people[app.bot_user_id].name,
        "team_id": team.id,
        "user_id": app.bot_user_id,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def user_info(core: Core, arguments: Arguments) -> Json:
    """Return one person; see Slack's users.info."""
    user = arguments.required("user")
    person = reading.slackbot(core) if user == "USLACKBOT" else core.person(user)
    return {"user": reading.user_object(core, person)}


def user_list(core: Core, arguments: Arguments) -> Json:
    """Return a page of all people; see Slack's users.list."""
    everyone = [*core.world.people.values(), reading.slackbot(core)]
    chunk, metadata = page(everyone, arguments.text("cursor"), arguments.number("limit", 1000, 1, 1000))
    members = [reading.user_object(core, p) for p in chunk]
    return {"members": members, "cache_ts": int(core.clock.now()), "response_metadata": metadata}


def _group_object(core: Core, group: Group, with_users: bool) -> Json:
    made: Json = {
        "id": group.id,
        "team_id": core.world.team.id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_delete": 1 if group.disabled else 0,
        "user_count": len(group.members),
    }
    return {**made, "users": list(group.members)} if with_users else made


def group_list(core: Core, arguments: Arguments) -> Json:
    """Return the user groups; see Slack's usergroups.list."""
    disabled, users = arguments.flag("include_disabled"), arguments.flag("include_users")
    shown = [g for g in core.world.groups.values() if disabled or not g.disabled]
    return {"usergroups": [_group_object(core, g, users) for g in shown]}


def group_users(core: Core, arguments: Arguments) -> Json:
    """Return a user group's members; see Slack's usergroups.users.list."""
    group = core.world.groups.get(arguments.required("usergroup"))
    if group is None or (group.disabled and not arguments.flag("include_disabled")):
        raise Refusal("no_such_subteam")
    people = core.world.people
    return {"users": [m for m in group.members if m in people and not people[m].deleted]}


def team_info(core: Core, arguments: Arguments) -> Json:
    """Return the workspace; see Slack's team.info."""
    team = core.world.team
    if arguments.text("team") not in {"", team.id}:
        raise Refusal("team_not_found")
    made = {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}
    return {"team": {**made, "url": f"{core.url}/"}}


def bot_info(core: Core, arguments: Arguments) -> Json:
    """Return the bot behind a bot id; see Slack's bots.info."""
    if arguments.text("bot") not in {"", core.app.bot_id}:
        raise Refusal("bot_not_found")
    app = core.app
    made = {"id": app.bot_id, "deleted": False, "name": app.spec.bot_name, "updated": 0, "app_id": app.id}
    return {"bot": {**made, "user_id": app.bot_user_id, "icons": {}}}


def _reactable(core: Core, arguments: Arguments) -> tuple[Channel, Message, str]:
    name = arguments.required("name").strip(":")
    if not emoji.is_known(name):
        raise Refusal("invalid_name")
    if not arguments.text("channel") or not arguments.text("timestamp"):
        raise Refusal("no_item_specified")
    channel = joined(core, arguments.text("channel"))
    if not posting.is_ts(arguments.text("timestamp")):
        raise Refusal("bad_timestamp")
    message = channel.messages.get(arguments.text("timestamp"))
    if message is None or message.body.get("subtype") == "tombstone":
        raise Refusal("message_not_found")
    return channel, message, name


def react(core: Core, arguments: Arguments) -> Json:
    """Put a reaction of the app's; see Slack's reactions.add."""
    channel, message, name = _reactable(core, arguments)
    if channel.archived:
        raise Refusal("is_archived")
    posting.react(core, channel, message, core.app.bot_user_id, name)
    return {}


def unreact(core: Core, arguments: Arguments) -> Json:
    """Take a reaction of the app's away; see Slack's reactions.remove."""
    channel, message, name = _reactable(core, arguments)
    posting.unreact(core, channel, message, core.app.bot_user_id, name)
    return {}


def open_connection(core: Core, arguments: Arguments) -> Json:
    """Return a one-time address for a socket; see Slack's apps.connections.open."""
    if not core.app.socket_mode:
        raise Refusal("forbidden_team", "Socket Mode is not switched on.")
    ticket = core.sockets.ticket()
    return {"url": f"{core.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={core.app.id}"}


METHODS = {
    "auth.test": Method(run=auth_test),
    "users.info": Method(run=user_info, scopes=("users:read",), json=False),
    "users.list": Method(run=user_list, scopes=("users:read",), json=False),
    "usergroups.list": Method(run=group_list, scopes=("usergroups:read",), json=False),
    "usergroups.users.list": Method(run=group_users, scopes=("usergroups:read",), json=False),
    "team.info": Method(run=team_info, scopes=("team:read",), json=False),
    "bots.info": Method(run=bot_info, scopes=("users:read",), json=False),
    "reactions.add": Method(run=react, scopes=("reactions:write",)),
    "reactions.remove": Method(run=unreact, scopes=("reactions:write",)),
    "apps.connections.open": Method(run=open_connection, scopes=("connections:write",), app_token=True),
}
