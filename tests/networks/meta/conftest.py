"""Meta's Graph API, the network that calls it, and an account there: for Messenger, then for Instagram."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from networks._meta import MetaMessaging
from networks.capabilities import AccountSettings
from tests.networks.instagram.kit import InstagramKit
from tests.networks.messenger.kit import MessengerKit
from tests.networks.meta.graph_api import GraphApi
from tests.networks.meta.kit import MetaKit


@dataclass(slots=True, kw_only=True)
class Side:
    """One of the two networks, and its other side."""

    kit: MetaKit
    api: GraphApi
    network: MetaMessaging
    account: AccountSettings

    @property
    def customer(self) -> str:
        return self.kit.platform.customer

    def with_options(self, **more: object) -> AccountSettings:
        return replace(self.account, options={**self.account.options, **more})


@pytest.fixture(params=[MessengerKit, InstagramKit], ids=lambda kit: str(kit.name))
async def side(request: pytest.FixtureRequest) -> AsyncIterator[Side]:
    kit: MetaKit = request.param()
    async with GraphApi(kit.platform) as api:
        network = kit.network(answer=5)
        account = replace(kit.account, options={**kit.account.options, "api_url": api.url})
        yield Side(kit=kit, api=api, network=network, account=account)
        await network.close()
