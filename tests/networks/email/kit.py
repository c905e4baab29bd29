"""E-mail's kit: recorded mails, what the desk gets of them, and a mailbox with a mail server at work."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from networks._mail_ids import contact_behind, message_id, reply_address
from networks._mail_options import box_of, key_of
from networks._mail_reading import Came, events_of
from networks._mail_reading import message_id as id_of
from networks._mail_refs import Place
from networks._mail_scan import scan
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    NoAnswer,
    PayloadInvalid,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
    Unreachable,
)
from networks.events import (
    DeliveryReport,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    Profile,
    ProfileField,
    ReportState,
)
from networks.mail import Email
from tests.contract.kit import Bench, Case, Effect
from tests.networks.email.imap import ImapServer, Large
from tests.networks.email.smtp import PASSWORD, TOKEN, USER, SmtpServer

HERE = Path(__file__).parent
SECRET = "mail-Secret-0123456789"
VALIDITY = 1_688_112_233
ANNA = "anna.berg@customer.example"
ACCOUNT = AccountSettings(
    network="email",
    name="help",
    title="Acme Help",
    options={
        "address": USER,
        "password": PASSWORD,
        "secret": SECRET,
        "imap_host": "127.0.0.1",
        "imap_tls": "none",
        "smtp_host": "127.0.0.1",
        "smtp_tls": "none",
        "authserv_id": "mail.acme.example",
    },
)
KEY = key_of(ACCOUNT)
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
FIRST, SECOND = (
    message_id(KEY, "acme.example", each, ANNA, "Bestellung 4711 fehlt") for each in ("d1", "d2")
)
PROFILE = Profile(
    name="Anna Bergström",
    fields=(ProfileField(label="E-mail", value=ANNA), ProfileField(label="Time zone", value="UTC+01:00")),
)


def payload(name: str) -> Any:
    return json.loads((HERE / "payloads" / f"{name}.json").read_text("utf-8"))


def raw(given: Any) -> bytes:
    """The mail of a payload: its lines, which may hold anything."""
    lines = given.get("raw_lines") if isinstance(given, dict) else None
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise PayloadInvalid("no mail")
    return "\r\n".join(lines).encode("utf-8", "surrogatepass")


def read(mail: bytes, uid: int = 1, account: AccountSettings = ACCOUNT) -> list[InboundEvent]:
    """What the desk hears of a mail that came at noon."""
    scanned = scan([mail])
    return events_of(Came(scanned, Place(VALIDITY, uid, id_of(scanned)), NOON), box_of(account))


def _case(name: str, own: str, digest: str, answered: str | None, **expected: Any) -> Case:
    """A message's case; `own` is its Message-ID, `answered` the subject an answer takes up."""
    given = payload(name)
    handle = {"subject": answered, "id": own, "references": expected.pop("references", [])}
    handle["cc"] = expected.pop("cc", [])
    files = expected.pop("files", ())
    common: dict[str, Any] = {
        "event_id": f"{own}#{digest}",
        "external_id": f"{own}#{digest}",
        "contact_id": ANNA,
        "sent_at": NOON,
        "profile": PROFILE,
        "attachments": tuple(_file(given, own, *each) for each in files),
        "reply_handle": json.dumps(handle) if answered is not None else None,
        "placeholder": f"Subject: {answered}" if answered else None,
        "subject": answered or "",
    }
    return Case(name=name, payload=given, events=(InboundMessage(**(common | expected)),))


def _file(given: Any, own: str, name: str, kind: str, size: int | None, *where: str) -> InboundAttachment:
    """A file: its place is that of its first and last characters in the mail, or the whole mail's."""
    mail, uid = raw(given), given["imap"]["uid"]
    if not where:
        ref = f"{VALIDITY}/{uid}/0/{len(mail)}/text/{own}"
        return InboundAttachment(ref=ref, name=name, mime_type=kind, kind=MediaKind.DOCUMENT)
    encoding, first, last = where
    start = mail.index(first.encode())
    length = mail.index(last.encode(), start) + len(last.encode()) - start
    kinds = {"image": MediaKind.PICTURE, "audio": MediaKind.AUDIO, "video": MediaKind.VIDEO}
    return InboundAttachment(
        ref=f"{VALIDITY}/{uid}/{start}/{length}/{encoding}/{own}",
        name=name,
        mime_type=kind,
        size=size,
        kind=kinds.get(kind.partition("/")[0]),
    )


