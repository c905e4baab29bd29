"""Viber's Bot API, the network that calls it, and an account there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from networks.capabilities import AccountSettings
from networks.viber import Viber
from tests.networks.viber.kit import ACCOUNT
from tests.networks.viber.public_api import PublicApi


@pytest.fixture
async def api() -> AsyncIterator[PublicApi]:
    async with PublicApi() as serving:
        yield serving


@pytest.fixture
async def viber() -> AsyncIterator[Viber]:
    network = Viber(answer=5)
    yield network
    await network.close()


@pytest.fixture
def account(api: PublicApi) -> AccountSettings:
    return replace(ACCOUNT, options=api.options())
