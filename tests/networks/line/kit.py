"""LINE's kit: recorded calls, what the desk gets of them, and the Messaging API at work."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from networks.base import WebhookRequest
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    NoAnswer,
    Rejected,
    Throttled,
    UnexpectedResponse,
)
from networks.events import (
    ContactGone,
    InboundAttachment,
    InboundDeletion,
    InboundEdit,
    InboundMessage,
    Profile,
)
from networks.line import SIGNATURE, Line
from tests.contract.kit import Bench, CalledKit, Case, Effect
from tests.networks.line.messaging_api import CUSTOMER, GROUP, SECRET, TOKEN, MessagingApi, Shown, signature

HERE = Path(__file__).parent
REPLY = "b60d432864f44d079f6d8efe86cf404b"
ACCOUNT = AccountSettings(
    network="line",
    name="help",
    title="Acme Help",
    options={"channel_token": TOKEN, "channel_secret": SECRET, "agent_names": True},
)
ROOM = Profile(name="A chat of several people (group)")
_MAP = "https://www.google.com/maps?q="


def payload(name: str) -> Any:
    return json.loads((HERE / "payloads" / f"{name}.json").read_text("utf-8"))


def at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _common(event: Mapping[str, Any]) -> dict[str, Any]:
    source = event["source"]
    ids = [source[key] for key in ("groupId", "roomId", "userId") if key in source]
    return {"event_id": event["webhookEventId"], "contact_id": ids[0], "sent_at": at(event["timestamp"])}


def _case(name: str, **expected: Any) -> Case:
    """A message's case: what is in every one is read off the payload."""
    call = payload(name)
    (event,) = call["events"]
    message = event["message"]
    tokens = {"quote": message.get("quoteToken"), "read": message.get("markAsReadToken")}
    known = {name: token for name, token in tokens.items() if token}
    common = {
        **_common(event),
        "external_id": message["id"],
        "reply_handle": event.get("replyToken"),
        "handle": json.dumps(known) if known else None,
    }
    return Case(name=name, payload=call, events=(InboundMessage(**(common | expected)),))


def _press(name: str, told: str) -> Case:
    """A button that was pressed."""
    call = payload(name)
    common = _common(call["events"][0])
    message = InboundMessage(
        **common, external_id=f"event:{common['event_id']}", placeholder=told, reply_handle=REPLY
    )
    return Case(name=name, payload=call, events=(message,))


def _gone(name: str, *, back: bool, words: str = "") -> Case:
    call = payload(name)
    gone = ContactGone(**_common(call["events"][0]), back=back, words=words)
    return Case(name=name, payload=call, events=(gone,))


def _file(ref: str, kind: MediaKind | None, **more: Any) -> dict[str, Any]:
    return {"attachments": (InboundAttachment(ref=ref, kind=kind, **more),)}


_PICTURE = {"name": "picture.jpg", "mime_type": "image/jpeg"}

_EDIT, _UNSEND, _SEVERAL = (payload(name) for name in ("edit_group", "unsend", "several"))

