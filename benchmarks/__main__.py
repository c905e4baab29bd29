"""`python -m benchmarks`: the load bars of Oratio, each measured beside what it must hold.

Names of bars (`L3 L11 lists …`) run those alone. Ratios and counts fail a run; milliseconds don't.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import acknowledging, counting, networks, pacing, replying, resting, size
from benchmarks.figures import Figure, Verdict, failed, kept
from benchmarks.processes import cores, pin
from tests.postgres import Postgres

SQLITE, POSTGRES = "sqlite", "postgres"
README = Path(__file__).parent / "README.md"
_COLOURS = {Verdict.HOLDS: "green", Verdict.MISSES: "red", Verdict.STATED: "dim"}


@dataclass(slots=True, kw_only=True)
class Bench:
    """How much is measured. `scale`: how many times as quick as Slack the stand-in's limits are."""

    full: bool
    scale: float
    server: Postgres | None
    stack: ExitStack

    @property
    def kinds(self) -> list[str]:
        """The databases."""
        return [SQLITE, POSTGRES] if self.server else [SQLITE]

    @property
    def needed(self) -> list[str]:
        """Those that a bar for each database is measured on."""
        return self.kinds if self.full else [SQLITE]

    def database(self, kind: str) -> str:
        """A new database; empty for SQLite, which each stage makes in a folder of its own."""
        return self.stack.enter_context(self.server.database()) if kind == POSTGRES and self.server else ""


async def l1(bench: Bench) -> list[Figure]:
    """Slack's ceiling."""
    seconds, found = (600.0 if bench.full else 10.0), []
    for kind in bench.needed:
        found += await acknowledging.at_the_ceiling(kind, bench.database(kind), seconds=seconds)
    return found


async def l2(bench: Bench) -> list[Figure]:
    """Ten times the ceiling."""
    found = []
    for kind in bench.needed:
        url, seconds = bench.database(kind), (300.0 if bench.full else 6.0)
        found += await acknowledging.tenfold(kind, url, seconds=seconds)
    return found


async def l3(bench: Bench) -> list[Figure]:
    """The peak, beside the floors."""
    urls = {kind: bench.database(kind) for kind in bench.kinds}
    return await acknowledging.peak(urls, seconds=5 if bench.full else 1.5, rounds=5 if bench.full else 2)


async def l4(bench: Bench) -> list[Figure]:
    """A crowd."""
    return await pacing.crowd(customers=300 if bench.full else 40, scale=bench.scale)


async def l5(bench: Bench) -> list[Figure]:
    """A flood."""
    return await pacing.flood(scale=min(bench.scale, 2))


async def l6(bench: Bench) -> list[Figure]:
    """Answers."""
    number, seconds = (200, 60.0) if bench.full else (30, 9.0)
    return await replying.answers(number=number, seconds=seconds)


async def l7(bench: Bench) -> list[Figure]:
    """A history."""
    found = []
    for kind in bench.needed:
        messages, rounds = (1_000_000, 5) if bench.full else (50_000, 2)
        urls = bench.database(kind), bench.database(kind)
        found += await size.history(kind, *urls, messages=messages, rounds=rounds)
    return found


async def l8(_bench: Bench) -> list[Figure]:
    """A large file."""
    return await resting.large_file()


async def l9(bench: Bench) -> list[Figure]:
    """Idle, and the start."""
    return await resting.idle(seconds=60 if bench.full else 6)


async def l10(_bench: Bench) -> list[Figure]:
    """Costs."""
    return await counting.ordinary()


async def l11(bench: Bench) -> list[Figure]:
    """The fair round."""
    numbers = (1, 5, 20, 60) if bench.full else (5, 20)
    return await pacing.rounds(numbers, scale=min(bench.scale, 2))


async def recovery(bench: Bench) -> list[Figure]:
    """After a kill."""
    found = []
    for kind in bench.needed:
        found += await resting.recovery(kind, bench.database(kind))
    return found


async def lists(bench: Bench) -> list[Figure]:
    """Each list at several sizes."""
    sizes = [1_000, 100_000, 1_000_000] if bench.full else [1_000, 100_000]
    return await size.lists([(kind, n, bench.database(kind)) for kind in bench.kinds for n in sizes])


