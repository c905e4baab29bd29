"""A network that exists only in tests, and its provider: a real server on this machine.

`FakeNetwork` calls the provider over HTTP and reads its signed webhooks, as a real network
does; nothing is patched. `FakeProvider` can be told to fail in every way that matters.
`BareFakeNetwork` can only send, so that what is missing is tried as well.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar, cast

import aiohttp

from networks.base import (
    Checked,
    OutboundPart,
    Polled,
    Receipt,
    Style,
    Tools,
    Unreadable,
    WebhookAnswer,
    WebhookRequest,
)
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
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    NoAnswer,
    PayloadInvalid,
    ProviderFault,
    Rejected,
    SignatureInvalid,
    Throttled,
    UnexpectedResponse,
    Unreachable,
    WindowClosed,
)
from networks.events import (
    ContactGone,
    DeliveryReport,
    InboundAttachment,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    Profile,
    ProfileField,
    ReportState,
)

T = TypeVar("T")

SIGNATURE = "X-Fake-Signature"
STALE = timedelta(minutes=5)
TIMEOUT = 2.0

FAKE = Capabilities(
    text_limit=TextLimit(length=4_096, unit=LengthUnit.UTF16),
    caption_limit=TextLimit(length=1_024, unit=LengthUnit.UTF16),
    send={
        MediaKind.PICTURE: MediaRule(
            max_bytes=5_000_000, mime_types=frozenset({"image/jpeg", "image/png"}), formats="JPG, PNG"
        ),
        MediaKind.DOCUMENT: MediaRule(max_bytes=10_000_000, formats="any type"),
    },
    receive={kind: MediaRule(max_bytes=10_000_000, formats="any type") for kind in MediaKind},
    reply_window=timedelta(hours=24),
    edits=Support.NATIVE,
    deletions=Support.NATIVE,
    reactions=Support.NATIVE,
    typing=Support.NATIVE,
    receipts=Support.NATIVE,
    replies=Support.NATIVE,
    idempotent_send=False,
    voice=MediaRule(max_bytes=5_000_000, mime_types=frozenset({"audio/ogg"}), formats="OGG with Opus"),
    emojis=frozenset({"👍", "❤️", "🎉"}),
    checked="never",
)
BARE = replace(
    FAKE,
    edits=Support.REJECTED,
    deletions=Support.REJECTED,
    reactions=Support.REJECTED,
    typing=Support.REJECTED,
    receipts=Support.REJECTED,
    replies=Support.FALLBACK,
    voice=None,
)


def real_now() -> datetime:
    return datetime.now(UTC)


def sign(secret: str, body: bytes, at: datetime) -> str:
    """The header's value for a body sent at that time."""
    stamp = str(int(at.timestamp()))
    mac = hmac.new(secret.encode(), stamp.encode() + b"." + body, "sha256").hexdigest()
    return f"t={stamp},v1={mac}"


