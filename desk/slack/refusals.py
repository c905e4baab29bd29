"""Why a message stayed inside, and what can be done about it. Pure.

The same sentence and buttons are shown twice: at once to the author only (`kept`), and,
if a reply was clearly meant and nothing was pressed, as a line of the thread (`nudge`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from desk.pictures import Offer
from desk.slack import amounts, literal, offered, wording
from desk.slack.drawing import Block, Drawing
from desk.slack.text import clean_name, fallback, first_name, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A message that was kept, and what its sentence needs. `reason` is a value of `judge.Reason`."""

    reason: str
    message_id: int
    customer: str
    network: str
    """Titles, as people read them."""
    account: str = ""
    conversation_id: int | None = None
    """With it, `Supported files` is offered where a file is refused."""
    assignee: str | None = None
    """The name of whose conversation it is."""
    author: str = ""
    """Slack user id of who wrote it."""
    has_text: bool = False
    """There is text beside the file."""
    linkable: bool = False
    """Its files can go as links."""
    offer: Offer | None = None
    """What can be done so that its files go."""
    chosen: bool = False
    """Somebody chose what becomes of it."""
    templates: bool = False
    """An approved message can go in its place."""
    open_again: bool = False
    """It was closed when this was written, and is not any more."""
    archived_at: datetime | None = None
    gone_how: str = ""
    """What the customer did who is gone, as it follows their name."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """What else the sentence names, as far as known: `file`, `size` and `limit` (bytes), `ours`
    (the limit is ours, not the network's), `cannot` (why a picture was not converted), `empty` (a file
    of no bytes), `kind`, `formats` ("JPG, PNG"), `mentioned` (names), `word` (after "!"), `guess` (the
    word it is like), `window` (seconds)."""


Sentence = tuple[str, str]
"""A bold beginning, and the rest."""


def _name(view: Refusal) -> str:
    return clean_name(view.customer)


def _network(view: Refusal) -> str:
    return clean_name(view.network, 40)


def _text(view: Refusal, key: str) -> str:
    value = view.detail.get(key)
    return value if isinstance(value, str) else ""


def _number(view: Refusal, key: str) -> int:
    value = view.detail.get(key)
    return int(value) if isinstance(value, int | float) else 0


def _file(view: Refusal) -> str:
    return clean_name(_text(view, "file"), 120, "The file")


def _nothing(view: Refusal, why: str) -> Sentence:
    tail = f" {wording.refusals.TEXT_STAYED}" if view.has_text and view.reason in OF_FILES else ""
    if view.offer and not view.chosen:
        tail += f" {offered.words(view.offer)}"
    return wording.refusals.nothing_sent(_name(view)), f" {why}{tail}"


def _of_picture(view: Refusal) -> Sentence | None:
    """Why a picture didn't go that could be converted, or could not be."""
    if why := _text(view, "cannot"):
        return _nothing(view, wording.refusals.cannot_convert(why, _file(view)))
    return _nothing(view, offered.reason(view.offer, _network(view))) if view.offer else None


def _too_large(view: Refusal) -> Sentence:
    if said := _of_picture(view):
        return said
    kinds = {kind.value: words for kind, words in amounts.KIND_PLURAL.items()}
    kind = kinds.get(_text(view, "kind"), "files")
    has, most = _number(view, "size"), _number(view, "limit")
    if view.detail.get("ours"):
        return _nothing(view, wording.refusals.no_room(_file(view), has, most))
    return _nothing(view, wording.refusals.too_large(_file(view), has, _network(view), kind, most))


def _wrong_kind(view: Refusal) -> Sentence:
    if said := _of_picture(view):
        return said
    formats = one_line(_text(view, "formats"), 300)
    return _nothing(view, wording.refusals.wrong_kind(_file(view), _network(view), formats))


def _no_bytes(view: Refusal) -> Sentence:
    return _nothing(view, wording.refusals.no_bytes(_file(view), empty=view.detail.get("empty") is True))


