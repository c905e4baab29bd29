from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenario.world import World, the_world


@pytest.fixture
async def world(tmp_path: Path, database: str) -> AsyncIterator[World]:
    async with the_world(tmp_path, database) as made:
        yield made