class BareFakeNetwork:
    """Takes webhooks and sends; has no optional verb."""

    OPTIONS: ClassVar[Mapping[str, OptionSpec]] = {
        "url": OptionSpec(kind=OptionKind.TEXT, about="is where the provider listens", required=True),
        "token": OptionSpec(kind=OptionKind.SECRET, about="lets us send", required=True),
        "secret": OptionSpec(kind=OptionKind.SECRET, about="signs webhooks", required=True),
        "window": OptionSpec(kind=OptionKind.TEXT, about="is the reply window in seconds"),
        "length": OptionSpec(kind=OptionKind.TEXT, about="is how long a text may be"),
    }

    name = "fake"
    title = "Fake"
    colour = "#7048e8"
    icon = "performing_arts"
    capabilities = BARE

    def __init__(
        self,
        tools: Tools | None = None,
        *,
        idempotent: bool = False,
        timeout: float = TIMEOUT,
        now: Callable[[], datetime] = real_now,
    ) -> None:
        self.capabilities = replace(self.capabilities, idempotent_send=idempotent)
        self._now = now
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    def capabilities_for(self, account: AccountSettings) -> Capabilities:
        window, length = account.options.get("window"), account.options.get("length")
        found = self.capabilities
        kinds = account.options.get("kinds")
        if isinstance(kinds, tuple):
            found = replace(found, send={kind: rule for kind, rule in found.send.items() if kind in kinds})
        if window is not None:
            found = replace(found, reply_window=timedelta(seconds=float(str(window))))
        if tokens := account.options.get("tokens"):
            found = replace(found, token_life=timedelta(seconds=float(str(tokens))))
        if length is not None:
            found = replace(found, text_limit=TextLimit(length=int(str(length)), unit=LengthUnit.UTF16))
        return found

    async def send(self, account: AccountSettings, part: OutboundPart) -> Receipt:
        body: dict[str, Any] = {
            "to": part.contact_id,
            "text": part.text,
            "key": part.idempotency_key,
            "reply_to": part.reply_to,
            "reply_to_handle": part.reply_to_handle,
            "token": part.reply_handle,
            "author": part.author.name if part.author else None,
        }
        if part.attachment is not None:
            content = b"".join([chunk async for chunk in part.attachment.open()])
            body["file"] = {
                "name": part.attachment.name,
                "mime": part.attachment.mime_type,
                "kind": part.attachment.kind.value,
                "content": base64.b64encode(content).decode(),
            }
            if part.attachment.voice:
                body["file"] |= {"voice": True, "seconds": part.attachment.duration}
            if account.options.get("links"):  # as providers that fetch files themselves want it
                body["file"] |= {"link": await part.attachment.link()}
                if part.attachment.mime_type.startswith(("image/", "video/")):
                    body["file"] |= {"preview": await part.attachment.preview()}
                body["file"] |= {"plays": await part.attachment.seconds()}
        answer = await self._call(account, "send", body)
        if not isinstance(answer.get("id"), str):
            raise UnexpectedResponse("Fake answered something that can't be read")
        return Receipt(external_id=answer["id"])

    async def download(self, account: AccountSettings, ref: str) -> AsyncIterator[bytes]:
        try:
            async with self._http().get(
                f"{account.options['url']}/file/{ref}", headers=_auth(account)
            ) as answer:
                if answer.status != 200:
                    raise _no_file(answer.status)
                async for chunk in answer.content.iter_chunked(65_536):
                    yield chunk
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ProviderFault("Fake isn't answering") from error

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        return None

    def verify(self, account: AccountSettings, request: WebhookRequest) -> None:
        given = request.headers.get(SIGNATURE.lower(), "")
        found = re.fullmatch(r"t=(\d{1,12}),v1=([0-9a-f]{64})", given)
        if found is None:
            raise SignatureInvalid("no signature")
        at = datetime.fromtimestamp(int(found[1]), UTC)
        expected = sign(str(account.options["secret"]), request.body, at)
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise SignatureInvalid("a wrong signature")
        if abs(self._now() - at) > STALE:
            raise SignatureInvalid("a stale signature")

    def parse(self, account: AccountSettings, request: WebhookRequest) -> Sequence[InboundEvent]:
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            raise PayloadInvalid("not JSON") from None
        events = body.get("events") if isinstance(body, dict) else None
        if not isinstance(events, list):
            raise PayloadInvalid("no events")
        return [each for each in (_read(raw) for raw in events) if each is not None]

    def answer(self, account: AccountSettings, request: WebhookRequest) -> WebhookAnswer:
        return WebhookAnswer()

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self._session

    async def _call(
        self, account: AccountSettings, verb: str, body: Mapping[str, object]
    ) -> Mapping[str, Any]:
        url = f"{account.options['url']}/{verb}"
        try:
            async with self._http().post(url, json=body, headers=_auth(account)) as answer:
                status, raw = answer.status, await answer.read()
                after = answer.headers.get("Retry-After", "1")
        except aiohttp.ClientConnectorError:
            raise Unreachable("Fake can't be reached") from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise NoAnswer("Fake did not answer") from None
        return _answered(status, raw, after)


