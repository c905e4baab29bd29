"""The profile: what is known of a customer, as a card with the network's colour. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.slack import amounts, literal, wording
from desk.slack.drawing import Block, Drawing
from desk.slack.text import clean_name, fallback, one_line
from desk.slack.text import literal as shown
from networks.capabilities import Capabilities, MediaKind, MediaRule
from networks.events import ProfileField

MAX_FIELDS = 6
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_PUBLIC = re.compile(r"https://[^\s<>\"]{1,1000}")
_SLACK_LINK = re.compile(r"https?://[^\s<>|\"]{1,1000}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierLink:
    """An earlier conversation of the same customer."""

    number: int
    url: str | None = None
    closed_by: str | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """What the profile shows. Names and values may be raw; drawing cleans them."""

    conversation_id: int
    name: str
    network: str
    account: str
    colour: str
    capabilities: Capabilities
    fields: Sequence[ProfileField] = ()
    avatar_url: str | None = None
    first_wrote: datetime | None = None
    earlier: Sequence[EarlierLink] = ()
    """Newest first."""
    earlier_count: int = 0
    """How many there are in all."""
    notes_first: bool = False
    """Words in the thread stay inside unless they are sent on purpose."""
    blocked_by: str | None = None
    """The name of who blocked the customer; None: nobody did."""
    block_reason: str = ""


def profile(view: ProfileView, drawing: int) -> Drawing:
    """The profile post: two attachments. `drawing` counts the redraws."""
    text = fallback(_summary(view), 800)
    return Drawing(
        text=text, attachments=(_facts(view, text), _rest(view, f"profile.{view.conversation_id}.{drawing}"))
    )


def mask(value: str) -> str:
    """A sensitive value with only enough left to compare it: "+49 ••• ••• 4711"."""
    whole = one_line(value, 80)
    if "@" in whole[1:]:
        return f"{whole[0]}{wording.general.MASKED}@{whole.rpartition('@')[2]}"
    digits = [c for c in whole if c.isdigit()]
    if len(digits) >= 7:
        start = re.match(r"\+\d{1,2}(?=\D|\d{6})", whole)
        head = f"{start.group()} " if start else ""
        return f"{head}{wording.general.MASKED} {wording.general.MASKED} {''.join(digits[-4:])}"
    return wording.general.MASKED


def field_key(field: ProfileField) -> str:
    """How a `Show` button names its field."""
    return clean_name(field.label, 40, "field").casefold()


def file_limits(capabilities: Capabilities) -> str:
    """The limits in one line: "Files: pictures 5 MB, documents 100 MB; from the customer up to 20 MB."""
    groups = _by_size(capabilities.send)
    if not groups:
        out = "Files can't be sent here"
    elif len(groups) == 1 and len(capabilities.send) == len(MediaKind):
        out = f"Files up to {amounts.size(next(iter(groups)))}"
    else:
        said = [f"{amounts.listed(kinds)} {amounts.size(limit)}" for limit, kinds in groups.items()]
        out = "Files: " + ", ".join(said)
    return f"{out}{_inward(capabilities)}."


def _by_size(rules: Mapping[MediaKind, MediaRule]) -> dict[int, list[str]]:
    groups: dict[int, list[str]] = {}
    for kind in MediaKind:
        if kind in rules:
            groups.setdefault(rules[kind].max_bytes, []).append(amounts.KIND_PLURAL[kind])
    return groups


def _inward(capabilities: Capabilities) -> str:
    least = min((rule.max_bytes for rule in capabilities.receive.values()), default=None)
    most_out = max((rule.max_bytes for rule in capabilities.send.values()), default=0)
    if least is None:
        return "; the customer can't send files"
    return f"; from the customer up to {amounts.size(least)}" if least < most_out else ""


def _summary(view: ProfileView) -> str:
    about = [clean_name(view.network, 40), clean_name(view.account, 60)]
    count = view.earlier_count or len(view.earlier)
    before = "First conversation" if not count else f"{count} earlier conversation{'' if count == 1 else 's'}"
    facts = [one_line(f.value, 60) for f in view.fields[:2] if not f.sensitive and f.value.strip()]
    return f"Profile: {clean_name(view.name)}, {', '.join(about)}. {'. '.join([*facts, before])}."


