"""A mailbox listened to: what is taken up, in which order, what is put away, and what goes wrong."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from networks.base import PollingNetwork
from networks.capabilities import AccountSettings
from networks.errors import AccountBroken, DeliveryError, ProviderFault, Rejected, Unreachable
from networks.events import InboundMessage
from networks.mail import Email
from tests.networks.email.certificates import certified
from tests.networks.email.imap import ImapServer
from tests.networks.email.kit import ANNA, FIRST, connected, payload, raw
from tests.networks.email.smtp import PASSWORD, TOKEN, USER, SmtpServer


def letter(words: str, number: object = 1, *headers: str) -> bytes:
    base = [
        "From: anna@customer.example",
        "To: help@acme.example",
        f"Message-ID: <{number}@customer.example>",
    ]
    return "\r\n".join([*base, *headers, "", words]).encode()


async def words(mail: Email, account: AccountSettings, cursor: str | None) -> tuple[list[str], str]:
    polled = await mail.poll(account, cursor, wait=False)
    assert polled.cursor is not None
    return [event.text for event in polled.events if isinstance(event, InboundMessage)], polled.cursor


def now() -> datetime:
    return datetime.now(UTC)


async def test_a_first_start_takes_up_what_is_unread_and_new(
    mail: Email, imap: ImapServer, account: AccountSettings
) -> None:
    assert isinstance(mail, PollingNetwork)
    assert mail.polls(account, None)
    assert mail.polls(account, "https://oratio.example/hooks/email/help")
    imap.comes(letter("long ago", 1), "INBOX", now() - timedelta(days=9))
    imap.comes(letter("unread", 2), "INBOX", now())
    imap.comes(letter("read elsewhere", 3), "INBOX", now(), "\\Seen")
    taken, cursor = await words(mail, account, None)
    assert (taken, cursor) == (["unread"], f"{imap.validity}:4713")
    assert await words(mail, account, cursor) == ([], cursor)
    assert await words(mail, account, None) == ([], cursor)  # by now what was unread is marked
    imap.comes(letter("next", 4), "INBOX", now() - timedelta(days=30), "\\Seen")
    assert (await words(mail, account, cursor))[0] == ["next"]
    assert (await words(mail, account, cursor))[0] == ["next"]


async def test_an_empty_mailbox_is_listened_to(
    mail: Email, imap: ImapServer, account: AccountSettings
) -> None:
    taken, cursor = await words(mail, account, None)
    assert (taken, cursor) == ([], f"{imap.validity}:0")
    waiting = asyncio.create_task(mail.poll(account, cursor))
    await imap.until(lambda: imap.idling)
    imap.comes(letter("now"))
    polled = await waiting
    assert [event.text for event in polled.events] == ["now"]  # type: ignore[union-attr]


async def test_what_comes_during_a_search_does_not_wait_for_the_next(
    mail: Email, imap: ImapServer, account: AccountSettings
) -> None:
    _, cursor = await words(mail, account, None)
    imap.meanwhile = [letter("in between", 1), letter("again", 2)]
    polled = await mail.poll(account, cursor)
    assert [event.text for event in polled.events] == ["in between", "again"]  # type: ignore[union-attr]
    assert imap.idling == 0


async def test_a_server_that_does_not_tell_is_asked_again(mail: Email) -> None:
    async with ImapServer(can="IMAP4rev1") as imap, SmtpServer() as smtp:
        account = connected(imap, smtp, move_to="Done")
        _, cursor = await words(mail, account, None)
        assert (await mail.poll(account, cursor)).events == []
        imap.comes(letter("later"))
        polled = await mail.poll(account, cursor)
        assert [event.text for event in polled.events] == ["later"]  # type: ignore[union-attr]
        assert not any("IDLE" in asked for asked in imap.asked)


async def test_what_is_stored_is_marked_and_what_is_not_shown_stays_unread(
    mail: Email, imap: ImapServer, account: AccountSettings
) -> None:
    _, cursor = await words(mail, account, None)
    shown, hidden = imap.comes(letter("shown")), imap.comes(raw(payload("newsletter")))
    taken, after = await words(mail, account, cursor)
    assert taken == ["shown"]
    assert (shown.flags, hidden.flags) == (set(), set())  # not stored yet, as far as we know
    await words(mail, account, cursor)
    assert shown.flags == set()  # it failed to be stored: the same cursor came again
    await words(mail, account, after)
    assert (shown.flags, hidden.flags) == ({"\\Seen"}, set())


async def test_mails_are_moved_and_their_files_are_found_there(mail: Email) -> None:
    async with ImapServer() as imap, SmtpServer() as smtp:
        account = connected(imap, smtp, move_to="Taken")
        _, cursor = await words(mail, account, None)
        imap.comes(raw(payload("document")))
        polled = await mail.poll(account, cursor, wait=False)
        (event,) = polled.events
        assert isinstance(event, InboundMessage)
        (file,) = event.attachments
        before = await fetched(mail, account, file.ref)
        assert before.startswith(b"%PDF-1.4")
        await words(mail, account, polled.cursor)
        assert (imap.folders["INBOX"], len(imap.folders["Taken"])) == ([], 1)
        assert await fetched(mail, account, file.ref) == before
        imap.folders["Taken"].clear()
        with pytest.raises(Rejected, match="no longer in the mailbox"):
            await fetched(mail, account, file.ref)
        assert (await words(mail, account, polled.cursor))[0] == []


async def fetched(mail: Email, account: AccountSettings, ref: str) -> bytes:
    return b"".join([piece async for piece in mail.download(account, ref)])


async def test_a_mailbox_that_is_numbered_anew_is_read_again_and_gives_the_same_ids(
    mail: Email, imap: ImapServer, account: AccountSettings
) -> None:
    imap.comes(letter("one", 1), "INBOX", now())
    first = await mail.poll(account, None, wait=False)
    imap.validity += 1
    imap.comes(letter("two", 2), "INBOX", now())
    imap.comes(letter("old", 3), "INBOX", now() - timedelta(days=30))
    imap.drop()
    again = await mail.poll(account, first.cursor, wait=False)
    assert [event.text for event in again.events] == ["one", "two"]  # type: ignore[union-attr]
    assert again.events[0].event_id == first.events[0].event_id
    assert again.cursor == f"{imap.validity}:4713"


async def test_a_folder_that_may_not_be_made_stops_nothing(mail: Email) -> None:
    async with ImapServer() as imap, SmtpServer() as smtp:
        imap.refuses = ("CREATE", "UID STORE")
        account = connected(imap, smtp, move_to="Taken")
        _, cursor = await words(mail, account, None)
        for number in range(2):
            imap.comes(letter(f"mail {number}", number))
            taken, cursor = await words(mail, account, cursor)
            assert taken == [f"mail {number}"]
        imap.refuses = ("CREATE",)
        await words(mail, account, cursor)
        assert [mail_.flags for mail_ in imap.folders["INBOX"]] == [set(), {"\\Seen"}]


@pytest.mark.parametrize("cursor", ["", "x", ":", "5", "5:", ":5", "a:b", "1688112233:x", "-1:-1"])
async def test_a_cursor_that_is_none_begins_again(
    mail: Email, imap: ImapServer, account: AccountSettings, cursor: str
) -> None:
    imap.comes(letter("one", 1), "INBOX", now())
    assert (await words(mail, account, cursor))[0] == ["one"]


async def test_much_at_once_is_taken_in_turns(
    mail: Email, imap: ImapServer, account: AccountSettings
) -> None:
    _, cursor = await words(mail, account, None)
    for number in range(50):
        imap.comes(letter(f"mail {number}", number))
    taken: list[str] = []
    for _ in range(3):
        some, cursor = await words(mail, account, cursor)
        taken += some
        assert len(some) <= 20
    assert taken == [f"mail {number}" for number in range(50)]


async def test_what_colleagues_send_from_other_programs_is_shown_as_theirs(mail: Email) -> None:
    async with ImapServer() as imap, SmtpServer() as smtp:
        account = connected(imap, smtp, sent_folder="Sent")
        imap.folders["Sent"] = []
        imap.comes(sent_by_hand("Long ago", "old@acme.example"), "Sent")
        _, cursor = await words(mail, account, None)
        forwarded = f"References: <{FIRST}>"
        for number, more in enumerate([f"In-Reply-To: <{FIRST}>", "Auto-Submitted: auto-replied", forwarded]):
            to = "supplier@x.example" if more == forwarded else ANNA
            imap.comes(sent_by_hand(f"Answer {number}", f"{number}@acme.example", more, to=to), "Sent")
        imap.comes(sent_by_hand("Oratio's own", FIRST), "Sent")
        imap.comes(sent_by_hand("Named anew by the server", "x@relay.example", "X-Mailer: Oratio"), "Sent")
        imap.comes(letter("Thank you"))
        polled = await mail.poll(account, cursor, wait=False)
        told = [(e.text, e.contact_id, e.echo) for e in polled.events if isinstance(e, InboundMessage)]
        assert told == [
            ("Thank you", "anna@customer.example", False),
            ("Answer 0", ANNA, True),
            ("Answer 2", "supplier@x.example", True),
        ]
        assert (await mail.poll(account, polled.cursor, wait=False)).events == []
        assert all(not each.flags for each in imap.folders["Sent"])
        imap.comes(raw(payload("document")).replace(b"help@acme", b"anna@acme"), "Sent")
        (event,) = (await mail.poll(account, polled.cursor, wait=False)).events
        assert isinstance(event, InboundMessage)
        assert (await fetched(mail, account, event.attachments[0].ref)).startswith(b"%PDF-1.4")
        del imap.folders["Sent"]
        with pytest.raises(AccountBroken, match="sent_folder"):
            await mail.poll(account, polled.cursor, wait=False)
        assert any(each.wrong and "folder Sent" in each.words for each in await mail.check(account, None))
        imap.folders["Sent"] = []
        unnamed = replace(account, options={**account.options, "sent_folder": ""})
        assert any("sent_folder = “Sent”" in each.words for each in await mail.check(unnamed, None))


def sent_by_hand(text: str, own: str, *headers: str, to: str = ANNA) -> bytes:
    first = ["From: Tom <help@acme.example>", f"To: {to}", "Subject: Re: x", f"Message-ID: <{own}>"]
    return "\r\n".join([*first, *headers, "", text]).encode()


# What goes wrong


async def test_a_connection_that_breaks_is_made_anew(
    mail: Email, imap: ImapServer, account: AccountSettings
) -> None:
    _, cursor = await words(mail, account, None)
    imap.drop()
    imap.comes(letter("after a break"))
    assert (await words(mail, account, cursor))[0] == ["after a break"]
    _, cursor = await words(mail, account, cursor)
    waiting = asyncio.create_task(mail.poll(account, cursor))
    await imap.until(lambda: imap.idling)
    imap.drop()
    imap.comes(letter("again", 2))
    polled = await waiting  # the line came back by itself
    assert [event.text for event in polled.events] == ["again"]  # type: ignore[union-attr]


async def test_a_question_that_is_dropped_hangs_up_at_once(
    mail: Email, imap: ImapServer, account: AccountSettings
) -> None:
    _, cursor = await words(mail, account, None)
    waiting = asyncio.create_task(mail.poll(account, cursor))
    await imap.until(lambda: imap.idling)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await imap.until(lambda: not imap.idling)
    imap.comes(letter("after"))
    assert (await words(mail, account, cursor))[0] == ["after"]


async def test_the_program_ends_while_it_listens(imap: ImapServer, account: AccountSettings) -> None:
    mail = Email(answer=5.0)
    _, cursor = await words(mail, account, None)
    waiting = asyncio.create_task(mail.poll(account, cursor))
    await imap.until(lambda: imap.idling)
    await mail.close()
    await imap.until(lambda: not imap.idling)
    with pytest.raises(DeliveryError):
        await waiting


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ("NO [AUTHENTICATIONFAILED] Authentication failed.", AccountBroken, "user name and password"),
        ("NO Login failed", AccountBroken, "user name and password"),
        ("NO [ALERT] Application-specific password required", AccountBroken, "app password"),
        ("NO [UNAVAILABLE] Temporary authentication failure.", ProviderFault, "just now"),
        ("NO [INUSE] Too many connections", ProviderFault, "just now"),
    ],
)
async def test_logins_that_fail(
    mail: Email,
    imap: ImapServer,
    account: AccountSettings,
    caplog: pytest.LogCaptureFixture,
    answer: str,
    error: type[DeliveryError],
    said: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    imap.login_answer = answer
    wrong = replace(account, options={**account.options, "password": "wrong-Password"})
    with pytest.raises(error, match=said) as caught:
        await mail.poll(wrong, None, wait=False)
    assert "wrong-Password" not in f"{caught.value!r} {caplog.text}"
    assert "wrong-Password" not in f"{wrong!r} {mail._listening!r}"


async def test_what_a_person_has_to_mend(
    mail: Email, imap: ImapServer, account: AccountSettings, tmp_path: Path
) -> None:
    def other(name: str, **more: Any) -> AccountSettings:
        return replace(account, name=name, options={**account.options, **more})

    with pytest.raises(AccountBroken, match="no folder"):
        await mail.poll(other("a", folder="Nowhere"), None, wait=False)
    with pytest.raises(AccountBroken, match="STARTTLS"):
        await mail.poll(other("b", imap_tls="starttls"), None, wait=False)
    with pytest.raises(AccountBroken, match="neither password nor token"):
        await mail.poll(other("c", password=None), None, wait=False)
    with pytest.raises(Unreachable):
        await mail.poll(other("d", imap_port=1), None, wait=False)
    with pytest.raises(AccountBroken, match="speaks no TLS on imap_port"):
        await mail.poll(other("e", imap_tls="tls"), None, wait=False)
    with pytest.raises(AccountBroken, match="ca_file"):
        await mail.poll(other("f", ca_file=str(tmp_path / "none")), None, wait=False)


async def test_other_ways_in(mail: Email, tmp_path: Path) -> None:
    context, ca_file = certified(tmp_path)
    async with ImapServer(tls=context) as imap, SmtpServer() as smtp:
        imap.accounts["jürgen"] = 'pass"wörd\\'
        imap.accounts["back\\slash"] = 'pa"ss'
        imap.comes(letter("hello"), "INBOX", now())
        ways = {
            "utf8": {"user": "jürgen", "password": 'pass"wörd\\'},
            "quoted": {"user": "back\\slash", "password": 'pa"ss'},
            "token": {"password": None, "token": TOKEN},
        }
        for name, way in ways.items():
            account = connected(imap, smtp, imap_tls="tls", ca_file=str(ca_file), **way)
            assert (await words(mail, replace(account, name=name), None))[0] == ["hello"]
        expired = replace(connected(imap, smtp, imap_tls="tls", ca_file=str(ca_file), token="old"), name="x")
        with pytest.raises(AccountBroken):
            await mail.poll(expired, None, wait=False)
        with pytest.raises(AccountBroken, match="certificate"):
            await mail.poll(replace(connected(imap, smtp, imap_tls="tls"), name="y"), None, wait=False)


async def test_a_set_up_is_checked(mail: Email, tmp_path: Path) -> None:
    context, ca_file = certified(tmp_path)
    async with ImapServer(tls=context) as imap, SmtpServer(tls=context) as smtp:
        imap.comes(letter("hello"))
        account = connected(imap, smtp, imap_tls="tls", smtp_tls="tls", ca_file=str(ca_file))
        told = [(each.words, each.wrong) for each in await mail.check(account, None)]
        assert told == [
            ("127.0.0.1 lets help@acme.example in; the folder INBOX holds 1 mail", False),
            ("the certificate of 127.0.0.1 is good for 39 more days", False),
            ("127.0.0.1 lets help@acme.example send and takes mails of up to 37 MB", False),
            ("the certificate of 127.0.0.1 is good for 39 more days", False),
        ]
        imap.accounts[USER], smtp.size = "another", 5_000_000
        told = [(each.words, each.wrong) for each in await mail.check(account, None)]
        assert told[0] == (
            "the mail server no longer accepts the user name and password for the mailbox",
            True,
        )
        assert told[-1] == ("files of more than 3.6 MB are refused by 127.0.0.1", False)
        assert imap.folders["INBOX"][0].flags == set()


async def test_a_check_says_what_is_not_encrypted(mail: Email, account: AccountSettings) -> None:
    told = [each.words for each in await mail.check(account, None)]
    assert told.count("the connection to 127.0.0.1 is not encrypted") == 2
    assert PASSWORD not in str(told)
    elsewhere = {**account.options, "imap_port": 1, "smtp_tls": "tls"}
    gone, plain = await mail.check(replace(account, name="elsewhere", options=elsewhere), None)
    assert gone.words.endswith("127.0.0.1, port 1: look at imap_host and imap_port, and at the firewall")
    assert plain.words.startswith("the mail server for sending speaks no TLS on smtp_port")
    assert gone.wrong
    assert plain.wrong


# Files


async def test_a_large_file_streams_in_and_never_lies_in_memory(
    mail: Email, imap: ImapServer, account: AccountSettings
) -> None:
    size = 8_000_000
    body = base64.encodebytes(bytes(size)).replace(b"\n", b"\r\n")
    head = 'Content-Type: multipart/mixed; boundary="b"'
    begin = letter(
        "--b\r\n\r\nSee there\r\n--b\r\nContent-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\n",
        1,
        head,
    )
    _, cursor = await words(mail, account, None)
    imap.comes(begin + b"\r\n" + body + b"--b--\r\n")
    del body
    tracemalloc.start()
    try:
        polled = await mail.poll(account, cursor, wait=False)
        (event,) = polled.events
        assert isinstance(event, InboundMessage)
        assert event.text == "See there"
        (file,) = event.attachments
        got = 0
        async for piece in mail.download(account, file.ref):
            got += len(piece)
            assert not piece.strip(b"\x00")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert got == size
    assert abs((file.size or 0) - size) < 1_000
    assert peak < 4_000_000


async def test_all_the_words_of_a_mail_are_within_reach(
    mail: Email, imap: ImapServer, account: AccountSettings
) -> None:
    _, cursor = await words(mail, account, None)
    imap.comes(raw(payload("reply")))
    polled = await mail.poll(account, cursor, wait=False)
    (event,) = polled.events
    assert isinstance(event, InboundMessage)
    text = (await fetched(mail, account, event.attachments[0].ref)).decode()
    assert text.startswith("Danke, die Sendungsnummer ist 00340434.\n\nAm Mo.")
    assert text.endswith("> Gruß, Tom")
    assert json.loads(event.reply_handle or "")["subject"] == "Re: Bestellung 4711 fehlt"


@pytest.mark.parametrize(
    "ref", ["", "gone", "1/2/3/4/5/6", "1688112233/99/0/10//x@y", "1688112233/99/0/10/text/"]
)
async def test_files_of_mails_that_are_gone(
    mail: Email, imap: ImapServer, account: AccountSettings, ref: str
) -> None:
    imap.comes(letter("hello"))
    with pytest.raises(Rejected):
        await fetched(mail, account, ref)
