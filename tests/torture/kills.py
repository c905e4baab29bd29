"""When the program is killed: in the middle of a call, or anywhere.

A kill in the middle waits until a call of one kind is under way and holds its answer back,
either before it was carried out or after. So the fate of a row in SENDING is decided, and the
program that comes back can't know it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.torture.stage import Stage


class Moment(StrEnum):
    """What is going on when the program dies."""

    POST = "post"
    PART = "part"
    UPLOAD = "upload"
    ANY = "any"
    START = "start"


MOMENTS = (
    *[Moment.POST] * 13,
    *[Moment.PART] * 13,
    *[Moment.UPLOAD] * 9,
    *[Moment.ANY] * 11,
    *[Moment.START] * 4,
)
"""The mixture for fifty kills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One kill. `calls`: how many calls go well before the one that is held, or before the kill."""

    moment: Moment
    carried_out: bool
    calls: int


def kills(number: int, chance: random.Random) -> Iterator[Kill]:
    """So many kills, in the mixture of `MOMENTS`, shuffled."""
    moments = [MOMENTS[each * len(MOMENTS) // number] for each in range(number)]
    chance.shuffle(moments)
    for each, moment in enumerate(moments):
        most = {Moment.ANY: 90, Moment.START: 8, Moment.UPLOAD: 1}.get(moment, 6)
        yield Kill(moment=moment, carried_out=each % 2 == 0, calls=chance.randrange(most))


def arm(stage: Stage, kill: Kill, network: str) -> Callable[[], bool]:
    """Prepare the kill; returns what is true when it is time. `network`: whose calls are held."""
    slack, provider = stage.slack, stage.providers[network]
    match kill.moment:
        case Moment.POST | Moment.UPLOAD:
            method = "chat.postMessage" if kill.moment is Moment.POST else "files.completeUploadExternal"
            how = "late_answer" if kill.carried_out else "timeout"
            slack.fault(method, how, after=kill.calls, seconds=600)
            return lambda: not slack.core.faults.active
        case Moment.PART:
            provider.fault("", kill.calls, verb="send")
            provider.fault("late_answer" if kill.carried_out else "held", verb="send")
            return lambda: not provider.faults_left
        case _:
            before = _calls(stage)
            return lambda: _calls(stage) - before >= kill.calls


def _calls(stage: Stage) -> int:
    return len(stage.slack.core.calls) + sum(len(p.calls) for p in stage.providers.values())


def disarm(stage: Stage) -> None:
    """Nothing goes wrong on purpose any more."""
    stage.slack.clear_faults()
    for provider in stage.providers.values():
        provider.clear_faults()