def _window(view: Refusal) -> Sentence:
    span = timedelta(seconds=_number(view, "window"))
    return _nothing(view, wording.refusals.window_over(_network(view), span, templates=view.templates))


def _mention(view: Refusal) -> Sentence:
    people = view.detail.get("mentioned")
    names = [clean_name(str(p), 40) for p in people] if isinstance(people, list | tuple) else []
    return "", wording.refusals.mentioned(names)


def _not_yours(view: Refusal) -> Sentence:
    return "", wording.refusals.not_yours(clean_name(view.assignee or ""), _name(view))


def _unknown(view: Refusal) -> Sentence:
    asked = wording.commands.did_you_mean(_text(view, "guess"))
    return "", wording.refusals.unknown_word(_text(view, "word")) + asked


def _absent(view: Refusal) -> Sentence:
    named = " · ".join(part for part in (view.network, view.account) if part)
    return _nothing(view, wording.refusals.disconnected(named))


def _fixed(words: str) -> Callable[[Refusal], Sentence]:
    return lambda _: ("", words)


OF_FILES = frozenset({"too_large", "wrong_kind", "no_bytes"})

SENTENCES: Mapping[str, Callable[[Refusal], Sentence]] = {
    "note": _fixed(wording.refusals.KEPT_NOTE),
    "command": lambda v: ("", wording.commands.not_by_edit(_text(v, "word"))),
    "unknown_command": _unknown,
    "notes_first": lambda v: ("", wording.refusals.notes_first(_name(v))),
    "not_agent": _fixed(wording.refusals.KEPT_OUTSIDER),
    "archived": lambda v: ("", wording.refusals.archived(v.archived_at)),
    "closed": lambda v: ("", wording.refusals.KEPT_BEFORE if v.open_again else wording.refusals.KEPT_CLOSED),
    "mention": _mention,
    "forward": _fixed(wording.refusals.KEPT_FORWARD),
    "not_yours": _not_yours,
    "talk": _fixed(wording.refusals.KEPT_TALK),
    "empty": lambda v: _nothing(v, wording.refusals.NOTHING_IN_IT),
    "too_large": _too_large,
    "wrong_kind": _wrong_kind,
    "no_bytes": _no_bytes,
    "window": _window,
    "gone": lambda v: ("", wording.thread.gone(_name(v), v.gone_how)),
    "absent": _absent,
    "bot": _fixed(wording.refusals.KEPT_BOT),
    "wrong_place": _fixed(wording.refusals.WRONG_PLACE),
    "blocked": lambda v: ("", wording.refusals.kept_blocked(_name(v))),
}
"""One sentence for each reason a message can be kept for."""


def sentence(view: Refusal) -> str:
    """The whole sentence as plain text."""
    bold, rest = SENTENCES[view.reason](view)
    return bold + rest


def kept(view: Refusal) -> Drawing:
    """For the author only: the sentence, its buttons, and where the same choices stay."""
    blocks = _with_choices(view, f"refusal.{view.message_id}", None)
    hint = _hint(view)
    if hint:
        blocks.append(literal.context(hint, block_id=f"refusal.{view.message_id}.hint"))
    return Drawing(text=fallback(sentence(view)), blocks=tuple(blocks))


def nudge(view: Refusal) -> Drawing:
    """A line of the thread that mentions the author and carries the same buttons."""
    blocks = _with_choices(view, f"nudge.{view.message_id}", view.author)
    text = f"{literal.mention(view.author)} {fallback(sentence(view))}"
    return Drawing(text=text, blocks=tuple(blocks))


def _with_choices(view: Refusal, ids: str, author: str | None) -> list[Block]:
    words = literal.rich(_sentence_section(view, author), block_id=f"{ids}.words")
    buttons = choices(view)
    return [words, literal.actions(buttons, block_id=f"{ids}.actions")] if buttons else [words]


def settled(view: Refusal, outcome: str) -> Drawing:
    """The same without buttons, once somebody chose: "Ana sent the text only."."""
    view, said = replace(view, chosen=True), one_line(outcome, 300)
    shown = literal.rich(
        _sentence_section(view, None),
        literal.section(literal.text(said)),
        block_id=f"nudge.{view.message_id}.done",
    )
    return Drawing(text=fallback(f"{sentence(view)} {said}"), blocks=(shown,))


