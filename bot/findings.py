"""What `check` finds: pure judgements of what Slack says, each fault with its repair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot import manifest
from bot.config import Config
from desk.hours import ALWAYS
from desk.people import Member, may_answer
from desk.reminders import Step
from desk.settings import AccountConfig
from desk.slack.gateway import Auth
from networks.base import Checked

NOT_SEEN = "does not exist, or is private: then type"
Found = Mapping[str, Any]
"""An object as Slack describes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence. `wrong`: something must be repaired. `note`: for a person to know, or to look after."""

    words: str
    wrong: bool = False
    note: bool = False

    @property
    def line(self) -> str:
        """The sentence with its sign."""
        return f"{'✗' if self.wrong else '•' if self.note else '✓'} {self.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What Slack says about one account's channel and people."""

    account: AccountConfig
    channel: Found | None
    """None: it does not exist, or is private and the app is not in it."""
    members: frozenset[str] = frozenset()
    group_members: frozenset[str] | None = None
    """The user group's members; None where no group is configured, or it was not found."""
    notify_known: bool = True
    """The user group of `notify` is there, if one is configured."""
    people: Mapping[str, Member] = field(default_factory=dict)
    """Everybody in the workspace."""


def told_apart(accounts: Iterable[AccountConfig]) -> tuple[AccountConfig, ...]:
    """The accounts with titles that say which is meant: `Acme Help (viber)` where several have one title."""
    every = tuple(accounts)
    times = Counter(account.title for account in every)
    return tuple(
        replace(each, title=f"{each.title} ({each.name})") if times[each.title] > 1 else each
        for each in every
    )


def summary(findings: Iterable[Finding]) -> str:
    """The last line: the one with ✗ may stand far above it."""
    wrong = sum(finding.wrong for finding in findings)
    if not wrong:
        return "Nothing has to be repaired."
    return f"{wrong} {'thing has' if wrong == 1 else 'things have'} to be repaired, marked with ✗ above."


def judge_app(auth: Auth, needed: Mapping[str, Any]) -> Iterator[Finding]:
    """The token, its scopes, and what Slack does not tell."""
    yield Finding(words=f"The bot token belongs to the workspace {auth.team}.")
    missing = sorted(manifest.bot_scopes(needed) - auth.scopes)
    if missing:
        yield Finding(
            wrong=True,
            words=f"The Slack app lacks the scopes {', '.join(missing)}: paste what `make manifest` prints "
            "into the app's settings (App Manifest) and install the app again.",
        )
    else:
        yield Finding(words="The app has every scope it needs.")
    commands = ", ".join(manifest.commands(needed))
    yield Finding(
        note=True,
        words=f"Slack does not tell an app its commands; these must be in its manifest: {commands}.",
    )


def judge_addresses(config: Config) -> Iterator[Finding]:
    """Where others have to find Oratio: known to the configuration alone."""
    base = config.desk.public_url
    if not config.socket_mode:
        address = (base or "https://your.host") + manifest.EVENTS_PATH
        yield Finding(
            note=True,
            words=f"Slack calls Oratio over HTTP: each request URL in its manifest must be {address}.",
        )
    for account in config.desk.accounts:
        if account.network == "webchat":
            yield _script(account, base)


def _script(account: AccountConfig, base: str | None) -> Finding:
    if base is None:
        words = "set PUBLIC_URL to the https address of Oratio, and the script tag for the site stands here"
    else:
        tag = f'<script async src="{base}/webchat/{account.name}/widget.js"></script>'
        words = f"the chat appears on pages that hold {tag}"
    return Finding(note=True, words=f"{account.title}: {words}.")


def judge_operators(config: Config, channel: Found | None, people: Mapping[str, Member]) -> Iterator[Finding]:
    """Where operators are told things, and who they are."""
    wanted = config.desk.admin_channel
    if wanted:
        name = name_of(wanted, channel)
        joins = channel is not None and not channel.get("is_private")
        if not joins and not (channel or {}).get("is_member"):
            why = f"Oratio is not in {name}; type" if channel else f"{name} {NOT_SEEN}"
            words = f"admin_channel: {why} /invite @Oratio there."
            yield Finding(wrong=True, words=words)
        else:
            yield Finding(words=f"Operators are told things in {name}.")
    for user in config.desk.admins:
        if user not in people or people[user].deleted:
            yield Finding(wrong=True, words=f"admins: nobody in the workspace has the id {user}.")


def judge_account(around: Surroundings) -> Iterator[Finding]:
    """The intake channel and who answers there."""
    title, name = around.account.title, name_of(around.account.channel, around.channel)
    if around.channel is None:
        yield _wrong(title, f"{name} {NOT_SEEN} /invite @Oratio there")
        return
    faults = list(channel_faults(around.channel, name))
    yield from (_wrong(title, words) for words in faults)
    yield from (_wrong(title, words) for words in _agent_faults(around, name))
    if not faults:
        joins = "" if around.channel.get("is_member") else ", which Oratio joins when it starts"
        yield Finding(words=f"{title}: new customers appear in {name}{joins}.")
    yield from _guests(around)
    yield from _outside(around)
    yield from _unheard(around)
    answering = agents(around)
    if answering:
        yield Finding(
            words=f"{title}: {len(answering)} {'agent' if len(answering) == 1 else 'agents'} may answer."
        )


