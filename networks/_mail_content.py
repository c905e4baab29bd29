"""What a mail says and brings: its words, chosen among its parts, and its files. Pure; never raises."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field

from networks._mail_decoding import decoded, file_name, readable, words_of
from networks._mail_refs import WHOLE_TEXT, Place, Ref
from networks._mail_scan import Part, Scanned
from networks._mail_text import from_html, shown, tidy
from networks.capabilities import MediaKind
from networks.events import InboundAttachment

MOST_FILES = 40

_PROOFS = frozenset(
    {
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-encrypted",
        "message/delivery-status",
        "message/disposition-notification",
        "text/rfc822-headers",
    }
)
_SEALED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_OUTLOOK = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_KINDS = {"image": MediaKind.PICTURE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_STUB = 200


@dataclass(slots=True)
class Content:
    """All its words, what of them is shown, its files, and what else is to be told of it."""

    words: str = ""
    text: str = ""
    files: list[InboundAttachment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def content_of(mail: Scanned, place: Place) -> Content:
    """What to show of a mail."""
    content = Content()
    chosen, files = _divided(mail)
    content.words = tidy("\n\n".join(text for text in map(_text_of, chosen) if text.strip()))
    seen = shown(content.words)
    content.text = seen.text
    content.notes = _notes(mail, files)
    content.files = [_attachment(part, place, number) for number, part in enumerate(files[:MOST_FILES], 1)]
    content.files += _originals(mail, place, chosen, more=len(files) > MOST_FILES)
    if seen.cut:
        ref = Ref(place, 0, mail.size, WHOLE_TEXT)
        kind = MediaKind.DOCUMENT
        content.files.append(
            InboundAttachment(ref=str(ref), name="full text.txt", mime_type="text/plain", kind=kind)
        )
    return content


def _divided(mail: Scanned) -> tuple[list[Part], list[Part]]:
    """The parts that are its words, and those that are files."""
    words: list[Part] = []
    files: list[Part] = []
    groups: dict[int, list[Part]] = {}
    for part in mail.parts:
        if part.kind in _PROOFS:
            continue
        if not _is_body(part):
            files.append(part)
        elif (group := _alternative(part)) is not None:
            if group not in groups:
                words.append(part)
            groups.setdefault(group, []).append(part)
        else:
            words.append(part)
    first = {parts[0].number: _best(parts) for parts in groups.values()}
    return [best for part in words for best in first.get(part.number, [part])], files


def _is_body(part: Part) -> bool:
    if part.kind not in ("text/plain", "text/html") or part.disposition == "attachment":
        return False
    return not file_name(part)


def _alternative(part: Part) -> int | None:
    """The outermost set of which one part says what the others say."""
    return next((number for number, kind in part.within if kind == "multipart/alternative"), None)


def _best(parts: list[Part]) -> list[Part]:
    """The plain words; the HTML where there are none, or only that there is HTML."""
    plain = [part for part in parts if part.kind == "text/plain"]
    rich = [part for part in parts if part.kind == "text/html"]
    said = sum(len(words_of(part).strip()) for part in plain)
    if not rich or said >= _STUB:
        return plain or rich
    told = sum(len(_text_of(part)) for part in rich)
    return rich if not said or told > 10 * said else plain


def _text_of(part: Part) -> str:
    words = words_of(part)
    return from_html(words) if part.kind == "text/html" else tidy(words)


def _notes(mail: Scanned, files: list[Part]) -> list[str]:
    kinds = {part.kind for part in files}
    top = {kind for part in mail.parts for _, kind in part.within}
    sealed = any(
        part.kind in _SEALED and "signed" not in part.parameter("smime-type").lower() for part in files
    )
    notes = []
    if sealed or "multipart/encrypted" in top:
        notes.append("Encrypted: it can't be read here")
    if kinds & _OUTLOOK:
        notes.append("Sent in a form that only Outlook opens (winmail.dat)")
    if len(files) > MOST_FILES:
        notes.append(f"Only {MOST_FILES} of its files are shown")
    elif not mail.whole:
        notes.append("Not all of this mail could be looked at")
    return notes


def _attachment(part: Part, place: Place, number: int) -> InboundAttachment:
    ref = Ref(place, part.start, part.length, part.encoding)
    return InboundAttachment(
        ref=str(ref),
        name=file_name(part) or _made_name(part, number),
        mime_type=part.kind,
        size=_unwrapped_size(part),
        kind=_KINDS.get(part.kind.partition("/")[0]),
    )


def _made_name(part: Part, number: int) -> str:
    if part.kind in ("message/rfc822", "message/global"):
        inner = decoded(bytes(part.body or b"")[:20_000], part.encoding, "utf-8")
        subject = next((ln[8:] for ln in inner.split("\n")[:200] if ln.lower().startswith("subject:")), "")
        return f"{readable(subject, 80) or 'mail'}.eml"
    if part.kind in _OUTLOOK:
        return "winmail.dat"
    if part.kind == "text/calendar":
        return "invitation.ics"
    begin = "picture" if part.kind.startswith("image/") else "file"
    return f"{begin} {number}{mimetypes.guess_extension(part.kind) or ''}"


def _unwrapped_size(part: Part) -> int:
    """About how large it is; base64 has 76 characters of its own in a line."""
    return part.length * 76 // 78 * 3 // 4 if part.encoding == "base64" else part.length


def _originals(mail: Scanned, place: Place, chosen: list[Part], *, more: bool) -> list[InboundAttachment]:
    """The mail as it came, where what is shown is not all of it; the HTML that was read as text."""
    if more or not mail.whole:
        ref = Ref(place, 0, mail.size, "")
        return [
            InboundAttachment(ref=str(ref), name="original.eml", mime_type="message/rfc822", size=mail.size)
        ]
    found = []
    for part in chosen:
        if part.kind == "text/html" and part.length:
            ref = Ref(place, part.start, part.length, part.encoding)
            found.append(
                InboundAttachment(
                    ref=str(ref), name="original.html", mime_type="text/html", size=_unwrapped_size(part)
                )
            )
    return found[:3]
