"""What the program's database says while the program is dead."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Protocol

import asyncpg

POSTS = frozenset({"card", "words", "line", "profile", "notice", "admin", "nudge"})
GROUPS = {"part": "parts", "files": "uploads"} | dict.fromkeys(POSTS, "posts")

_SENDING = "SELECT kind FROM delivery WHERE state = 'sending'"
_RUN = "REPLACE(CAST(result AS TEXT), ' ', '')"
_JOINED = f"""{_SENDING} AND {_RUN} LIKE '%"run":[%' AND {_RUN} NOT LIKE '%"run":[]%'"""
_LEFT = "SELECT kind FROM delivery WHERE unfinished AND state <> 'dead' AND kind <> 'nudge'"


class Records(Protocol):
    """The outbox, read by others than the program."""

    async def kinds(self, query: str) -> Counter[str]:
        """How many rows of each kind a query finds."""
        ...


class SqliteRecords:
    """Reads a copy, so that it is the program itself that recovers the file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def kinds(self, query: str) -> Counter[str]:
        """How many rows of each kind a query finds."""
        with tempfile.TemporaryDirectory(dir=self._file.parent) as folder:
            for part in self._file.parent.glob(f"{self._file.name}*"):
                shutil.copy(part, folder)
            with closing(sqlite3.connect(Path(folder) / self._file.name)) as copy:
                return Counter(kind for (kind,) in copy.execute(query))


class PostgresRecords:
    """Asks the server."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("asyncpg:", "postgresql:", 1)

    async def kinds(self, query: str) -> Counter[str]:
        """How many rows of each kind a query finds."""
        connection = await asyncpg.connect(self._url)
        try:
            return Counter(row["kind"] for row in await connection.fetch(query))
        finally:
            await connection.close()


def records_of(url: str) -> Records:
    """The records behind a database's address."""
    if url.startswith("sqlite://"):
        return SqliteRecords(Path(url.removeprefix("sqlite://")))
    return PostgresRecords(url)


async def sending(records: Records) -> Counter[str]:
    """How many rows the kill found in SENDING: `posts`, `parts`, `uploads`, `others`;
    and of the posts those that show several messages, `joined`."""
    found: Counter[str] = Counter()
    for kind, number in (await records.kinds(_SENDING)).items():
        found[GROUPS.get(kind, "others")] += number
    found["joined"] = (await records.kinds(_JOINED)).total()
    return found


async def left(records: Records) -> Counter[str]:
    """What the outbox still means to do, by kind."""
    return await records.kinds(_LEFT)
