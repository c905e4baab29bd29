"""What a message quotes at its beginning. Pure."""

from __future__ import annotations


def split(text: str) -> tuple[str, str]:
    """What a text quotes at its beginning, and the rest of it, which ends as the text does."""
    lines = text.split("\n")
    quoted = 0
    while quoted < len(lines) and (lines[quoted] == ">" or lines[quoted].startswith("> ")):
        quoted += 1
    rest = "\n".join(lines[quoted:]).lstrip()
    return "\n".join(line[2:] for line in lines[:quoted]), rest


def after(text: str) -> tuple[str, str]:
    """The quote at the beginning as it stands there, and the words that follow it; words that are nothing
    but a quote are words."""
    quoted, rest = split(text)
    if quoted and not rest:
        return "", quoted
    return text[: len(text) - len(rest)], rest
