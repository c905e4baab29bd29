"""L1, L2, L3: how fast what comes in is committed and acknowledged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median

from benchmarks.figures import (
    Figure,
    at_most,
    exactly,
    mebibytes,
    milliseconds,
    percentile,
    ratio,
    ratio_at_least,
)
from benchmarks.load import Run, as_fast_as_it_can, on_time, request, steadily
from benchmarks.processes import running
from benchmarks.provider import said, webhook
from benchmarks.stage import Stage, at_rest, people, the_stage, token

AN_HOUR = 3600.0
CEILING = 8.3
"""Slack's events a second for one app and workspace."""
POSTS_A_SECOND = 5
"""What Slack takes of an app in all channels of a workspace together."""
LEAST = {"sqlite": 0.08, "postgres": 0.15}


@asynccontextmanager
async def answering(database: str, *, hold: float = AN_HOUR) -> AsyncIterator[Stage]:
    """The program with conversations that agents have; what they write is held for `hold` seconds."""
    async with the_stage(database, hold=hold) as stage:
        await stage.start()
        await stage.begins("shop0", people(0, 20), taken=True)
        await at_rest(stage)
        yield stage


def replies(stage: Stage, way: str = "out") -> Callable[[int], bytes]:
    """Requests in which agents write, one conversation after the other."""
    rooms = sorted(stage.threads)

    def make(number: int) -> bytes:
        return stage.event(rooms[number % len(rooms)], token(way, number % len(rooms), number))

    return make


async def peak(databases: dict[str, str], *, seconds: float, rounds: int) -> list[Figure]:
    """L3: floors and the whole transaction, turn by turn, so that all meet the same machine."""
    async with AsyncExitStack() as stack:
        stages = {kind: await stack.enter_async_context(answering(url)) for kind, url in databases.items()}
        some = next(iter(stages.values()))
        secret = some.order.signing_secret
        floors, told = await stack.enter_async_context(running("benchmarks.floors", secret))
        floor, make = str(told["ready"]), replies(some)
        bare = request(f"{floor}/bare", make(0).partition(b"\r\n\r\n")[2], {})
        turns = {
            "bare": (floors, floor, lambda _: bare),
            "bolt": (floors, floor, make),
            **{kind: (stage.running, stage.url, replies(stage)) for kind, stage in stages.items()},
        }
        rates: dict[str, list[float]] = {name: [] for name in turns}
        spent: dict[str, list[float]] = {name: [] for name in turns}
        for name, (program, url, asks) in list(turns.items()) * rounds:
            before = program.processor()
            run = await as_fast_as_it_can(url, asks, connections=32, seconds=seconds)
            _all_taken(name, run)
            rates[name].append(run.rate)
            spent[name].append((program.processor() - before) / len(run.latencies))
    return [*_peaks(rates), *_costs(spent)]


def _all_taken(name: str, run: Run) -> None:
    if set(run.statuses) != {200}:
        raise RuntimeError(f"{name} answered {dict(run.statuses)}")


def _peaks(rates: dict[str, list[float]]) -> list[Figure]:
    """The medians of the rounds' ratios."""
    bare, bolt = median(rates["bare"]), median(rates["bolt"])
    figures = [
        Figure(bar="floor", what="a bare aiohttp handler", measured=f"{bare:,.0f}/s"),
        Figure(
            bar="floor",
            what="Bolt's empty acknowledgement, signature checked",
            measured=f"{bolt:,.0f}/s, {ratio(bolt, bare):.2f} of the bare handler",
        ),
    ]
    for kind, least in LEAST.items():
        if kind in rates:
            shares = [ratio(mine, floor) for mine, floor in zip(rates[kind], rates["bolt"], strict=True)]
            what = f"an agent's message committed, per Bolt's empty acknowledgement, {kind}"
            detail = (
                f"{median(rates[kind]):,.0f}/s, {median(rates[kind]) / CEILING:.0f} times Slack's ceiling"
            )
            figures.append(ratio_at_least("L3", what, median(shares), least, detail))
    return figures


def _costs(spent: dict[str, list[float]]) -> list[Figure]:
    """The processor's time for one event, which a busy machine changes less than the rates."""
    floor = median(spent["bolt"])
    return [
        Figure(
            bar="L3",
            what=f"processor time for one, {kind}",
            measured=f"{milliseconds(median(mine))}, {ratio(median(mine), floor):.1f} times Bolt's",
        )
        for kind, mine in spent.items()
        if kind in LEAST
    ]