class FakeNetwork(BareFakeNetwork):
    """Has every optional verb."""

    capabilities = FAKE

    async def edit(
        self,
        account: AccountSettings,
        contact_id: str,
        external_id: str,
        text: str,
        key: str,
        styles: tuple[Style, ...] = (),
    ) -> None:
        await self._call(account, "edit", {"to": contact_id, "id": external_id, "text": text, "key": key})

    async def delete(self, account: AccountSettings, contact_id: str, external_id: str, key: str) -> None:
        await self._call(account, "delete", {"to": contact_id, "id": external_id, "key": key})

    async def react(
        self, account: AccountSettings, contact_id: str, external_id: str, emoji: str, key: str
    ) -> None:
        await self._call(account, "react", {"to": contact_id, "id": external_id, "emoji": emoji, "key": key})

    async def typing(self, account: AccountSettings, contact_id: str, on: bool) -> None:
        await self._call(account, "typing", {"to": contact_id, "on": on})

    async def mark_read(
        self,
        account: AccountSettings,
        contact_id: str,
        external_id: str,
        key: str,
        handle: str | None = None,
    ) -> None:
        asked = {"to": contact_id, "id": external_id, "key": key}
        await self._call(account, "read", {**asked, "handle": handle} if handle else asked)


class LinkedFakeNetwork(FakeNetwork):
    """Is asked where `poll` is set or nothing can call it, and told where to call otherwise."""

    OPTIONS: ClassVar[Mapping[str, OptionSpec]] = {
        **BareFakeNetwork.OPTIONS,
        "poll": OptionSpec(kind=OptionKind.FLAG, about="says that it is asked"),
    }

    capabilities = replace(FAKE, profiles=True)

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        known = (await self._call(account, "profile", {"id": contact_id}))["profile"]
        if known is None:
            return None
        fields = tuple(ProfileField(label=k, value=v) for k, v in known.get("fields", {}).items())
        return Profile(name=known["name"], fields=fields, avatar_url=known.get("picture"))

    def polls(self, account: AccountSettings, hook: str | None) -> bool:
        return bool(account.options.get("poll", hook is None))

    async def poll(self, account: AccountSettings, cursor: str | None, *, wait: bool = True) -> Polled:
        answer = await self._call(account, "updates", {"after": cursor, "wait": wait})
        events: list[InboundEvent] = []
        unreadable = []
        for raw in answer["updates"]:
            if raw == "monster":
                events.append(_monster())
                continue
            try:
                events += [each for each in [_read(raw)] if each is not None]
            except PayloadInvalid as error:
                unreadable.append(Unreadable(body=json.dumps(raw).encode(), why=str(error)))
        return Polled(events=events, cursor=answer["next"], unreadable=unreadable)

    async def connect(self, account: AccountSettings, hook: str | None) -> None:
        await self._call(account, "hook", {"url": hook})

    async def check(self, account: AccountSettings, hook: str | None) -> Sequence[Checked]:
        found = await self._call(account, "look", {})
        token = Checked(words="the token is one of Acme")
        if found["hook"] == hook:
            return [token, Checked(words="calls come here" if hook else "nothing is called")]
        return [token, Checked(words="calls go elsewhere; start Oratio again", wrong=True)]


def _no_file(status: int) -> DeliveryError:
    if status == 401:
        return AccountBroken("Fake no longer accepts the token", code="401")
    if status >= 500:
        return ProviderFault("Fake isn't answering", code=str(status))
    return Rejected("Fake no longer has this file", code=str(status))


def _auth(account: AccountSettings) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.options['token']}"}


def _answered(status: int, raw: bytes, retry_after: str) -> Mapping[str, Any]:
    if status == 429:
        raise Throttled("Fake asks for a pause", retry_after=float(retry_after))
    if status >= 500:
        raise ProviderFault("Fake has a problem of its own", code=str(status))
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise UnexpectedResponse("Fake answered something that can't be read")
    if status == 401:
        raise AccountBroken("Fake no longer accepts the token", code="401")
    if status >= 400:
        raise _refusal(str(body.get("error", "")))
    return body


def _refusal(code: str) -> DeliveryError:
    if code == "blocked":
        return ContactUnreachable("the customer blocked this account", code=code)
    if code == "window":
        return WindowClosed("the time to answer is over", code=code)
    return Rejected("Fake refuses this message", code=code)


