"""What becomes of a delivery whose attempt went wrong. Pure.

A fault that somebody can mend (an account, a channel, the workspace) parks the row. Slack's
own weakness never ends a row: the customer's words must get there. A network's does after
`retry_for`, because an answer that arrives a day late surprises; the agent is told then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from desk.media import SpoolFull, TooLarge
from desk.settings import Durations
from desk.slack import errors as slack
from networks import errors as network

LONGEST_PAUSE = timedelta(hours=1)
"""However long a provider asks us to wait, we ask again after that."""

MOST_FAULTS_OF_OURS = 8
"""So often an error nobody foresaw is met before its row ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryAt:
    """Try again then.

    `counts`: whether this was an attempt, or only being told to wait. `blocks`: nothing that
    spends the same limit can leave before then either.
    """

    when: datetime
    counts: bool
    blocks: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """It did not arrive and never will. `words` say why."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Park:
    """It waits until the `scope` is repaired: `account`, `channel` or `workspace`."""

    scope: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """It may have arrived: to be looked up, repeated where that is harmless, or put to the agent."""

    words: str


Decision = RetryAt | GiveUp | Park | Unsure


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    attempts: int
    first_try_at: datetime
    now: datetime
    durations: Durations
    rand: Random


def after(
    error: Exception,
    *,
    attempts: int,
    first_try_at: datetime,
    now: datetime,
    durations: Durations,
    rand: Random,
) -> Decision:
    """What to do after `error`. `attempts` includes the one that just failed.

    Two of Slack's errors are worth catching before they come here: `Pointless` (what was
    wanted is already so) and `BadRequest` (post the same as plain text). Here both end the row.
    """
    case = _Case(attempts=attempts, first_try_at=first_try_at, now=now, durations=durations, rand=rand)
    if isinstance(error, slack.SlackError):
        return _slack(error, case)
    if isinstance(error, network.DeliveryError):
        return _network(error, case)
    if isinstance(error, SpoolFull):
        return _again(error.words, case)
    if isinstance(error, TooLarge):
        return GiveUp(words=str(error))
    return _ours(case)


def pause(attempts: int, durations: Durations, rand: Random) -> timedelta:
    """How long to wait after so many attempts: anything from `retry_base` up to a ceiling
    that doubles each time and never exceeds `retry_cap`."""
    base = durations.retry_base
    doubled: timedelta = base * 2 ** min(max(attempts, 0), 20)
    ceiling = max(min(durations.retry_cap, doubled), base)
    return base + rand.random() * (ceiling - base)


def _slack(error: slack.SlackError, case: _Case) -> Decision:
    if isinstance(error, slack.Throttled):
        return _told_to_wait(error.words, error.retry_after, case)
    if error.retry:
        return _again(error.words, case)
    if isinstance(error, slack.Uncertain):
        return Unsure(words=error.words)
    if isinstance(error, slack.WorkspaceFault):
        return Park(scope="workspace", words=error.words)
    if isinstance(error, slack.ChannelFault):
        return Park(scope="channel", words=error.words)
    return GiveUp(words=error.words)


def _network(error: network.DeliveryError, case: _Case) -> Decision:
    if isinstance(error, network.AccountBroken):
        return Park(scope="account", words=error.words)
    if not error.certain:
        return Unsure(words=error.words)
    if not error.retry or case.now - case.first_try_at >= case.durations.retry_for:
        return GiveUp(words=error.words)
    if isinstance(error, network.Throttled):
        return _told_to_wait(error.words, error.retry_after, case, blocks=not error.one_contact)
    return _again(error.words, case)


def _ours(case: _Case) -> Decision:
    """An error nobody foresaw. It may lie before or behind the call, and may never go away."""
    words = "Something went wrong inside Oratio while this was being sent."
    return Unsure(words=words) if case.attempts < MOST_FAULTS_OF_OURS else GiveUp(words=words)


def _again(words: str, case: _Case) -> RetryAt:
    when = case.now + pause(case.attempts, case.durations, case.rand)
    return RetryAt(when=when, counts=True, blocks=False, words=words)


def _told_to_wait(words: str, seconds: float, case: _Case, *, blocks: bool = True) -> RetryAt:
    asked = min(max(seconds, 0.0), LONGEST_PAUSE.total_seconds())
    jitter = case.durations.retry_base * (case.rand.random() / 4)
    when = case.now + timedelta(seconds=asked) + jitter
    return RetryAt(when=when, counts=False, blocks=blocks, words=words)
