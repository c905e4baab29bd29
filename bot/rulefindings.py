"""What `check` finds about the rules of routing, each fault with its repair. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.findings import NOT_SEEN, Finding, Found, Surroundings, agents, channel_faults, name_of, outside
from desk.operators import idle
from desk.routing import Route, concerns


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChannel:
    """What Slack says of a channel that a rule names."""

    channel: Found | None
    """None: it does not exist, or is private and the app is not in it."""
    members: frozenset[str] = frozenset()
    """Of a private one, without the app."""


def judge_routes(
    routes: Sequence[Route], arounds: Sequence[Surroundings], there: Mapping[str, RuleChannel]
) -> Iterator[Finding]:
    """The rules themselves, then each of their channels. `there`: by what the rules call them."""
    accounts = {around.account.name: around.account.network for around in arounds}
    for words in idle(routes, accounts):
        yield Finding(wrong=True, words=words)
    for wanted, found in there.items():
        name = name_of(wanted, found.channel)
        yield from _channel(name, found, _concerned(wanted, routes, arounds))


def _concerned(wanted: str, routes: Sequence[Route], arounds: Sequence[Surroundings]) -> list[Surroundings]:
    """The accounts whose customers may come there."""
    rules = [route for route in routes if route.channel == wanted]
    return [
        around
        for around in arounds
        if any(concerns(rule, around.account.name, around.account.network) for rule in rules)
    ]


def _channel(name: str, found: RuleChannel, concerned: Sequence[Surroundings]) -> Iterator[Finding]:
    if found.channel is None:
        yield _wrong(f"{name} {NOT_SEEN} /invite @Oratio there")
        return
    faults = list(channel_faults(found.channel, name))
    yield from (_wrong(words) for words in faults)
    if not faults and concerned:
        titles = ", ".join(around.account.title for around in concerned)
        yield Finding(words=f"[[routes]]: customers of {titles} may appear in {name}.")
    if not faults and found.channel.get("is_private"):
        yield from _people(name, found, concerned)


def _people(name: str, found: RuleChannel, concerned: Sequence[Surroundings]) -> Iterator[Finding]:
    """Being in a rule's channel makes nobody an agent; and agents who are not in it see nothing there."""
    answering: frozenset[str] = frozenset().union(*(agents(around) for around in concerned))
    known = concerned[0].people if concerned else {}
    readers = [known[user] for user in found.members - answering if user in known]
    names = sorted(person.name for person in readers if not (person.deleted or person.is_bot))
    if names:
        words = f"{', '.join(names)} in {name} can't answer there; name them in agents, or a user group"
        yield Finding(note=True, words=f"[[routes]]: {words} in agents_group.")
    for around in concerned:
        yield from outside(around, agents(around) - found.members, name)


def _wrong(words: str) -> Finding:
    return Finding(
        wrong=True, words=f"[[routes]]: {words}; until then new customers appear in their account's channel."
    )