def _returned(name: str, own: str, digest: str) -> Case:
    report = DeliveryReport(
        event_id=f"{own}#{digest}:0",
        external_id=SECOND,
        contact_id=ANNA,
        sent_at=NOON.replace(minute=1),
        state=ReportState.FAILED,
        words="there is no such mailbox; the address may be misspelt or no longer exist",
    )
    return Case(name=name, payload=payload(name), events=(report,))


_ALL = ("full text.txt", "text/plain", None)
_AT = "@customer.example"

CASES = (
    _case(
        "text",
        f"a1b2c3{_AT}",
        "a248f86e2e9f",
        "Bestellung 4711 fehlt",
        text="Hallo,\n\nmeine Bestellung 4711 fehlt. Wo ist sie?",
        files=[_ALL],
    ),
    _case(
        "reply",
        f"d4e5f6{_AT}",
        "70fb58224d6d",
        "Re: Bestellung 4711 fehlt",
        text="Danke, die Sendungsnummer ist 00340434.",
        placeholder=None,
        reply_to=FIRST,
        references=[f"a1b2c3{_AT}", FIRST],
        files=[_ALL],
    ),
    _case(
        "document",
        f"g7h8i9{_AT}",
        "790a7cf4eb0e",
        "Rechnung",
        text="Anbei die Rechnung.",
        files=[("Rechnung 4711.pdf", "application/pdf", 43, "base64", "JVBERi0", "FT0YK")],
    ),
    _case(
        "image",
        f"j1k2l3{_AT}",
        "638c947f2ed1",
        "Foto",
        text="Siehe Bild:",
        files=[
            ("box.png", "image/png", 66, "base64", "iVBORw0", "SuQmCC"),
            ("original.html", "text/html", 55, "", "<p>Siehe", 'example">'),
        ],
    ),
    _case(
        "voice",
        f"q6{_AT}",
        "adc6df479eeb",
        "Voice mail",
        files=[
            ("message.mp3", "audio/mpeg", 17, "base64", "SUQz", "AAAP"),
            ("clip.mp4", "video/mp4", 11, "base64", "AAAAIGZ0", "c29t"),
            ("anna.vcf", "text/vcard", 22, "", "BEGIN:VCARD", "END:VCARD"),
        ],
    ),
    _case(
        "html",
        f"p1{_AT}",
        "9216cff4401f",
        "HTML only",
        text="Guten Tag,\n\ndie blaue Kiste & der Deckel fehlen.\n\n  * Kiste\n  * Deckel",
        files=[("original.html", "text/html", 177, "", "<html>", "</html>")],
    ),
    _case(
        "forwarded",
        f"p2{_AT}",
        "ec30fbad63fc",
        "WG: Rechnung",
        text="Siehe unten.",
        files=[("Ihre Rechnung 12.eml", "message/rfc822", 198, "", "From: shop@", "--inner--")],
    ),
    _case(
        "winmail",
        f"p3{_AT}",
        "7779d2a12009",
        "Plan",
        text="Plan anbei",
        placeholder="Subject: Plan · Sent in a form that only Outlook opens (winmail.dat)",
        files=[("winmail.dat", "application/ms-tnef", 11, "base64", "eJ8+", "AAQ==")],
    ),
    _case(
        "copies",
        f"p4{_AT}",
        "ff393fa6dc11",
        "Both of us",
        text="Please answer both.",
        placeholder=f"Subject: Both of us · Cc: Berg, Tom <tom.berg{_AT}>",
        cc=[f"tom.berg{_AT}"],
    ),
    _case(
        "another_sender",
        f"p5{_AT}",
        "3242e4f23735",
        "Re: Bestellung 4711 fehlt",
        text="I answer for Anna.",
        placeholder=f"From Tom Berg <tom.berg@other.example>, not {ANNA}",
        profile=None,
        reply_to=FIRST,
        references=[f"a1b2c3{_AT}", FIRST],
        cc=["tom.berg@other.example"],
    ),
    _case(
        "written_to_plus",
        "p6@other.example",
        "a5100235b2f7",
        "New words",
        text="From my private address.",
        placeholder=f"From Anna <anna@private.example>, not {ANNA} · Subject: New words",
        profile=None,
        cc=["anna@private.example"],
    ),
    _case(
        "changed_subject",
        f"p7{_AT}",
        "29c2e2e6ac73",
        "Another matter",
        text="Also this.",
        reply_to=FIRST,
        references=[FIRST],
    ),
    _case(
        "forged",
        f"p8{_AT}",
        "97fe7f07335e",
        "Change my bank account",
        text="Please pay to DE00.",
        placeholder="⚠ Perhaps forged: the sender's server doesn't vouch for this mail"
        " · Subject: Change my bank account",
    ),
    _case(
        "form",
        "p9@acme.example",
        "2bb73af47051",
        "Contact form",
        text="Name: Anna\nMessage: Where is my order?",
        placeholder="Sent by no-reply@acme.example · Subject: Contact form",
        profile=replace(PROFILE, name="Anna"),
    ),
    _case("wrong_charset", f"q1{_AT}", "d1bfe0c2b93b", "Grüße", text="Grüße aus Köln € 5"),
    _case("flowed", f"q2{_AT}", "4f68a16d91f7", "Flowed", text="This is one sentence.\n\nAnd another."),
    _case(
        "calendar",
        f"q3{_AT}",
        "c977b3dfa936",
        "Invitation",
        text="Please come.",
        files=[("invite.ics", "text/calendar", 30, "", "BEGIN:VCAL", "END:VCALENDAR")],
    ),
    _case(
        "encrypted",
        f"q4{_AT}",
        "e00d1bebb884",
        "...",
        placeholder="Subject: ... · Encrypted: it can't be read here",
        files=[("encrypted.asc", "application/octet-stream", 27, "", "-----BEGIN", "MESSAGE-----")],
    ),
    _case(
        "without_message_id",
        "",
        "109c1f85324e0f05617cd09a0de33d63553f87ec2d73596df4e0ee6b93dd68c0",
        "No id",
        text="Hello",
    ),
    _case(
        "without_sender",
        "",
        "6c025117a5a25715fe79ce29923b5a6ffac0e246b5fb15bbec1300d67261e6b5",
        "Who am I?",
        text="Hello",
        contact_id="nobody@invalid",
        profile=Profile(
            name="nobody",
            fields=(
                ProfileField(label="E-mail", value="nobody@invalid"),
                ProfileField(label="Time zone", value="UTC+01:00"),
            ),
        ),
    ),
    _case("empty", f"q5{_AT}", "446e96f6ca5c", "", placeholder="An empty mail"),
    _case(
        "auto_reply",
        f"m4n5o6{_AT}",
        "acd43b4c46f6",
        None,
        text="Ich bin bis 1.12. nicht im Haus.",
        placeholder="Automatic mail · Subject: Automatische Antwort: Bestellung 4711 fehlt",
        subject="Automatische Antwort: Bestellung 4711 fehlt",
        reply_to=FIRST,
        automatic=True,
    ),
    _returned("bounce", "bounce1@acme.example", "d7a7892e3ac5"),
    _returned("bounce_without_report", "bounce2@acme.example", "87f9d87bd508"),
    Case(
        name="delayed",
        payload=payload("delayed"),
        events=(
            InboundMessage(
                event_id="delay1@acme.example#3fa5e5e997d8:0",
                external_id="delay1@acme.example#3fa5e5e997d8:0",
                contact_id=ANNA,
                sent_at=NOON.replace(minute=1),
                placeholder="Not delivered yet; the mail servers go on trying",
                reply_to=SECOND,
                automatic=True,
            ),
        ),
    ),
)


