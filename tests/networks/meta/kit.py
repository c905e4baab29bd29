"""What the kits of Messenger and Instagram share: signed calls, forgeries, and the Graph API at work."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from networks._meta import MetaMessaging
from networks.base import WebhookRequest
from networks.capabilities import AccountSettings
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
    WindowClosed,
)
from networks.events import InboundEvent, InboundMessage
from tests.contract.kit import Bench, CalledKit, Case, Effect
from tests.networks.meta.graph_api import APP_SECRET, TOKEN, GraphApi, Platform, signed

VERIFY = "meta-verify-000"
FAULTS: Mapping[str, type[Exception]] = {
    "no_answer": NoAnswer,
    "lost_answer": NoAnswer,
    "504": NoAnswer,
    "html 502": NoAnswer,
    "500": ProviderFault,
    "2/1545133 500": ProviderFault,
    "1200": ProviderFault,
    "transient": ProviderFault,
    "html 503": ProviderFault,
    "429": Throttled,
    "4": Throttled,
    "4/2018022": Throttled,
    "32": Throttled,
    "613": Throttled,
    "80006": Throttled,
    "html": UnexpectedResponse,
    "html 400": UnexpectedResponse,
    "empty": UnexpectedResponse,
    "no id": UnexpectedResponse,
    "list": UnexpectedResponse,
    "redirect": UnexpectedResponse,
    "413": Rejected,
    "10/2018278": WindowClosed,
    "10/2018065": WindowClosed,
    "10/2534022": WindowClosed,
    "551/1545041": ContactUnreachable,
    "551": ContactUnreachable,
    "200/1545041 403": ContactUnreachable,
    "100/2018001": ContactUnreachable,
    "10/2018108": ContactUnreachable,
    "100/2534014": ContactUnreachable,
    "10/2018300": Rejected,
    "10/999": Rejected,
    "100": Rejected,
    "100/33": Rejected,
    "100/2018047": Rejected,
    "100/2018008": Rejected,
    "100/2018109": Rejected,
    "100/2018294": Rejected,
    "424242": Rejected,
    "revoked": AccountBroken,
    "190": AccountBroken,
    "10": AccountBroken,
    "1/99": AccountBroken,
    "200 403": AccountBroken,
    "200/2018028": AccountBroken,
    "230 403": AccountBroken,
    "299 403": AccountBroken,
    "368": AccountBroken,
    "1893063": AccountBroken,
}


def at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def request(body: bytes, **headers: str) -> WebhookRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    url = "https://oratio.example/hooks/meta/help"
    return WebhookRequest(method="POST", url=url, headers=named, query={}, body=body)


def question(**query: str) -> WebhookRequest:
    named = {f"hub.{name}": value for name, value in query.items()}
    return WebhookRequest(method="GET", url="https://oratio.example/", headers={}, query=named, body=b"")


class MetaKit(CalledKit):
    """See `tests.contract.kit.Kit`."""

    name = ""
    folder: Path
    network: type[MetaMessaging]
    platform: Platform
    account: AccountSettings
    faults = FAULTS
    secrets: Sequence[str] = (TOKEN, APP_SECRET, VERIFY)

    def payload(self, name: str) -> Any:
        return json.loads((self.folder / "payloads" / f"{name}.json").read_text("utf-8"))

    def case(self, name: str, **expected: Any) -> Case:
        """A message's case: what is in every one is read off the payload."""
        payload = self.payload(name)
        (event,) = payload["entry"][0].get("messaging") or payload["entry"][0]["standby"]
        mid = (event.get("message") or event.get("postback"))["mid"]
        common = {
            "event_id": f"{'message' if 'message' in event else 'postback'}:{mid}",
            "external_id": mid,
            "contact_id": self.platform.customer,
            "sent_at": at(event["timestamp"]),
            "recipient": self.platform.account,
        }
        return Case(name=name, payload=payload, events=(InboundMessage(**(common | expected)),))

    def other(self, name: str, kind: Callable[..., InboundEvent], event_id: str, **expected: Any) -> Case:
        """The case of what is no message."""
        payload = self.payload(name)
        (event,) = payload["entry"][0]["messaging"]
        common = {"contact_id": self.platform.customer, "recipient": self.platform.account}
        common |= {"sent_at": at(event.get("timestamp", 0))}
        return Case(name=name, payload=payload, events=(kind(event_id=event_id, **(common | expected)),))

    def call(self, body: bytes) -> WebhookRequest:
        return request(body, x_hub_signature_256=signed(body))

    def genuine(self) -> None:
        network, body = self.network(), b'{"object":"x"}'
        network.verify(self.account, request(body, x_hub_signature_256=signed(body)))
        asked = question(mode="subscribe", challenge="1158201444", verify_token=VERIFY)
        network.verify(self.account, asked)
        assert network.parse(self.account, asked) == []
        assert network.answer(self.account, asked).body == b"1158201444"

    def forgeries(self) -> Mapping[str, Callable[[], object]]:
        right = signed(b"{}")
        given = {
            "empty": "",
            "wrong": "sha256=" + "0" * 64,
            "truncated": right[:-1],
            "not ASCII": right[:-1] + "ä",
            "twice": f"{right}, {right}",
            "in capitals": right.upper(),
            "without its kind": right.removeprefix("sha256="),
            "of another body": signed(b"{} "),
            "stale": signed(b"{}", "f" * 32),  # of the secret before it was made anew
        }
        checks = {name: self._verifying(request(b"{}", x_hub_signature_256=it)) for name, it in given.items()}
        wrong = {"mode": "subscribe", "challenge": "1", "verify_token": "guessed-000"}
        return {
            **checks,
            "missing": self._verifying(request(b"{}")),
            "a question with a wrong token": self._verifying(question(**wrong)),
            "a question with none": self._verifying(question(mode="subscribe", challenge="1")),
        }

    def _verifying(self, given: WebhookRequest) -> Callable[[], object]:
        return lambda: self.network().verify(self.account, given)

    @asynccontextmanager
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with GraphApi(self.platform) as api:
            api.documents = {"pdf", "txt"}  # the suite has no other file
            network = self.network()
            account = replace(self.account, options={**self.account.options, "api_url": api.url})

            async def effects() -> list[Effect]:
                return [_effect(api, *done) for done in api.done]

            async def lay(size: int) -> str:
                api.files["large"] = size
                return f"{api.url}/cdn/large"

            try:
                yield Bench(
                    network=network,
                    account=account,
                    contact=self.platform.customer,
                    effects=effects,
                    fault=api.fault,
                    lay=lay,
                )
            finally:
                await network.close()


def _effect(api: GraphApi, verb: str, contact: str, message: str, words: str) -> Effect:
    if verb == "typing_on":
        return Effect(verb="typing", contact=contact, text="True")
    if verb == "mark_seen":
        return Effect(verb="mark_read", contact=contact, message=message)
    shown = next(m for m in api.shown if m.id == message)
    files = (shown.file,) if shown.file and verb == "send" else ()
    return Effect(verb=verb, contact=contact, message=message, text=words, files=files)
