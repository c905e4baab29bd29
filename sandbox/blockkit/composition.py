"""Text, options and confirmation dialogs: what blocks and elements are composed of."""

from collections.abc import Iterator
from typing import Any

from sandbox.blockkit.rules import Problem, Rule, anything, both, flag, items, one_of, record, string, url

IDENTIFIER = string(255)
STYLE = one_of("primary", "danger")


def plain(most: int, least: int = 1) -> Rule:
    """Return a rule for a `plain_text` object."""
    fields = {"type": one_of("plain_text"), "text": string(most, least)}
    return record(fields, {"emoji": flag})


def text(most: int = 3000, least: int = 1) -> Rule:
    """Return a rule for a text object of either kind."""
    mrkdwn = record({"type": anything, "text": string(most, least)}, {"verbatim": flag})
    simple = plain(most, least)

    def check(value: Any, at: str) -> Iterator[Problem]:
        if isinstance(value, dict) and value.get("type") == "mrkdwn":
            yield from mrkdwn(value, at)
        else:
            yield from simple(value, at)

    return check


CONFIRM = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)}, {"style": STYLE}
)


def option(*, rich: bool, link: bool = False) -> Rule:
    """Return a rule for an option; `rich` ones (radio buttons, checkboxes) may use mrkdwn."""
    words = text(75) if rich else plain(75)
    more = {"description": text(75) if rich else plain(75)}
    return record({"text": words, "value": string(150, 1)}, {**more, **({"url": url(3000)} if link else {})})


OPTION = option(rich=False)
GROUP = record({"label": plain(75), "options": items(OPTION, 1, 100)}, {})


def _unique(value: Any, at: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, entry in enumerate(value):
        if entry["value"] in seen:
            yield f'`value` "{entry["value"]}" already exists', f"{at}/{index}/value"
        seen.add(entry["value"])


OPTIONS = both(items(OPTION, 1, 100), _unique)
GROUPS = items(GROUP, 1, 100)
