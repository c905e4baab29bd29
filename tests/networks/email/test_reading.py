"""Mails as they come, read: whatever the bytes, something is shown, and nobody is answered by mistake."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks._mail_ids import bare_subject, message_id, subject_tag
from networks._mail_options import box_of, key_of
from networks._mail_reading import Came, events_of
from networks._mail_refs import Place, Ref, parsed
from networks._mail_scan import MOST_PARTS, Scanner, scan
from networks.events import DeliveryReport, InboundEvent, InboundMessage, ReportState
from tests.networks.email.kit import ACCOUNT, ANNA, CASES, FIRST, KEY, NOON, payload, raw, read

RECORDED = [raw(case.payload) for case in CASES]
PLAIN = "Content-Type: text/plain; charset=utf-8"


def mail(*headers: str, body: str = "Hello", sender: str = ANNA) -> bytes:
    base = [f"From: {sender}", "To: help@acme.example", "Message-ID: <m1@customer.example>"]
    return "\r\n".join([*base, *headers, "", body]).encode()


def one(raw_mail: bytes) -> InboundMessage:
    (event,) = read(raw_mail)
    assert isinstance(event, InboundMessage)
    return event


def sound(events: list[InboundEvent]) -> None:
    """What every event must be, to be stored and shown."""
    for event in events:
        assert 0 < len(event.event_id) <= 255
        assert 0 < len(event.contact_id) <= 255
        assert event.sent_at.tzinfo is not None
        if isinstance(event, InboundMessage):
            assert event.text or event.attachments or event.placeholder
            assert len(event.attachments) <= 50
            words = f"{event}"
            assert "\x00" not in words
            words.encode("utf-8")


# Whatever the bytes are


@pytest.mark.no_cover
@settings(max_examples=250)
@given(body=st.binary(max_size=2_000))
def test_any_bytes_are_a_mail(body: bytes) -> None:
    sound(read(body))


_PIECES = st.sampled_from(
    [
        *(
            b"\r\n",
            b"\n",
            b"\r",
            b"\r\n\r\n",
            b"--b1",
            b"--b1--",
            b"\r\n--b2\r\n",
            b"\x00",
            b"\xff\xfe",
            b" ",
            b":",
        ),
        *(b"From: =?utf-8?b?", b"Subject: =?x?q?=FF?=", b"To: <<>>,;:@", b"Message-ID: <", b"Date: 99 99"),
        *(b"Content-Type: multipart/mixed; boundary=b1\r\n\r\n", b"Content-Type: message/rfc822\r\n\r\n"),
        *(
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=b2\r\n",
            b"Action: failed\r\n",
        ),
        *(
            b"Content-Transfer-Encoding: base64\r\n",
            b"Content-Type: text/html; charset=zlib\r\n\r\n",
            b"<table><p>",
        ),
        *(
            b"Content-Disposition: attachment; filename*0*=x''%ff; filename*1=y\r\n",
            b"=?=\r\n",
            b"====",
            b"&#0;",
        ),
        *(
            b"In-Reply-To: <" + FIRST.encode() + b">\r\n",
            b"Authentication-Results: mail.acme.example; dmarc=fail\r\n",
        ),
    ]
)


@pytest.mark.no_cover
@settings(max_examples=150)
@given(pieces=st.lists(_PIECES | st.binary(max_size=12), max_size=30), seed=st.sampled_from(RECORDED))
def test_mails_put_together_from_pieces_of_mails_are_read(pieces: list[bytes], seed: bytes) -> None:
    made = b"".join(pieces)
    sound(read(made))
    middle = len(seed) // 2
    sound(read(seed[:middle] + made + seed[middle:]))
    sound(read(made + seed))


@pytest.mark.no_cover
@settings(max_examples=80)
@given(seed=st.sampled_from(RECORDED), cuts=st.lists(st.integers(0, 3_000), max_size=8))
def test_how_a_mail_is_cut_on_its_way_changes_nothing(seed: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(seed), *(cut % len(seed) for cut in cuts)})
    scanner = Scanner()
    for start, end in pairwise(places):
        scanner.feed(seed[start:end])
    cut, whole = scanner.done(), scan([seed])
    assert (cut.digest, cut.size) == (whole.digest, whole.size)
    assert [(p.start, p.length, p.body) for p in cut.parts] == [
        (p.start, p.length, p.body) for p in whole.parts
    ]


def test_ten_thousand_parts_are_bounded_and_the_mail_stays_within_reach() -> None:
    parts = "".join(f'--b\r\nContent-Type: image/png; name="{n}.png"\r\n\r\nx\r\n' for n in range(10_000))
    event = one(mail('Content-Type: multipart/mixed; boundary="b"', body=f"{parts}--b--"))
    assert [file.name for file in event.attachments[-2:]] == ["39.png", "original.eml"]
    assert event.placeholder == "Only 40 of its files are shown"
    assert len(scan([mail('Content-Type: multipart/mixed; boundary="b"', body=parts)]).parts) == MOST_PARTS


def test_parts_within_parts_are_bounded() -> None:
    nested = "".join(
        f'--b{n}\r\nContent-Type: multipart/mixed; boundary="b{n + 1}"\r\n\r\n' for n in range(2_000)
    )
    event = one(mail('Content-Type: multipart/mixed; boundary="b0"', body=f"{nested}words"))
    assert event.text or event.attachments or event.placeholder
    html = one(mail("Content-Type: text/html", body="<div>" * 20_000 + "deep" + "</div>" * 20_000))
    assert html.text or html.attachments


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(mail("Subject: " + "a" * 5_000_000), id="a header without end"),
        pytest.param(mail(*(f"X-{n}: y" for n in range(50_000))), id="headers without end"),
        pytest.param(mail(PLAIN, body="a" * 5_000_000), id="a line without end"),
        pytest.param(mail(PLAIN, body="> \n" * 250_000), id="quotes without end"),
        pytest.param(mail("Content-Type: text/html", body="<table><tr><td>" * 60_000), id="tables in tables"),
        pytest.param(mail("Cc: " + ", ".join(f"a{n}@b.example" for n in range(50_000))), id="a crowd"),
        pytest.param(mail("References: " + "<a@b> " * 100_000), id="references without end"),
        pytest.param(
            mail("Content-Type: text/plain; charset=punycode", body="a-" * 900_000), id="a slow codec"
        ),
    ],
)
def test_what_is_large_is_bounded(hostile: bytes) -> None:
    event = one(hostile)
    sound([event])
    assert len(event.text) <= 3_002
    assert len(event.placeholder or "") < 1_500
    assert len(event.reply_handle or "") < 8_000


# Whose it is, and which


def test_a_mail_is_the_same_by_whichever_way_it_came_and_another_with_its_id_is_not() -> None:
    first = mail("Subject: x", PLAIN)
    again = b"Received: from elsewhere\r\nDelivered-To: info@acme.example\r\n" + first
    assert one(first).event_id == one(again).event_id
    other = mail("Subject: x", PLAIN, body="Other words")
    assert one(first).external_id.partition("#")[0] == one(other).external_id.partition("#")[0]
    assert one(first).event_id != one(other).event_id


@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
def test_an_answer_with_an_id_that_we_did_not_sign_is_its_senders_own(header: str) -> None:
    forged = FIRST.replace("anna.berg", "olga.kern")
    event = one(mail(f"{header}: <{forged}>", sender="thief@evil.example"))
    assert event.contact_id == "thief@evil.example"
    genuine = one(mail(f"{header}: <{FIRST}>", sender="tom@other.example"))
    assert (genuine.contact_id, genuine.reply_to) == (ANNA, FIRST)
    other = replace(ACCOUNT, options={**ACCOUNT.options, "secret": "another secret of ours"})
    (event,) = read(mail(f"{header}: <{FIRST}>", sender="tom@other.example"), account=other)  # type: ignore[assignment]
    assert event.contact_id == "tom@other.example"


def test_mails_of_another_mailbox_that_oratio_serves_are_a_customers() -> None:
    other = replace(ACCOUNT, options={**ACCOUNT.options, "secret": "the secret of somebody else"})
    theirs = message_id(key_of(other), "other.example", "d1", "help@acme.example", "Offer")
    written = mail("Subject: Offer", sender="sales@other.example")
    event = one(written.replace(b"m1@customer.example", theirs.encode()))
    assert (event.text, event.contact_id) == ("Hello", "sales@other.example")
    thread = one(mail(f"References: <{FIRST}> <{theirs}>", sender="sales@other.example"))
    assert (thread.reply_to, thread.contact_id) == (FIRST, ANNA)
    beside = replace(ACCOUNT, options={**ACCOUNT.options, "address": "sales@acme.example"})
    (inside,) = read(
        mail(sender="sales@other.example").replace(b"m1@customer.example", FIRST.encode()), account=beside
    )
    assert isinstance(inside, InboundMessage)


def test_ids_that_a_mail_program_encoded_are_read() -> None:
    encoded = base64.b64encode(f"<{FIRST}>".encode()).decode()
    assert one(mail(f"In-Reply-To: =?utf-8?b?{encoded}?=")).reply_to == FIRST


def test_long_addresses_leave_ids_and_reply_addresses_short_enough() -> None:
    long = f"{'a' * 64}@{'b' * 90}.example"
    made = message_id(KEY, "acme.example", "k", long, "s")
    assert len(made) <= 200
    assert "@acme.example" in made
    assert "-@acme" in made


def test_subjects_are_told_apart_however_they_are_answered() -> None:
    assert bare_subject("Re: AW: Fwd: RE[2]: Hello") == "Hello"
    assert subject_tag("Re: Hello  there") == subject_tag("hello there") != subject_tag("Hello")
    assert "Subject" not in (
        one(mail(f"In-Reply-To: <{FIRST}>", "Subject: AW: Bestellung 4711 fehlt")).placeholder or ""
    )
    assert one(mail(f"In-Reply-To: <{FIRST}>", "Subject: New")).placeholder == "Subject: New"


def test_places_of_files_are_written_and_read() -> None:
    ref = Ref(Place(7, 12, 'we/ird "id"@x'), 10, 20, "quoted-printable")
    assert parsed(str(ref)) == ref
    for wrong in ("", "gone", "1/2/3", "a/b/c/d/e/f", "1/2/3/4/5/6/7"):
        assert parsed(wrong) is None


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 02 Nov 2026 12:59:00 +0100", NOON - timedelta(minutes=1)),
        ("Thu, 01 Jan 1970 00:00:00 +0000", NOON),
        ("Mon, 02 Nov 2099 12:00:00 +0000", NOON),
        ("yesterday", NOON),
        ("Mon, 02 Nov 2026 11:00:00", NOON - timedelta(hours=1)),
    ],
)
def test_times_are_sane(date: str, expected: datetime) -> None:
    assert one(mail(f"Date: {date}")).sent_at == expected


@pytest.mark.parametrize("at", [None, datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_a_mail_of_another_century_is_of_this_one(at: datetime | None) -> None:
    """Whatever its writer and the server say: no other could be stored."""
    for date, expected in {
        "Mon, 02 Nov 2026 11:00:00 +0000": NOON - timedelta(hours=1),
        "Fri, 31 Dec 9999 23:59:59 -2300": datetime(1970, 1, 1, tzinfo=UTC),
        "Mon, 01 Jan 1900 00:00:00 +0000": datetime(1970, 1, 1, tzinfo=UTC),
    }.items():
        came = Came(scan([mail(f"Date: {date}", body="Hi")]), Place(1, 1), at)
        assert [event.sent_at for event in events_of(came, box_of(ACCOUNT))] == [expected], date
    assert expected.tzinfo is UTC


# Who wrote


@pytest.mark.parametrize(
    ("results", "doubtful"),
    [
        (["mail.acme.example; dmarc=fail header.from=x"], True),
        (["mail.acme.example 1; dmarc=pass; spf=fail"], False),
        (["mail.acme.example; spf=fail smtp.mailfrom=x; dkim=none"], True),
        (["mail.acme.example; spf=softfail; dkim=pass"], False),
        (["mail.acme.example; dkim=pass", "mail.acme.example; dmarc=fail"], True),
        (["mail.acme.example (comment; dmarc=fail); none"], False),
        (["mail.acme.example; none"], False),
        (["evil.example; dmarc=pass", "mail.acme.example; dmarc=fail"], False),
        (["evil.example; dmarc=fail"], False),
        ([], False),
    ],
)
def test_only_our_own_servers_word_makes_a_sender_doubtful(results: list[str], doubtful: bool) -> None:
    event = one(mail(*(f"Authentication-Results: {each}" for each in results)))
    assert ("Perhaps forged" in (event.placeholder or "")) is doubtful


@pytest.mark.parametrize(
    ("headers", "shown", "automatic"),
    [
        (["Auto-Submitted: no"], True, False),
        (["Auto-Submitted: auto-replied"], True, True),
        (["Auto-Submitted: auto-replied", "Precedence: bulk"], True, True),
        (["Auto-Submitted: auto-generated; owner-email=x"], True, True),
        (["X-Autoreply: yes"], True, True),
        (["Precedence: auto_reply"], True, True),
        (["Return-Path: <>"], True, True),
        (["Return-Path: <anna.berg@customer.example>"], True, False),
        (["X-Auto-Response-Suppress: OOF"], True, False),
        (["Precedence: bulk"], False, False),
        (["Precedence: list"], False, False),
        (["List-Id: <deals.news.example>"], False, False),
        (["List-Id: Help <help.acme.example>", "Precedence: list"], True, False),
        (["Content-Type: multipart/report; report-type=disposition-notification; boundary=x"], True, True),
    ],
)
def test_what_machines_write(headers: list[str], shown: bool, automatic: bool) -> None:
    events = read(mail(*headers))
    assert [getattr(event, "automatic", None) for event in events] == ([automatic] if shown else [])
    if automatic:
        assert "Automatic mail" in str(events)
        assert getattr(events[0], "reply_handle", "") is None


def bounced(
    status: str, diagnostic: str, sender: str = "MAILER-DAEMON@mx.example", kind: str = "report"
) -> bytes:
    lines = raw(payload("bounce")).decode().replace("mailer-daemon@acme.example", sender)
    lines = lines.replace("Status: 5.1.1", f"Status: {status}").replace(
        "multipart/report", f"multipart/{kind}"
    )
    at = lines.index("Diagnostic-Code")
    return f"{lines[:at]}{diagnostic}{lines[lines.index(chr(13), at) :]}".encode()


@pytest.mark.parametrize(
    ("status", "diagnostic", "words"),
    [
        ("5.1.1", "Diagnostic-Code: smtp; 550 x", "there is no such mailbox"),
        ("5.2.2", "Diagnostic-Code: smtp; 552 over quota", "their mailbox is full"),
        ("5.0.0", "Diagnostic-Code: smtp; 552 5.3.4 too big", "too large for their mail server"),
        ("5.7.1", "Diagnostic-Code: smtp; 554 spam", "takes this mail for unwanted"),
        ("5.7.26", "X-Nothing: 1", "takes this mail for unwanted"),
        ("5.7.0", "Diagnostic-Code: smtp; 552 5.7.0 a potential security issue", "for dangerous"),
        ("4.4.7", "X-Nothing: 1", "couldn't be reached for too long"),
        ("4.4.2", "X-Nothing: 1", "couldn't be reached for days"),
        ("5.4.4", "X-Nothing: 1", "there is no mail server behind their address"),
        (
            "5.9.9",
            "Diagnostic-Code: smtp; 599 5.9.9 <anna.berg@customer.example> The moon is wrong (see https://x.example)",
            "their mail server says: The moon is wrong (see",
        ),
        ("5.9.9", "X-Nothing: 1", "their mail server returned it"),
    ],
)
def test_why_a_mail_came_back_is_said_in_words(status: str, diagnostic: str, words: str) -> None:
    (report,) = read(bounced(status, diagnostic))
    assert isinstance(report, DeliveryReport)
    assert words in report.words
    assert len(report.words) < 120
    assert ANNA not in report.words


def test_that_a_mail_arrived_is_no_failure() -> None:
    (report,) = read(bounced("2.0.0", "X-Nothing: 1").replace(b"Action: failed", b"Action: delivered"))
    assert isinstance(report, DeliveryReport)
    assert (report.state, report.words) == (ReportState.DELIVERED, "")


def test_only_the_customers_own_bounce_makes_an_answer_fail() -> None:
    everybody = replace(ACCOUNT, options={**ACCOUNT.options, "reply_all": True})
    failed = bounced("5.1.1", "X-Nothing: 1")
    (own,) = read(failed, account=everybody)
    assert isinstance(own, DeliveryReport)
    of_a_copy = failed.replace(b"rfc822; anna.berg@", b"rfc822; tom@")
    (note,) = read(of_a_copy, account=everybody)
    assert isinstance(note, InboundMessage)
    assert note.automatic
    assert (note.placeholder or "").startswith("Not delivered to tom@customer.example: there is no such")
    (forwarded,) = read(of_a_copy)  # we wrote to nobody else: it is theirs, wherever it went on to
    assert isinstance(forwarded, DeliveryReport)


def test_what_a_customer_forwards_of_a_mail_server_is_no_report() -> None:
    forwarded = bounced("5.1.1", "Diagnostic-Code: smtp; 550 x", sender="tom@other.example", kind="mixed")
    event = one(
        forwarded.replace(b"Return-Path: <>", b"Return-Path: <tom@other.example>").replace(
            b"Auto-Submitted", b"X-Auto"
        )
    )
    assert event.text == "The mail system could not deliver your message."


# What it says


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "It works.\n\nOn Mon, Nov 2, 2026 at 1:05 PM Acme <help@acme.example> wrote:\n> Does it?\n",
            "It works.",
        ),
        ("Ja.\n\nAm Mo., 2. Nov. 2026 um 13:05 Uhr schrieb Acme <a@b.example>:\n> Geht es?\n", "Ja."),
        ("Oui.\n\nLe lun. 2 nov. 2026 à 13:05, Acme <a@b.example> a écrit :\n> Ça va?\n", "Oui."),
        ("Tak.\n\nDnia 2 listopada 2026 13:05 Acme <a@b.example> napisał(a):\n> Czy?\n", "Tak."),
        ("Ok\n\nFrom: Acme <a@b.example>\nSent: Monday\nTo: Anna\nSubject: Hi\n\nold", "Ok"),
        ("Ok\n\n-----Original Message-----\nold words", "Ok"),
        ("Ok\n\n-- \nAnna Berg\n+49 123", "Ok"),
        ("Please:\n- one\n- two\n\nKind regards\nAnna", "Please:\n- one\n- two"),
        ("Yes\n\nSent from my iPhone", "Yes"),
    ],
)
def test_quotes_and_signatures_are_cut_and_all_of_it_goes_along(text: str, shown: str) -> None:
    event = one(mail(PLAIN, body=text))
    assert event.text == shown
    assert [file.name for file in event.attachments] == ["full text.txt"]


@pytest.mark.parametrize(
    "text",
    [
        "On Mon, Nov 2, 2026 Acme <a@b.example> wrote:\n> What is it?\nIt is 5.\n> And?\nNo.",
        "> only what was quoted",
        "Hi,\nThanks, but the number 4711 is wrong. Please fix.\nAnna",
        "Take this back\nTake care of it",
        "The trip:\nFrom: Vienna\nTo: Graz\nplease book",
        "Sent from my iPhone",
        "--\nonly a signature",
        "Is this it?\nThanks,\nhow much is it then?",
    ],
)
def test_a_customers_own_words_are_never_cut(text: str) -> None:
    event = one(mail(PLAIN, body=text))
    assert event.text == text.strip()
    assert event.attachments == ()


def test_a_long_mail_is_cut_at_a_word() -> None:
    event = one(mail(PLAIN, body="word " * 2_000))
    assert 2_800 < len(event.text) <= 3_002
    assert event.text.endswith("word …")
    assert [file.name for file in event.attachments] == ["full text.txt"]


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-8", "Grüße €".encode()),
        ("utf-8", "Grüße €".encode("cp1252")),
        ("us-ascii", "Grüße €".encode("cp1252")),
        ("us-ascii", "Grüße €".encode()),
        ("iso-8859-1", "Grüße €".encode("cp1252")),
        ("x-unknown", "Grüße €".encode()),
        ("iso-8859-15", "Grüße €".encode("iso-8859-15")),
        ("utf-16", "Grüße €".encode("utf-16")),
        ("utf-7", b"Gr+APwA3w-e +IKw-"),
    ],
)
def test_wrong_charsets_are_seen_through(charset: str, body: bytes) -> None:
    wrapped = base64.encodebytes(body).decode()
    given = mail(
        f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: base64", body=wrapped
    )
    assert one(given).text == "Grüße €"


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("iso-2022-jp", b"\x1b$B4tIA-!%k\x1b(B #4711 \x1b(I6E\x1b(B", "岐描①ル #4711 ｶﾅ"),
        ("iso-2022-jp", b"\x1b$B$4Cm))J8\x1b(B ok", "ご注\ufffd文 ok"),
        ("shift_jis", "①髙".encode("cp932"), "①髙"),
        ("x-sjis", "ご注文".encode("cp932"), "ご注文"),
        ("gb2312", "镕€".encode("gb18030"), "镕€"),
        ("ks_c_5601-1987", "똠".encode("cp949"), "똠"),
        ("iso-8859-9", "şı “”".encode("cp1254"), "şı “”"),
        ("iso-8859-8-i", "שלום".encode("iso8859-8"), "שלום"),
    ],
)
def test_charsets_are_read_as_programs_mean_them(charset: str, body: bytes, text: str) -> None:
    wrapped = base64.encodebytes(body).decode()
    headers = (f"Content-Type: text/plain; charset={charset}", "Content-Transfer-Encoding: base64")
    event = one(mail(*headers, f"Subject: =?{charset}?b?{wrapped.strip()}?=", body=wrapped))
    assert (event.text, event.placeholder) == (text, f"Subject: {text}")


def test_a_stub_beside_html_is_passed_over() -> None:
    html = "<p>" + "All the words are here. " * 30 + "</p>"
    body = (
        f"--b\r\n{PLAIN}\r\n\r\nThis mail is HTML.\r\n--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--b--"
    )
    event = one(mail('Content-Type: multipart/alternative; boundary="b"', body=body))
    assert event.text.startswith("All the words are here.")
    assert [file.name for file in event.attachments] == ["original.html"]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<div><div>Yes<div>please</div></div></div><br><p>Anna B.</p>", "Yes\nplease\n\nAnna B."),
        ("Gr<span>ü</span><b>ß</b>e<hr>below", "Grüße\nbelow"),
        ("<a href='https://shop.example/4711'>My order</a>", "My order (https://shop.example/4711)"),
        ("<a href='https://shop.example/'>shop.example</a>", "shop.example"),
        (
            "Write <a href='mailto:a@b.example'>a@b.example</a> or <a href='#x'>us</a>",
            "Write a@b.example or us",
        ),
        (
            f"<a href='https://click.example/{'x' * 300}'>Offer</a><a href='https://x.example'><img></a>",
            "Offer",
        ),
        ("<table><tr><td>Name</td><td>Anna</td></tr></table><ul><li>one</li></ul>", "Name  Anna\n\n  * one"),
    ],
)
def test_html_is_read_as_one_would(html: str, text: str) -> None:
    assert one(mail("Content-Type: text/html; charset=utf-8", body=html)).text == text


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("; filename*0*=utf-8''%C3%84; filename*1*=%C3%96; filename*2=\".pdf\"", "ÄÖ.pdf"),
        ("; filename*=iso-2022-jp''%1B%24B4tIA%1B%28B.pdf", "岐描.pdf"),
        ('; filename="=?utf-8?Q?=C3=84=5F?= =?utf-8?Q?x.pdf?="', "Ä_x.pdf"),
        ('; filename="Grüße.pdf"', "Grüße.pdf"),
        ("; filename=two words.pdf", "two words.pdf"),
        ("", "file 1.pdf"),
    ],
)
def test_names_of_files_are_read_however_they_are_written(header: str, name: str) -> None:
    body = (
        f"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment{header}\r\n\r\nx\r\n--b--"
    )
    for charset in ("utf-8", "cp1252") if name.startswith("G") else ("utf-8",):
        given = mail('Content-Type: multipart/mixed; boundary="b"', body="") + body.encode(charset)
        assert [each.name for each in one(given).attachments] == [name]


def test_hidden_characters_and_right_to_left_names_do_no_harm() -> None:
    event = one(mail("From: =?utf-8?b?AAEC4oCu?= <x@y.example>", "Subject: a\tb\x00c", PLAIN, body="a\x00b"))
    assert event.text == "ab"
    assert "\x00" not in str(event)
