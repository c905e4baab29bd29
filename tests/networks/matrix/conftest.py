"""A homeserver, the network that calls it, and an account there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from networks.capabilities import AccountSettings
from networks.matrix import Matrix
from tests.networks.matrix.homeserver import Homeserver
from tests.networks.matrix.kit import ACCOUNT


@pytest.fixture
async def hs() -> AsyncIterator[Homeserver]:
    async with Homeserver() as serving:
        yield serving


@pytest.fixture
async def matrix() -> AsyncIterator[Matrix]:
    network = Matrix(answer=5)
    yield network
    await network.close()


@pytest.fixture
def account(hs: Homeserver) -> AccountSettings:
    return replace(ACCOUNT, options=hs.options())