def judge_hours(accounts: Iterable[AccountConfig], now: datetime) -> Iterator[Finding]:
    """How long each is answered and from when, so that a slip of the pen is seen."""
    for account in accounts:
        hours = account.hours
        if hours == ALWAYS:
            continue
        opening = hours.next_opening(now)
        if opening is None:
            yield _wrong(account.title, "its business hours never come")
            continue
        weekly = sum(span.end - span.start for span in hours.week) / 60
        begin = "on now" if opening == now else f"next on {opening.astimezone(hours.zone):%A, %Y-%m-%d %H:%M}"
        words = f"business hours are {weekly:g} hours a week ({hours.zone}), {begin}"
        yield Finding(note=True, words=f"{account.title}: {words}.")


def judge_network(account: AccountConfig, found: Iterable[Checked]) -> Iterator[Finding]:
    """What an account's network says of it."""
    for each in found:
        yield Finding(words=f"{account.title}: {each.words}.", wrong=each.wrong, note=each.note)


def channel_faults(channel: Found, name: str) -> Iterator[str]:
    """Why no cards can be posted there, each with its repair."""
    if channel.get("is_archived"):
        yield f"{name} is archived; unarchive it, or name another channel"
    if channel.get("is_ext_shared"):
        yield f"{name} is shared with others, who would read your customers' words; name another channel"
    if not channel.get("is_member") and channel.get("is_private"):
        yield f"Oratio is not in {name}; type /invite @Oratio there"


def _agent_faults(around: Surroundings, name: str) -> Iterator[str]:
    account = around.account
    if account.agents_group and around.group_members is None:
        yield f"there is no user group {account.agents_group}; name one in agents_group, or people in agents"
    for user in account.agents:
        person = around.people.get(user)
        if person is None:
            yield f"Slack does not know {user}, who is named in agents"
        elif person.deleted:
            yield f"{person.name}, who is named in agents, is deactivated"
        elif person.is_bot:
            yield f"{person.name}, who is named in agents, is an app"
    if not agents(around):
        yield _nobody(around, name)


def _nobody(around: Surroundings, name: str) -> str:
    if around.account.agents_group and around.group_members is not None:
        return f"nobody may answer: the user group {around.account.agents_group} has no members who could"
    if (around.channel or {}).get("is_private"):
        return f"nobody may answer: invite the support team to {name}"
    return f"nobody may answer: {name} is public, so name people in agents or a user group in agents_group"


def _guests(around: Surroundings) -> Iterator[Finding]:
    """Guests do not answer, unless they are named."""
    left_out = _others(around) - agents(around)
    names = sorted(
        p.name for user in left_out if (p := around.people.get(user)) and not (p.deleted or p.is_bot)
    )
    if names:
        words = f"guests and outsiders do not answer unless they are named in agents: {', '.join(names)}"
        yield Finding(note=True, words=f"{around.account.title}: {words}.")


def _outside(around: Surroundings) -> Iterator[Finding]:
    """Whoever answers must be in the channel to open its threads."""
    channel = around.channel or {}
    if channel.get("is_private") and channel.get("is_member"):
        name = name_of(around.account.channel, channel)
        yield from outside(around, agents(around) - around.members, name)


def outside(around: Surroundings, users: Iterable[str], name: str) -> Iterator[Finding]:
    """Agents who are not in a private channel of their account."""
    names = sorted(around.people[user].name for user in users)
    if names:
        words = f"agents who are not in {name} can't open its threads; invite them: {', '.join(names)}"
        yield Finding(note=True, words=f"{around.account.title}: {words}.")


def _unheard(around: Surroundings) -> Iterator[Finding]:
    """What was to ring, and for whom it doesn't."""
    account = around.account
    if account.notify and not around.notify_known:
        yield _wrong(account.title, f"there is no user group {account.notify}; name one in notify")
    if account.reminders is None:
        return
    lead = around.people.get(account.reminders.lead or "")
    if account.reminders.lead and (lead is None or lead.deleted or lead.is_bot):
        yield _wrong(
            account.title, f"nobody who could be reminded has the id {account.reminders.lead} (lead)"
        )
    if Step.GROUP in account.reminders.after and not account.notify:
        words = "reminders in the channel ring for nobody; name a user group in notify"
        yield Finding(note=True, words=f"{account.title}: {words}.")


def agents(around: Surroundings) -> frozenset[str]:
    """Who may answer: those named, and the group's members, or else a private channel's."""
    named = frozenset(around.account.agents)
    return _able(named, around, named=True) | _able(_others(around), around, named=False)


def _others(around: Surroundings) -> frozenset[str]:
    if around.account.agents_group:
        return around.group_members or frozenset()
    return around.members if (around.channel or {}).get("is_private") else frozenset()


def _able(users: Iterable[str], around: Surroundings, *, named: bool) -> frozenset[str]:
    known = around.people
    return frozenset(user for user in users if user in known and may_answer(known[user], named=named))


def _wrong(title: str, words: str) -> Finding:
    return Finding(words=f"{title}: {words}.", wrong=True)


def name_of(configured: str, channel: Found | None) -> str:
    """A channel as people call it."""
    known = (channel or {}).get("name")
    return f"#{known}" if known else configured if configured.startswith("#") else f"the channel {configured}"
