"""E-mail: one account is one mailbox, heard over IMAP and answered over SMTP.

The contact is the customer's address. Mails stay in the mailbox: they are marked as read, or moved, once they
are stored here. What is shown of a mail is what its writer wrote now; all of it stays within reach as a file.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import ClassVar, TypeVar

from imap_tools import BaseMailBox

from networks import _mail_check as checking
from networks import _mail_folder as mails
from networks import _mail_imap as imap
from networks import _mail_options as options
from networks import _mail_smtp as smtp
from networks._calling import ANSWER, Caller
from networks._mail_decoding import is_address, unwrapping
from networks._mail_listening import Listening
from networks._mail_reading import NOBODY, words_of_all
from networks._mail_refs import WHOLE_TEXT, Ref, parsed
from networks._mail_scan import Scanner
from networks._mail_tokens import Tokens
from networks._mail_writing import letter
from networks.base import Checked, OutboundPart, Polled, Receipt, Tools
from networks.capabilities import AccountSettings, Capabilities, OptionSpec
from networks.errors import AccountBroken, ContactUnreachable, DeliveryError, Rejected, Unreachable
from networks.events import Profile

T = TypeVar("T")

_GONE = "the mail is no longer in the mailbox"


class Email:
    """Mailboxes. What mail doesn't have is left out: edits, deletions, reactions, typing, read marks."""

    OPTIONS: ClassVar[Mapping[str, OptionSpec]] = options.OPTIONS

    name = "email"
    title = "E-mail"
    colour = "#8a6d3b"
    icon = "email"
    capabilities = options.capabilities()

    def __init__(
        self, tools: Tools | None = None, *, answer: float = ANSWER, idle: float = 25.0, every: float = 20.0
    ) -> None:
        self._answer, self._idle, self._every = answer, idle, every
        self._caller = Caller("the mailbox's sign-in", answer=answer)
        self._tokens = Tokens(self._caller)
        self._contexts: dict[str, ssl.SSLContext | None] = {}
        self._listening: dict[str, Listening] = {}
        self._fetching: dict[str, imap.Line] = {}
        self._most: dict[str, int] = {}
        """How many bytes of a mail each account's server takes, where it says so."""

    async def close(self) -> None:
        """Let go of the connections."""
        for listening in self._listening.values():
            listening.line.close()
        for line in self._fetching.values():
            line.close()
        await self._caller.close()

    def capabilities_for(self, account: AccountSettings) -> Capabilities:
        """The capabilities, with the account's own limit for files and its server's."""
        return options.capabilities_of(account, self._most.get(account.name, 0))

    # What goes out

    async def send(self, account: AccountSettings, part: OutboundPart) -> Receipt:
        """Hand one mail to the server. The receipt is its Message-ID, the same for the same part."""
        if part.contact_id == NOBODY or not is_address(part.contact_id):
            raise ContactUnreachable("their mail came without an address to answer", code="address")
        sender = options.sender_of(account)

        async def hand_over(exit_: smtp.Exit) -> Receipt:
            sent, missed = await smtp.deliver(
                exit_, sender.address, lambda wide: letter(part, sender, international=wide)
            )
            return Receipt(external_id=sent.message_id, missed=missed)

        return await self._leaving(account, hand_over)

    async def _leaving(self, account: AccountSettings, act: Callable[[smtp.Exit], Awaitable[T]]) -> T:
        """Act with the server for sending."""
        context = await self._context(account)

        async def attempt(token: str | None) -> T:
            return await act(options.exit_of(account, context, self._answer, token))

        return await self._let_in(account, attempt)

    async def _let_in(self, account: AccountSettings, attempt: Callable[[str | None], Awaitable[T]]) -> T:
        """Act with the account's token. One that was kept and is no longer taken is made anew, once."""
        token = await self._tokens.of(account)
        try:
            return await attempt(token)
        except AccountBroken:
            if not self._tokens.forget(account):
                raise
        return await attempt(await self._tokens.of(account))

    # What is fetched

    async def download(self, account: AccountSettings, ref: str) -> AsyncIterator[bytes]:
        """Stream a file out of its mail, or all of a mail's words."""
        wanted = parsed(ref)
        if wanted is None:
            raise Rejected(_GONE, code="ref")
        line = await self._fetcher(account)
        folder, uid = await self._found(account, line, wanted)
        pieces = self._pieces(account, line, folder, uid, wanted)
        if wanted.encoding == WHOLE_TEXT:
            scanner = Scanner()
            async for piece in pieces:
                await asyncio.to_thread(scanner.feed, piece)
            yield (await asyncio.to_thread(words_of_all, scanner.done())).encode("utf-8", "replace")
            return
        async for piece in unwrapping(pieces, wanted.encoding):
            yield piece

    async def _found(self, account: AccountSettings, line: imap.Line, wanted: Ref) -> tuple[str, int]:
        """The folder where the mail is by now, and its number there. Raises `DeliveryError`."""
        place, home = wanted.place, options.said(account, "folder", "INBOX")
        folders = (options.said(account, "move_to"), home, options.said(account, "sent_folder"))

        def look(box: BaseMailBox) -> tuple[str, int] | None:
            _enter(box, home)
            box.client.noop()  # so that the server no longer tells of what was moved meanwhile
            if place.uid and place.validity == line.validity and mails.envelope(box, place.uid):
                return home, place.uid
            for folder in folders:
                if folder and place.message_id and box.folder.exists(folder):
                    _enter(box, folder)
                    if (uid := mails.find(box, place.message_id)) is not None:
                        return folder, uid
            return None

        found = await self._asked(account, line, look)
        if found is None:
            raise Rejected(_GONE, code="gone")
        return found

    async def _pieces(
        self, account: AccountSettings, line: imap.Line, folder: str, uid: int, wanted: Ref
    ) -> AsyncIterator[bytes]:
        at, end = wanted.start, wanted.start + wanted.length
        while at < end:
            start, length = at, min(mails.PIECE, end - at)

            def fetch(box: BaseMailBox, start: int = start, length: int = length) -> bytes:
                _enter(box, folder)
                return mails.piece_of(box, uid, start, length)

            piece = await self._asked(account, line, fetch)
            if not piece:
                return
            yield piece
            at += len(piece)

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        """Nobody knows more than the mails say."""
        return None

    # What comes in

    def polls(self, account: AccountSettings, hook: str | None) -> bool:
        """Always: no mail server calls anybody."""
        return True

    async def connect(self, account: AccountSettings, hook: str | None) -> None:
        """Learn how large a mail may be. What is wrong with sending doesn't stop listening: answers tell."""

        async def learn(exit_: smtp.Exit) -> None:
            self._most[account.name], _ = await smtp.condition(exit_)

        with contextlib.suppress(DeliveryError, TimeoutError):
            async with asyncio.timeout(imap.CONNECT):
                await self._leaving(account, learn)

    async def poll(self, account: AccountSettings, cursor: str | None, *, wait: bool = True) -> Polled:
        """Wait for mails after `cursor`."""
        listening = await self._listener(account)
        return await self._asked(account, listening.line, lambda box: listening.look(box, cursor, wait=wait))

    async def check(self, account: AccountSettings, hook: str | None) -> Sequence[Checked]:
        """Log in for listening and for sending, and look at the folder and the certificates."""
        try:
            await self._context(account)
        except AccountBroken as error:  # of both servers alike
            return [Checked(words=error.words, wrong=True)]
        found: list[Checked] = []
        for look, door in ((self._look_in, "imap"), (self._look_out, "smtp")):
            try:
                found += await look(account)
            except Unreachable as error:
                found.append(checking.unreached(account, error.words, door))
            except DeliveryError as error:
                found.append(Checked(words=error.words, wrong=True))
        return found

    async def _look_in(self, account: AccountSettings) -> list[Checked]:
        line = imap.Line(options.door_of(account, await self._context(account), self._answer))
        named = options.said(account, "sent_folder")
        try:
            number, certificate = await self._asked(account, line, mails.condition)
            folder = await self._asked(account, line, mails.sent_folder)
            there = not named or await self._asked(account, line, lambda box: box.folder.exists(named))
        finally:
            line.close()
        door = line.door
        seen = checking.Seen(host=door.host, user=door.user, until=checking.until_of(certificate))
        return [
            *checking.mailbox(seen, door.folder, number),
            *checking.sent(named, folder, there=there),
        ]

    async def _look_out(self, account: AccountSettings) -> list[Checked]:
        async def look(exit_: smtp.Exit) -> list[Checked]:
            most, certificate = await smtp.condition(exit_)
            until = checking.until_of(certificate)
            return checking.sending(checking.Seen(host=exit_.host, user=exit_.user, until=until), most)

        return await self._leaving(account, look)

    # The pieces

    async def _asked(self, account: AccountSettings, line: imap.Line, act: Callable[[BaseMailBox], T]) -> T:
        """Ask the mailbox something."""

        async def attempt(token: str | None) -> T:
            if token is None and not line.door.password:
                raise AccountBroken("the account has neither password nor token; name one", code="password")
            return await line.run(act, token)

        return await self._let_in(account, attempt)

    async def _listener(self, account: AccountSettings) -> Listening:
        if account.name not in self._listening:
            door = options.door_of(account, await self._context(account), self._answer)
            self._listening[account.name] = Listening(
                imap.Line(door),
                options.box_of(account),
                move_to=options.said(account, "move_to"),
                sent=options.said(account, "sent_folder"),
                idle=self._idle,
                every=self._every,
            )
        return self._listening[account.name]

    async def _fetcher(self, account: AccountSettings) -> imap.Line:
        if account.name not in self._fetching:
            door = options.door_of(account, await self._context(account), self._answer)
            self._fetching[account.name] = imap.Line(door)
        return self._fetching[account.name]

    async def _context(self, account: AccountSettings) -> ssl.SSLContext | None:
        if account.name not in self._contexts:
            self._contexts[account.name] = await asyncio.to_thread(options.context_of, account)
        return self._contexts[account.name]


def _enter(box: BaseMailBox, folder: str) -> None:
    """Have that folder open."""
    if box.folder.get() != folder:
        box.folder.set(folder)
