"""Answers as they leave: each header and part, what servers refuse, and how they are got to."""

from __future__ import annotations

import base64
import json
import logging
import tracemalloc
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from networks.base import Author, Checked, OutboundPart, Style, StyleKind
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    ProviderFault,
    Rejected,
    UnexpectedResponse,
    Unreachable,
)
from networks.mail import Email
from tests.networks.email.certificates import certified
from tests.networks.email.imap import ImapServer
from tests.networks.email.kit import ANNA, FIRST, connected, read
from tests.networks.email.smtp import PASSWORD, TOKEN, USER, SmtpServer, Taken
from tests.networks.sent import file


def part(text: str = "Hello", **more: Any) -> OutboundPart:
    return OutboundPart(**{"idempotency_key": "d9", "contact_id": ANNA, "text": text, **more})


def handle(**told: Any) -> str:
    given = {"subject": "Order", "id": "a1@customer.example", "references": ["a0@customer.example"], "cc": []}
    return json.dumps({**given, **told})


async def sent(mail: Email, account: AccountSettings, smtp: SmtpServer, given: OutboundPart) -> Taken:
    receipt = await mail.send(account, given)
    taken = smtp.taken[-1]
    assert taken.message_id == receipt.external_id
    return taken


# What a mail is


async def test_the_headers_of_an_answer(mail: Email, account: AccountSettings, smtp: SmtpServer) -> None:
    given = part("Grüße", reply_handle=handle(), author=Author(name="Ana"))
    taken = await sent(mail, account, smtp, given)
    head = taken.mail
    assert (taken.sender, taken.to) == (USER, [ANNA])
    assert (head["From"], head["To"]) == ("Acme Help <help@acme.example>", ANNA)
    assert head["Subject"] == "Re: Order"
    assert head["In-Reply-To"] == "<a1@customer.example>"
    assert head["References"].split() == ["<a0@customer.example>", "<a1@customer.example>"]
    assert parsedate_to_datetime(head["Date"]).tzinfo is not None
    assert (head["MIME-Version"], head["X-Mailer"]) == ("1.0", "Oratio")
    assert {"Reply-To", "Cc", "Bcc", "Auto-Submitted", "Precedence"}.isdisjoint(head.keys())
    assert [part_.get_content_type() for part_ in head.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert taken.text == "Grüße"
    (answer,) = read(b"From: tom@x.example\r\nIn-Reply-To: <" + taken.message_id.encode() + b">\r\n\r\nHi")
    assert answer.contact_id == ANNA


async def test_an_answer_to_one_message_refers_to_that_one(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    given = part(reply_to="b7@customer.example#0123456789ab", reply_handle=handle())
    head = (await sent(mail, account, smtp, given)).mail
    assert head["In-Reply-To"] == "<b7@customer.example>"
    assert head["References"].split()[-1] == "<b7@customer.example>"


async def test_long_ids_stay_readable_and_threads_end_somewhere(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    many = [f"{n}.{'x' * 150}@customer.example" for n in range(40)]
    taken = await sent(mail, account, smtp, part(reply_handle=handle(id=FIRST, references=many)))
    assert f"In-Reply-To: <{FIRST}>\r\n".encode() in taken.raw
    assert f"References: <{many[0]}>\r\n <{many[1]}>".encode() in taken.raw
    assert taken.raw.count(b"@customer.example>\r\n") <= 23


@pytest.mark.parametrize(
    ("told", "subject"),
    [
        (handle(subject="Re: AW: Order"), "Re: Order"),
        (handle(subject="Größe"), "Re: Größe"),
        (handle(subject=""), "Re: your message to Acme Help"),
        (handle(subject="x\r\nBcc: thief@evil.example"), "Re: x Bcc: thief@evil.example"),
        (handle(subject=["a list"], id=5, references={"a": 1}, cc="x"), "Re: your message to Acme Help"),
        ("no json", "Re: your message to Acme Help"),
        ("[]", "Re: your message to Acme Help"),
        (None, "Re: your message to Acme Help"),
    ],
)
async def test_subjects(
    mail: Email, account: AccountSettings, smtp: SmtpServer, told: str | None, subject: str
) -> None:
    taken = await sent(mail, account, smtp, part(reply_handle=told))
    assert taken.mail["Subject"] == subject
    assert taken.mail["Bcc"] is None
    assert taken.to == [ANNA]


async def test_a_name_or_id_can_add_no_header(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    told = handle(id="a@b>\r\nBcc: thief@evil.example", references=["c@d\r\nX-Evil: 1"])
    given = part(reply_handle=told, attachment=file(name='x".exe\r\nX-Evil: 1'))
    taken = await sent(mail, replace(account, title="Acme\r\nX-Evil: 1"), smtp, given)
    assert {"Bcc", "X-Evil", "In-Reply-To"}.isdisjoint(taken.mail.keys())


async def test_words_look_as_the_agent_set_them(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    text = "See *this* <b> & https://shop.example/?a=1&b=2, now\nor never"
    styles = (
        Style(start=0, length=10, kind=StyleKind.BOLD),
        Style(start=4, length=8, kind=StyleKind.ITALIC),
        Style(start=900, length=3, kind=StyleKind.CODE),
    )
    taken = await sent(mail, account, smtp, part(text, styles=styles))
    body = taken.mail.get_body(("html",))
    assert body is not None
    html = body.get_content().replace("\r\n", "\n")
    assert "<b>See </b><b><i>*this*</i></b><i> &lt;</i>b&gt; &amp; " in html
    link = "https://shop.example/?a=1&amp;b=2"
    assert f'<a href="{link}">{link}</a>, now<br>\nor never' in html
    assert taken.text == text


async def test_a_signature_stands_below_its_delimiter(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    options = {**account.options, "signature": "{agent}\nAcme Help <https://acme.example>"}
    given = part("Hello\n", author=Author(name="Ana\r\nX: 1"))
    taken = await sent(mail, replace(account, options=options), smtp, given)
    assert taken.text == "Hello\n\n-- \nAna X: 1\nAcme Help <https://acme.example>"
    assert len([line for line in taken.raw.split(b"\r\n") if len(line) > 998]) == 0


async def test_answers_go_to_an_address_that_tells_whose_they_are(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    marked = replace(account, options={**account.options, "plus_addresses": True})
    taken = await sent(mail, marked, smtp, part())
    answer_to = "help+anna.berg=customer.example-e62m3rzhqmww@acme.example"
    assert taken.mail["Reply-To"] == f"Acme Help <{answer_to}>"
    assert taken.sender == USER
    long = part(contact_id=f"{'a' * 60}@customer.example")
    assert (await sent(mail, marked, smtp, long)).mail["Reply-To"] == "Acme Help <help@acme.example>"


async def test_those_in_copy_are_answered_only_where_that_is_wanted(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    told = handle(cc=["tom@customer.example", USER, ANNA, "not an address", "a@b\r\n.example"])
    assert (await sent(mail, account, smtp, part(reply_handle=told))).to == [ANNA]
    everybody = replace(account, options={**account.options, "reply_all": True})
    taken = await sent(mail, everybody, smtp, part(reply_handle=told))
    assert taken.to == [ANNA, "tom@customer.example"]
    assert taken.mail["Cc"] == "tom@customer.example"


async def test_dots_and_long_lines_arrive_as_they_are(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    text = f".\n..\n.hidden\n{'ä' * 5_000}\n{'x' * 5_000}\nFrom here"
    assert (await sent(mail, account, smtp, part(text))).text == text


async def test_addresses_with_letters_of_other_scripts(imap: ImapServer, mail: Email) -> None:
    async with SmtpServer() as wide, SmtpServer(international=False) as narrow:
        given = part(contact_id="jürgen@bücher.example")
        taken = await sent(mail, connected(imap, wide), wide, given)
        assert (taken.to, "SMTPUTF8" in taken.options) == (["jürgen@bücher.example"], True)
        with pytest.raises(ContactUnreachable, match="letters"):
            await mail.send(connected(imap, narrow), given)


@pytest.mark.parametrize("contact", ["nobody@invalid", "", "no address", "a@b\r\nRCPT TO:<c@d>", "<a@b>"])
async def test_nobody_is_answered_where_there_is_no_address(
    mail: Email, account: AccountSettings, smtp: SmtpServer, contact: str
) -> None:
    with pytest.raises(ContactUnreachable):
        await mail.send(account, part(contact_id=contact))
    assert smtp.sessions == 0


# Files


async def test_a_file_streams_out_and_never_lies_in_memory(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    smtp.size, smtp.keeps = 100_000_000, False
    size = 8_000_000
    big = replace(account, options={**account.options, "max_file": size})
    tracemalloc.start()
    try:
        await mail.send(big, part(attachment=file(size=size)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert smtp.bytes > size * 4 // 3
    assert peak < 4_000_000


async def test_files_go_in_one_mail_each_as_it_is(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    mark = base64.b64encode(b"oratio-file-goes-here").decode()
    others = (
        file("b.txt", "text/plain", size=200_000),
        file("empty.bin", "x/y", size=0),
        file("..", size=57),
    )
    await mail.send(
        account, part(f"See {mark}\n{mark}\n", attachment=file("a.pdf", size=70_001), others=others)
    )
    (taken,) = smtp.taken
    assert taken.files == (("a.pdf", 70_001), ("b.txt", 200_000), ("empty.bin", 0), ("..", 57))
    assert taken.text == f"See {mark}\n{mark}"


@pytest.mark.parametrize("trouble", [{"lies": -5}, {"lies": 5}, {"fault": OSError("disk")}])
async def test_a_file_that_cannot_be_read_leaves_no_mail(
    mail: Email, account: AccountSettings, smtp: SmtpServer, trouble: dict[str, Any]
) -> None:
    with pytest.raises(ProviderFault, match="this server's disk"):
        await mail.send(account, part(attachment=file(size=200_000, **trouble)))
    assert smtp.taken == []
    await mail.send(account, part())


async def test_what_is_too_large_for_the_server_is_not_even_begun(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    smtp.size = 1_000_000
    with pytest.raises(Rejected, match=r"takes mails of 0\.7 MB at most"):
        await mail.send(account, part(attachment=file(size=900_000)))
    assert smtp.taken == []
    smtp.size = None
    await mail.send(account, part(attachment=file(mime="x/../y z", size=900_000)))
    assert smtp.taken[0].files == (("a.pdf", 900_000),)


async def test_what_a_server_takes_is_known_before_anything_is_sent(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    rule = mail.capabilities_for(account).send[MediaKind.DOCUMENT]
    assert rule.max_bytes == 20_000_000
    assert {"exe", "js", "jar"} <= rule.refused
    smtp.size = 10_000_000
    await mail.connect(account, None)
    most = mail.capabilities_for(account).send[MediaKind.DOCUMENT].max_bytes
    assert 7_000_000 < most < 7_300_000
    await mail.send(account, part("x" * 40_000, attachment=file(size=most)))
    for trouble in ("auth 535 5.7.8 no", "connect 421 4.3.2 no"):
        smtp.fault(trouble)
        await mail.connect(account, None)  # whatever is wrong there, mails are listened to
    smtp.size = 500_000_000
    await mail.connect(account, None)
    assert mail.capabilities_for(account) == mail.capabilities


# What servers refuse


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("rcpt 550 5.1.1 user unknown", "there is no such mailbox"),
        ("rcpt 550 5.1.2 bad domain", "there is no mail server behind their address"),
        ("rcpt 550 5.2.1 disabled", "their mailbox is switched off"),
        ("rcpt 552 5.2.2 full", "their mailbox is full"),
        ("rcpt 554 5.7.1 blocked by policy", "takes this mail for unwanted"),
        ("rcpt 550 5.7.1 relaying denied", "sends nothing for this account"),
        ("rcpt 450 4.2.0 greylisted", "asks to be tried again later"),
        ("end 554 5.7.1 spam", "the mail server takes this mail for unwanted"),
        ("end 552 5.7.0 its content presents a potential security issue", "for dangerous; send a link"),
        ("end 552 5.3.4 too big", "the mail is too large"),
        ("end 552 no", "the mail is too large"),
        ("end 550 5.0.0 no", "the mail server refuses this mail"),
        ("end 554 5.6.0 bad content", "the mail server refuses this mail"),
        ("mail 553 5.7.1 not yours", "check address and user"),
        ("auth 535 5.7.8 no", "no longer accepts the user name and password"),
        ("auth 534 5.7.9 Application-specific password required.", "takes an app password only"),
        (
            "auth 535 5.7.139 SmtpClientAuthentication is disabled for the Tenant.",
            "SMTP AUTH is switched off",
        ),
        ("connect 421 4.7.0 too many connections", "asks for a pause"),
        ("connect 554 no", "can't take mails just now"),
    ],
)
async def test_each_refusal_is_said_in_words(
    mail: Email, account: AccountSettings, smtp: SmtpServer, fault: str, words: str
) -> None:
    smtp.fault(fault)
    with pytest.raises(DeliveryError) as caught:
        await mail.send(account, part("secret words"))
    assert words in caught.value.words
    assert ANNA not in f"{caught.value!r} {caught.value.code}"


async def test_copies_that_are_refused_stop_nobody_else_and_are_told(
    mail: Email, imap: ImapServer, account: AccountSettings
) -> None:
    async with SmtpServer(refuses=("tom@customer.example",)) as smtp:
        options = {**connected(imap, smtp).options, "reply_all": True}
        told = handle(cc=["tom@customer.example", "olga@customer.example"])
        receipt = await mail.send(replace(account, options=options), part(reply_handle=told))
        assert smtp.taken[-1].to == [ANNA, "olga@customer.example"]
        ((who, why),) = receipt.missed
        assert (who, "no such mailbox" in why) == ("tom@customer.example", True)


async def test_nobody_there(mail: Email, account: AccountSettings) -> None:
    gone = replace(account, options={**account.options, "smtp_port": 1})
    with pytest.raises(Unreachable, match="can't be reached"):
        await mail.send(gone, part())


# How servers are got to


@pytest.mark.parametrize("mode", ["tls", "starttls"])
async def test_encrypted_ways_out(imap: ImapServer, mail: Email, tmp_path: Path, mode: str) -> None:
    context, ca_file = certified(tmp_path)
    secured = {"tls": context} if mode == "tls" else {"starttls": context}
    async with SmtpServer(**secured) as smtp:
        trusting = connected(imap, smtp, smtp_tls=mode, ca_file=str(ca_file))
        await mail.send(trusting, part())
        assert len(smtp.taken) == 1
        doubting = replace(connected(imap, smtp, smtp_tls=mode), name="doubting")
        with pytest.raises(AccountBroken, match="certificate"):
            await mail.send(doubting, part())
        assert len(smtp.taken) == 1


async def test_a_server_without_starttls_gets_no_password(
    mail: Email, account: AccountSettings, smtp: SmtpServer
) -> None:
    wanting = replace(account, options={**account.options, "smtp_tls": "starttls"})
    with pytest.raises(AccountBroken, match="STARTTLS"):
        await mail.send(wanting, part())


async def test_a_ca_file_that_is_none(mail: Email, account: AccountSettings, tmp_path: Path) -> None:
    missing = str(tmp_path / "no")
    wrong = replace(account, options={**account.options, "ca_file": missing})
    with pytest.raises(AccountBroken, match="ca_file"):
        await mail.send(wrong, part())
    words = f"{missing}, which ca_file names, can't be read or holds no certificates"
    assert await mail.check(wrong, None) == [Checked(words=words, wrong=True)]


async def test_servers_with_their_own_login_or_none(mail: Email, imap: ImapServer) -> None:
    async with SmtpServer() as smtp, SmtpServer(auth=False) as open_:
        smtp.accounts = {"relay": "relay-Password"}
        own = connected(imap, smtp, smtp_user="relay", smtp_password="relay-Password")
        await mail.send(own, part())
        await mail.send(replace(connected(imap, open_, smtp_login=False), name="open"), part())
        assert (len(smtp.taken), len(open_.taken)) == (1, 1)
        with pytest.raises(AccountBroken, match="knows no login"):
            await mail.send(replace(connected(imap, open_), name="closed"), part())


class SignIn:
    """Where refresh tokens become access tokens."""

    def __init__(self, smtp: SmtpServer) -> None:
        self.asked: list[dict[str, str]] = []
        self.status, self.body = 200, ""
        self._smtp = smtp

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append({k: str(v) for k, v in (await request.post()).items()})
        token = f"{TOKEN}-{len(self.asked)}"
        self._smtp.tokens = {token}
        given = json.dumps({"access_token": token, "expires_in": 3_599, "token_type": "Bearer"})
        return web.Response(status=self.status, text=self.body or given, content_type="application/json")


async def test_tokens_are_kept_made_anew_and_told_of_when_they_end(
    mail: Email, imap: ImapServer, smtp: SmtpServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sign_in = SignIn(smtp)
    app = web.Application()
    app.router.add_post("/token", sign_in.answer)
    async with TestServer(app) as server:
        more = {"password": None, "oauth_url": str(server.make_url("/token")), "oauth_refresh": "refresh-Me"}
        account = connected(imap, smtp, **more, oauth_client="client-1", oauth_secret="client-Secret")
        await mail.send(account, part())
        await mail.send(account, part(idempotency_key="d10"))
        assert sign_in.asked == [
            {
                "grant_type": "refresh_token",
                "refresh_token": "refresh-Me",
                "client_id": "client-1",
                "client_secret": "client-Secret",
            }
        ]
        smtp.tokens = set()  # withdrawn before its time
        await mail.send(account, part(idempotency_key="d11"))
        assert (len(smtp.taken), len(sign_in.asked)) == (3, 2)
        smtp.tokens, sign_in.status = set(), 400
        with pytest.raises(AccountBroken, match="sign-in has ended"):
            await mail.send(account, part())
        sign_in.status, sign_in.body = 200, "{}"
        with pytest.raises(UnexpectedResponse):
            await mail.send(account, part())
        sign_in.status, sign_in.body = 503, "busy"
        with pytest.raises(ProviderFault):
            await mail.send(account, part())
    given = replace(connected(imap, smtp, password=None, token=TOKEN), name="given")
    smtp.tokens = {TOKEN}
    await mail.send(given, part())
    for secret in (TOKEN, "refresh-Me", "client-Secret", PASSWORD):
        assert secret not in caplog.text
