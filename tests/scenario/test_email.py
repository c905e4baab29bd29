"""E-mail through the whole program: real servers, a broken mailbox, bounces, and what answers by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from desk.settings import AccountConfig
from models import Conversation
from sandbox import Sandbox
from tests.networks.email.debian import debian
from tests.networks.email.imap import ImapServer
from tests.networks.email.kit import ACCOUNT, connected, payload, raw
from tests.networks.email.smtp import PASSWORD, SmtpServer, Taken
from tests.networks.email.test_servers import at_anna, letter
from tests.networks.fake_provider import FakeProvider
from tests.samples import JPEG, PDF
from tests.scenario.acts import closes, marked, quiet, says, shown
from tests.scenario.files import content, files_from, hands_in
from tests.scenario.world import (
    ANA,
    FAST,
    SUPPORT,
    TEAM,
    World,
    configured,
    database_url,
    running,
    with_tables,
)

TOM = "tom.berg@customer.example"
TICKET = (
    b"From: tickets@other.example\r\nTo: help@acme.example\r\nMessage-ID: <t1@other.example>\r\n"
    b"Auto-Submitted: auto-generated\r\n\r\nYour ticket was received."
)
SOON = replace(FAST, slow_notice=timedelta(hours=1), retry_cap=timedelta(milliseconds=100))


@asynccontextmanager
async def the_mailbox(folder: Path, options: Any) -> AsyncIterator[World]:
    """A mailbox's account in the running program."""
    url = database_url(folder)
    await with_tables(url)
    async with Sandbox("app-manifest.yml", {"app": {"socket_mode": False}}) as slack:
        account = AccountConfig(
            network="email",
            name="help",
            title="Acme Help",
            channel="#support",
            agents=TEAM,
            undo_hold=timedelta(0),
            options=dict(options),
        )
        config = configured(slack, folder, url, account, durations=SOON)
        async with running(World(slack, FakeProvider(), config)) as world:
            yield world


async def opened(world: World, words: str) -> str:
    """The customer's first mail is there; returns its card."""
    await world.until(world.cards)
    card = str(world.cards()[0]["ts"])
    await shows(world, card, words)
    return card


async def shows(world: World, card: str, words: str) -> dict[str, Any]:
    """Wait until the thread shows these words, alone or above files; the newest such post."""

    def found() -> list[dict[str, Any]]:
        return [m for m in world.thread(card) if words in f"{m.get('text')} {m.get('blocks')}"]

    await world.until(found)
    return found()[-1]


async def test_a_customer_and_an_agent_write_to_each_other_through_real_servers(tmp_path: Path) -> None:
    async with SmtpServer(auth=False) as refusing, debian(refusing.port) as served:
        first = letter("Where is my order 4711?\n\n-- \nAnna Berg", Cc="Tom <tom@customer.example>")
        first.add_attachment(JPEG, maintype="image", subtype="jpeg", filename="box.jpg")
        await asyncio.to_thread(served.writes, first)
        async with the_mailbox(tmp_path, served.options(signature="{agent}, Acme")) as world:
            card = await opened(world, "Where is my order 4711?")
            await shows(world, card, "Subject: My order · Cc: Tom <tom@customer.example>")
            (post,) = await files_from(world, card, 1)
            picture, whole = content(world, post)
            assert picture == JPEG
            assert whole.decode().endswith("Anna Berg")
            files = {"name": "bill.pdf", "content": PDF}, {"name": "label.jpg", "content": JPEG}
            reply = await hands_in(world, card, "It *left* today", *files)
            await marked(world, reply, "white_check_mark")
            got = await at_anna(served)
            body = got.get_body(("html",))
            assert body is not None
            assert "It <b>left</b> today" in body.get_content()
            bill, label = got.iter_attachments()
            assert (bill.get_payload(decode=True), label.get_payload(decode=True)) == (PDF, JPEG)
            assert (got["From"], got["Subject"]) == ("Acme Help <help@acme.example>", "Re: My order")
            again = letter("Thank you!", **{"Subject": "Re: My order", "In-Reply-To": str(got["Message-ID"])})
            await asyncio.to_thread(served.writes, again)
            seen = await shows(world, card, "Thank you!")
            assert "It left today" in str(seen["blocks"])
            assert "Subject:" not in str(seen["blocks"])
            assert len(world.cards()) == 1


