"""A fresh database and two sites for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tortoise.context import tortoise_test_context

from tests.networks.webchat.stage import Stage, stage


@pytest.fixture
async def tables() -> AsyncIterator[None]:
    async with tortoise_test_context(["models"]):
        yield


@pytest.fixture
async def shop(tables: None, tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path) as made:
        yield made
