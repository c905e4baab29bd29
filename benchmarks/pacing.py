"""L4, L5, L11: what customers wait for while a channel takes less than they write."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise

import aiohttp

from benchmarks.figures import Figure, exactly, percentile, ratio, ratio_at_most
from benchmarks.provider import said
from benchmarks.stage import ANA, Stage, at_rest, channel_of, people, the_stage, token
from sandbox import Sandbox

SEED = 5
BATCH = 0.05
"""Seconds over which one call of the provider brings what was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One thing a customer writes, so many seconds after the beginning."""

    shop: str
    who: str
    token: str
    after: float


@dataclass(slots=True)
class Seen:
    """When each token was written, and when each was to be seen, in the order of its thread."""

    written: dict[str, float]
    threads: dict[str, list[tuple[str, float]]]

    def delays(self, tokens: Iterable[str]) -> list[float]:
        """How long each took until it was visible; a lost one for ever."""
        at = {token: since for thread in self.threads.values() for token, since in reversed(thread)}
        return [at.get(each, float("inf")) - self.written[each] for each in tokens]

    @property
    def lost(self) -> int:
        """How many are nowhere."""
        return len(self.written.keys() - {each for thread in self.threads.values() for each, _ in thread})

    @property
    def doubled(self) -> int:
        """How many stand more than once."""
        shown = [each for thread in self.threads.values() for each, _ in thread]
        return len(shown) - len(set(shown))

    @property
    def swapped(self) -> int:
        """How many stand behind one that was written later."""
        return sum(a > b for thread in self.threads.values() for (a, _), (b, _) in pairwise(thread))


async def play(stage: Stage, script: Sequence[Written], *, patience: float) -> Seen:
    """Let customers write what the script says; back once Slack shows it all, or patience ends."""
    written: dict[str, float] = {}
    began, waiting = time.time(), deque(sorted(script, key=lambda each: each.after))
    while waiting:
        now = time.time() - began
        due: dict[tuple[str, str], list[Written]] = {}
        while waiting and waiting[0].after <= now:
            each = waiting.popleft()
            due.setdefault((each.shop, each.who.partition("x")[0]), []).append(each)
        written |= {each.token: began + each.after for batch in due.values() for each in batch}
        await asyncio.gather(*(_written(stage, shop, batch) for (shop, _), batch in due.items()))
        await asyncio.sleep(BATCH)
    end = time.monotonic() + patience
    while True:
        threads = {who: stage.visible(who) for who in stage.threads}
        shown = sum(len(thread) for thread in threads.values())
        if shown >= len(written) or time.monotonic() > end:
            return Seen(written, threads)
        await asyncio.sleep(0.25)


async def _written(stage: Stage, shop: str, batch: Sequence[Written]) -> None:
    await stage.writes(shop, *(said(each.who, each.token, f"{each.token} said") for each in batch))


def _right(bar: str, what: str, seen: Seen) -> list[Figure]:
    """Nothing lost, doubled or swapped."""
    return [
        exactly(bar, f"{what}: visible", len(seen.written) - seen.lost, len(seen.written)),
        exactly(bar, f"{what}: twice or out of order", seen.doubled + seen.swapped, 0),
    ]


def _throttled(bar: str, stage: Stage) -> Figure:
    """How many calls Slack refused for their pace."""
    calls = [call["answer"].get("error") == "ratelimited" for call in stage.calls()]
    return ratio_at_most(bar, "calls answered 429", ratio(sum(calls), len(calls)), 0.01, f"of {len(calls):,}")


async def crowd(*, customers: int, scale: float) -> list[Figure]:
    """L4: everybody is new and writes within a second; then one more arrives."""
    async with the_stage(scale=scale) as stage:
        await stage.start()
        who = people(0, customers)
        first = {each: token("in", 0, number) for number, each in enumerate(who)}
        began, base = time.time(), len(stage.calls())
        for start in range(0, customers, 30):
            batch = who[start : start + 30]
            await stage.writes("shop0", *(said(each, first[each], f"{first[each]} said") for each in batch))
        posted = 3 * customers
        patience = 60 + 3 * posted / scale
        await stage.slack.until(lambda: _posts(stage, base) >= posted // 2, timeout=patience)
        lone, left = await _lone(stage, scale, who)
        await stage.slack.until(lambda: _posts(stage, base) >= posted + 3, timeout=patience)
        took = time.time() - began
        stage.known(channel_of(0))
        threads = {each: stage.visible(each) for each in stage.threads}
        seen = Seen(dict.fromkeys(first.values(), began), {k: v for k, v in threads.items() if k in first})
        throttled = _throttled("L4", stage)
    wanted = (posted + 3) / scale
    return [
        *_right("L4", f"{customers} new customers within a second", seen),
        ratio_at_most("L4", "all posted, per posts ÷ pace", ratio(took, wanted), 1.1, f"{took:.1f} s"),
        ratio_at_most(
            "L4", "one more customer's words, per fair share", ratio(lone, left), 2, f"{lone:.1f} s"
        ),
        throttled,
    ]


def _posts(stage: Stage, since: int) -> int:
    calls = stage.calls(since)
    return sum(call["method"] == "chat.postMessage" and bool(call["answer"].get("ok")) for call in calls)


async def _lone(stage: Stage, scale: float, others: Sequence[str]) -> tuple[float, float]:
    """How long a customer waits who comes now, and the fair share: a post for each of the others whose
    words can't be seen yet, then their own card and words."""
    cards = stage.known(channel_of(0))
    left = 2 + sum(each not in cards or not stage.visible(each) for each in others)
    at = time.time()
    await stage.writes("shop0", said("p9x9", token("in", 9, 0), f"{token('in', 9, 0)} said"))

    def there() -> bool:
        return "p9x9" in stage.known(channel_of(0)) and bool(stage.visible("p9x9"))

    await stage.slack.until(there, timeout=60 + 3 * len(others) / scale)
    (_, since), *_ = stage.visible("p9x9")
    return since - at, left / scale


