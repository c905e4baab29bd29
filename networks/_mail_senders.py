"""Who or what wrote a mail: a person, a program, a list, a mail server that returns ours. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from networks._mail_decoding import decoded, readable, words_of
from networks._mail_ids import ids_in, is_ours
from networks._mail_scan import Scanned, every, first_word, raw

_VERDICT = re.compile(r"\b(dmarc|spf|dkim)\s*=\s*([a-z]+)", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]{0,500}\)")
_SERVERS = ("mailer-daemon@", "postmaster@")
_FIELD = re.compile(r"(?im)^([a-z][a-z-]{2,40}):[ \t]*(.{0,2000}(?:\n[ \t]+.{0,2000}){0,20})")
_CODE = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_PLAIN_CODE = re.compile(r"\b([45]\d\d)\b")
_NOISE = re.compile(r"<[^<>]*>|\S+@\S+|https?://\S+|\b[245]\d\d\b|[245]\.\d{1,3}\.\d{1,3}|^\s*\w+;|[{}]")
_RETURNED = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "text/rfc822-header"})
_OURS_ANYWHERE = re.compile(r"<?(oratio\.[^\s<>\"]{10,400}@[^\s<>\"]{1,190})>?")


@dataclass(frozen=True, slots=True)
class Returned:
    """What a mail server tells of a mail of ours: whose address, how it ended, and why, in words."""

    message_id: str
    contact: str
    action: str
    words: str


def is_bulk(headers: Message, own: str) -> bool:
    """Whether it went to many: a newsletter, a list. A list of our own address carries customers' mails."""
    listed = raw(headers, "list-id").lower()
    if listed and own.replace("@", ".") in listed:
        return False
    if listed.strip():
        return True
    answer = first_word(headers, "auto-submitted") == "auto-replied"  # an absence note often says bulk, too
    return not answer and first_word(headers, "precedence") in ("bulk", "list", "junk")


def is_automatic(headers: Message) -> bool:
    """Whether a program answered or told something; RFC 3834, and what was used before it."""
    said = first_word(headers, "auto-submitted")
    if said and said != "no":
        return True
    path = every(headers, "return-path")
    if path and path[0].strip() in ("<>", ""):
        return True
    return any(raw(headers, name).strip() for name in ("x-autoreply", "x-autorespond")) or first_word(
        headers, "precedence"
    ) in ("auto_reply", "auto-reply")


def is_doubtful(headers: Message, authserv_id: str) -> bool:
    """Whether our own server (whose name that is) found that the sender is not who the mail says.

    Only what stands topmost is its word; whatever a sender wrote comes below it (RFC 8601).
    """
    verdicts: dict[str, set[str]] = {}
    for value in every(headers, "authentication-results") if authserv_id else ():
        plain = _COMMENT.sub(" ", value)
        if plain.strip().partition(";")[0].strip().lower().split(" ")[0] != authserv_id.lower():
            break
        for method, verdict in _VERDICT.findall(plain):
            verdicts.setdefault(method.lower(), set()).add(verdict.lower())
    if "dmarc" in verdicts and verdicts["dmarc"] & {"pass", "fail"}:
        return "fail" in verdicts["dmarc"]
    failed = {"fail", "softfail", "permerror"}
    passed = any("pass" in found for found in verdicts.values())
    return not passed and any(found & failed for found in verdicts.values())


def returned(mail: Scanned, sender: str) -> list[Returned]:
    """What a mail server tells of mails of ours; nothing where it is no report, or not of ours."""
    if mail.report != "delivery-status" and not _is_returned(mail, sender):
        return []
    found = next(_our_ids(mail), None)
    if found is None:
        return []
    words = _first_words(mail)
    report = next((part for part in mail.parts if part.kind.endswith("/delivery-status")), None)
    if report is None:
        return [Returned(found, "", "failed", _why("", words))]
    return [_told(found, block, words) for block in _blocks(words_of(report)) if "action" in block]


def is_report(mail: Scanned, sender: str) -> bool:
    """Whether it is a mail server's or mail program's word on a mail, ours or not."""
    return bool(mail.report) or _is_returned(mail, sender)


def _is_returned(mail: Scanned, sender: str) -> bool:
    path = every(mail.headers, "return-path")
    return sender.startswith(_SERVERS) and (not path or path[0].strip() in ("<>", ""))


def _our_ids(mail: Scanned) -> Iterator[str]:
    """The mail it is about: in what is returned, in the headers, at last anywhere in its words."""
    for part in mail.parts:
        if part.kind in _RETURNED:
            fields = _fields(decoded(bytes(part.body or b"")[:65_536], part.encoding, "utf-8"))
            yield from (found for found in ids_in(fields.get("message-id", "")) if is_ours(found))
    for name in ("x-original-message-id", "original-message-id", "in-reply-to", "references"):
        yield from (found for found in reversed(ids_in(raw(mail.headers, name))) if is_ours(found))
    for part in mail.parts[:5]:
        if part.kind.startswith("text/"):
            yield from (found for found in _OURS_ANYWHERE.findall(words_of(part)[:50_000]) if is_ours(found))


