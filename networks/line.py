"""LINE, through its Messaging API: one account is one channel of a LINE Official Account.

LINE calls us; there is no other way to hear. What goes out is free while the token of the customer's last
message lives, about a minute; after that a push, which counts against what the plan pays for. A push bears a
key, so that repeating it is seen once; an answer by token cannot be repeated, and the desk knows that
(`Capabilities.token_life`). Files are fetched from us by LINE, when it wants.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from networks._addresses import host_of
from networks._calling import ANSWER, Answer, Caller
from networks._line_check import NO_ADDRESS, findings, month_of, unreachable
from networks._line_errors import asking, is_monthly, sending
from networks._line_reading import events_of, group_profile, profile_of, token_in
from networks._line_sending import Way, accepted_id, dressed, first_way, messages_of, retry_key
from networks._pieces import line
from networks.base import Checked, OutboundPart, Receipt, Tools, WebhookAnswer, WebhookRequest
from networks.capabilities import (
    AccountSettings,
    Capabilities,
    LengthUnit,
    MediaKind,
    MediaRule,
    OptionKind,
    OptionSpec,
    Support,
    TextLimit,
)
from networks.errors import DeliveryError, ProviderFault, Rejected, SignatureInvalid, UnexpectedResponse
from networks.events import InboundEvent, Profile

API = "https://api.line.me"
DATA = "https://api-data.line.me"
SIGNATURE = "x-line-signature"
LOADING = 10
"""Seconds, a multiple of five: developers.line.biz/en/reference/messaging-api/#display-a-loading-indicator"""
_ADDRESS = r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[1-9]\d{0,4})?"
_TEXT = TextLimit(length=5_000, unit=LengthUnit.UTF16)

CAPABILITIES = Capabilities(
    # https://developers.line.biz/en/reference/messaging-api/#text-message
    text_limit=_TEXT,
    caption_limit=_TEXT,  # two messages of one call, which counts as one: …/docs/messaging-api/pricing/
    send={
        # https://developers.line.biz/en/reference/messaging-api/#image-message
        MediaKind.PICTURE: MediaRule(
            max_bytes=10_000_000, mime_types=frozenset({"image/jpeg", "image/png"}), formats="JPG, PNG"
        ),
        # https://developers.line.biz/en/reference/messaging-api/#video-message
        MediaKind.VIDEO: MediaRule(max_bytes=200_000_000, mime_types=frozenset({"video/mp4"}), formats="MP4"),
        # https://developers.line.biz/en/reference/messaging-api/#audio-message
        MediaKind.AUDIO: MediaRule(
            max_bytes=200_000_000,
            mime_types=frozenset({"audio/mpeg", "audio/mp4"}),
            formats="MP3, M4A",
        ),
    },
    # Not published; Slack takes no more: https://developers.line.biz/en/reference/messaging-api/#get-content
    receive={kind: MediaRule(max_bytes=1_000_000_000, formats="any type") for kind in MediaKind},
    reply_window=None,  # a push may be sent at any time
    edits=Support.REJECTED,
    deletions=Support.REJECTED,
    reactions=Support.REJECTED,
    typing=Support.NATIVE,
    receipts=Support.REJECTED,  # an account is told neither "delivered" nor "read"
    read_marks=Support.NATIVE,  # https://developers.line.biz/en/reference/messaging-api/#mark-as-read
    replies=Support.NATIVE,  # https://developers.line.biz/en/docs/messaging-api/get-quote-tokens/
    # https://developers.line.biz/en/docs/messaging-api/retrying-api-request/
    idempotent_send=True,
    # https://developers.line.biz/en/reference/messaging-api/#send-reply-message: within a minute
    token_life=timedelta(seconds=50),
    voice=MediaRule(max_bytes=200_000_000, mime_types=frozenset({"audio/mp4"}), formats="M4A"),
    profiles=True,
    # https://developers.line.biz/en/docs/messaging-api/receiving-messages/#webhook-unsend-message
    forgets=True,
    checked="November 2026",
)