async def at_the_ceiling(kind: str, url: str, *, seconds: float) -> list[Figure]:
    """L1: Slack's ceiling with bursts of 100 in a second."""
    async with answering(url, hold=0.0) as stage:
        await _warm(stage)
        before = stage.running.memory()
        due = steadily(CEILING, seconds, bursts=[seconds * 0.3, seconds * 0.7])
        run = await on_time(stage.url, replies(stage), due, connections=32)
        await at_rest(stage, 1.0)
        after = stage.running.memory()
        told = [text for text in stage.provider.told if text.startswith("out-")]
        doubled = sum(len(moments) > 1 for moments in stage.provider.told.values())
    grown = ratio(after - before, before)
    must = "≤ 10 %" if seconds >= 600 else ""
    return [
        exactly("L1", f"events acknowledged at the first try, {kind}", run.statuses[200], len(due)),
        exactly("L1", f"of them at the customers, {kind}", len(told), len(due)),
        exactly("L1", f"at the customers twice, {kind}", doubled, 0),
        at_most("L1", f"p99 until acknowledged, {kind}", percentile(run.latencies, 0.99), 0.1),
        at_most("L1", f"slowest, {kind}", max(run.latencies), 1.0),
        Figure(
            bar="L1",
            what=f"memory grown in {seconds:g} s, {kind}",
            measured=f"{grown:.1%} of {mebibytes(before)}",
            must=must,
            holds=grown <= 0.1 if must else None,
            binds=bool(must),
        ),
    ]


async def _warm(stage: Stage) -> None:
    """The first messages meet caches that are empty."""
    await on_time(stage.url, replies(stage, "warm"), steadily(40, 3), connections=8)
    await at_rest(stage)


async def tenfold(kind: str, url: str, *, seconds: float) -> list[Figure]:
    """L2: ten times Slack's ceiling, from both sides, over ten channels, at Slack's own pace."""
    channels, rooms = 10, 4
    async with the_stage(url, channels=channels, scale=1.0) as stage:
        await stage.start()
        for channel in range(channels):
            await stage.begins(f"shop{channel}", people(channel, rooms), taken=True)
        await at_rest(stage, 4)
        written: dict[str, float] = {}
        make = _both_sides(stage, channels, rooms, written)
        due = steadily(CEILING * 10, seconds)
        run = await on_time(stage.url, make, due, connections=32)
        outward = len(due) // 2
        said_by = {t for t in written if t.startswith("in-")}
        seen = await _all_visible(stage, said_by, seconds=seconds + 120)
        await stage.slack.until(lambda: _told(stage) >= outward, timeout=seconds + 120)
        doubled = sum(len(moments) > 1 for moments in stage.provider.told.values())
        waited = [seen[each][0] - written[each] for each in said_by if each in seen]
        answered = [at[0] - written[text] for text, at in stage.provider.told.items() if text in written]
        throttled = sum(call["answer"].get("error") == "ratelimited" for call in stage.calls())
    fair = channels * rooms / POSTS_A_SECOND + 2
    return [
        exactly("L2", f"events acknowledged at the first try, {kind}", run.statuses[200], len(due)),
        exactly("L2", f"customers' messages visible, {kind}", len(seen), len(said_by)),
        exactly("L2", f"visible twice, {kind}", sum(len(moments) > 1 for moments in seen.values()), 0),
        exactly("L2", f"answers at the customers, {kind}", _told(stage), outward),
        exactly("L2", f"answers there twice, {kind}", doubled, 0),
        at_most("L2", f"p99 until acknowledged, {kind}", percentile(run.latencies, 0.99), 0.25),
        ratio_at_least(
            "L2",
            f"the fair round per p95 until visible, {kind}",
            ratio(fair, percentile(waited, 0.95)),
            1.0,
            f"{percentile(waited, 0.95):.1f} s of {fair:.1f} s",
        ),
        Figure(
            bar="L2",
            what=f"p95 until an answer is at the customer, {kind}",
            measured=f"{percentile(answered, 0.95):.1f} s",
        ),
        Figure(bar="L2", what=f"calls of Slack's answered 429, {kind}", measured=str(throttled)),
    ]


def _both_sides(stage: Stage, channels: int, rooms: int, written: dict[str, float]) -> Callable[[int], bytes]:
    """By turns an agent's message and a customer's, over all conversations."""

    def make(number: int) -> bytes:
        channel, room = number // 2 % channels, number // 2 // channels % rooms
        who, inward = f"p{channel}x{room}", number % 2 == 0
        text = token("in" if inward else "out", channel * rooms + room, number)
        written[text] = time.time()
        if not inward:
            return stage.event(who, text)
        body, headers = webhook(said(who, text, f"{text} says the customer"))
        return request(f"{stage.url}/hooks/fake/shop{channel}", body, headers)

    return make


def _told(stage: Stage) -> int:
    return sum(text.startswith("out-") for text in stage.provider.told)


async def _all_visible(stage: Stage, wanted: set[str], seconds: float) -> dict[str, list[float]]:
    """Since when each token stands; waits for all of them, so long at most."""
    end = time.monotonic() + seconds
    while True:
        seen: dict[str, list[float]] = {}
        for who in stage.threads:
            for found, at in stage.visible(who):
                if found in wanted:
                    seen.setdefault(found, []).append(at)
        if len(seen) == len(wanted) or time.monotonic() > end:
            return seen
        await asyncio.sleep(0.5)
