"""OAuth 2.0 for mailboxes that take no password: a refresh token becomes access tokens, each kept while it
works (developers.google.com/identity/protocols/oauth2, learn.microsoft.com/entra/identity-platform).
"""

from __future__ import annotations

import asyncio

from networks._calling import Caller
from networks.capabilities import AccountSettings
from networks.errors import AccountBroken, UnexpectedResponse

_EARLIER = 120
"""Seconds before its end in which a token is no longer used."""


class Tokens:
    """The access tokens of all accounts."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._kept: dict[str, str] = {}

    async def of(self, account: AccountSettings) -> str | None:
        """The account's access token; None where it has a password. Raises `DeliveryError`."""
        if given := account.options.get("token"):
            return str(given)
        if not account.options.get("oauth_refresh"):
            return None
        return self._kept.get(account.name) or await self._fresh(account)

    def forget(self, account: AccountSettings) -> bool:
        """A server did not take the token; whether another can be had."""
        return self._kept.pop(account.name, None) is not None

    async def _fresh(self, account: AccountSettings) -> str:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": str(account.options["oauth_refresh"]),
            "client_id": str(account.options.get("oauth_client") or ""),
            "client_secret": str(account.options.get("oauth_secret") or ""),
        }
        asked = {name: value for name, value in form.items() if value}
        answer = await self._caller.call("POST", str(account.options.get("oauth_url") or ""), form=asked)
        if answer.status in (400, 401, 403):
            raise AccountBroken("the mailbox's sign-in has ended; make a new oauth_refresh", code="oauth")
        if error := self._caller.not_taken(answer):
            raise error
        token, lasts = answer.fields().get("access_token"), answer.fields().get("expires_in")
        if not isinstance(token, str) or not token:
            raise UnexpectedResponse("the mailbox's sign-in gave an answer that can't be read", code="oauth")
        self._kept[account.name] = token
        seconds = float(lasts) if isinstance(lasts, int | float) else 3_600.0
        asyncio.get_running_loop().call_later(
            max(seconds - _EARLIER, 0.0), self._kept.pop, account.name, None
        )
        return token
