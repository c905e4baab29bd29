"""The parts Slack's checks of Block Kit are put together from: each rule yields what is wrong, and where."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

Problem = tuple[str, str]  # what is wrong, and the JSON pointer of the place
Rule = Callable[[Any, str], Iterator[Problem]]


def string(most: int, least: int = 0) -> Rule:
    """Return a rule for a string of `least` to `most` characters."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield "must provide a string", at
        elif len(value) > most:
            yield f"must be less than {most + 1} characters", at
        elif len(value) < least:
            yield f"must be more than {least - 1} characters", at

    return check


def flag(value: Any, at: str) -> Iterator[Problem]:
    """Check that the value is true or false."""
    if not isinstance(value, bool):
        yield "must provide a boolean", at


def number(least: float, most: float) -> Rule:
    """Return a rule for a whole number within bounds."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield "must provide an integer", at
        elif not least <= value <= most:
            yield f"must be between {least:g} and {most:g}", at

    return check


def one_of(*values: str) -> Rule:
    """Return a rule for an enumeration."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if value not in values:
            yield "must be a valid enum value", at

    return check


def anything(value: Any, at: str) -> Iterator[Problem]:
    """Accept any value."""
    yield from ()


def url(most: int = 3000) -> Rule:
    """Return a rule for an address people's clients can open."""
    length = string(most, 1)

    def check(value: Any, at: str) -> Iterator[Problem]:
        problems = list(length(value, at))
        if not problems and not value.startswith(("http://", "https://", "mailto:", "slack://", "tel:")):
            problems.append(("must be a valid URL", at))
        yield from problems

    return check


def picture(value: Any, at: str) -> Iterator[Problem]:
    """Check the address of a picture, which Slack itself fetches when it is posted."""
    problems = list(url()(value, at))
    if not problems and not _is_public(value):
        problems.append(("downloading image failed", at))
    yield from problems


def _is_public(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".localhost", ".internal"))


def items(rule: Rule, least: int, most: int) -> Rule:
    """Return a rule for a list of `least` to `most` items, each checked by `rule`."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield "must provide an array", at
            return
        if len(value) > most:
            yield f"no more than {most} items allowed", at
        if len(value) < least:
            yield f"no less than {least} items allowed", at
        for index, item in enumerate(value):
            yield from rule(item, f"{at}/{index}")

    return check


def record(required: Mapping[str, Rule], optional: Mapping[str, Rule]) -> Rule:
    """Return a rule for an object with these fields and no others."""
    known = {**required, **optional}

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield "must provide an object", at
            return
        for name in required:
            if name not in value:
                yield f"missing required field: {name}", at
        for name, inner in value.items():
            if name not in known:
                yield f"invalid additional property: {name}", at
            elif inner is not None or name in required:
                yield from known[name](inner, f"{at}/{name}")

    return check


def by_type(kinds: Mapping[str, Rule], what: str = "type") -> Rule:
    """Return a rule that picks another by the value's `type`; a type outside `kinds` is refused."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield "must provide an object", at
        elif "type" not in value:
            yield "missing required field: type", at
        elif not isinstance(value["type"], str) or value["type"] not in kinds:
            yield f"unsupported {what}: {value['type']}", f"{at}/type"
        else:
            yield from kinds[value["type"]](value, at)

    return check


def both(*rules: Rule) -> Rule:
    """Return a rule that applies several, stopping at the first that finds something."""

    def check(value: Any, at: str) -> Iterator[Problem]:
        for rule in rules:
            problems = list(rule(value, at))
            if problems:
                yield from problems
                return

    return check
