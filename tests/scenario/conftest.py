from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenario.world import World, database_url, the_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with the_world(tmp_path, database_url(tmp_path)) as made:
        yield made
