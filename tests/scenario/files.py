"""What the tests of files look at: posts with files, bytes, and the folder files wait in."""

from __future__ import annotations

import asyncio
import base64
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models import Delivery, DeliveryKind
from tests.scenario.acts import says
from tests.scenario.world import ANA, World


def spooled(world: World) -> list[Path]:
    """What lies in the spool."""
    folder = world.config.desk.data / "media" / "spool"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def posts(world: World, ts: str) -> list[dict[str, Any]]:
    """The posts with files in a thread, oldest first, whoever made them."""
    return [m for m in world.thread(ts) if m.get("files")]


def content(world: World, post: dict[str, Any]) -> list[bytes]:
    """The bytes of a post's files, as Slack has them."""
    return [world.slack.file_path(f["id"]).read_bytes() for f in post["files"]]


async def files_from(world: World, ts: str, number: int) -> list[dict[str, Any]]:
    """The customer's posts with files, once there are so many, and nothing waits here any more."""
    await world.until(lambda: len(posts(world, ts)) >= number)
    await world.until(lambda: not spooled(world))
    return posts(world, ts)


async def hands_in(world: World, ts: str, text: str = "", *files: dict[str, Any], who: str = ANA) -> str:
    """An agent answers with files; the message's ts. `content` may be bytes."""
    given = [_as_base64(file) for file in files]
    return await says(world, who, ts, text, files=given)


def _as_base64(file: dict[str, Any]) -> dict[str, Any]:
    raw = file.get("content")
    if not isinstance(raw, bytes):
        return file
    return {**file, "content": None, "content_base64": base64.b64encode(raw).decode()}


def received(world: World, to: str = "mia") -> list[tuple[str, tuple[str, bytes] | None]]:
    """What the customer has: text and file of each message, in order."""
    return [(m.text, m.file) for m in world.provider.shown if m.to == to and not m.deleted]


def whispered(world: World, user: str = ANA) -> str:
    """Everything on the user's screen that only they see."""
    return " ".join(str(e) for e in world.slack.ephemerals(user))


async def waiting_row(kind: DeliveryKind) -> Delivery:
    """A row of this kind that was tried in vain and will be tried again; `words` say why."""
    async with asyncio.timeout(10):
        while True:
            if row := await Delivery.filter(kind=kind, unfinished=True).exclude(words="").first():
                return row
            await asyncio.sleep(0.01)


@contextmanager
def growing_up_to(most: int) -> Iterator[None]:
    """The system lets no file of this process grow beyond that, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
