"""Where Meta calls for a Page or an Instagram account: told when the program starts, looked at since.

Twice something has to be switched on: the app must know our address, and the account must pass its events
to the app. developers.facebook.com/docs/graph-api/webhooks/getting-started/webhooks-for-messenger
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from networks._graph import Graph, verify_token
from networks._pieces import objects
from networks.base import Checked
from networks.capabilities import AccountSettings
from networks.errors import AccountBroken


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is switched on for an account. `node` passes its events on; `app` knows our address, where
    Meta lets us tell it (empty: it doesn't).
    """

    graph: Graph
    account: AccountSettings
    node: str
    fields: Sequence[str]
    app: str
    what: str
    """The `object` of the app's subscription."""
    what_fields: Sequence[str]

    async def connect(self, hook: str) -> None:
        """Switch both on. Another account of the app may have told it an address of ours: that does."""
        if self.app and not _calls(await self._app_calls(), self.what, hook, self.what_fields):
            asked = {
                "object": self.what,
                "callback_url": hook,
                "verify_token": verify_token(self.account),
                "fields": ",".join(self.what_fields),
            }
            await self._as_app("POST", asked)
        path, wanted = f"{self.node}/subscribed_apps", {"subscribed_fields": ",".join(self.fields)}
        await self.graph.call(self.account, "POST", path, form=wanted)

    async def check(self, hook: str | None, *, told: bool) -> list[Checked]:
        """Whether both are. `told`: the program has switched them on since it runs."""
        passed = await self.graph.call(self.account, "GET", f"{self.node}/subscribed_apps")
        found = [_passing(_names(passed), told)]
        if hook is None:
            words = "PUBLIC_URL is needed, https and open to the world: Meta calls there"
            return [*found, Checked(words=words, wrong=True)]
        if self.app:
            found.append(_calling(await self._app_calls(), self.what, hook, self.what_fields, told))
        return found

    async def _app_calls(self) -> Mapping[str, Any]:
        return await self._as_app("GET", None)

    async def _as_app(self, method: str, form: Mapping[str, str] | None) -> Mapping[str, Any]:
        token = f"{self.app}|{self.account.options.get('app_secret')}"
        try:
            path = f"{self.app}/subscriptions"
            return await self.graph.call(self.account, method, path, form=form, token=token)
        except AccountBroken as error:
            words = "Meta doesn't take app_id and app_secret together; both stand in App settings → Basic"
            raise AccountBroken(words, code=error.code) from None


def _names(passed: Mapping[str, Any]) -> set[str]:
    """The fields that any app is passed: a token of ours is told of our own app alone."""
    return {name for app in objects(passed.get("data")) for name in _texts(app.get("subscribed_fields"))}


def _passing(fields: set[str], told: bool) -> Checked:
    if "messages" in fields:
        return Checked(words="its messages are passed to the app")
    if told:
        words = "Meta no longer passes its messages to the app, as after an hour of failed calls"
        return Checked(words=words, wrong=True)
    return Checked(words="its messages will be passed to the app when Oratio starts")


def _calling(listed: Mapping[str, Any], what: str, hook: str, fields: Sequence[str], told: bool) -> Checked:
    ours = urlsplit(hook).netloc
    if _calls(listed, what, hook, fields):
        return Checked(words=f"Meta calls {ours}")
    if not told:
        return Checked(words=f"Meta will be told to call {ours} when Oratio starts")
    calls = next((urlsplit(str(each.get("callback_url"))).netloc for each in _of(listed, what)), "nobody")
    return Checked(words=f"Meta calls {calls} for this app: another program changed that", wrong=True)


def _calls(listed: Mapping[str, Any], what: str, hook: str, fields: Sequence[str]) -> bool:
    """Whether the app's calls come to one of our addresses: which account's, does not matter."""
    place = hook.rpartition("/")[0]
    for each in _of(listed, what):
        listed_fields = each.get("fields")
        names = {str(field.get("name")) for field in objects(listed_fields)} | _texts(listed_fields)
        there = str(each.get("callback_url")).rpartition("/")[0] == place
        if there and each.get("active") is True and names >= set(fields):
            return True
    return False


def _of(listed: Mapping[str, Any], what: str) -> list[Mapping[str, Any]]:
    return [one for one in objects(listed.get("data")) if one.get("object") == what]


def _texts(value: object) -> set[str]:
    return {each for each in value if isinstance(each, str)} if isinstance(value, list) else set()
