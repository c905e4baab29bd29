"""LINE's Messaging API, the network that calls it, and an account there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from networks.capabilities import AccountSettings
from networks.line import Line
from tests.networks.line.kit import ACCOUNT
from tests.networks.line.messaging_api import MessagingApi


@pytest.fixture
async def api() -> AsyncIterator[MessagingApi]:
    async with MessagingApi() as serving:
        yield serving


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    network = Line(answer=5)
    yield network
    await network.close()


@pytest.fixture
def account(api: MessagingApi) -> AccountSettings:
    return replace(ACCOUNT, options=api.options())
