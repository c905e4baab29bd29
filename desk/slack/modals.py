"""The modals. Pure: views as `views.open` takes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desk.pictures import convertible
from desk.slack import amounts, literal, wording
from desk.slack.cards import (
    assign_select,
    close_button,
    closed_fact,
    reopen_button,
    snoozed_fact,
    take_button,
    unblock_button,
    wake_button,
)
from desk.slack.cardview import CardView, key, place
from desk.slack.drawing import Block, View
from desk.slack.profile import (
    ProfileView,
    blocked_note,
    button_rows,
    earlier_line,
    field_key,
    file_limits,
    files_button,
    mask,
)
from desk.slack.refusals import Refusal, choices, sentence
from desk.slack.text import clean_name, clip, clip_bytes, one_line
from desk.slack.text import literal as shown
from models import Status
from networks.capabilities import Capabilities, LengthUnit, MediaKind, MediaRule, Support

COMMENT_LIMIT = 1_000
_ICONS = {
    MediaKind.PICTURE: ":frame_with_picture:",
    MediaKind.VIDEO: ":film_frames:",
    MediaKind.AUDIO: ":studio_microphone:",
    MediaKind.DOCUMENT: ":page_facing_up:",
}

_UNITS = {
    LengthUnit.CODE_POINTS: "characters",
    LengthUnit.UTF16: "characters",
    LengthUnit.BYTES: "letters of plain English (others and emoji count as two to four)",
}


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    private: Mapping[str, object],
    submit: str | None = None,
    close: str = "Done",
) -> View:
    """A modal; with `submit` it is one that is filled in."""
    view: View = {
        "type": "modal",
        "callback_id": callback_id,
        "title": literal.plain(title, 24),
        "close": literal.plain(close, 24),
        "private_metadata": json.dumps(dict(private), separators=(",", ":"), ensure_ascii=False),
        "blocks": list(blocks),
    }
    return view | {"submit": literal.plain(submit, 24)} if submit else view


# Supported files


def supported_files(account: str, network: str, capabilities: Capabilities) -> View:
    """What can be sent here and how large, and what else the network can do; from its capabilities."""
    net, acc = shown(clean_name(network, 40)), shown(clean_name(account, 60))
    head = literal.paragraph(
        f"*{net} · {acc}*\nWhat you can send, and how large it may be", block_id="files.where"
    )
    kinds = [_kind(kind, capabilities.send) for kind in MediaKind if kind in capabilities.send]
    if capabilities.voice:
        kinds.append(_voice(capabilities.voice))
    none = literal.paragraph("Files can't be sent here.", block_id="files.none")
    rest = [
        literal.paragraph(f"*From the customer*\n{_inward(capabilities)}", block_id="files.receive"),
        literal.paragraph(f"*Text*\n{_text(capabilities)}", block_id="files.text"),
        literal.paragraph(f"*When*\n{_when(capabilities, net)}", block_id="files.window"),
    ]
    line: Block = {"type": "divider"}
    blocks = [head, line, *(kinds or [none]), line, *rest]
    if capabilities.checked:
        checked = shown(one_line(capabilities.checked, 60))
        blocks.append(literal.context(f"Limits of {net} as of {checked}", block_id="files.source"))
    return modal("supported_files", "Supported files", blocks, private={})


def _kind(kind: MediaKind, rules: Mapping[MediaKind, MediaRule]) -> Block:
    rule = rules[kind]
    others = convertible(rules) if kind is MediaKind.PICTURE else []
    more = f". {amounts.listed(others)} can be converted; you are asked first" if others else ""
    head = f"{_ICONS[kind]} *{amounts.KIND_PLURAL[kind].capitalize()} up to {amounts.size(rule.max_bytes)}*"
    return literal.paragraph(f"{head}\n{_formats(kind, rule)}{more}", block_id=f"files.{kind}")


def _voice(rule: MediaRule) -> Block:
    head = f":speaking_head_in_silhouette: *Voice messages up to {amounts.size(rule.max_bytes)}*"
    return literal.paragraph(
        f"{head}\nWhat you record in Slack reaches the customer as a voice message", block_id="files.voice"
    )


def _formats(kind: MediaKind, rule: MediaRule) -> str:
    if rule.formats:
        formats = one_line(rule.formats, 500)
        return shown(formats[:1].upper() + formats[1:])
    exact = sorted(m.rpartition("/")[2].upper() for m in rule.mime_types if not m.endswith("/*"))
    return shown(", ".join(exact[:20])) if exact else f"Any kind of {amounts.KIND_PLURAL[kind]}"


def _inward(capabilities: Capabilities) -> str:
    rules = capabilities.receive
    if not rules:
        return "The customer can't send files"
    sizes = {rule.max_bytes for rule in rules.values()}
    names = [amounts.KIND_PLURAL[kind] for kind in MediaKind if kind in rules]
    if len(sizes) == 1:
        return f"{amounts.listed(names).capitalize()} up to *{amounts.size(sizes.pop())}*"
    said = [
        f"{amounts.KIND_PLURAL[k]} up to *{amounts.size(rules[k].max_bytes)}*"
        for k in MediaKind
        if k in rules
    ]
    return ", ".join(said).capitalize()


def _text(capabilities: Capabilities) -> str:
    limit = capabilities.text_limit
    sentences = [f"Up to {limit.length:,} {_UNITS[limit.unit]}; longer texts are sent in several parts"]
    if capabilities.caption_limit is None:
        sentences.append("A file carries no text of its own; the text goes before it")
    elif len(capabilities.captioned) < len(MediaKind):
        kinds = [amounts.KIND_PLURAL[kind] for kind in MediaKind if kind in capabilities.captioned]
        sentences.append(f"Of files, only {amounts.listed(kinds)} carry a text; it goes before all others")
    sentences.append(_later(capabilities))
    if capabilities.replies is Support.NATIVE:
        sentences.append(
            "Begin with a quote of the customer's whole message, and yours is shown as a reply to it"
        )
    if capabilities.reactions is Support.NATIVE:
        some = ", if it has that emoji" if capabilities.emojis else ""
        sentences.append(f"Your reaction to one of the customer's messages reaches them{some}")
    else:
        sentences.append("Reactions stay inside")
    return ". ".join(sentences) + "."


def _later(capabilities: Capabilities) -> str:
    can = {"changed": capabilities.edits, "taken back": capabilities.deletions}
    yes = [word for word, support in can.items() if support is Support.NATIVE]
    no = [word for word, support in can.items() if support is not Support.NATIVE]
    said = []
    if yes:
        said.append(f"A message that was sent can be {amounts.listed(yes)}")
    if no:
        said.append(f"A message that was sent can't be {amounts.listed(no, 'or')}")
    return ". ".join(said)


def _when(capabilities: Capabilities, network: str) -> str:
    window = capabilities.reply_window
    if window is None:
        return "At any time"
    span = amounts.duration(window)
    later = wording.templates.AFTER if capabilities.templates else f"{network} allows no answer after that."
    return f"Within {span} after the customer's last message. {later}"


# Profile


def profile_modal(view: ProfileView, revealed: frozenset[str] = frozenset()) -> View:
    """The profile of a customer. `revealed`: the `field_key`s the presser asked to see."""
    name, net = clean_name(view.name), clean_name(view.network, 40)
    where = f"{shown(net)} · {shown(clean_name(view.account, 60))}"
    blocks = [literal.paragraph(f"*{shown(name)}*\n{where}", block_id="profile.where")]
    for at, field in enumerate(f for f in view.fields[:20] if f.value.strip()):
        hidden = field.sensitive and field_key(field) not in revealed
        value = mask(field.value) if hidden else one_line(field.value, 300)
        said = f"{clip_bytes(clean_name(field.label, 40, 'Note'), 90)}: {clip_bytes(value, 300)}"
        blocks.append(literal.plain_section(said, block_id=f"profile.field.{at}"))
    if len(blocks) == 1:
        blocks.append(literal.plain_section(wording.general.NOTHING_SHARED, block_id="profile.none"))
    blocks += blocked_note(view, "profile")
    if view.first_wrote:
        first = literal.date(view.first_wrote, "First wrote {date_short}")
        blocks.append(literal.context(first, block_id="profile.first"))
    blocks.append(literal.context(earlier_line(view), block_id="profile.earlier"))
    blocks.append(literal.context(file_limits(view.capabilities), block_id="profile.files"))
    blocks += button_rows(view, "profile", revealed)
    private = {"conversation": view.conversation_id, "revealed": sorted(revealed)}
    return modal("profile", "Profile", blocks, private=private)


# Assign with a comment


def assign(conversation_id: int, version: int, name: str) -> View:
    """Hand a conversation over, with a word to the colleague.

    Values: `assign.to` / `conversation.assign_to` (an option whose value is the user id) and
    `assign.comment` / `comment`. `private_metadata` has `conversation` and `version`.
    """
    select = literal.people_select("conversation.assign_to", "Choose a colleague")
    comment: Block = {
        "type": "plain_text_input",
        "action_id": "comment",
        "multiline": True,
        "max_length": COMMENT_LIMIT,
        "placeholder": literal.plain("What should they know? The customer doesn't see this.", 150),
    }
    blocks = [
        literal.plain_section(f"Who answers {clean_name(name)}?", block_id="assign.who"),
        asked("assign.to", "Colleague", select),
        asked("assign.comment", "Comment", comment, optional=True),
    ]
    private = {"conversation": conversation_id, "version": version}
    return modal("assign", "Assign", blocks, private=private, submit="Assign", close="Cancel")


def asked(block_id: str, label: str, element: Block, *, optional: bool = False) -> Block:
    """One question of a modal."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": literal.plain(label, 2_000),
        "element": element,
        "optional": optional,
    }


