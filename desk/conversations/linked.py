"""Files that the customer fetches by a link: from us, who have them from Slack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from desk import links
from desk.context import Desk
from models import Attachment, Contact, Message


def possible(desk: Desk) -> bool:
    """Whether the world reaches us, so that a link leads anywhere."""
    return desk.settings.public_url is not None


def ends(desk: Desk) -> datetime:
    """Until when a link made now works."""
    return desk.clock.now() + desk.settings.durations.link_life


async def renew(desk: Desk, files: Sequence[Attachment]) -> None:
    """Give links that are to leave now, and have waited for long, their whole time again."""
    late = ends(desk) - desk.settings.durations.link_life / 2
    old = [file for file in files if file.link_until and file.link_until < late]
    for file in old:
        file.link_until = ends(desk)
    if old:
        await Attachment.filter(id__in=[file.id for file in old]).update(link_until=ends(desk))


def address(desk: Desk, file: Attachment, until: datetime) -> str:
    """Where the customer, or their network, fetches a file until then."""
    signed = links.sign(desk.workspace.link_secret, desk.workspace.id, file.id, until)
    return links.address(desk.settings.public_url or "", signed, file.name)


def fetched(desk: Desk, file: Attachment, use: links.Use) -> str:
    """Where the customer's network fetches a file, or its preview. Made again the same day it is the same."""
    until = links.whole_days(desk.clock.now() + desk.settings.durations.fetched_life)
    signed = links.sign(desk.workspace.link_secret, desk.workspace.id, file.id, until, use)
    name = "preview.jpg" if use is links.Use.PREVIEW else links.served_name(file.name, file.mime_type)
    return links.address(desk.settings.public_url or "", signed, name)


def face(desk: Desk, contact: Contact) -> str | None:
    """Where Slack fetches a customer's picture; None where there is none, or it can't be had from outside.
    The same for years: Slack shows it beside each of their messages."""
    if contact.avatar_url or not contact.avatar_ref or not possible(desk):
        return contact.avatar_url
    until = datetime(desk.clock.now().year + 10, 1, 1, tzinfo=UTC)
    signed = links.sign(desk.workspace.link_secret, desk.workspace.id, contact.id, until, links.Use.FACE)
    return links.face(desk.settings.public_url or "", signed, contact.avatar_ref)


def words(desk: Desk, text: str, files: Sequence[Attachment]) -> str:
    """What leaves of a message: its words, and a line for each file that goes as a link.

    The same words and files give the same text, to the character, however often it is asked.
    """
    lines = [
        links.line(file.name or "file", file.size or file.claimed_size, address(desk, file, file.link_until))
        for file in files
        if file.link_until
    ]
    return links.below(text, lines)


async def words_of(desk: Desk, message: Message, text: str) -> str:
    """The same for a message's files, with `text` as its words."""
    return words(desk, text, await files_of(message))


async def files_of(message: Message) -> list[Attachment]:
    """A message's files, in the order they stand in it."""
    return await Attachment.filter(message_id=message.id).order_by("position")
