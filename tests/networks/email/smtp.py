"""A mail server that takes mails (RFC 5321), as strict as one, and fails when it is told to."""

from __future__ import annotations

import asyncio
import base64
import email
import re
import ssl
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

USER, PASSWORD = "help@acme.example", "mail-Password-00"
TOKEN = "ya29.mail-Token-00"
LONGEST_LINE = 1_000
MOST_KEPT = 2_000_000
"""Bytes of a mail; what comes after them is taken and forgotten."""


class Hangup(Exception):
    """The connection ends without another word."""


@dataclass(slots=True)
class Taken:
    """A mail that was taken: its envelope and its bytes."""

    sender: str
    to: list[str]
    raw: bytes
    options: str = ""

    @property
    def mail(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=default)  # type: ignore[return-value]

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"]).strip("<>")

    @property
    def text(self) -> str:
        body = self.mail.get_body(("plain",))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n").removesuffix("\n")

    @property
    def files(self) -> tuple[tuple[str, int], ...]:
        return tuple(
            (str(f.get_filename()), len(f.get_payload(decode=True) or b""))
            for f in self.mail.iter_attachments()
        )


class SmtpServer:
    """`async with` takes mails until the end of the block.

    `fault(kind)` makes the next delivery go wrong: "no_answer" and "lost_answer" after the mail came,
    "garbled", "drop <verb>", or "<verb> <answer>" such as "rcpt 550 5.1.1 unknown".
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, **more: Any
    ) -> None:
        self.taken: list[Taken] = []
        self.accounts = {USER: PASSWORD}
        self.tokens = {TOKEN}
        self.size: int | None = more.pop("size", 36_700_160)
        self.international: bool = more.pop("international", True)
        self.auth: bool = more.pop("auth", True)
        self.refuses: tuple[str, ...] = more.pop("refuses", ())
        self.keeps = True
        self.bytes = 0
        self.port = 0
        self.sessions = 0
        self._tls, self._starttls = tls, starttls
        self._faults: deque[str] = deque()
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._session, "127.0.0.1", 0, ssl=self._tls, limit=65_536)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await self._server.wait_closed()

    def fault(self, kind: str, times: int = 1) -> None:
        """Make the next `times` deliveries fail so."""
        self._faults.extend([kind] * times)

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions += 1
        self._open.add(writer)
        session = _Session(self, reader, writer, self._faults.popleft() if self._faults else "")
        with suppress(Hangup, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await session.run()
        self._open.discard(writer)
        writer.transport.abort()

    @property
    def starttls(self) -> ssl.SSLContext | None:
        return self._starttls


class _Session:
    def __init__(
        self, server: SmtpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: str
    ) -> None:
        self.server, self.reader, self.writer, self.fault = server, reader, writer, fault
        self.known = self.greeted = self.secure = False
        self.sender = self.options = ""
        self.to: list[str] = []

    async def run(self) -> None:
        await self._say(self._fault_of("connect") or "220 mail.acme.example ESMTP")
        while True:
            line = (await self.reader.readuntil(b"\n")).decode("utf-8")
            assert line.endswith("\r\n"), line
            verb = line.split()[0].lower() if line.split() else ""
            if answer := self._fault_of(verb):
                await self._say(answer)
                continue
            known = getattr(self, f"_{verb}", None)
            await (known(line.strip()) if known else self._say("500 5.5.2 what?"))

    def _fault_of(self, verb: str) -> str:
        what, _, answer = self.fault.partition(" ")
        if what == "drop" and answer == verb:
            raise Hangup
        return answer if what == verb else ""

    async def _say(self, answer: str) -> None:
        self.writer.write(f"{answer}\r\n".encode())
        await self.writer.drain()

    async def _ehlo(self, line: str) -> None:
        self.greeted = True
        told = ["mail.acme.example", "8BITMIME", "PIPELINING"]
        told += [f"SIZE {self.server.size}"] if self.server.size is not None else []
        told += ["SMTPUTF8"] if self.server.international else []
        told += ["STARTTLS"] if self.server.starttls and not self.secure else []
        told += ["AUTH PLAIN LOGIN XOAUTH2"] if self.server.auth else []
        for each in told[:-1]:
            self.writer.write(f"250-{each}\r\n".encode())
        await self._say(f"250 {told[-1]}")

    async def _starttls(self, line: str) -> None:
        if not self.server.starttls:
            await self._say("502 5.5.1 not here")
            return
        await self._say("220 go ahead")
        plain: Any = self.writer.transport
        try:
            await self.writer.start_tls(self.server.starttls)
        finally:
            if self.writer.transport is None:  # the handshake failed, and Python forgets the connection
                self.writer._transport = plain
        self.secure, self.greeted = True, False

    async def _auth(self, line: str) -> None:
        _, method, *given = line.split()
        if method.upper() == "XOAUTH2":
            user, _, token = base64.b64decode(given[0]).decode().strip("\x01").partition("\x01auth=Bearer ")
            good = user.removeprefix("user=") in self.server.accounts and token in self.server.tokens
        elif method.upper() == "PLAIN":
            _, user, password = base64.b64decode(given[0]).decode().split("\0")
            good = self.server.accounts.get(user) == password
        else:
            await self._say("504 5.5.4 only PLAIN")
            return
        self.known = good
        await self._say("235 2.7.0 welcome" if good else "535 5.7.8 Error: authentication failed")

    async def _mail(self, line: str) -> None:
        found = re.fullmatch(r"(?i)mail from:<([^<>]*)>(.*)", line)
        if not self.greeted or found is None:
            await self._say("503 5.5.1 say hello first")
            return
        if self.server.auth and not self.known:
            await self._say("530 5.7.0 must log in first")
            return
        size = re.search(r"SIZE=(\d+)", found[2])
        if size and self.server.size and int(size[1]) > self.server.size:
            await self._say("552 5.3.4 too large")
            return
        self.sender, self.options, self.to = found[1], found[2], []
        await self._say("250 2.1.0 Ok")

    async def _rcpt(self, line: str) -> None:
        found = re.fullmatch(r"(?i)rcpt to:<([^<>\s]+@[^<>\s]+)>", line)
        if found is None or not self.sender:
            await self._say("501 5.1.3 bad address")
            return
        if not found[1].isascii() and "SMTPUTF8" not in self.options:
            await self._say("553 5.6.7 needs SMTPUTF8")
            return
        if found[1] in self.server.refuses:
            await self._say("550 5.1.1 user unknown")
            return
        self.to.append(found[1])
        await self._say("250 2.1.5 Ok")

    async def _data(self, line: str) -> None:
        if not self.to:
            await self._say("503 5.5.1 for whom?")
            return
        await self._say("354 end with a dot")
        raw = await (self._body() if self.server.keeps else self._passed_over())
        if self.fault == "no_answer":
            raise Hangup
        if answer := self._fault_of("end"):
            await self._say(answer)
            return
        self.server.taken.append(Taken(self.sender, self.to, bytes(raw), self.options))
        if self.fault == "lost_answer":
            raise Hangup
        await self._say("hm" if self.fault == "garbled" else "250 2.0.0 queued as 4711")

    async def _body(self) -> bytes:
        raw = bytearray()
        while (row := await self.reader.readuntil(b"\n")) != b".\r\n":
            assert row.endswith(b"\r\n"), row
            assert len(row) <= LONGEST_LINE, len(row)
            if len(raw) < MOST_KEPT:
                raw += row[1:] if row.startswith(b".") else row
            if self.fault == "drop body":
                raise Hangup
        return bytes(raw)

    async def _passed_over(self) -> bytes:
        """The mail counted, and not kept: for large ones."""
        tail = b""
        while not tail.endswith(b"\r\n.\r\n"):
            piece = await self.reader.read(65_536)
            if not piece:
                raise Hangup
            self.server.bytes += len(piece)
            tail = (tail + piece)[-5:]
        return b"From: x\r\n\r\n"

    async def _quit(self, line: str) -> None:
        await self._say("221 2.0.0 bye")
        raise Hangup