CASES = (
    _case("text", text="注文4711はいつ届きますか？"),
    _case("reply", text="これです", reply_to="560011223344000001"),
    _case("standby", text="Anybody?"),
    _case("text_emoji_mention", text="Member d7e8: @Acme Help thank you (love) 🙏"),
    _case(
        "image",
        group=f"{CUSTOMER}:E005D41A7288F41B65593ED38FF6E9834B046AB36A37921A56BC236F13A91855",
        **_file("content:560011223344556679", MediaKind.PICTURE, **_PICTURE),
    ),
    _case("image_external", **_file("https://shop.example/shared/lamp.jpg", MediaKind.PICTURE, **_PICTURE)),
    _case(
        "room_image",
        profile=ROOM,
        placeholder="Somebody: a file",
        **_file("content:560011223344557002", MediaKind.PICTURE, **_PICTURE),
    ),
    _case(
        "video",
        **_file(
            "prepared:560011223344556680",
            MediaKind.VIDEO,
            name="video.mp4",
            mime_type="video/mp4",
            duration=12.0,
        ),
    ),
    _case(
        "audio",
        **_file(
            "prepared:560011223344556681", MediaKind.AUDIO, mime_type="audio/mp4", duration=7.0, voice=True
        ),
    ),
    _case("document", **_file("content:560011223344556682", None, name="請求書4711.pdf", size=182_734)),
    _case(
        "location",
        placeholder="Location: 東京駅, 東京都千代田区丸の内1丁目 ("
        f"35.681236, 139.767125 {_MAP}35.681236,139.767125)",
    ),
    _case("location_bare", placeholder=f"Location: 35, -139.5 {_MAP}35,-139.5"),
    _case("sticker", placeholder="Moving sticker: sorry, bow"),
    _case("sticker_message", placeholder="Sticker: “Thank you!!”", reply_to="560011223344000001"),
    _case("sticker_bare", placeholder="Sticker"),
    _case("unknown_message", placeholder="Sent something that can't be shown here (hologram)"),
    _press("postback", "Pressed a button: action=human"),
    _press("postback_date", "Pressed a button: action=visit · 2026-11-30T10:00"),
    Case(
        name="edit_group",
        payload=_EDIT,
        events=(
            InboundEdit(
                **_common(_EDIT["events"][0]),
                external_id="560011223344556690",
                text="Member d7e8: 明日の10時に変更します",
            ),
        ),
    ),
    Case(
        name="unsend",
        payload=_UNSEND,
        events=(InboundDeletion(**_common(_UNSEND["events"][0]), external_id="560011223344556679"),),
    ),
    Case(
        name="several",
        payload=_SEVERAL,
        events=(
            InboundMessage(
                **_common(_SEVERAL["events"][0]),
                external_id="560011223344557009",
                text="注文4711はいつ届きますか？",
                reply_handle=REPLY,
                handle='{"quote": "yHAz4Ua2wx7aaaa", "read": "mr-001"}',
            ),
            InboundDeletion(**_common(_SEVERAL["events"][1]), external_id="560011223344556679"),
        ),
    ),
    _gone("follow", back=True),
    _gone("follow_unblocked", back=True),
    _gone("unfollow", back=False),
    _gone("join", back=True),
    _gone("leave", back=False, words="removed this account"),
)


def request(body: bytes, signed: str | None) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        url="https://oratio.example/hooks/line/help",
        headers={SIGNATURE: signed} if signed is not None else {},
        query={},
        body=body,
    )


def _silent(kind: str, **body: Any) -> Any:
    """A call with an event that says nothing of a conversation."""
    call = payload("follow")
    event = {key: value for key, value in call["events"][0].items() if key != "follow"}
    return {**call, "events": [{**event, "type": kind, **body}]}