class Line:
    """Channels of LINE."""

    OPTIONS: ClassVar[Mapping[str, OptionSpec]] = {
        "channel_token": OptionSpec(
            kind=OptionKind.SECRET,
            about="is the channel access token that the LINE Developers Console issues",
            required=True,
            pattern=r"[A-Za-z0-9+/=._-]{20,2000}",
            example="what the console issues as “Channel access token”, without quotes or spaces",
            single=True,
        ),
        "channel_secret": OptionSpec(
            kind=OptionKind.SECRET,
            about="is the channel's secret, which proves that a call comes from LINE",
            required=True,
            pattern=r"[A-Za-z0-9-]{16,200}",
            example="what the console shows as “Channel secret”",
        ),
        "agent_names": OptionSpec(
            kind=OptionKind.FLAG,
            about="shows customers the name and picture of the agent who answers",
            default=True,
        ),
        "api_url": OptionSpec(
            kind=OptionKind.TEXT,
            about="is where LINE's API is reached",
            default=API,
            pattern=_ADDRESS,
            example=API,
        ),
        "data_url": OptionSpec(
            kind=OptionKind.TEXT,
            about="is where LINE hands out what customers sent",
            default=DATA,
            pattern=_ADDRESS,
            example=DATA,
        ),
    }

    name = "line"
    title = "LINE"
    colour = "#06c755"
    icon = "green_circle"
    capabilities = CAPABILITIES

    def __init__(self, tools: Tools | None = None, *, answer: float = ANSWER) -> None:
        self._caller = Caller(self.title, answer=answer)
        self._told: set[str] = set()
        self._over: set[str] = set()
        """Accounts whose month LINE said to be over, until a push is taken again."""

    async def close(self) -> None:
        """Let go of the connections."""
        await self._caller.close()

    def capabilities_for(self, account: AccountSettings) -> Capabilities:
        """The capabilities; they are the same for all."""
        return self.capabilities

    # What goes out

    async def send(self, account: AccountSettings, part: OutboundPart) -> Receipt:
        """Show the part to the customer: by the token of their last message where the part has it and it
        lives, else by a push. While the month is over nothing goes by token either: what gets through says
        to the desk that the account works."""
        messages = await messages_of(part)
        way = first_way(part, shows_agent=account.options.get("agent_names") is not False)
        way = replace(way, token=None) if account.name in self._over else way
        try:
            while True:
                answer = await self._show(account, part, way, dressed(messages, way))
                other = way.instead(answer)
                if other is None:
                    return self._receipt(account, answer, by_push=way.token is None)
                way = other
        except DeliveryError as error:
            error.without_token = way.token is None
            raise

    async def _show(
        self, account: AccountSettings, part: OutboundPart, way: Way, messages: Sequence[Mapping[str, Any]]
    ) -> Answer:
        if way.token:
            body = {"replyToken": way.token, "messages": messages}
            return await self._call(account, "POST", "/v2/bot/message/reply", json=body)
        key = {"X-Line-Retry-Key": retry_key(account, part)}
        body = {"to": part.contact_id, "messages": messages}
        return await self._call(account, "POST", "/v2/bot/message/push", json=body, headers=key)

    def _receipt(self, account: AccountSettings, answer: Answer, *, by_push: bool) -> Receipt:
        """A repeat that LINE knows to be one is as good as the first."""
        if answer.status not in (200, 409):
            if is_monthly(answer):
                self._over.add(account.name)
            raise sending(self._caller, answer)
        if by_push:
            self._over.discard(account.name)
        sent = accepted_id(answer)
        if not sent:
            raise UnexpectedResponse("LINE did not say what it sent", code=f"http_{answer.status}")
        return Receipt(external_id=sent)

    async def typing(self, account: AccountSettings, contact_id: str, on: bool) -> None:
        """Show it for some seconds, to one person; the answer ends it."""
        if on and contact_id.startswith("U"):
            body = {"chatId": contact_id, "loadingSeconds": LOADING}
            await self._done(account, "/v2/bot/chat/loading/start", body)

    async def mark_read(
        self,
        account: AccountSettings,
        contact_id: str,
        external_id: str,
        key: str,
        handle: str | None = None,
    ) -> None:
        """Show that it was read, where its handle has a token for that."""
        token = token_in(handle, "read")
        if token:
            await self._done(account, "/v2/bot/chat/markAsRead", {"markAsReadToken": token})

    # What is fetched

    async def download(self, account: AccountSettings, ref: str) -> AsyncIterator[bytes]:
        """Stream a file from LINE, or from where a payload says it lies."""
        if ref.startswith("https://"):
            pieces = self._caller.fetch(ref)
        else:
            kind, _, number = ref.rpartition(":")
            place = f"/v2/bot/message/{quote(number, safe='')}/content"
            if kind == "prepared":
                await self._prepared(account, place)
            base = str(account.options.get("data_url") or DATA)
            where = f"{base}{place}"
            pieces = self._caller.fetch(where, headers=_bearer(account), trusted={host_of(base)})
        async for piece in pieces:
            yield piece

    async def _prepared(self, account: AccountSettings, place: str) -> None:
        """Raises `ProviderFault` as long as LINE prepares a film, `Rejected` where that failed."""
        answer = await self._call(account, "GET", f"{place}/transcoding", data=True)
        match answer.fields().get("status"):
            case "processing":
                raise ProviderFault("LINE is still preparing the file", code="processing")
            case "failed":
                raise Rejected("LINE could not prepare the file", code="failed")

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        """What LINE knows of a person, or of a group; None for who is no friend, or left."""
        if contact_id.startswith("R"):
            return None
        group = contact_id.startswith("C")
        who = quote(contact_id, safe="")
        path = f"/v2/bot/group/{who}/summary" if group else f"/v2/bot/profile/{who}"
        answer = await self._call(account, "GET", path)
        if answer.status == 404:
            return None
        found = self._fields(answer)
        return group_profile(found) if group else profile_of(found)

    # What comes in

    def verify(self, account: AccountSettings, request: WebhookRequest) -> None:
        """developers.line.biz/en/docs/messaging-api/verify-webhook-signature/"""
        secret = str(account.options.get("channel_secret") or "").encode()
        made = base64.b64encode(hmac.new(secret, request.body, hashlib.sha256).digest())
        given = request.headers.get(SIGNATURE, "").encode("utf-8", "replace")
        if not secret or not hmac.compare_digest(made, given):
            raise SignatureInvalid("not signed with the channel's secret")

    def parse(self, account: AccountSettings, request: WebhookRequest) -> Sequence[InboundEvent]:
        """The events of one call."""
        return events_of(request.body)

    def answer(self, account: AccountSettings, request: WebhookRequest) -> WebhookAnswer:
        """Nothing more than that it was taken."""
        return WebhookAnswer()

    async def connect(self, account: AccountSettings, hook: str | None) -> None:
        """Tell LINE to call us, and have it try."""
        if hook is None:
            raise Rejected(NO_ADDRESS, code="no_address")
        await self._done(account, "/v2/bot/channel/webhook/endpoint", {"endpoint": hook}, method="PUT")
        answer = await self._call(account, "POST", "/v2/bot/channel/webhook/test", json={"endpoint": hook})
        tried = self._fields(answer)
        if tried.get("success") is False:
            raise Rejected(unreachable(hook, tried), code=line(tried, "reason", 100))
        self._told.add(account.name)

    async def check(self, account: AccountSettings, hook: str | None) -> Sequence[Checked]:
        """Whose the token is, whether calls can come, and what is left of the month."""
        bot = await self._asked(account, "/v2/bot/info")
        month = month_of(
            await self._asked(account, "/v2/bot/message/quota"),
            await self._asked(account, "/v2/bot/message/quota/consumption"),
        )
        if hook is None:
            return [Checked(words=NO_ADDRESS, wrong=True)]
        answer = await self._call(account, "GET", "/v2/bot/channel/webhook/endpoint")
        webhook = {} if answer.status == 404 else self._fields(answer)
        return findings(bot, webhook, month, hook, told=account.name in self._told)

    # The pieces

    async def _call(
        self,
        account: AccountSettings,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        data: bool = False,
    ) -> Answer:
        key, default = ("data_url", DATA) if data else ("api_url", API)
        url = f"{account.options.get(key) or default}{path}"
        return await self._caller.call(
            method, url, json=json, headers={**_bearer(account), **(headers or {})}
        )

    async def _done(self, account: AccountSettings, path: str, body: object, *, method: str = "POST") -> None:
        answer = await self._call(account, method, path, json=body)
        if not 200 <= answer.status < 300:
            raise self._wrong(answer)

    async def _asked(self, account: AccountSettings, path: str) -> Mapping[str, Any]:
        return self._fields(await self._call(account, "GET", path))

    def _fields(self, answer: Answer) -> Mapping[str, Any]:
        fields = answer.fields()
        if answer.status != 200 or not fields:
            raise self._wrong(answer)
        return fields

    def _wrong(self, answer: Answer) -> DeliveryError:
        return asking(self._caller, answer)


def _bearer(account: AccountSettings) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.options.get('channel_token') or ''}"}