async def flood(*, scale: float) -> list[Figure]:
    """L5: twenty calm customers, who need nine tenths of their channel, beside one who writes 500
    messages in ten seconds, and without."""
    calm, length = 20, 60 / scale
    async with the_stage(channels=2, scale=scale) as stage:
        await stage.start()
        for shop in (0, 1):
            await stage.begins(f"shop{shop}", people(shop, calm), taken=True)
        await stage.begins("shop1", people(2, 1), taken=True)
        await at_rest(stage, 4 / scale)
        chance, moments = random.Random(SEED), [0.0]
        while moments[-1] < length:
            moments.append(moments[-1] + chance.expovariate(0.9 * scale))
        script = [
            Written(shop=f"shop{shop}", who=f"p{shop}x{n % calm}", token=token("in", shop, n), after=after)
            for shop in (0, 1)
            for n, after in enumerate(moments)
        ]
        flooded = [
            Written(
                shop="shop1", who="p2x0", token=token("in", 2, n), after=0.2 * length + n * 10 / scale / 500
            )
            for n in range(500)
        ]
        base = len(stage.thread("p2x0"))
        seen = await play(stage, [*script, *flooded], patience=60 + 500 / scale)
        posts = len(stage.thread("p2x0")) - base
    alone, beside = (
        percentile(seen.delays(each.token for each in script if each.shop == shop), 0.95)
        for shop in ("shop0", "shop1")
    )
    burst = percentile(seen.delays(each.token for each in flooded), 0.95)
    return [
        *_right("L5", "calm customers and a flood", seen),
        ratio_at_most(
            "L5",
            "calm ones' p95 until visible, per that without the flood",
            ratio(beside, alone),
            2,
            f"{beside:.2f} s, {alone:.2f} s",
        ),
        ratio_at_most("L5", "posts per message of the flood", ratio(posts, 500), 0.2, f"{posts} posts"),
        Figure(bar="L5", what="the flood's own p95 until visible", measured=f"{burst:.1f} s"),
    ]