def _monster() -> InboundEvent:
    """What no network may give, and nobody can take."""
    file = InboundAttachment(ref="r", kind=cast(MediaKind, "monster"))
    return InboundMessage(
        event_id="e", external_id="m", contact_id="c", sent_at=real_now(), attachments=(file,)
    )


_KINDS = ("message", "edit", "delete", "reaction", "report", "gone", "back")


def _read(raw: object) -> InboundEvent | None:
    """One event; None for echoes of our own and for kinds we don't know. Raises `PayloadInvalid`."""
    if not isinstance(raw, dict):
        raise PayloadInvalid("an event that is no object")
    kind = raw.get("kind")
    if kind == "giant":  # nor this: its id is too long
        return InboundMessage(event_id="e" * 900, external_id="m", contact_id="c", sent_at=real_now())
    if raw.get("echo") is True or kind not in _KINDS:
        return None
    common: dict[str, Any] = {
        "event_id": _text(raw, "event"),
        "contact_id": _text(raw, "from"),
        "sent_at": _time(raw.get("at")),
    }
    if kind in ("gone", "back"):
        return ContactGone(**common, back=kind == "back", words=_optional(raw, "how", str) or "")
    common["external_id"] = _text(raw, "id")
    match kind:
        case "message":
            return _message(raw, common)
        case "edit":
            return InboundEdit(**common, text=_words(raw))
        case "delete":
            return InboundDeletion(**common)
        case "reaction":
            return InboundReaction(**common, emoji=_text(raw, "emoji"), removed=raw.get("removed") is True)
        case _:
            state = raw.get("state")
            if not isinstance(state, str) or state not in set(ReportState):
                raise PayloadInvalid("an unknown state")
            words = raw.get("words")
            said: dict[str, Any] = {"words": words} if isinstance(words, str) else {}
            return DeliveryReport(**common, state=ReportState(state), **said)


def _message(raw: Mapping[str, Any], common: Mapping[str, Any]) -> InboundMessage:
    files = raw.get("files", [])
    if not isinstance(files, list) or not all(isinstance(f, dict) for f in files):
        raise PayloadInvalid("files that are none")
    name = raw.get("name")
    reply_to = raw.get("reply_to")
    return InboundMessage(
        **common,
        text=_words(raw),
        attachments=tuple(
            InboundAttachment(
                ref=_text(f, "ref"),
                name=_optional(f, "name", str),
                mime_type=_optional(f, "mime", str),
                size=_optional(f, "size", int),
                duration=_optional(f, "duration", float),
                voice=_optional(f, "voice", bool) or False,
                kind=MediaKind.PICTURE if f.get("sticker") is True else None,
            )
            for f in files
        ),
        reply_to=reply_to if isinstance(reply_to, str) else None,
        group=_optional(raw, "group", str),
        handle=_optional(raw, "handle", str),
        reply_handle=_optional(raw, "token", str),
        profile=_profile(raw, name) if isinstance(name, str) else None,
        subject=_optional(raw, "subject", str) or "",
    )


def _profile(raw: Mapping[str, Any], name: str) -> Profile:
    return Profile(name=name, locale=_optional(raw, "locale", str), fields=_fields(raw, name))


def _fields(raw: Mapping[str, Any], name: str) -> tuple[ProfileField, ...]:
    """What the customer's profile says; a phone number or address is sensitive."""
    hidden = {key.title(): raw.get(key) for key in ("phone", "address")}
    return (
        ProfileField(label="Fake name", value=name),
        *(ProfileField(label=k, value=v, sensitive=True) for k, v in hidden.items() if isinstance(v, str)),
    )


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        raise PayloadInvalid(f"no usable {key}")
    return value


def _optional(raw: Mapping[str, Any], key: str, kind: type[T]) -> T | None:
    value = raw.get(key)
    if value is not None and (type(value) is not kind or value in (float("inf"), float("-inf"))):
        raise PayloadInvalid(f"no usable {key}")
    return value


def _words(raw: Mapping[str, Any]) -> str:
    value = raw.get("text", "")
    if not isinstance(value, str):
        raise PayloadInvalid("a text that is none")
    return value


def _time(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**11:
        raise PayloadInvalid("no usable time")
    return datetime.fromtimestamp(value, UTC)
