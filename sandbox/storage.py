"""The workspace on disk: one JSON snapshot, written a moment after changes and at the end."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from sandbox.core import Core
from sandbox.refusal import Json, Refusal
from sandbox.world import Channel, FileRecord, Group, Kind, Message, Person, Team, World

_NAME = "workspace.json"


def load(folder: Path) -> World | None:
    """Return the workspace kept in a folder, or None when there is none yet. Raises Refusal."""
    path = folder / _NAME
    if not path.exists():
        return None
    try:
        return _world(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        words = f"{path} cannot be read as a workspace. Move it away to start with a new one."
        raise Refusal("unreadable_state", words) from error


def save(folder: Path, world: World) -> None:
    """Write the workspace, all or nothing."""
    path = folder / _NAME
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(world, default=_plain), encoding="ascii")
    draft.replace(path)


async def keep(core: Core, folder: Path) -> None:
    """Save after changes until cancelled; the larger the workspace, the longer between two snapshots."""
    pause = core.durations.snapshot
    while True:
        await core.dirty.wait()
        await asyncio.sleep(pause)
        core.dirty.clear()
        began = time.monotonic()
        save(folder, core.world)
        core.changes.touch()
        pause = max(core.durations.snapshot, 20 * (time.monotonic() - began))


def _plain(value: Any) -> Json:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _world(stored: Json) -> World:
    return World(
        **{
            **stored,
            "team": Team(**stored["team"]),
            "people": _each(stored["people"], lambda v: Person(**v)),
            "channels": _each(stored["channels"], _channel),
            "groups": _each(stored["groups"], lambda v: Group(**v)),
            "files": _each(stored["files"], lambda v: FileRecord(**v)),
        }
    )


def _each(values: Mapping[str, Any], make: Any) -> Any:
    return {key: make(value) for key, value in values.items()}


def _channel(stored: Json) -> Channel:
    messages = _each(stored["messages"], lambda v: Message(**v))
    return Channel(**{**stored, "kind": Kind(stored["kind"]), "messages": messages})