def _facts(view: ProfileView, text: str) -> Block:
    attachment: Block = {
        "color": _colour(view),
        "fallback": text,
        "author_name": fallback(f"{clean_name(view.network, 40)} · {clean_name(view.account, 60)}", 600),
        "title": fallback(clean_name(view.name), 600),
        "fields": [_field(f) for f in view.fields if f.value.strip()][:MAX_FIELDS],
        "mrkdwn_in": [],
    }
    if view.first_wrote:
        attachment |= {"footer": "First wrote", "ts": int(view.first_wrote.timestamp())}
    if view.avatar_url and _PUBLIC.fullmatch(view.avatar_url):
        attachment["thumb_url"] = view.avatar_url
    return attachment


def _field(field: ProfileField) -> Block:
    value = mask(field.value) if field.sensitive else one_line(field.value, 100)
    title = fallback(clean_name(field.label, 40, "Note"), 200)
    return {"title": title, "value": fallback(value, 500), "short": True}


def _colour(view: ProfileView) -> str:
    return view.colour if _COLOUR.fullmatch(view.colour) else "#666666"


def _rest(view: ProfileView, ids: str) -> Block:
    return {
        "color": _colour(view),
        "fallback": "Earlier conversations and file limits",
        "blocks": [
            *blocked_note(view, ids),
            literal.context(earlier_line(view), block_id=f"{ids}.earlier"),
            literal.context(
                f"{_how_to_answer(view)} {file_limits(view.capabilities)}",
                block_id=f"{ids}.files",
            ),
            *button_rows(view, ids),
        ],
    }


def _how_to_answer(view: ProfileView) -> str:
    if view.blocked_by is not None:
        return wording.thread.NOTHING_PASSES
    return wording.thread.how_to_answer(notes_first=view.notes_first)


def blocked_note(view: ProfileView, ids: str) -> list[Block]:
    """Who blocked the customer, and why, with `Unblock`; nothing if nobody did."""
    if view.blocked_by is None:
        return []
    said = wording.closing.blocked(
        clean_name(view.blocked_by), clean_name(view.name), one_line(view.block_reason, 300)
    )
    button = literal.button("conversation.unblock", "Unblock", str(view.conversation_id))
    return [literal.plain_section(said, block_id=f"{ids}.blocked", accessory=button)]


def earlier_line(view: ProfileView) -> str:
    """The earlier conversations as links; mrkdwn."""
    count = view.earlier_count or len(view.earlier)
    if not count:
        return "Earlier: none"
    links = [_link(e) for e in view.earlier[:5]]
    more = count - len(links)
    return "Earlier: " + " · ".join([*links, *([f"{more} more"] if more > 0 else [])])


def _link(earlier: EarlierLink) -> str:
    label = f"#{earlier.number}"
    if earlier.archived:
        label += ", archived"
    elif earlier.closed_by:
        label += f", closed by {shown(clean_name(earlier.closed_by, 40))}"
    if earlier.url and _SLACK_LINK.fullmatch(earlier.url):
        return f"<{earlier.url.replace('&', '&amp;')}|{label}>"
    return label


def button_rows(view: ProfileView, ids: str, revealed: frozenset[str] = frozenset()) -> list[Block]:
    """A `Show …` for each sensitive field not revealed, then `Supported files`.

    All `Show` buttons have one action id, so each stands in a row of its own.
    """
    hidden = [f for f in view.fields if f.sensitive and f.value.strip() and field_key(f) not in revealed]
    shows = [_show_button(view, f) for f in hidden[:MAX_FIELDS]]
    rows = [*([show] for show in shows[:-1]), [*shows[-1:], files_button(view.conversation_id)]]
    return [
        literal.actions(row, block_id=f"{ids}.actions{f'.{at}' if at else ''}") for at, row in enumerate(rows)
    ]


def _show_button(view: ProfileView, field: ProfileField) -> Block:
    label = clean_name(field.label, 40, "it").lower()
    value = f"{view.conversation_id}:{field_key(field)}"
    return literal.button("profile.show", f"Show {label}", value, says=f"Show {label} to me only")


def files_button(conversation_id: int) -> Block:
    """`Supported files`."""
    return literal.button("files.show", "Supported files", str(conversation_id))
