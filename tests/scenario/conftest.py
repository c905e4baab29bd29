from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from tests.scenario.world import World, database_url, the_world

# Without this, structlog draws each traceback with every local variable, which takes seconds.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.dev.ConsoleRenderer(colors=False),
    ]
)


@pytest.fixture
async def world(tmp_path: Path, database: str) -> AsyncIterator[World]:
    async with the_world(tmp_path, database) as made:
        yield made


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[World]:
    """The same on one database only, for scenarios in which it plays no part of its own."""
    async with the_world(tmp_path, database_url(tmp_path)) as made:
        yield made
