"""Into which channel a new conversation goes: rules, and the first that fits. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from desk.names import spellings

READ = 4_000
"""So many characters of a first message are looked at."""

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts that leave no space between words: what has one of these counts wherever it stands."""

Token = frozenset[bytes]
"""The spellings of a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One rule: whatever it names must be so. `words`: any of them, in the first message."""

    channel: str
    """A channel id, or `#name`."""
    account: str | None = None
    network: str | None = None
    language: str | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a conversation begins."""

    account: str
    network: str
    locale: str | None
    """The contact's: `de-AT`."""
    text: str


def fitting(routes: Iterable[Route], opening: Opening) -> Route | None:
    """The first rule that fits; None: the account's own channel."""
    return next((route for route in routes if fits(route, opening)), None)


def fits(route: Route, opening: Opening) -> bool:
    """Whether a conversation that begins so is meant by the rule."""
    return (
        route.account in (None, opening.account)
        and route.network in (None, opening.network)
        and (route.language is None or speaks(opening.locale, route.language))
        and (not route.words or says(opening.text, route.words))
    )


def concerns(route: Route, account: str, network: str) -> bool:
    """Whether customers of this account can be meant by the rule."""
    return route.account in (None, account) and route.network in (None, network)


def speaks(locale: str | None, language: str) -> bool:
    """Whether a locale is of that language: "de" takes "de-AT" and "de_DE", "pt-BR" not "pt-PT"."""
    spoken, wanted = _tags(locale or ""), _tags(language)
    return spoken[: len(wanted)] == wanted


def _tags(locale: str) -> list[str]:
    return locale.partition(".")[0].replace("_", "-").casefold().split("-")


def says(text: str, words: Iterable[str]) -> bool:
    """Whether one of these stands in the text, as whole words; case and accents are forgiven."""
    said = text[:READ]
    tokens = _tokens(said)
    return any(_unspaced(said, word) or _in_a_row(tokens, _tokens(word)) for word in words)


def _tokens(text: str) -> list[Token]:
    return [frozenset(spellings(word)) for word in _WORD.findall(unicodedata.normalize("NFC", text))]


def _in_a_row(said: list[Token], wanted: list[Token]) -> bool:
    if not wanted:
        return False
    ends = range(len(said) - len(wanted) + 1)
    return any(all(said[at + step] & token for step, token in enumerate(wanted)) for at in ends)


def _unspaced(said: str, word: str) -> bool:
    """A word of a script without spaces, wherever it stands."""
    if not _UNSPACED.search(word):
        return False
    return _plain(word) in _plain(said)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
