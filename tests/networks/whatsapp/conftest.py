"""WhatsApp's Cloud API, the network that calls it, and an account there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from networks.capabilities import AccountSettings
from networks.whatsapp import WhatsApp
from tests.networks.whatsapp.cloud_api import CloudApi
from tests.networks.whatsapp.kit import ACCOUNT


@pytest.fixture
async def api() -> AsyncIterator[CloudApi]:
    async with CloudApi() as serving:
        yield serving


@pytest.fixture
async def whatsapp() -> AsyncIterator[WhatsApp]:
    network = WhatsApp(answer=5)
    yield network
    await network.close()


@pytest.fixture
def account(api: CloudApi) -> AccountSettings:
    return replace(ACCOUNT, options=api.options())
