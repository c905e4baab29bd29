"""The workspace a stand-in starts with: fixed defaults, and what a seed changes."""

from collections.abc import Mapping
from typing import Any

from sandbox.manifest import AppSpec
from sandbox.refusal import Refusal
from sandbox.world import Channel, Group, Kind, Person, Team, World

BOT_USER = "U0APPBOT01"
BOT_ID = "B0APPBOT01"
APP_ID = "A0SANDBOX1"

_PEOPLE: tuple[Mapping[str, Any], ...] = (
    {"id": "U0ANA00001", "name": "ana", "real_name": "Ana Horvat", "display_name": "Ana", "is_admin": True},
    {"id": "U0BEN00001", "name": "ben", "real_name": "Ben Adler", "display_name": "Ben"},
    {"id": "U0CHLOE001", "name": "chloe", "real_name": "Chloe Martin", "display_name": "Chloe"},
    {"id": "U0DORA0001", "name": "dora", "real_name": "Dora Novak", "display_name": "Dora"},
)
_CHANNELS: tuple[Mapping[str, Any], ...] = (
    {"id": "C0SUPPORT1", "name": "support", "members": ["U0ANA00001", "U0BEN00001", "U0CHLOE001"]},
    {"id": "C0GENERAL1", "name": "general"},
)


def world_of(seed: Mapping[str, Any], app: AppSpec, now: float) -> World:
    """Return a new workspace: the defaults, with the parts a seed names replaced."""
    team = seed.get("team", {})
    world = World(
        team=Team(
            id=team.get("id", "T0SANDBOX1"), name=team.get("name", "Acme"), domain=team.get("domain", "acme")
        ),
        scopes=list(seed.get("app", {}).get("scopes", app.scopes)),
        scopes_asked=list(app.scopes),
    )
    for values in seed.get("people", _PEOPLE):
        add_person(world, values, now)
    bot = {"id": BOT_USER, "name": _handle(app.bot_name), "real_name": app.bot_name, "is_bot": True}
    add_person(world, bot, now)
    for values in seed.get("channels", _CHANNELS):
        add_channel(world, values, now)
    for values in seed.get("groups", ()):
        add_group(world, values)
    return world


def add_person(world: World, values: Mapping[str, Any], now: float) -> Person:
    """Add a person; the id is made up when none is given."""
    real_name = str(values.get("real_name", values.get("display_name", values.get("name", "Someone"))))
    name = str(values.get("name", _handle(real_name)))
    person = Person(
        id=str(values.get("id") or world.next_id("U")),
        name=name,
        real_name=real_name,
        display_name=str(values.get("display_name", "")),
        team_id=str(values.get("team_id", world.team.id)),
        email=str(values.get("email", f"{name}@{world.team.domain}.example")),
        updated=int(now),
    )
    for key in (
        "deleted",
        "is_admin",
        "is_owner",
        "is_bot",
        "is_restricted",
        "is_ultra_restricted",
        "active",
    ):
        if key in values:
            setattr(person, key, bool(values[key]))
    for key in ("tz", "tz_label", "tz_offset"):
        if key in values:
            setattr(person, key, values[key])
    world.people[person.id] = person
    return person


def add_channel(world: World, values: Mapping[str, Any], now: float) -> Channel:
    """Add a channel; without `members` everybody is in it. Raises Refusal for an unknown member."""
    private = bool(values.get("private", False))
    everyone = [p.id for p in world.people.values() if not p.is_bot and not p.deleted]
    members = [str(m) for m in values.get("members", everyone)]
    if unknown := [m for m in members if m not in world.people]:
        raise Refusal("user_not_found", f"There is no {unknown[0]} to be in {values['name']}.")
    channel = Channel(
        id=str(values.get("id") or world.next_id("C")),
        name=str(values["name"]),
        kind=Kind.PRIVATE if private else Kind.PUBLIC,
        creator=str(values.get("creator") or (members[0] if members else next(iter(world.people)))),
        created=int(now),
        members=dict.fromkeys(members),
        shared=bool(values.get("shared", False)),
    )
    world.channels[channel.id] = channel
    return channel


def add_group(world: World, values: Mapping[str, Any]) -> Group:
    """Add a user group."""
    group = Group(
        id=str(values.get("id") or world.next_id("S")),
        handle=str(values["handle"]),
        name=str(values.get("name", values["handle"])),
        members=[str(m) for m in values.get("members", ())],
    )
    world.groups[group.id] = group
    return group


def _handle(name: str) -> str:
    return "".join(c for c in name.lower().replace(" ", ".") if c.isalnum() or c in "._-") or "someone"
