"""Requests at a server, fast enough that it is the server that is measured."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Make = Callable[[int], bytes]
"""The request of that number, as it goes over the wire."""


@dataclass(slots=True)
class Run:
    """What came of a run. `latencies` count from the moment a request was due."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def note(self, status: int, latency: float) -> None:
        """One answer."""
        self.statuses[status] += 1
        self.latencies.append(latency)


def request(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A POST as bytes."""
    parts = urlsplit(url)
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Connection:
    """One connection that is kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, request_: bytes) -> int:
        """Send a request; its status, once all of the answer is here."""
        self._writer.write(request_)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0
        )
        if length:
            await self._reader.readexactly(length)
        return int(head[9:12])

    def close(self) -> None:
        """Let go of it."""
        self._writer.close()


@asynccontextmanager
async def connected(url: str, number: int) -> AsyncIterator[list[Connection]]:
    """So many connections to a server."""
    parts = urlsplit(url)
    pairs = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(number)]
    connections = [Connection(reader, writer) for reader, writer in pairs]
    try:
        yield connections
    finally:
        for each in connections:
            each.close()


async def as_fast_as_it_can(url: str, make: Make, *, connections: int, seconds: float) -> Run:
    """Each connection asks again as soon as it is answered."""
    run, numbers = Run(), itertools.count()
    began = time.perf_counter()

    async def go(connection: Connection) -> None:
        while (since := time.perf_counter()) - began < seconds:
            status = await connection.ask(make(next(numbers)))
            run.note(status, time.perf_counter() - since)

    async with connected(url, connections) as opened:
        began = time.perf_counter()
        await asyncio.gather(*map(go, opened))
    run.seconds = time.perf_counter() - began
    return run


async def on_time(url: str, make: Make, due: Sequence[float], *, connections: int) -> Run:
    """Request number n is sent `due[n]` seconds after the beginning, or as soon as a connection is free."""
    run, numbers = Run(), iter(range(len(due)))
    began = time.perf_counter()

    async def go(connection: Connection) -> None:
        for number in numbers:
            await asyncio.sleep(max(began + due[number] - time.perf_counter(), 0))
            status = await connection.ask(make(number))
            run.note(status, time.perf_counter() - began - due[number])

    async with connected(url, connections) as opened:
        began = time.perf_counter()
        await asyncio.gather(*map(go, opened))
    run.seconds = time.perf_counter() - began
    return run


def steadily(rate: float, seconds: float, *, bursts: Iterable[float] = (), of: int = 100) -> list[float]:
    """When requests are due: `rate` a second, and at each burst `of` more within its second."""
    steady = [number / rate for number in range(int(rate * seconds))]
    more = [start + number / of for start in bursts for number in range(of)]
    return sorted(steady + more)