# Conversation menu


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuView:
    """What the menu of a thread's message offers."""

    card: CardView
    drawing: int
    kept: Refusal | None = None
    """The message it was opened on, if that stayed inside."""
    note: str = ""
    """One sentence at the top: what the last press did, or why it did nothing."""


def conversation_menu(view: MenuView) -> View:
    """Everything a card's buttons do, reachable from any message of a long thread."""
    card = view.card
    ids = f"menu.{card.conversation_id}.{view.drawing}"
    where = f"*{shown(clean_name(card.name))}*\n{shown(place(card))}"
    blocks = [literal.paragraph(where, block_id=f"{ids}.where")]
    if view.note:
        blocks.insert(0, literal.plain_section(clip(one_line(view.note, 300), 300), block_id=f"{ids}.note"))
    blocks.append(literal.context(_standing(card), block_id=f"{ids}.state"))
    blocks += _kept(view.kept, ids)
    for at, row in enumerate(_presses(card)):
        blocks.append(literal.actions(row, block_id=f"{ids}.actions{f'.{at}' if at else ''}"))
    blocks.append(literal.actions(_looks(card), block_id=f"{ids}.looks"))
    private = {"conversation": card.conversation_id, "version": card.version, "drawing": view.drawing}
    if view.kept:
        private["kept"] = view.kept.message_id
    return modal("conversation_menu", "Conversation menu", blocks, private=private)


