"""What holds for every test: nothing leaves this machine, and CI skips nothing."""

from __future__ import annotations

import gc
import ipaddress
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import Postgres

LOCAL_NAMES = {"localhost", "", "0.0.0.0", "::"}  # noqa: S104 - names looked up, not listened on


settings.register_profile(
    "oratio", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("oratio")  # the same examples in every run, and none that a busy machine fails

_left: list[str] = []
_reached: list[object] = []


def _is_local(host: object) -> bool:
    text = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    if text in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _audit(event: str, args: tuple[Any, ...]) -> None:
    """Connections and name look-ups of this process; other processes have their own rules."""
    if event == "socket.connect" and isinstance(args[1], tuple):
        _reached.append(args[1])
        _refuse_outside("connect to", args[1][0])
    if event == "socket.getaddrinfo" and args[0] is not None:
        _refuse_outside("look up", args[0])


def _refuse_outside(what: str, host: object) -> None:
    if not _is_local(host):
        _left.append(f"{what} {host!r}")
        raise PermissionError(f"tests stay on this machine: {_left[-1]}")


sys.addaudithook(_audit)


@pytest.fixture
def left_machine() -> list[str]:
    """What the test tried to reach outside; emptied by a test that tries on purpose."""
    return _left


@pytest.fixture
def reached() -> list[object]:
    """Where this process connected to during the test; emptied by a test that looks."""
    return _reached


@pytest.fixture(autouse=True)
def _stays_on_this_machine() -> Iterator[None]:
    """Fail a test that tried to reach another machine, even if its code swallowed the error."""
    _left.clear()
    _reached.clear()
    yield
    assert not _left, f"the test left this machine: {_left}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The run's PostgreSQL, started when the first test wants it."""
    with Postgres(small=True) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of the test's own; whoever takes it runs on both kinds."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'oratio.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that at the end no worker waits for another."""
    items.sort(key=lambda item: "torture" not in item.path.parts)


def pytest_collection_finish() -> None:
    """What was imported and collected stays: looking through it for rubbish again and again takes long."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ORATIO_NO_SKIPS set, as in CI, a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("ORATIO_NO_SKIPS") or reporter is None or hasattr(session.config, "workerinput"):
        return
    if reporter.stats.get("skipped") and session.exitstatus in (pytest.ExitCode.OK, 0):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(
            f"{len(reporter.stats['skipped'])} skipped, which ORATIO_NO_SKIPS forbids", red=True
        )
