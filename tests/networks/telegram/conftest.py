"""Telegram's Bot API, the network that calls it, and an account there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from networks.capabilities import AccountSettings
from networks.telegram import Telegram
from tests.networks.telegram.bot_api import BotApi
from tests.networks.telegram.kit import ACCOUNT


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as serving:
        yield serving


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    network = Telegram(answer=5)
    yield network
    await network.close()


@pytest.fixture
def account(api: BotApi) -> AccountSettings:
    return replace(ACCOUNT, options=api.options())
