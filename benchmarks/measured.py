"""The program that is measured: `python -m benchmarks.measured ORDER`, an `Order` as JSON.

It says where it listens; the line `counts` on its input is answered with how many statements its
database has had (SQLite, where the order asks for it), and it ends on SIGTERM.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from typing import Any

from bot.logs import configure
from bot.serving import serve
from models.database import connection
from tests.orders import ORDER, Order, say

WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})


class Counted:
    """How many statements a connection had. Outside a transaction each write commits by itself."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self._inside = False

    def statement(self, sql: str) -> None:
        """One statement, as SQLite is about to carry it out."""
        word = sql.lstrip().split(None, 1)[0].upper()
        if word in ("BEGIN", "COMMIT", "ROLLBACK", "END"):
            self._inside = word == "BEGIN"
            self.found["commits"] += word in ("COMMIT", "END")
            return
        self.found["queries"] += 1
        self.found["commits"] += word in WRITES and not self._inside


async def watched() -> list[Counted]:
    """Counts for the connection that writes and for the one that reads, which begin now."""
    database: Any = connection()
    found = []
    for each in (database._connection, database._reader):
        found.append(Counted())
        await each.set_trace_callback(found[-1].statement)
    return found


async def answering(count: bool) -> None:
    """Answer what is asked on our input."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[str]()

    def read_lines() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)

    threading.Thread(target=read_lines, daemon=True).start()
    counts = await watched() if count else []
    while True:
        await lines.get()
        say(**sum((each.found for each in counts), Counter[str]()))


async def main(order: Order) -> int:
    """The program, until it is told to end."""
    tasks = set[asyncio.Task[None]]()

    def ready(url: str) -> None:
        tasks.add(asyncio.create_task(answering(order.count)))
        say(ready=url)

    return await serve(order.configuration(), ready=ready, make=order.network, pace=order.pace)


if __name__ == "__main__":
    configure("WARNING", "json")
    sys.exit(asyncio.run(main(ORDER.validate_json(sys.argv[1]))))