class LineKit(CalledKit):
    """See `tests.contract.kit.Kit`."""

    name = "line"
    network = Line
    account = ACCOUNT
    cases = CASES
    silent: Mapping[str, Any] = {
        "the console's test": payload("verify_empty"),
        "a member of a group": payload("member_joined"),
        "a kind there is not yet": _silent("hologram"),
        "a beacon": _silent("beacon", beacon={"hwid": "d41d8cd98f", "type": "enter"}),
        "a linked account": _silent("accountLink", link={"result": "ok", "nonce": "aaaaaaaaaaaaaaaa"}),
        "a membership": _silent("membership", membership={"type": "joined", "membershipId": 3189}),
        "a film seen to its end": _silent("videoPlayComplete", videoPlayComplete={"trackingId": "t"}),
        "somebody left a group": _silent("memberLeft", left={"members": []}),
        "a module": _silent("module", module={"type": "attached", "botId": "U0", "scopes": []}),
        "a number was reached": _silent("delivery", delivery={"data": "15034552939884E28681A7D668CE"}),
        "the account suspended": _silent("botSuspended"),
        "the account back": _silent("botResumed"),
    }
    faults: Mapping[str, type[Exception]] = {
        "no_answer": NoAnswer,
        "500": NoAnswer,
        "html 502": NoAnswer,
        "html 503": NoAnswer,
        "504": NoAnswer,
        "html": UnexpectedResponse,
        "empty": UnexpectedResponse,
        "list": UnexpectedResponse,
        "redirect": UnexpectedResponse,
        "429": Throttled,
        "429 pause": Throttled,
        "429 Too many concurrent operations": Throttled,
        "monthly": AccountBroken,
        "401": AccountBroken,
        "unavailable": AccountBroken,
        "403 Not authorized to use this feature": Rejected,
        "413": Rejected,
        "long": Rejected,
        "blank": Rejected,
        "url": Rejected,
        "400 Something new": Rejected,
        "415 Unsupported media type": Rejected,
        "400 Failed to send messages": ContactUnreachable,
        "400 The property, 'to', in the request body is invalid (line: -, column: -)": ContactUnreachable,
        "to": ContactUnreachable,
    }
    secrets = (SECRET, TOKEN)

    def call(self, body: bytes) -> WebhookRequest:
        return request(body, signature(body))

    def genuine(self) -> None:
        Line().verify(ACCOUNT, request(b"{}", signature(b"{}")))

    def forgeries(self) -> Mapping[str, Callable[[], object]]:
        right = signature(b"{}")
        given = {
            "missing": None,
            "empty": "",
            "wrong": signature(b"[]"),
            "truncated": right[:-2],
            "not ASCII": right[:-1] + "ä",
            "twice": f"{right}, {right}",
            "in hex": right.encode().hex(),
            "stale": signature(b"{}", "line-channel-secret-before"),
            "signed with nothing": signature(b"{}", ""),
        }
        unset = replace(ACCOUNT, options={"channel_token": TOKEN})
        checks = {name: _verifying(ACCOUNT, signed) for name, signed in given.items()}
        return {**checks, "without a secret": _verifying(unset, signature(b"{}", ""))}

    @asynccontextmanager
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with MessagingApi() as api:
            network = Line()
            api.readable["mr-1"] = CUSTOMER

            async def effects() -> list[Effect]:
                return [_effect(api, *done) for done in api.done]

            async def lay(size: int) -> str:
                api.files["325708"] = size
                return "325708"

            try:
                yield Bench(
                    network=network,
                    account=replace(ACCOUNT, options=api.options()),
                    contact=CUSTOMER,
                    effects=effects,
                    fault=api.fault,
                    lay=lay,
                    handle='{"read": "mr-1"}',
                )
            finally:
                await network.close()


def _verifying(account: AccountSettings, signed: str | None) -> Callable[[], object]:
    return lambda: Line().verify(account, request(b"{}", signed))


def _effect(api: MessagingApi, verb: str, contact: str, about: str) -> Effect:
    if verb == "typing":
        return Effect(verb=verb, contact=contact, text=about)
    if verb == "read":  # LINE marks all there is; its token names no message
        return Effect(verb="mark_read", contact=contact, message=api.shown[-1].ids[0])
    shown = next(each for each in api.shown if each.ids[0] == about)
    return Effect(
        verb="send", contact=contact, message=about, text="\n".join(shown.texts), files=_files(shown)
    )


def _files(shown: Shown) -> tuple[tuple[str, int], ...]:
    """Name and size of each, as the contract suite writes them into its links."""
    links = [str(m["originalContentUrl"]).split("/") for m in shown.messages if m["type"] != "text"]
    return tuple((unquote(parts[-1]), int(parts[-2])) for parts in links)


__all__ = ["ACCOUNT", "GROUP", "LineKit", "payload", "request"]