def _told(message_id: str, block: dict[str, str], words: str) -> Returned:
    who = block.get("original-recipient") or block.get("final-recipient") or ""
    contact = who.rpartition(";")[2].strip().strip("<>").lower()
    action = block["action"].strip().lower()
    said = block.get("diagnostic-code") or next(
        (line for line in words.split("\n") if contact and contact in line.lower()), ""
    )
    return Returned(message_id, contact, action, _why(block.get("status", ""), said))


def _blocks(text: str) -> list[dict[str, str]]:
    return [_fields(block) for block in text[:100_000].split("\n\n")[:50]]


def _fields(text: str) -> dict[str, str]:
    head = text.split("\n\n", 1)[0]
    return {name.lower(): " ".join(value.split()) for name, value in reversed(_FIELD.findall(head))}


def _first_words(mail: Scanned) -> str:
    part = next((part for part in mail.parts if part.kind == "text/plain"), None)
    return words_of(part)[:5_000] if part else ""


def _why(status: str, diagnostic: str) -> str:
    """A clause on why it came back: what the code means, or else the server's own words."""
    told = None if status.strip().endswith(".0.0") else _CODE.search(status)
    codes = told or _CODE.search(diagnostic) or _CODE.search(status)
    known = why_refused(f"{codes[0]}" if codes else "", diagnostic)
    if known:
        return known
    if codes and codes[1] == "4":
        return "their mail server couldn't be reached for days"
    quoted = " ".join(_NOISE.sub(" ", readable(diagnostic)).split()).strip(" .:;,-#()[]")[:70]
    return f"their mail server says: {quoted}" if len(quoted) > 5 else "their mail server returned it"


def why_refused(code: str, diagnostic: str) -> str:
    """What a mail server's code and words mean, as a clause; empty where nothing is known (RFC 3463)."""
    said, tail = diagnostic.lower(), code.partition(".")[2]
    if _DANGER.search(said):
        return DANGEROUS
    by_code = next((words for begin, words in _MEANINGS if tail and f"{tail}.".startswith(f"{begin}.")), "")
    if by_code:
        return by_code
    by_words = next((words for piece, words in _SAYINGS if piece in said), "")
    plain = _PLAIN_CODE.search(diagnostic)
    return by_words or (_PLAIN.get(plain[1], "") if plain else "")


NO_MAILBOX = "there is no such mailbox; the address may be misspelt or no longer exist"
FULL = "their mailbox is full"
TOO_LARGE = "the mail is too large for their mail server"
UNWANTED = "their mail server takes this mail for unwanted, or doesn't trust ours"
DANGEROUS = "a mail server takes a file in it for dangerous; send a link instead"
_DANGER = re.compile(r"security issue|virus|malware|(?:banned|blocked|prohibited|illegal) attachment")

_MEANINGS = (
    ("1.0", NO_MAILBOX),
    ("1.1", NO_MAILBOX),
    ("1.2", "there is no mail server behind their address; it may be misspelt"),
    ("1.3", "their address can't be read by their mail server"),
    ("1.6", "they have moved to another address"),
    ("1.10", "their domain takes no mail"),
    ("2.1", "their mailbox is switched off"),
    ("2.2", FULL),
    ("2.3", TOO_LARGE),
    ("3.4", TOO_LARGE),
    ("4.1", "their mail server couldn't be reached"),
    ("4.4", "there is no mail server behind their address; it may be misspelt"),
    ("4.6", "their mail servers send it in circles"),
    ("4.7", "their mail server couldn't be reached for too long"),
    ("7", UNWANTED),
)
_SAYINGS = (
    ("user unknown", NO_MAILBOX),
    ("no such user", NO_MAILBOX),
    ("does not exist", NO_MAILBOX),
    ("doesn't exist", NO_MAILBOX),
    ("no mailbox", NO_MAILBOX),
    ("recipient rejected", NO_MAILBOX),
    ("mailbox unavailable", NO_MAILBOX),
    ("quota", FULL),
    ("mailbox full", FULL),
    ("mailbox is full", FULL),
    ("too large", TOO_LARGE),
    ("size limit", TOO_LARGE),
    ("host not found", "there is no mail server behind their address; it may be misspelt"),
    ("spam", UNWANTED),
    ("blocked", UNWANTED),
    ("blacklist", UNWANTED),
    ("timed out", "their mail server couldn't be reached"),
)
_PLAIN = {"550": NO_MAILBOX, "551": NO_MAILBOX, "553": NO_MAILBOX, "552": TOO_LARGE}