class EmailKit:
    """See `tests.contract.kit.Kit`. What is signed of a mail is the address that an answer goes to."""

    name = "email"
    cases = CASES
    silent: Mapping[str, Any] = {
        "our own echo": payload("own_echo"),
        "our own words, from another program": payload("own_words"),
        "a newsletter": payload("newsletter"),
    }
    faults: Mapping[str, type[Exception]] = {
        "connect 421 4.3.2 service not available": ProviderFault,
        "connect 421 4.7.0 too many connections": Throttled,
        "connect 554 5.3.2 go away": ProviderFault,
        "drop ehlo": Unreachable,
        "drop mail": Unreachable,
        "drop rcpt": Unreachable,
        "drop data": Unreachable,
        "auth 535 5.7.8 authentication failed": AccountBroken,
        "auth 454 4.7.0 temporary authentication failure": ProviderFault,
        "mail 451 4.3.0 queue file write error": ProviderFault,
        "mail 450 4.7.1 rate limit exceeded": Throttled,
        "mail 530 5.7.0 authentication required": AccountBroken,
        "mail 552 5.3.4 message size exceeds fixed limit": Rejected,
        "mail 553 5.7.1 sender address rejected: not owned by user": AccountBroken,
        "rcpt 450 4.2.0 greylisted, come back": ProviderFault,
        "rcpt 452 4.5.3 too many recipients": Throttled,
        "rcpt 550 5.1.1 user unknown": ContactUnreachable,
        "rcpt 550 no such user here": ContactUnreachable,
        "rcpt 552 5.2.2 mailbox full": Rejected,
        "rcpt 553 5.1.3 bad address syntax": ContactUnreachable,
        "rcpt 554 5.7.1 relay access denied": AccountBroken,
        "rcpt 554 5.7.1 blocked": Rejected,
        "data 451 4.3.0 try again": ProviderFault,
        "data 554 5.5.1 no valid recipients": Rejected,
        "end 451 4.3.0 try again": ProviderFault,
        "end 552 5.3.4 too large": Rejected,
        "end 554 5.7.1 looks like spam": Rejected,
        "end 354 more?": UnexpectedResponse,
        "end what": UnexpectedResponse,
        "no_answer": NoAnswer,
        "lost_answer": NoAnswer,
    }
    secrets = (SECRET, PASSWORD, TOKEN)

    def body(self, given: Any) -> bytes:
        return raw(given)

    def hears(self, body: bytes) -> Sequence[InboundEvent]:
        return read(body)

    def parse(self, given: Any) -> Sequence[InboundEvent]:
        mail = raw(given)
        uid = given.get("imap", {}).get("uid", 1) if isinstance(given.get("imap"), dict) else 1
        return read(mail, uid if isinstance(uid, int) and 0 < uid < 2**32 else 1)

    def genuine(self) -> None:
        given = reply_address(KEY, USER, ANNA)
        assert given == "help+anna.berg=customer.example-e62m3rzhqmww@acme.example"
        assert contact_behind(KEY, USER, given) == ANNA
        assert contact_behind(KEY, USER, given.upper()) == ANNA

    def forgeries(self) -> Mapping[str, Callable[[], object]]:
        given = reply_address(KEY, USER, ANNA)
        local = given.partition("@")[0]
        old = key_of(replace(ACCOUNT, options={**ACCOUNT.options, "secret": "the one before this"}))
        other = key_of(replace(ACCOUNT, options={**ACCOUNT.options, "address": "sales@acme.example"}))
        told = {
            "missing": USER,
            "empty": "",
            "wrong": f"{local[:-1]}x@acme.example",
            "truncated": f"{local[:-1]}@acme.example",
            "without its mark": "help+anna.berg=customer.example@acme.example",
            "not ASCII": f"{local[:-1]}ä@acme.example",
            "of another customer": given.replace("anna", "olga"),
            "at another domain": f"{local}@evil.example",
            "stale": reply_address(old, USER, ANNA),
            "of another account": reply_address(other, USER, ANNA),
        }
        return {name: _behind(address) for name, address in told.items()}

    @asynccontextmanager
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with ImapServer() as imap, SmtpServer() as smtp:
            network = Email(answer=5.0)
            account = connected(imap, smtp)

            async def effects() -> list[Effect]:
                return shown(smtp)

            async def lay(size: int) -> str:
                mail = imap.comes(Large(size))
                return f"{imap.validity}/{mail.uid}/0/{len(mail.raw)}/base64/"

            try:
                yield Bench(
                    network=network, account=account, contact=ANNA, effects=effects, fault=smtp.fault, lay=lay
                )
            finally:
                await network.close()


def connected(imap: ImapServer, smtp: SmtpServer, **more: Any) -> AccountSettings:
    """The account, at these servers."""
    ports = {"imap_port": imap.port, "smtp_port": smtp.port}
    return replace(ACCOUNT, options={**ACCOUNT.options, **ports, **more})


def shown(smtp: SmtpServer) -> list[Effect]:
    """What the customer sees: mail programs show what bears one Message-ID once."""
    once = {each.message_id: each for each in reversed(smtp.taken)}
    return [
        Effect(verb="send", contact=m.to[0], message=m.message_id, text=m.text, files=m.files)
        for m in reversed(once.values())
    ]


def _behind(address: str) -> Callable[[], object]:
    def check() -> object:
        return contact_behind(KEY, USER, address)

    return check
