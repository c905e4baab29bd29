"""The fake network's kit."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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
from networks.events import (
    DeliveryReport,
    InboundAttachment,
    InboundDeletion,
    InboundEdit,
    InboundMessage,
    InboundReaction,
    Profile,
    ProfileField,
    ReportState,
)
from tests.contract.kit import Bench, CalledKit, Case, Effect
from tests.networks.fake import SIGNATURE, BareFakeNetwork, FakeNetwork, sign
from tests.networks.fake_provider import FakeProvider

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())
SECRET, TOKEN = "fake-webhook-secret-value", "fake-api-token-value"
ACCOUNT = AccountSettings(
    network="fake",
    name="fake-shop",
    title="Fake Shop",
    options={"url": "http://127.0.0.1:9", "token": TOKEN, "secret": SECRET},
)


def happened(kind: str, event: str, message: str, **more: object) -> dict[str, object]:
    """One event as the provider writes it."""
    return {"kind": kind, "event": event, "id": message, "from": "c1", "at": STAMP, **more}


def _common(event: str, message: str) -> dict[str, Any]:
    return {"event_id": event, "external_id": message, "contact_id": "c1", "sent_at": NOW}


CASES = (
    Case(
        name="text",
        payload={"events": [happened("message", "e1", "m1", text="Hello", name="Mia", reply_to="f1")]},
        events=(
            InboundMessage(
                **_common("e1", "m1"),
                text="Hello",
                reply_to="f1",
                profile=Profile(name="Mia", fields=(ProfileField(label="Fake name", value="Mia"),)),
            ),
        ),
    ),
    Case(
        name="files",
        payload={
            "events": [
                happened(
                    "message", "e2", "m2", files=[{"ref": "r1", "name": "a.pdf", "mime": "application/pdf"}]
                )
            ]
        },
        events=(
            InboundMessage(
                **_common("e2", "m2"),
                attachments=(InboundAttachment(ref="r1", name="a.pdf", mime_type="application/pdf"),),
            ),
        ),
    ),
    Case(
        name="changes",
        payload={
            "events": [
                happened("edit", "e3", "m1", text="Hullo"),
                happened("delete", "e4", "m1"),
                happened("reaction", "e5", "f1", emoji="👍"),
                happened("report", "e6", "f1", state="read"),
            ]
        },
        events=(
            InboundEdit(**_common("e3", "m1"), text="Hullo"),
            InboundDeletion(**_common("e4", "m1")),
            InboundReaction(**_common("e5", "f1"), emoji="👍"),
            DeliveryReport(**_common("e6", "f1"), state=ReportState.READ),
        ),
    ),
)


class FakeKit(CalledKit):
    """See `tests.contract.kit.Kit`."""

    cases = CASES
    silent: Mapping[str, Any] = {
        "our own echo": {"events": [happened("message", "e7", "f1", text="Hi", echo=True)]},
        "a kind there is not yet": {"events": [happened("hologram", "e8", "m8")]},
        "nothing": {"events": []},
    }
    faults: Mapping[str, type[Exception]] = {
        "no_answer": NoAnswer,
        "lost_answer": NoAnswer,
        "500": ProviderFault,
        "429": Throttled,
        "refused": Rejected,
        "window": WindowClosed,
        "blocked": ContactUnreachable,
        "revoked": AccountBroken,
        "html": UnexpectedResponse,
    }
    secrets = (SECRET, TOKEN)
    account = ACCOUNT

    def __init__(self, name: str, network: type[BareFakeNetwork], *, idempotent: bool = False) -> None:
        self.name = name
        self._class = network
        self._idempotent = idempotent

    def network(self) -> BareFakeNetwork:
        return self._class(idempotent=self._idempotent, now=lambda: NOW)

    def call(self, body: bytes) -> WebhookRequest:
        return _request(body, sign(SECRET, body, NOW))

    def genuine(self) -> None:
        body = b'{"events": []}'
        self.network().verify(ACCOUNT, _request(body, sign(SECRET, body, NOW)))

    def forgeries(self) -> Mapping[str, Callable[[], object]]:
        body = json.dumps(CASES[0].payload).encode()
        right = sign(SECRET, body, NOW)
        given = {
            "missing": None,
            "wrong": sign("another", body, NOW),
            "truncated": right[:-1],
            "not ASCII": right[:-1] + "ä",
            "of another body": sign(SECRET, body + b" ", NOW),
            "stale": sign(SECRET, body, NOW - timedelta(minutes=6)),
            "from the future": sign(SECRET, body, NOW + timedelta(minutes=6)),
            "without a time": right.partition(",")[2],
        }
        return {name: _verifying(self.network(), body, header) for name, header in given.items()}

    @asynccontextmanager
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with FakeProvider(idempotent=self._idempotent, token=TOKEN, secret=SECRET) as provider:
            network = self.network()
            account = AccountSettings(
                network="fake", name="fake-shop", title="Fake Shop", options=provider.options()
            )

            async def effects() -> list[Effect]:
                return [_effect(verb, body) for verb, body in provider.done]

            async def lay(size: int) -> str:
                provider.files["large"] = size
                return "large"

            try:
                yield Bench(
                    network=network,
                    account=account,
                    contact="c1",
                    effects=effects,
                    fault=provider.fault,
                    lay=lay,
                )
            finally:
                await network.close()


def _verifying(network: BareFakeNetwork, body: bytes, header: str | None) -> Callable[[], object]:
    return lambda: network.verify(ACCOUNT, _request(body, header))


def _request(body: bytes, header: str | None) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        url="http://127.0.0.1/hooks/fake/fake-shop",
        headers={SIGNATURE.lower(): header} if header is not None else {},
        query={},
        body=body,
    )


def _effect(verb: str, body: Mapping[str, Any]) -> Effect:
    file = body.get("file")
    return Effect(
        verb={"read": "mark_read"}.get(verb, verb),
        contact=body["to"],
        message=body.get("id", ""),
        text=str(body["on"]) if verb == "typing" else body.get("emoji") or body.get("text") or "",
        files=((file["name"], len(base64.b64decode(file["content"]))),) if file else (),
    )


FAKE_KITS = (
    FakeKit("fake", FakeNetwork),
    FakeKit("fake, idempotent", FakeNetwork, idempotent=True),
    FakeKit("fake, bare", BareFakeNetwork),
)