async def each_network(bench: Bench) -> list[Figure]:
    """What networks cost."""
    return [*await networks.reading(seconds=3 if bench.full else 0.5), *await networks.files()]


BARS: dict[str, Callable[[Bench], Awaitable[list[Figure]]]] = {
    "L1": l1, "L2": l2, "L3": l3, "L4": l4, "L5": l5, "L6": l6, "L7": l7, "L8": l8, "L9": l9, "L10": l10,
    "L11": l11, "recovery": recovery, "lists": lists, "networks": each_network,
}  # fmt: skip


def table(figures: list[Figure], title: str) -> Table:
    """The figures, for people."""
    made = Table(title=title, title_justify="left", show_lines=False)
    for column in ("bar", "what", "measured", "must be", ""):
        made.add_column(column, overflow="fold")
    for each in figures:
        verdict = each.verdict
        shown = "" if verdict is Verdict.STATED else verdict.value
        style = _COLOURS[verdict] if each.binds or verdict is Verdict.HOLDS else "yellow"
        made.add_row(each.bar, each.what, each.measured, each.must, f"[{style}]{shown}[/]")
    return made


def machine() -> str:
    """What it ran on."""
    told = Path("/proc/cpuinfo").read_text().splitlines()
    models = (line.partition(":")[2].strip() for line in told if line.startswith("model name"))
    model = next(models, platform.machine())
    load = os.getloadavg()[0]
    python = platform.python_version()
    return f"{os.cpu_count()} cores of {model}, Python {python}, load {load:.1f} before it began"


async def measure(names: list[str], bench: Bench, console: Console) -> list[Figure]:
    """The bars, one after the other, each printed as soon as it is there."""
    pin(cores()[1])
    figures: list[Figure] = []
    for name in names:
        began = time.monotonic()
        with console.status(f"{name} …"):
            found = await BARS[name](bench)
        figures += found
        console.print(table(found, f"{name}, {time.monotonic() - began:.0f} s"))
    return figures


def arguments() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "bars", nargs="*", metavar="BAR", help=f"of {', '.join(BARS)}; all of them by default"
    )
    parser.add_argument("--full", action="store_true", help="the amounts of the bars, not the short ones")
    parser.add_argument(
        "--scale", type=float, help="how many times as quick as Slack the limits are (full: 1, short: 10)"
    )
    parser.add_argument("--sqlite", action="store_true", help="without PostgreSQL")
    parser.add_argument("--keep", action="store_true", help="keep the table in benchmarks/README.md")
    given = parser.parse_args()
    if wrong := set(given.bars) - set(BARS):
        parser.error(f"there is no bar {', '.join(sorted(wrong))}")
    return given


LONG = frozenset({"L2", "L5", "L11", "lists", "networks"})
"""Minutes each: the short form, which is for every day, has them only where they are named."""


def main() -> int:
    """Run the command line; return its exit status."""
    given, console = arguments(), Console()
    scale = given.scale or (1.0 if given.full else 10.0)
    how = f"{machine()}; Slack's limits 1:{scale:g}, {'full' if given.full else 'short'} amounts"
    console.print(how, highlight=False)
    began = time.monotonic()
    with ExitStack() as stack:
        server = None if given.sqlite else stack.enter_context(Postgres())
        bench = Bench(full=given.full, scale=scale, server=server, stack=stack)
        every = list(BARS) if given.full else [bar for bar in BARS if bar not in LONG]
        figures = asyncio.run(measure(given.bars or every, bench, console))
    console.print(table(figures, f"All, {(time.monotonic() - began) / 60:.1f} minutes"))
    if given.keep:
        README.write_text(kept(README.read_text(), f"{how}; {datetime.now(UTC):%d %B %Y}", figures))
    wrong = failed(figures)
    for each in wrong:
        console.print(
            f"[red]{each.bar}: {each.what}: {each.measured}, must be {each.must}[/]", highlight=False
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)  # what was measured until then stands above
