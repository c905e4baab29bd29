"""Free ports on this machine."""

from __future__ import annotations

import socket

from bot.exits import PortTaken

HOST = "127.0.0.1"
TRIES = 200


def next_free(first: int) -> int:
    """The first port from `first` on that nothing listens on. Raises `PortTaken` after 200 tries."""
    for port in range(first, min(first + TRIES, 65536)):
        if is_free(port):
            return port
    raise PortTaken(f"No port from {first} to {min(first + TRIES, 65536) - 1} is free.")


def is_free(port: int) -> bool:
    """Whether a server could listen on it now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
