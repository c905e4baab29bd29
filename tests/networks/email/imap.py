"""A mailbox on an IMAP server (RFC 9051), as much of it as a client needs to hear of mails and fetch them."""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from tests.networks.email.smtp import PASSWORD, TOKEN, USER, Hangup

NOW = datetime(2026, 11, 2, 12, 0, 5, tzinfo=UTC)


class Large:
    """A mail that is one file of zeros in base64, made as it is fetched; what a slice needs of `bytes`."""

    LINE = b"A" * 76 + b"\r\n"

    def __init__(self, size: int) -> None:
        self._lines, rest = divmod(size, 57)
        self._last = base64.b64encode(bytes(rest))

    def __len__(self) -> int:
        return self._lines * len(self.LINE) + len(self._last)

    def __getitem__(self, where: slice) -> bytes:
        start, stop, _ = where.indices(len(self))
        first, lines = divmod(start, len(self.LINE))
        until = min(stop // len(self.LINE) + 1, self._lines)
        made = self.LINE * max(until - first, 0) + (self._last if until >= self._lines else b"")
        return made[lines : lines + stop - start]


@dataclass(slots=True)
class Mail:
    """A mail in a folder."""

    uid: int
    raw: Any
    at: datetime
    flags: set[str] = field(default_factory=set)


class ImapServer:
    """`async with` serves one mailbox until the end of the block."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, **more: Any) -> None:
        self.folders: dict[str, list[Mail]] = {"INBOX": []}
        self.validity = 1_688_112_233
        self.accounts = {USER: PASSWORD}
        self.tokens = {TOKEN}
        self.can: str = more.pop("can", "IMAP4rev1 IDLE MOVE AUTH=PLAIN AUTH=XOAUTH2")
        self.port = 0
        self.asked: list[str] = []
        """Every command but those that only wait, without its tag."""
        self.fetched = 0
        """How many bytes of mails were handed out."""
        self.idling = 0
        self.login_answer = "NO [AUTHENTICATIONFAILED] Authentication failed."
        self.meanwhile: list[bytes] = []
        """Mails that come while something is searched for: told with the answer, and not in it."""
        self.refuses: tuple[str, ...] = ()
        """Commands that are answered NO."""
        self._numbers = 4_710
        self._tls = tls
        self._changed = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._session, "127.0.0.1", 0, ssl=self._tls, limit=1_000_000
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.drop()
        await self._server.wait_closed()

    def drop(self) -> None:
        """End every connection at once."""
        for writer in list(self._open):
            writer.transport.abort()

    def comes(self, raw: Any, folder: str = "INBOX", at: datetime = NOW, *flags: str) -> Mail:
        """A mail comes."""
        self._numbers += 1
        mail = Mail(self._numbers, raw, at, set(flags))
        self.folders[folder].append(mail)
        self.stir()
        return mail

    def stir(self) -> None:
        """Let those who wait look."""
        self._changed.set()

    async def until(self, predicate: Callable[[], object], timeout: float = 10) -> None:  # noqa: ASYNC109
        """Wait until that is true, looked at after every command."""
        async with asyncio.timeout(timeout):
            while not predicate():
                self._changed.clear()
                await self._changed.wait()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        session = _Session(self, reader, writer)
        with suppress(Hangup, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await session.run()
        self._open.discard(writer)
        writer.transport.abort()


class _Session:
    def __init__(
        self, server: ImapServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.known, self.folder = False, ""

    async def run(self) -> None:
        await self._say("* OK [CAPABILITY IMAP4rev1] Dovecot ready.")
        while True:
            tag, _, rest = (await self._read()).partition(" ")
            verb, _, given = rest.partition(" ")
            if verb.upper() == "UID":
                verb, _, given = given.partition(" ")
                verb = f"uid_{verb}"
            self.server.asked.append(re.sub(r"^(LOGIN) .*", r"\1", rest))
            known = getattr(self, f"_{verb.lower()}", None)
            assert known, rest
            refused = rest.upper().startswith(self.server.refuses) if self.server.refuses else False
            done = "NO [NOPERM] not you" if refused else await known(given)
            await self._say(f"{tag} {done or 'OK done'}")
            self.server.stir()

    async def _read(self) -> str:
        return (await self.reader.readuntil(b"\r\n")).decode("utf-8").rstrip("\r\n")

    async def _say(self, line: str | bytes) -> None:
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        await self.writer.drain()

    @property
    def mails(self) -> list[Mail]:
        assert self.known and self.folder, "log in and select first"
        return self.server.folders[self.folder]

    async def _capability(self, given: str) -> None:
        await self._say(f"* CAPABILITY {self.server.can}")

    async def _noop(self, given: str) -> None:
        return

    async def _login(self, given: str) -> str:
        quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', given)
        user, password = (re.sub(r"\\(.)", r"\1", each) for each in quoted)
        return self._let_in(self.server.accounts.get(user) == password)

    async def _authenticate(self, given: str) -> str:
        await self._say("+ ")
        said = base64.b64decode(await self._read()).decode()
        if given.upper() == "PLAIN":
            _, user, password = said.split("\0")
            return self._let_in(self.server.accounts.get(user) == password)
        user, _, token = said.strip("\x01").partition("\x01auth=Bearer ")
        return self._let_in(
            user.removeprefix("user=") in self.server.accounts and token in self.server.tokens
        )

    def _let_in(self, good: bool) -> str:
        self.known = good
        return "OK Logged in" if good else self.server.login_answer

    async def _select(self, given: str) -> str:
        name = given.strip('"')
        if name not in self.server.folders:
            return f"NO [NONEXISTENT] Mailbox doesn't exist: {name}"
        self.folder = name
        await self._say(f"* {len(self.mails)} EXISTS")
        await self._say(f"* OK [UIDVALIDITY {self.server.validity}] UIDs valid")
        return "OK [READ-WRITE] Select completed"

    async def _examine(self, given: str) -> str:
        return await self._select(given)

    async def _uid_search(self, given: str) -> None:
        found = [str(m.uid) for m in self.mails if self._fits(m, given)]
        await self._say(" ".join(["* SEARCH", *found]))
        if self.server.meanwhile:
            self.server.comes(self.server.meanwhile.pop(0))
            await self._say(f"* {len(self.mails)} EXISTS")

    def _fits(self, mail: Mail, asked: str) -> bool:
        if asked == "ALL":
            return True
        if asked == "UID *":
            return mail is self.mails[-1]
        if found := re.fullmatch(r"UID (\d+):\*", asked):
            return mail.uid >= int(found[1]) or mail is self.mails[-1]
        if found := re.fullmatch(r'HEADER Message-ID "(.*)"', asked):
            return re.sub(r"\\(.)", r"\1", found[1]).encode() in mail.raw
        since = re.fullmatch(r"(UNSEEN )?SINCE (\d{1,2}-[A-Z][a-z]{2}-\d{4})", asked)
        assert since, asked
        day = datetime.strptime(f"{since[2]} +0000", "%d-%b-%Y %z").date()
        return mail.at.date() >= day and not (since[1] and "\\Seen" in mail.flags)

    async def _uid_fetch(self, given: str) -> None:
        uid, _, items = given.partition(" ")
        mail = next((m for m in self.mails if m.uid == int(uid)), None)
        if mail is None:
            return
        number = self.mails.index(mail) + 1
        if piece := re.search(r"BODY\.PEEK\[\]<(\d+)\.(\d+)>", items):
            start, length = int(piece[1]), int(piece[2])
            raw = mail.raw[start : start + length]
            self.server.fetched += len(raw)
            head = f"* {number} FETCH (UID {uid} BODY[]<{start}> {{{len(raw)}}}\r\n".encode()
            await self._say(head + raw + b")")
            return
        date = mail.at.strftime("%d-%b-%Y %H:%M:%S +0000")
        answer = f'* {number} FETCH (UID {uid} RFC822.SIZE {len(mail.raw)} INTERNALDATE "{date}")'
        await self._say(answer)

    async def _uid_store(self, given: str) -> None:
        uids, _, what = given.partition(" ")
        assert what == r"+FLAGS (\Seen)", what
        for mail in self._named(uids):
            mail.flags.add("\\Seen")

    async def _uid_move(self, given: str) -> None:
        uids, folder = given.split(" ", 1)
        for mail in self._named(uids):
            self.mails.remove(mail)
            self.server.comes(mail.raw, folder.strip('"'), mail.at, *mail.flags)

    def _named(self, uids: str) -> list[Mail]:
        wanted = {int(uid) for uid in uids.split(",")}
        return [mail for mail in self.mails if mail.uid in wanted]

    async def _list(self, given: str) -> None:
        for name in self.server.folders:
            if name in given or "*" in given:
                use = " \\Sent" if name == "Sent" else ""
                await self._say(f'* LIST (\\HasNoChildren{use}) "/" "{name}"')

    async def _create(self, given: str) -> None:
        self.server.folders[given.strip('"')] = []

    async def _idle(self, given: str) -> None:
        assert "IDLE" in self.server.can
        await self._say("+ idling")
        known, done = len(self.mails), asyncio.ensure_future(self._read())
        self.server.idling += 1
        self.server.stir()
        try:
            while not done.done():
                self.server._changed.clear()
                stir = asyncio.ensure_future(self.server._changed.wait())
                await asyncio.wait({done, stir}, return_when=asyncio.FIRST_COMPLETED)
                stir.cancel()
                if len(self.mails) != known:
                    known = len(self.mails)
                    await self._say(f"* {known} EXISTS")
            assert (await done) == "DONE"
        finally:
            self.server.idling -= 1
            self.server.stir()
            done.cancel()

    async def _logout(self, given: str) -> None:
        await self._say("* BYE")
        raise Hangup