async def test_what_machines_write_and_what_comes_back(tmp_path: Path) -> None:
    async with ImapServer() as imap, SmtpServer() as smtp:
        account = connected(imap, smtp, sent_folder="Sent")
        imap.folders["Sent"], now = [], datetime.now(UTC)
        for name in ("newsletter", "auto_reply"):  # nobody wrote yet: nothing is opened
            imap.comes(raw(payload(name)), "INBOX", now)
        imap.comes(TICKET, "INBOX", now)
        imap.comes(raw(payload("text")), "INBOX", now)
        async with the_mailbox(tmp_path, account.options) as world:
            card = await opened(world, "meine Bestellung 4711 fehlt")
            assert len(world.cards()) == 1
            assert "Anna Bergström" in str(world.cards()[0]["blocks"])
            lines_ = [
                "From: help@acme.example",
                "To: anna.berg@customer.example",
                "Message-ID: <by-hand@x.example>",
            ]
            imap.comes("\r\n".join([*lines_, "", "From my phone: we look"]).encode(), "Sent")
            imap.comes(raw(payload("newsletter")))  # so that the server tells of something
            await shows(world, card, "From my phone: we look")
            reply = await says(world, ANA, card, "Which address?")
            await world.until(lambda: smtp.taken)
            await marked(world, reply, "white_check_mark")
            sent = smtp.taken[0]
            imap.comes(answering(sent, "absent.example", "Auto-Submitted: auto-replied", "I am away"))
            await shows(world, card, "Automatic mail")
            assert (await Conversation.get()).waiting_since is None
            imap.comes(bounce(sent))
            await shows(world, card, "Not delivered to Anna Bergström: there is no such mailbox")
            await marked(world, reply, "warning")
            answer = await says(world, ANA, card, "Got it")
            await marked(world, answer, "white_check_mark")
            imap.comes(answering(smtp.taken[-1], "busy.example", "Auto-Submitted: auto-replied", "I am busy"))
            await shows(world, card, "I am busy")
            smtp.fault("rcpt 550 5.1.1 user unknown")
            await marked(world, await says(world, ANA, card, "And this?"), "warning")
            await quiet(world)
            row = await Conversation.get()
            assert row.waiting_since is None, "an absence note is no question, whatever becomes of answers"
            await closes(world, ANA, card)
            imap.comes(answering(sent, "late.example", "Auto-Submitted: auto-replied", "Still away"))
            await shows(world, card, "Still away")
            await imap.until(lambda: "\\Seen" in imap.folders["INBOX"][-1].flags)
            await quiet(world)
            assert "Closed by" in shown(world, card)
            assert len(world.cards()) == 1
            unread = [mail.raw for mail in imap.folders["INBOX"] if not mail.flags]
            assert [b"50 % off" in each for each in unread] == [True, False, True]
            assert TICKET in unread, "shown nowhere: whoever looks after the mailbox finds it"


async def test_a_mailbox_with_a_new_password_waits_until_it_is_mended(tmp_path: Path) -> None:
    async with ImapServer() as imap, SmtpServer(refuses=(TOM,)) as smtp:
        account = connected(imap, smtp, reply_all=True)
        imap.comes(raw(payload("text")), "INBOX", datetime.now(UTC))
        async with the_mailbox(tmp_path, account.options) as world:
            card = await opened(world, "meine Bestellung 4711 fehlt")
            user = str(ACCOUNT.options["address"])
            imap.accounts[user] = smtp.accounts[user] = "another"
            imap.drop()
            await world.until(lambda: told(world, "no longer accepts the user name and password"))
            reply = await says(world, ANA, card, "We are looking")
            imap.comes(raw(payload("copies")))
            await quiet_for(world, reply)
            assert smtp.taken == []
            imap.accounts[user] = smtp.accounts[user] = PASSWORD
            await marked(world, reply, "white_check_mark")
            await shows(world, card, "Please answer both.")
            await world.until(lambda: told(world, "works again"))
            smtp.fault("rcpt 550 5.1.1 user unknown")
            lost = await says(world, ANA, card, "Hello?")
            await shows(world, card, "there is no such mailbox")
            await marked(world, lost, "warning")
            smtp.fault("lost_answer")  # taken, but we are not told: sent again under the same Message-ID
            doubtful = await says(world, ANA, card, "Once only")
            await marked(world, doubtful, "white_check_mark")
            twice = [mail.message_id for mail in smtp.taken if mail.text == "Once only"]
            assert len(twice) == 2
            assert len(set(twice)) == 1
            await shows(world, card, f"Not delivered to {TOM}: there is no such mailbox")


def told(world: World, words: str) -> bool:
    return any(words in (m.get("text") or "") for m in world.slack.messages(SUPPORT))


async def quiet_for(world: World, reply: str) -> None:
    """The account stands still, and so does the reply."""
    await world.until(lambda: told(world, "Acme Help stopped"))
    assert world.reactions(reply) == set()


def answering(sent: Taken, host: str, header: str, words: str) -> bytes:
    """A mail in answer to one of ours."""
    lines_ = [
        "From: Anna <anna.berg@customer.example>",
        "To: help@acme.example",
        f"Message-ID: <auto@{host}>",
        f"In-Reply-To: <{sent.message_id}>",
        header,
        "",
        words,
    ]
    return "\r\n".join(lines_).encode()


def bounce(sent: Taken) -> bytes:
    """What the mail server sends when one of ours can't be delivered."""
    begin, _, _ = raw(payload("bounce")).partition(b"Content-Type: text/rfc822-headers")
    return (
        begin + f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{sent.message_id}>\r\n--b1--".encode()
    )