def _standing(card: CardView) -> str:
    said = {Status.UNASSIGNED: "*Unassigned*", Status.ARCHIVED: "*Archived*"}.get(card.status, "")
    if card.status is Status.INBOX:
        said = f"*Assigned to* {shown(clean_name(card.assignee.name if card.assignee else ''))}"
    if card.status is Status.CLOSED or card.blocked_by:
        said = closed_fact(card)
    if card.snoozed_by and card.status in {Status.UNASSIGNED, Status.INBOX}:
        said += " · " + snoozed_fact(card)
    if card.waiting_since and card.status in {Status.UNASSIGNED, Status.INBOX}:
        said += " · " + literal.date(card.waiting_since, "Wrote {ago}")
    if card.notes_first:
        said += " · " + wording.cards.NOTES_FIRST
    return f"{said} · #{card.conversation_id}"


def _kept(kept: Refusal | None, ids: str) -> list[Block]:
    if kept is None:
        return []
    buttons = [b for b in choices(kept) if b["action_id"] != "files.show"]
    said = literal.plain_section(sentence(kept), block_id=f"{ids}.kept")
    return [said, literal.actions(buttons, block_id=f"{ids}.send")] if buttons else [said]


def _presses(card: CardView) -> list[list[Block]]:
    """The rows of what can be done."""
    if card.blocked_by:
        return [[unblock_button(card)]]
    if card.status is Status.ARCHIVED:
        return []
    block = literal.button("conversation.block", "Block…", key(card))
    if card.status is Status.CLOSED:
        return [[reopen_button(card), block]]
    hand = literal.button("conversation.hand_over", "Hand over…", key(card))
    snooze = literal.button("conversation.snooze", "Snooze…", key(card))
    none = literal.button("conversation.not_a_request", "Not a request…", key(card))
    moves = [take_button(card), assign_select(), hand, close_button(card)]
    return [moves, [wake_button(card) if card.snoozed_by else snooze, none, block]]


def _looks(card: CardView) -> list[Block]:
    profile = literal.button("profile.open", "Profile", key(card))
    note = literal.button("conversation.note", "Note…", key(card))
    looks = [profile, files_button(card.conversation_id), note]
    return (
        [*looks, literal.button("conversation.template", "Template…", key(card))] if card.templates else looks
    )
