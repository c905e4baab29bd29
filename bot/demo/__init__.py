"""The demo: a shop's website chat and a stand-in for Slack side by side, with nothing to install.

Three programs on this machine: the stand-in (a child process), Oratio itself exactly as
`run` starts it, and the page that shows both. What was said is kept in the data folder.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from rich.console import Console

from bot.config import Config
from bot.database import migrate
from bot.demo.customer import MIA, vouched
from bot.demo.guests import GUESTS, Guests
from bot.demo.ports import HOST, next_free
from bot.demo.settings import demo_config, identify_secret, kept_secret
from bot.demo.site import Addresses, Site
from bot.demo.stand_in import StandIn
from bot.exits import ConfigError, PortTaken
from bot.logs import configure


async def show(*, port: int, data: Path, console: Console, empty: bool = False) -> int:
    """Run the demo until Ctrl-C; returns the exit code. Raises `StartError` where it cannot start.

    In a new folder a few customers have written already, unless it is to be `empty`.
    """
    configure("WARNING", "auto")
    _end_politely()
    with _alone(data):
        ports = _ports(port)
        guests = not empty and not (data / "slack").exists()
        if ports[0] != port:
            console.print(f"Port {port} is taken, so the demo is on {ports[0]}.", highlight=False)
        with console.status("Starting the stand-in for Slack …"):
            slack = await StandIn.start(state=data / "slack", port=ports[2])
        try:
            return await _beside(slack, ports, data, console, guests=guests)
        finally:
            await slack.stop()


def _end_politely() -> None:
    """Until Oratio has its own handlers, and after: no signal may leave the stand-in behind."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None  # noqa: S101 - `show` runs in a task
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    loop.add_signal_handler(signal.SIGHUP, os.kill, os.getpid(), signal.SIGTERM)


async def _beside(
    slack: StandIn, ports: tuple[int, int, int], data: Path, console: Console, *, guests: bool
) -> int:
    config = demo_config(slack.told, data=data, port=ports[1])
    with console.status("Preparing the database …"):
        await migrate(config.database_url)
    addresses = Addresses(slack=slack.told.url, oratio=f"http://{HOST}:{ports[1]}")
    secret = kept_secret(identify_secret(data))
    async with Site(addresses, vouched(MIA, secret), port=ports[0]) as site, _watched(slack, console):
        code = await _serve(config, site.url, console, Guests(addresses, secret) if guests else None)
    console.print(f"The demo has ended. What was said is kept in {data}.", highlight=False, soft_wrap=True)
    return code


async def _serve(config: Config, url: str, console: Console, guests: Guests | None) -> int:
    from bot.serving import serve

    def ready(_address: str) -> None:
        console.print(f"\n  Open [bold]{url}[/bold]\n", highlight=False)
        console.print("Left: a shop's visitor. Right: the support team in Slack. Ctrl-C ends the demo.")
        if guests:
            guests.come()
            console.print(f"{len(GUESTS)} made-up customers write first.", highlight=False)

    try:
        return await serve(config, ready=ready)
    finally:
        if guests:
            await guests.leave()


@asynccontextmanager
async def _watched(slack: StandIn, console: Console) -> AsyncIterator[None]:
    """End the demo as Ctrl-C would if the stand-in ends by itself."""

    async def watch() -> None:
        code = await slack.ended()
        console.print(f"The stand-in for Slack ended by itself (code {code}), so the demo ends too.")
        os.kill(os.getpid(), signal.SIGTERM)

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _ports(first: int) -> tuple[int, int, int]:
    page = next_free(first)
    oratio = next_free(page + 1)
    return page, oratio, next_free(oratio + 1)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Hold the data folder; two demos in one folder would spoil each other's conversations."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "lock").open("w")
    except OSError as error:
        raise ConfigError(f"The folder {data} cannot be used: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise PortTaken(
                f"The demo already runs with the folder {data}; end it, or name another folder with --data."
            ) from None
        yield
