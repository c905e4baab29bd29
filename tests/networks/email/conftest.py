"""A mailbox, a server that takes mails, and an account at both."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from networks.capabilities import AccountSettings
from networks.mail import Email
from tests.networks.email.imap import ImapServer
from tests.networks.email.kit import connected
from tests.networks.email.smtp import SmtpServer


@pytest.fixture
async def imap() -> AsyncIterator[ImapServer]:
    async with ImapServer() as serving:
        yield serving


@pytest.fixture
async def smtp() -> AsyncIterator[SmtpServer]:
    async with SmtpServer() as serving:
        yield serving


@pytest.fixture
async def mail() -> AsyncIterator[Email]:
    network = Email(answer=5.0, idle=20.0, every=0.05)
    yield network
    await network.close()


@pytest.fixture
def account(imap: ImapServer, smtp: SmtpServer) -> AccountSettings:
    return connected(imap, smtp)
