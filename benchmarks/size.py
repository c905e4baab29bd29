"""L7, and the lists: what the program costs with a history behind it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import median

from benchmarks.acknowledging import AN_HOUR, replies
from benchmarks.figures import Figure, at_most, milliseconds, percentile, ratio, ratio_at_most
from benchmarks.filling import fill, opened
from benchmarks.load import as_fast_as_it_can
from benchmarks.stage import AGENTS, ANA, Stage, at_rest, people, the_stage
from desk.asked import ListKind
from desk.conversations.listing import Scope, lined
from models import Account, Workspace


async def history(kind: str, empty: str, full: str, *, messages: int, rounds: int) -> list[Figure]:
    """L7: with so many messages, a twentieth as many conversations and a hundredth open."""
    async with the_stage(empty, hold=AN_HOUR) as young, the_stage(full, hold=AN_HOUR) as old:
        await fill(old, conversations=messages // 20, messages=messages, open_=messages // 100)
        started = await old.start()
        await young.start()
        for stage in (young, old):
            await stage.begins("shop0", people(1, 10), taken=True)
            await at_rest(stage)
        late: dict[int, list[float]] = {0: [], 1: []}
        for _ in range(rounds):
            for which, stage in enumerate((young, old)):
                run = await as_fast_as_it_can(stage.url, replies(stage), connections=4, seconds=2)
                late[which].append(percentile(run.latencies, 0.99))
        drawn = [await _home(old, user) for user in AGENTS]
        await old.stop()
        async with opened(old.order.database):
            searched = await _timed(ListKind.ALL, "anna5 berg")
    size = f"{messages:,} messages, {kind}"
    return [
        ratio_at_most(
            "L7",
            f"p99 until acknowledged, per that of an empty database: {size}",
            ratio(median(late[1]), median(late[0])),
            1.5,
            f"{milliseconds(median(late[1]))}",
        ),
        at_most("L7", f"Home drawn: {size}", median(drawn), 0.15),
        at_most("L7", f"a name found: {size}", searched, 0.2),
        at_most("L7", f"started: {size}", started, 3.0),
    ]


async def _home(stage: Stage, user: str) -> float:
    """Seconds from opening Home to its drawing at Slack."""
    before = len(stage.slack.calls("views.publish"))
    began = time.perf_counter()
    await stage.slack.act("open_home", user=user)
    await stage.slack.until(lambda: len(stage.slack.calls("views.publish")) > before)
    return time.perf_counter() - began


LISTS: Sequence[tuple[str, ListKind, str]] = (
    ("Inbox", ListKind.INBOX, ""),
    ("Unassigned", ListKind.UNASSIGNED, ""),
    ("All", ListKind.ALL, ""),
    ("Closed", ListKind.CLOSED, ""),
    ("Archived", ListKind.ARCHIVED, ""),
    ("All, by name", ListKind.ALL, "anna7"),
    ("Archived, by name", ListKind.ARCHIVED, "anna7 berg1"),
)


async def lists(databases: Sequence[tuple[str, int, str]]) -> list[Figure]:
    """Each list's time in databases of so many conversations: their kind, number and URL."""
    found: dict[str, list[str]] = {name: [] for name, _, _ in LISTS}
    for kind, number, url in databases:
        async with the_stage(url) as stage:
            await fill(stage, conversations=number, messages=number, open_=number // 5)
            async with opened(stage.order.database):
                for name, which, typed in LISTS:
                    taken = await _timed(which, typed)
                    found[name].append(f"{milliseconds(taken)} {kind} {number:,}")
    return [Figure(bar="lists", what=name, measured="; ".join(times)) for name, times in found.items()]


async def _timed(kind: ListKind, name: str) -> float:
    """The median time of a list for Ana, who serves every account."""
    workspace = await Workspace.get()
    scope = Scope(
        workspace_id=workspace.id,
        viewer=ANA,
        accounts=tuple(row.id for row in await Account.all()),
    )
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        await lined(scope, kind, name)
        taken.append(time.perf_counter() - began)
    return median(taken)
