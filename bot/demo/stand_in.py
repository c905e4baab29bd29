"""The stand-in for Slack as a child process."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from bot.exits import SlackRefused
from bot.manifest import PATH as MANIFEST

SEED = Path(__file__).parent / "seed.json"
PATIENCE = 20.0
"""Seconds to start and to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the stand-in says of itself once it listens."""

    url: str
    api_url: str
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)


class StandIn:
    """One running stand-in.

    It has a session of its own, so that Ctrl-C reaches Oratio alone, which ends first and
    can still tell Slack what is left.
    """

    def __init__(self, child: asyncio.subprocess.Process, told: Told) -> None:
        self._child = child
        self.told = told

    @classmethod
    async def start(cls, *, state: Path, port: int) -> Self:
        """Start one that keeps its workspace in `state`. Raises `SlackRefused` if it does not listen."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "sandbox", "--manifest", str(MANIFEST), "--seed", str(SEED)),
            *("--state", str(state), "--port", str(port)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            return cls(child, await _told(child))
        except BaseException:
            await _stop(child)
            raise

    async def ended(self) -> int:
        """Wait until it ends; its exit code."""
        return await self._child.wait()

    async def stop(self) -> None:
        """End it and wait for that; its workspace is kept."""
        await _stop(self._child)


async def _told(child: asyncio.subprocess.Process) -> Told:
    assert child.stdout is not None  # noqa: S101 - it was asked for a pipe
    try:
        line = await asyncio.wait_for(child.stdout.readline(), PATIENCE)
        values: dict[str, Any] = json.loads(line)
        return Told(**{each.name: str(values[each.name]) for each in fields(Told)})
    except (TimeoutError, ValueError, KeyError):
        raise SlackRefused("The stand-in for Slack did not start; its own words stand above.") from None


async def _stop(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    child.terminate()
    try:
        await asyncio.wait_for(child.wait(), PATIENCE)
    except TimeoutError:
        child.kill()
        await child.wait()
