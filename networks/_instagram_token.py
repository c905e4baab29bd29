"""The token of Instagram's own login ends after 60 days: each week it is given 60 more, and stays what it is.

https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
"""

from __future__ import annotations

import time
from collections.abc import Callable

from networks._graph import Graph
from networks._pieces import whole_number
from networks.base import Checked
from networks.capabilities import AccountSettings
from networks.errors import DeliveryError

_DAY = 86_400
_EACH = 7.0 * _DAY
_AGAIN = 6.0 * 3_600
"""Seconds after a try that did not succeed: Meta refuses it for a day after the token was made."""

_LATER = Checked(words="its token ends after 60 days; while Oratio runs it is given 60 more each week")
_NOT = Checked(words="Meta has not prolonged the token yet, which ends 60 days after it was made")
_OTHER = Checked(
    words="Meta gave another token in place of this one: make a new one before its 60 days are over"
)


class Prolonging:
    """Prolongs accounts' tokens, for as long as the program runs."""

    def __init__(self, graph: Graph, *, now: Callable[[], float] = time.monotonic) -> None:
        self._graph = graph
        self._now = now
        self._next: dict[str, float] = {}
        self._known: dict[str, Checked] = {}

    async def look(self, account: AccountSettings) -> None:
        """Prolong it if it is time to. A failure harms nothing for weeks, and others find what is wrong."""
        now = self._now()
        if now < self._next.get(account.name, now):
            return
        self._next[account.name] = now + _AGAIN
        self._known.setdefault(account.name, _NOT)
        asked = {"grant_type": "ig_refresh_token"}
        try:
            found = await self._graph.call(
                account, "GET", "refresh_access_token", params=asked, versioned=False
            )
        except DeliveryError:
            return
        self._next[account.name] = now + _EACH
        days = (whole_number(found, "expires_in") or 0) // _DAY
        good = Checked(words=f"its token is good for {days} days, and is prolonged each week")
        same = found.get("access_token") == account.options.get("token")
        self._known[account.name] = good if same else _OTHER

    def found(self, account: AccountSettings) -> Checked:
        """How long the account's token is good."""
        return self._known.get(account.name, _LATER)
