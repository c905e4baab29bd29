"""What became of an agent's message, said in the thread with what can be done about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from desk.slack import literal, wording
from desk.slack.drawing import Block, Drawing
from desk.slack.lines import told
from desk.slack.text import (
    clean_name,
    fallback,
    one_line,
)


def failed(
    name: str,
    reason: str,
    message_id: int,
    *,
    author: str | None = None,
    template: int | None = None,
    settled: str = "",
) -> Drawing:
    """`Not delivered to Mia: …` with `Retry` and `Keep as note`; rings for the author (a user id).

    `template`: the conversation, where an approved message can go in its place. `settled`: what was chosen
    ("Ana pressed Retry."); it stands in place of the buttons.
    """
    words = wording.thread.not_delivered(clean_name(name), one_line(reason, 600))
    instead = literal.button("conversation.template", "Send a template…", str(template))
    choices = [
        *([] if template is None else [instead]),
        literal.button("delivery.retry", "Retry", str(message_id), style="primary"),
        literal.button("delivery.keep_note", "Keep as note", str(message_id)),
    ]
    head = _fate("warning", words, None if settled else author)
    return _choice(message_id, head, choices, settled)


def missed(name: str, reason: str) -> Drawing:
    """`Not delivered to tom@shop.example: …`, of somebody whom an answer reaches beside the customer."""
    return told(wording.thread.not_delivered(clean_name(name), one_line(reason, 600)))


def uncertain(name: str, message_id: int, *, author: str | None = None, settled: str = "") -> Drawing:
    """`Not certain whether this reached Mia …` with `Send again` and `It arrived`."""
    choices = [
        literal.button("delivery.send_again", "Send again", str(message_id)),
        literal.button("delivery.arrived", "It arrived", str(message_id)),
    ]
    head = _fate("grey_question", wording.thread.uncertain(clean_name(name)), None if settled else author)
    return _choice(message_id, head, choices, settled)


def _fate(emoji: str, words: str, author: str | None) -> tuple[str, Block]:
    elements = [literal.emoji(emoji), literal.text(" " + words)]
    if author is None:
        return fallback(words), literal.section(*elements)
    elements += [literal.text(" "), literal.user(author)]
    return f"{fallback(words)} {literal.mention(author)}", literal.section(*elements)


def _choice(message_id: int, head: tuple[str, Block], choices: Sequence[Block], settled: str) -> Drawing:
    text, words = head
    if settled:
        outcome = one_line(settled, 300)
        shown = literal.rich(
            words, literal.section(literal.italic(outcome)), block_id=f"fate.{message_id}.done"
        )
        return Drawing(text=f"{text} {fallback(outcome)}", blocks=(shown,))
    ids = f"fate.{message_id}"
    row = literal.actions(choices, block_id=f"{ids}.actions")
    return Drawing(text=text, blocks=(literal.rich(words, block_id=f"{ids}.words"), row))


def cannot_change(
    network: str, name: str, before: str, message_id: int, *, unsure: bool = False, settled: str = ""
) -> Drawing:
    """`WhatsApp can't change a sent message. Mia still reads: “…”` [Send a correction] [Leave it]

    `unsure`: whether they have it is not known, so that it can be changed by no network.
    """
    said = (
        wording.thread.change_unsure(clean_name(name))
        if unsure
        else wording.thread.cannot_change(clean_name(network, 40), clean_name(name))
    )
    value = str(message_id)
    choices = [
        literal.button("correction.send", "Send a correction", value, style="primary"),
        literal.button("correction.leave", "Leave it", value),
    ]
    blocks = (_still_reads(said, before, settled),)
    row = literal.actions(choices, block_id=f"correction.{message_id}.actions")
    text = fallback(f"{said} “{one_line(before, 300)}” {one_line(settled, 300)}")
    return Drawing(text=text, blocks=blocks if settled else (*blocks, row))


def change_kept(name: str, before: str, *, mention: bool) -> Drawing:
    """`Mia doesn't get this change, because it mentions a colleague. Mia still reads: “…”`"""
    said = wording.thread.change_kept(clean_name(name), mention=mention)
    text = fallback(f"{said} “{one_line(before, 300)}”")
    return Drawing(text=text, blocks=(_still_reads(said, before, ""),))


def cannot_delete(network: str, name: str, words: str, *, unsure: bool = False) -> Drawing:
    """`WhatsApp can't take back a sent message. Mia still reads: “…”` `unsure`: see `cannot_change`."""
    said = (
        wording.thread.deletion_unsure(clean_name(name))
        if unsure
        else wording.thread.cannot_delete(clean_name(network, 40), clean_name(name))
    )
    return Drawing(text=fallback(f"{said} “{one_line(words, 300)}”"), blocks=(_still_reads(said, words, ""),))


def _still_reads(said: str, words: str, settled: str) -> Block:
    parts = [literal.section(literal.text(said)), literal.quote(one_line(words, 300) or "…")]
    if settled:
        parts.append(literal.section(literal.italic(one_line(settled, 300))))
    return literal.rich(*parts)


def sent_late(at: datetime, tries: int) -> Drawing:
    """`Sent at 09:20, after 3 tries.`"""
    tail = wording.thread.sent_late(tries)
    parts = [literal.text("Sent at "), literal.date_element(at, "{time}"), literal.text(tail)]
    text = f"Sent at {literal.date(at, '{time}')}{fallback(tail)}"
    return Drawing(text=text, blocks=(literal.rich(literal.section(*parts)),))


def converted(became: Sequence[Mapping[str, Any]]) -> Drawing:
    """`Sent as JPEG, 4032 × 3024, 2.1 MB.` Of each picture: `name`, `form`, `width`, `height`, `size`."""
    said = [wording.thread.became(one["form"], one["width"], one["height"], one["size"]) for one in became]
    if len(became) > 1:
        named = zip(became, said, strict=True)
        said = [f"{clean_name(one['name'], 120, 'the picture')} {what}" for one, what in named]
    return told(wording.thread.converted(said))


def not_yet(reason: str) -> Drawing:
    """`Not sent yet: Telegram isn't answering. Oratio keeps trying.`"""
    return told(wording.thread.not_yet(one_line(reason, 300)))
