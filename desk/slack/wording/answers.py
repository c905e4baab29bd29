"""What `/oratio next`, `status`, `doctor` and `files` say."""

from __future__ import annotations

from collections.abc import Sequence

from desk.slack.amounts import listed
from desk.slack.text import clean_name

WORKS = "works."
LOOKING = "Looking. What is found comes here in a moment."


def status_title(accounts: int, faults: int) -> str:
    """The first line of the status."""
    if not accounts:
        return "No account is connected."
    known = "1 account" if accounts == 1 else f"{accounts} accounts"
    if not faults:
        return f"{known}, and nothing is wrong."
    if accounts == 1:
        return "1 account, and something is wrong with it."
    return f"{known}, {faults} of them with a fault."


def numbers(unassigned: str, waiting: int, answers: int) -> str:
    """An account's queue: `Unassigned: 5, 3 of them waiting. 2 answers are on their way.`"""
    some = "" if unassigned == str(waiting) else f", {waiting or 'none'} of them waiting"
    under_way = "1 answer is on its way" if answers == 1 else f"{answers} answers are on their way"
    return f"Unassigned: {unassigned}{some}.{f' {under_way}.' if answers else ''}"


def others(count: int) -> str:
    """Accounts that found no room."""
    return f"And {count} more."


def doctor_title(faults: int) -> str:
    """The first line of what was found."""
    if not faults:
        return "Nothing is wrong."
    return "1 thing is wrong:" if faults == 1 else f"{faults} things are wrong:"


def files_title(places: Sequence[str]) -> str:
    """What a screen reader says of supported files."""
    return f"Supported files: {listed(list(places[:3]))}"


def files_usage(command: str, networks: Sequence[str]) -> str:
    """Which networks can be asked for; `command` is `/oratio files`."""
    known = [clean_name(name, 40) for name in networks[:10]]
    return f"{command} <network>, for example {command} {known[0]}. There are: {', '.join(known)}."
