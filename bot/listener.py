"""The address the program listens on."""

from __future__ import annotations

import errno

from aiohttp import web

from bot.config import Config
from bot.exits import PortTaken


async def listen(runner: web.AppRunner, config: Config) -> str:
    """Listen where the configuration says; the address. Raises `PortTaken` with what to do."""
    try:
        await web.TCPSite(runner, config.host, config.port).start()
    except OSError as error:
        raise PortTaken(_cannot_listen(config, error)) from error
    return f"http://{config.host}:{runner.addresses[0][1]}"


def _cannot_listen(config: Config, error: OSError) -> str:
    """The sentence for an address we do not get."""
    place = f"{config.host}:{config.port}"
    if error.errno == errno.EADDRINUSE:
        return f"Something listens on {place} already: stop it, or set PORT to another port."
    if error.errno == errno.EACCES:
        return f"Oratio may not listen on {place}: set PORT to 1024 or more."
    return f"Oratio can't listen on {place}: HOST must be an address of this machine, such as 127.0.0.1."
