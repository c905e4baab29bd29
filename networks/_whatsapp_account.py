"""What is asked and set up at Meta for a number: where it calls, what the app hears of, its templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from networks import _graph
from networks._graph import Graph
from networks._pieces import as_object, line, objects
from networks._whatsapp_check import ASKED, FIELDS, fields_of, findings
from networks._whatsapp_errors import GONE
from networks._whatsapp_templates import ASKED as TEMPLATES
from networks._whatsapp_templates import template_of
from networks.base import Checked, Template
from networks.capabilities import AccountSettings
from networks.errors import AccountBroken, UnexpectedResponse

_MOST_PAGES = 20


def number_of(account: AccountSettings) -> str:
    """Meta's id of the number."""
    return str(account.options.get("phone_number_id") or "")


class Business:
    """Calls about a WhatsApp Business account and its app. They raise `DeliveryError` only."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def connect(self, account: AccountSettings, hook: str) -> None:
        """Have the app hear of the account's messages, and Meta call `hook` for this number."""
        await self._call(account, "POST", "subscribed_apps")
        await self._hear(account, hook)
        calls = {"override_callback_uri": hook, "verify_token": _graph.verify_token(account)}
        await self._graph.call(account, "POST", number_of(account), json={"webhook_configuration": calls})

    async def check(self, account: AccountSettings, hook: str | None, *, told: bool) -> Sequence[Checked]:
        """Whose the number is, and whether what comes to it reaches us."""
        number = await self._graph.call(account, "GET", number_of(account), params={"fields": ASKED})
        subscribed = await self._call(account, "GET", "subscribed_apps")
        app = await self._app(account)
        fields = fields_of(await self._subscriptions(account, app))
        return findings(number, objects(subscribed.get("data")), fields, app, hook, told=told)

    async def templates(self, account: AccountSettings) -> list[Template]:
        """Those that can be sent by filling in words, by name."""
        found: dict[str, Template] = {}
        asked: Mapping[str, str] = TEMPLATES
        for _ in range(_MOST_PAGES):
            page = await self._call(account, "GET", "message_templates", params=asked)
            for each in map(template_of, objects(page.get("data"))):
                if each is not None:
                    found[each.id] = each
            if not (after := _next(page)):
                break
            asked = {**TEMPLATES, "after": after}
        return sorted(found.values(), key=lambda each: (each.name, each.language))

    async def _hear(self, account: AccountSettings, hook: str) -> None:
        """An app that was never told of what it is to hear is told; what somebody set up stays as it is."""
        app = await self._app(account)
        if fields_of(await self._subscriptions(account, app)):
            return
        form = {
            "object": "whatsapp_business_account",
            "callback_url": hook,
            "verify_token": _graph.verify_token(account),
            "fields": ",".join(FIELDS),
        }
        token = _app_token(account, app)
        await self._graph.call(account, "POST", f"{app}/subscriptions", form=form, token=token)

    async def _app(self, account: AccountSettings) -> str:
        """The id of the app that the token belongs to."""
        app = line(await self._graph.call(account, "GET", "app", params={"fields": "id"}), "id", 40)
        if not app.isdigit():
            raise UnexpectedResponse("Meta did not say which app the token belongs to")
        return app

    async def _subscriptions(self, account: AccountSettings, app: str) -> Mapping[str, Any]:
        """Of what the app hears, which only its secret lets anybody ask."""
        token = _app_token(account, app)
        try:
            return await self._graph.call(account, "GET", f"{app}/subscriptions", token=token)
        except AccountBroken as error:
            words = "app_secret is not that of the app the token belongs to; see App settings → Basic"
            raise AccountBroken(words, code=error.code) from None

    async def _call(
        self, account: AccountSettings, method: str, path: str, params: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """A call about the WhatsApp Business account."""
        place = f"{account.options.get('business_account_id')}/{path}"
        try:
            return await self._graph.call(account, method, place, params=params)
        except AccountBroken as error:
            if error.code != GONE:
                raise
            words = "Meta doesn't let this token manage the account; check business_account_id and token"
            raise AccountBroken(words, code=error.code) from None


def _app_token(account: AccountSettings, app: str) -> str:
    """https://developers.facebook.com/docs/facebook-login/guides/access-tokens#apptokens"""
    return f"{app}|{account.options.get('app_secret')}"


def _next(page: Mapping[str, Any]) -> str:
    """Where the next page begins; empty after the last."""
    paging = as_object(page.get("paging"))
    return line(as_object(paging.get("cursors")), "after", 1_000) if paging.get("next") else ""