def _sentence_section(view: Refusal, author: str | None) -> Block:
    bold, rest = SENTENCES[view.reason](view)
    elements = [literal.emoji("warning" if bold else "memo"), literal.text(" ")]
    if author:
        elements += [literal.user(author), literal.text(" ")]
    if bold:
        elements.append(literal.text(bold, bold=True))
    if view.reason == "archived" and view.archived_at:
        date = literal.date_element(view.archived_at, "{date_short}")
        elements += [literal.text("Archived on "), date, literal.text(wording.refusals.ARCHIVED_TAIL)]
    else:
        elements.append(literal.text(rest))
    return literal.section(*elements)


def _hint(view: Refusal) -> str:
    if view.reason in OF_FILES:
        return wording.refusals.HINT_CHOOSE
    if view.reason == "notes_first":
        return wording.refusals.HINT_NOTES_FIRST
    if view.reason in {"unknown_command", "closed", "mention", "forward", "not_yours", "talk", "blocked"}:
        return wording.refusals.HINT_LATER
    return ""


def send_label(name: str) -> str:
    """`Send to Mia`, short enough for a thumb."""
    return f"Send to {first_name(name, 10)}"


def choices(view: Refusal) -> list[Block]:
    """The buttons that fit the reason; their value is the message's id."""
    value = str(view.message_id)
    to_name = literal.button(
        "guard.send", send_label(view.customer), value, says=f"Send to {clean_name(view.customer, 60)}"
    )
    take = literal.button("guard.take_and_send", "Take over and send", value)
    reopen = literal.button("guard.reopen_and_send", "Reopen and send", value)
    unnamed = literal.button(
        "guard.send_without_mention", "Send, no mention", value, says="Send without the mention"
    )
    note = literal.button("refusal.note", "Keep as note", value)
    of_file = [*_of_files(view, value), note]
    if view.conversation_id is not None:
        of_file.append(literal.button("files.show", "Supported files", str(view.conversation_id)))
    template = literal.button("conversation.template", "Send a template…", str(view.conversation_id or 0))
    return {
        "note": [to_name],
        "unknown_command": [to_name],
        "notes_first": [to_name],
        "talk": [to_name],
        "forward": [to_name],
        "wrong_place": [to_name],
        "not_yours": [to_name, take],
        "mention": [unnamed],
        "closed": [to_name if view.open_again else reopen],
        "blocked": [to_name if view.open_again else reopen],
        "too_large": of_file,
        "wrong_kind": of_file,
        "no_bytes": of_file,
        "window": [*([template] if view.templates else []), note],
        "gone": [note],
        "absent": [note],
    }.get(view.reason, [])


def _of_files(view: Refusal, value: str) -> list[Block]:
    """What can be sent in place of files that were refused."""
    ways = [literal.button("refusal.text_only", "Send text only", value, style="primary")]
    ways = ways if view.has_text else []
    if view.offer:
        ways.append(literal.button("refusal.convert", offered.label(view.offer), value))
    if view.linkable:
        ways.append(literal.button("refusal.link", "Send as a link", value))
    return ways


def wrong_place(value: str, name: str | None, *, in_thread: bool = False) -> Drawing:
    """For the author only: a message in the channel itself, or under another post, reached nobody.

    `name`: the one customer of theirs who is waiting; `value` is what the button carries.
    """
    said = wording.refusals.WRONG_THREAD if in_thread else wording.refusals.WRONG_PLACE
    words = literal.rich(literal.section(literal.text(said)), block_id=f"place.{value}.words")
    if name is None:
        return Drawing(text=fallback(said), blocks=(words,))
    send = literal.button("wrong_place.send", send_label(name), value, says=f"Send to {clean_name(name, 60)}")
    row = literal.actions([send], block_id=f"place.{value}.actions")
    return Drawing(text=fallback(said), blocks=(words, row))
