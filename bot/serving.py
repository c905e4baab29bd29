"""A whole run of the program, until a signal ends it."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable

from bot.app import Application
from bot.config import Config
from networks.base import Network, Tools
from networks.registry import build


async def serve(
    config: Config,
    *,
    ready: Callable[[str], None] | None = None,
    make: Callable[[str, Tools], Network] = build,
    pace: float = 1.0,
) -> int:
    """Run until SIGINT or SIGTERM; returns the exit code. Raises `StartError` if it can't start.

    `make` builds a network by its registry key, `pace` scales Slack's rates: both for stand-ins.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    try:
        async with Application(config, make=make, pace=pace) as application:
            _collect_less()
            if ready:
                ready(application.url)
            await stop.wait()
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)
    return 0


def _collect_less() -> None:
    """What the start made stays, so the collector need not look at it; and a message makes thousands of
    objects that are gone without it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