async def rounds(numbers: Sequence[int], *, scale: float) -> list[Figure]:
    """L11: N customers write at ten times a channel's pace, each N in a channel of its own; beside them
    queues that post each message by itself."""
    length = 60 / scale
    async with the_stage(channels=len(numbers), scale=scale) as stage, naive(numbers, scale) as queues:
        await stage.start()
        for shop, number in enumerate(numbers):
            await stage.begins(f"shop{shop}", people(shop, number), taken=True)
        await at_rest(stage, 4 / scale)
        script = [
            Written(
                shop=f"shop{shop}",
                who=f"p{shop}x{n % number}",
                token=token("in", shop, n),
                after=n / (10 * scale),
            )
            for shop, number in enumerate(numbers)
            for n in range(int(length * 10 * scale))
        ]
        queues.begin(script)
        seen = await play(stage, script, patience=60 + max(numbers) * 4 / scale)
        late = queues.delays()
        throttled = _throttled("L11", stage)
    figures = [*_right("L11", f"{len(script):,} messages at ten times the pace", seen), throttled]
    for shop, number in enumerate(numbers):
        mine = percentile(seen.delays(each.token for each in script if each.shop == f"shop{shop}"), 0.95)
        fair, other = (number + 2) / scale, percentile(late[f"shop{shop}"], 0.95)
        detail = f"{mine:.1f} s; one post per message: {other:.1f} s and growing"
        figures.append(
            ratio_at_most(
                "L11", f"p95 until visible per fair round, N = {number}", ratio(mine, fair), 1, detail
            )
        )
    return figures


class Naive:
    """A queue for each channel that posts message after message, as soon as Slack takes one."""

    def __init__(self, slack: Sandbox, http: aiohttp.ClientSession) -> None:
        self._slack, self._http = slack, http
        self._tasks: list[asyncio.Task[None]] = []
        self._began = 0.0
        self._due: dict[str, list[Written]] = {}
        self._posted: dict[str, list[float]] = {}

    def begin(self, script: Sequence[Written]) -> None:
        """Post what is written from now on."""
        self._began = time.time()
        for each in script:
            self._due.setdefault(each.shop, []).append(each)
        self._posted = {shop: [] for shop in self._due}
        self._tasks = [asyncio.create_task(self._queue(shop)) for shop in self._due]

    async def _queue(self, shop: str) -> None:
        channel = channel_of(int(shop.removeprefix("shop")))
        for each in self._due[shop]:
            await asyncio.sleep(max(self._began + each.after - time.time(), 0))
            while not await self._post(channel, each.token):  # noqa: ASYNC110 - it asks blindly
                await asyncio.sleep(0.05)
            self._posted[shop].append(time.time() - self._began - each.after)

    async def _post(self, channel: str, text: str) -> bool:
        body = {"channel": channel, "text": text}
        async with self._http.post(f"{self._slack.api_url}chat.postMessage", json=body) as answer:
            return bool((await answer.json()).get("ok"))

    def delays(self) -> dict[str, list[float]]:
        """How long each message waited; those that still do, until now."""
        now = time.time() - self._began
        return {
            shop: self._posted[shop] + [max(now - each.after, 0) for each in due[len(self._posted[shop]) :]]
            for shop, due in self._due.items()
        }

    async def end(self) -> None:
        """Post no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def naive(numbers: Sequence[int], scale: float) -> AsyncIterator[Naive]:
    """The naive queues, in a workspace of their own with the same limits."""
    channels = [{"id": channel_of(n), "name": f"naive{n}", "members": [ANA]} for n in range(len(numbers))]
    async with Sandbox("app-manifest.yml", {"channels": channels}) as slack:
        slack.limits(scale=scale)
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            queues = Naive(slack, http)
            for n in range(len(numbers)):
                await slack.act("invite", user=ANA, channel=channel_of(n))
            try:
                yield queues
            finally:
                await queues.end()
