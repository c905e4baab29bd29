"""What was measured, beside what it must hold; and the arithmetic. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a figure says of its bar."""

    HOLDS = "holds"
    MISSES = "misses"
    STATED = "stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table.

    `binds`: whether missing the bar fails the run. Only ratios and counts do: how many
    milliseconds something takes is the machine's affair as much as ours.
    """

    bar: str
    what: str
    measured: str
    must: str = ""
    holds: bool | None = None
    binds: bool = False

    @property
    def verdict(self) -> Verdict:
        """What the figure says of its bar."""
        if self.holds is None:
            return Verdict.STATED
        return Verdict.HOLDS if self.holds else Verdict.MISSES


def failed(figures: Iterable[Figure]) -> list[Figure]:
    """The figures that fail the run."""
    return [each for each in figures if each.binds and each.holds is False]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of them do not exceed; NaN of none."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def ratio(part: float, whole: float) -> float:
    """How many times `whole` is in `part`; NaN where there is no whole."""
    return part / whole if whole else math.nan


def milliseconds(seconds: float) -> str:
    """For people."""
    return "none" if math.isnan(seconds) else f"{seconds * 1000:.1f} ms"


def mebibytes(size: float) -> str:
    """For people."""
    return f"{size / 2**20:.1f} MiB"


def at_most(bar: str, what: str, seconds: float, most: float) -> Figure:
    """A time that should not exceed `most` seconds on a machine like ours."""
    limit = f"< {most:g} s" if most >= 1 else f"< {most * 1000:g} ms"
    shown = f"{seconds:.2f} s" if most >= 1 else milliseconds(seconds)
    return Figure(bar=bar, what=what, measured=shown, must=limit, holds=seconds < most)


def exactly(bar: str, what: str, found: int, wanted: int) -> Figure:
    """A count that must be right."""
    return Figure(
        bar=bar, what=what, measured=f"{found:,}", must=f"{wanted:,}", holds=found == wanted, binds=True
    )


def ratio_at_most(bar: str, what: str, found: float, most: float, detail: str = "") -> Figure:
    """A ratio inside one run that must not exceed `most`."""
    shown = f"{found:.2f}" + (f" ({detail})" if detail else "")
    return Figure(bar=bar, what=what, measured=shown, must=f"≤ {most:g}", holds=found <= most, binds=True)


def ratio_at_least(bar: str, what: str, found: float, least: float, detail: str = "") -> Figure:
    """A ratio inside one run that must reach `least`."""
    shown = f"{found:.3f}" + (f" ({detail})" if detail else "")
    return Figure(bar=bar, what=what, measured=shown, must=f"≥ {least:g}", holds=found >= least, binds=True)


LAST_RUN = "## The last run that was kept"
_HEAD = "| bar | what | measured | must be | |\n|---|---|---|---|---|"


def kept(readme: str, how: str, figures: Iterable[Figure]) -> str:
    """The page with these figures in place of those it had of the same bars. What it says of the others stays
    above them, for whoever ran some bars to put right."""
    above, _, below = readme.partition(LAST_RUN)
    said, _, table = below.partition(_HEAD)
    fresh = _by_bar(_row(each) for each in figures)
    standing = _by_bar(line for line in table.splitlines() if line.startswith("|"))
    words = said.strip() if standing.keys() - fresh.keys() else f"{how}."
    rows = [row for each in (standing | fresh).values() for row in each]
    return "\n".join([above.rstrip(), "", LAST_RUN, "", words, "", _HEAD, *rows, ""])


def _row(figure: Figure) -> str:
    said = "" if figure.verdict is Verdict.STATED else figure.verdict.value
    return f"| {figure.bar} | {figure.what} | {figure.measured} | {figure.must} | {said} |"


def _by_bar(rows: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row.split("|")[1].strip()].append(row)
    return found
