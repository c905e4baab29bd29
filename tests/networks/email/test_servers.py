"""E-mail against real servers: a mailbox that is listened to, a way out, and what comes back."""

from __future__ import annotations

import asyncio
import email
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default

import pytest

from networks.base import Attachment, OutboundPart, Polled
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import AccountBroken, ContactUnreachable
from networks.events import DeliveryReport, InboundMessage
from networks.mail import Email
from tests.networks.email.debian import ANNA, HELP, PASSWORD, REFUSED, Debian, debian
from tests.networks.email.smtp import SmtpServer
from tests.samples import PDF


def letter(text: str = "Where is it?", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    for name, value in {"From": f"Anna Berg <{ANNA}>", "To": HELP, "Subject": "My order", **headers}.items():
        mail[name] = value
    mail.set_content(text)
    return mail


def account(served: Debian, **more: object) -> AccountSettings:
    return AccountSettings(
        network="email", name="help", title="Acme Help", options={**served.options(**more)}
    )


def a_file(content: bytes) -> Attachment:
    async def pieces() -> AsyncIterator[bytes]:
        yield content

    async def link() -> str:
        return "https://files.example/a"

    return Attachment(
        name="Rechnung ä.pdf",
        mime_type="application/pdf",
        size=len(content),
        kind=MediaKind.DOCUMENT,
        open=pieces,
        link=link,
    )


async def heard(network: Email, of: AccountSettings, cursor: str | None) -> tuple[list[object], str]:
    """What comes next, however long it takes, and the cursor after it."""
    async with asyncio.timeout(20):
        while True:
            polled: Polled = await network.poll(of, cursor)
            assert not polled.unreadable
            assert polled.cursor
            cursor = polled.cursor
            if polled.events:
                return list(polled.events), cursor


async def test_a_mailbox_and_a_way_out() -> None:
    async with SmtpServer(auth=False) as refusing, debian(refusing.port) as served:
        network = Email(answer=10.0)
        of = account(served, move_to="Taken/By Oratio")
        try:
            assert await set_up_is_checked(network, served) == []
            served.writes(letter("Before the first start"))
            first, cursor = await heard(network, of, None)
            assert [e.text for e in first] == ["Before the first start"]  # type: ignore[attr-defined]

            listening = asyncio.create_task(heard(network, of, cursor))
            big = bytes(range(256)) * 2_000
            mail = letter("Danke!\n\nOn Mon, 2 Nov 2026 Acme wrote:\n> Wo?\n")
            mail.add_attachment(big, maintype="application", subtype="octet-stream", filename="big.bin")
            mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
            served.writes(mail)
            (came,), cursor = await listening
            assert isinstance(came, InboundMessage)
            assert (came.contact_id, came.text) == (ANNA, "Danke!")
            assert await fetched(network, of, came, "big.bin") == big
            await network.poll(of, cursor, wait=False)  # what was given is stored by now, and moved
            assert await fetched(network, of, came, "a.pdf") == PDF
            assert b"> Wo?" in await fetched(network, of, came, "full text.txt")

            part = OutboundPart(
                idempotency_key="k1",
                contact_id=ANNA,
                text="Hier ist sie.\n.\nGrüße",
                reply_handle=came.reply_handle,
                attachment=a_file(big),
            )
            receipt = await network.send(of, part)
            got = await at_anna(served)
            assert str(got["Message-ID"]) == f"<{receipt.external_id}>"
            assert str(got["In-Reply-To"]) == came.external_id.partition("#")[0].join("<>")
            (sent,) = got.iter_attachments()
            assert (sent.get_filename(), sent.get_payload(decode=True)) == ("Rechnung ä.pdf", big)
            body = got.get_body(("plain",))
            assert body is not None
            assert body.get_content() == "Hier ist sie.\n.\nGrüße\n"

            served.writes(letter("Answer", **{"In-Reply-To": f"<{receipt.external_id}>"}))
            (answer,), cursor = await heard(network, of, cursor)
            assert isinstance(answer, InboundMessage)
            assert answer.reply_to == receipt.external_id

            by_hand = {"From": HELP, "To": ANNA}
            served.sends_by_hand(letter("Before the first look", **by_hand))
            beside = replace(account(served, sent_folder="Sent"), name="beside")
            here = (await network.poll(beside, cursor, wait=False)).cursor
            served.sends_by_hand(letter("From my phone", **by_hand))
            (by_hand_sent,), _ = await heard(network, beside, here)
            assert isinstance(by_hand_sent, InboundMessage)
            assert (by_hand_sent.text, by_hand_sent.contact_id) == ("From my phone", ANNA)
            assert by_hand_sent.echo

            with pytest.raises(ContactUnreachable, match="no such mailbox"):
                await network.send(of, replace(part, contact_id="nobody@customer.example", attachment=None))
            refusing.fault("rcpt 550 5.2.1 The account is disabled")
            lost = await network.send(of, replace(part, contact_id=REFUSED, attachment=None))
            (report,), cursor = await heard(network, of, cursor)
            assert isinstance(report, DeliveryReport)
            assert (report.external_id, report.words) == (lost.external_id, "their mailbox is switched off")

            served.numbered_anew()
            await network.close()
            network = Email(answer=10.0)
            again, cursor = await heard(network, account(served), cursor)
            assert {e.event_id for e in again} == {report.event_id}  # type: ignore[attr-defined]
        finally:
            await network.close()


async def set_up_is_checked(network: Email, served: Debian) -> list[str]:
    """What `check` says of the account in each way of connecting, as far as it is wrong."""
    plain = {"imap_port": served.imap, "smtp_port": served.submission}
    starttls = account(served, imap_tls="starttls", smtp_tls="starttls", **plain)
    wrong = []
    for each in (account(served), replace(starttls, name="starttls")):
        found = await network.check(each, None)
        assert len(found) == 4, found
        wrong += [told.words for told in found if told.wrong]
    broken = replace(account(served, password=f"not-{PASSWORD}"), name="broken")
    assert [told.wrong for told in await network.check(broken, None)] == [True, True]
    untrusted = replace(account(served, ca_file=None), name="untrusted")
    for told in await network.check(untrusted, None):
        assert "certificate" in told.words
    with pytest.raises(AccountBroken, match="user name and password"):
        await network.poll(broken, None, wait=False)
    with pytest.raises(AccountBroken, match="user name and password"):
        await network.send(broken, OutboundPart(idempotency_key="x", contact_id=ANNA, text="x"))
    nowhere = replace(account(served, folder="Nowhere"), name="nowhere")
    with pytest.raises(AccountBroken, match="no folder"):
        await network.poll(nowhere, None, wait=False)
    return wrong


async def fetched(network: Email, of: AccountSettings, came: InboundMessage, name: str) -> bytes:
    (ref,) = [file.ref for file in came.attachments if file.name == name]
    return b"".join([piece async for piece in network.download(of, ref)])


async def at_anna(served: Debian) -> EmailMessage:
    """The one mail in Anna's mailbox, once it is there."""
    async with asyncio.timeout(20):
        while not (found := await asyncio.to_thread(served.mails)):  # noqa: ASYNC110 - a folder tells nobody
            await asyncio.sleep(0.02)
    return email.message_from_bytes(found[0], policy=default)  # type: ignore[return-value]
