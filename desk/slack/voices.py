"""What customers write, as it stands in the thread under their own name. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from desk.slack import literal, wording
from desk.slack.drawing import Block, Drawing
from desk.slack.text import (
    MAP,
    POST_CHARS,
    WHOLE_POST,
    clean,
    clean_name,
    clip_bytes,
    fallback,
    json_size,
    one_line,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """The message that another one answers."""

    author: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One message of the customer, or a part of a long one. `text` fits one post (`split_words`)."""

    text: str = ""
    placeholder: str = ""
    """A readable form of what is not text: "Location: …". Shown in italics."""
    quote: Quoted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsView:
    """A post of the customer's words: one message, or several in a row (`fits`)."""

    name: str
    pieces: Sequence[Piece] = field(default_factory=tuple)
    mention: str | None = None
    """The assignee's user id, until they have written in the thread."""
    hide_words: bool = False
    """Keep the words out of the notification; the post shows them."""


def fits(pieces: Sequence[Piece]) -> bool:
    """Whether these may be posted as one: at most 20, 3,000 characters, and Slack's room."""
    parts = drawn(pieces)
    chars = sum(len(piece.text) for piece in pieces)
    return len(pieces) <= 20 and chars <= POST_CHARS and json_size(parts) <= WHOLE_POST - 1_000


def words_post(view: WordsView) -> Drawing:
    """The customer's words, literal. Post it under `wording.general.author(name, network)`."""
    parts = drawn(view.pieces)
    if not parts:
        parts = [literal.section(literal.italic(wording.thread.empty_message(clean_name(view.name))))]
    if view.mention:
        parts.append(literal.section(literal.user(view.mention)))
    said = wording.thread.wrote(clean_name(view.name)) if view.hide_words else _in_short(view.pieces)
    return filled(said or wording.thread.empty_message(clean_name(view.name)), parts)


def caption(pieces: Sequence[Piece], mention: str | None) -> Drawing:
    """What stands above a customer's files: their words, and whom they ring."""
    parts = drawn(pieces)
    if mention:
        parts.append(literal.section(literal.user(mention)))
    return filled(_in_short(pieces), parts)


def _in_short(pieces: Sequence[Piece]) -> str:
    return " ".join(f"{piece.placeholder} {piece.text}".strip() for piece in pieces)


def filled(said: str, parts: Sequence[Block]) -> Drawing:
    """A post whose fallback takes what room its words leave."""
    block = literal.rich(*parts)
    room = min(2_000, WHOLE_POST - json_size(block))
    return Drawing(text=fallback(said, max(room, 300)), blocks=(block,))


def drawn(pieces: Sequence[Piece]) -> list[Block]:
    """What these messages look like in one post."""
    return [part for piece in pieces for part in _piece(piece)]


def _piece(piece: Piece) -> list[Block]:
    parts: list[Block] = []
    if piece.quote:
        about = f"{clean_name(piece.quote.author, 60)}: {one_line(piece.quote.words, 120)}"
        parts.append(literal.quote(clip_bytes(about, 500)))
    if piece.placeholder.strip():
        parts.append(literal.section(*_said(clip_bytes(one_line(piece.placeholder, 500), 900))))
    if clean(piece.text).strip():
        parts.append(literal.section(literal.text(piece.text)))
    return parts


def _said(words: str) -> list[Block]:
    """In italics; a place's map can be opened. No other address is a link: customers' words have none."""
    found = MAP.search(words)
    if found is None:
        return [literal.italic(words)]
    before, after = words[: found.start()], words[found.end() :]
    shown = [literal.italic(before)] if before else []
    shown.append(literal.link(found[0], wording.thread.MAP))
    return [*shown, literal.italic(after)] if after else shown
