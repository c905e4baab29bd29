"""The website chat: here we are the provider.

What goes out is one event in the visitor's history; the receipt is that commit. What comes
in are frames of the widget's socket (`parse_frame`), read after the visitor's token was
checked. An `external_id` is `visitor:message`, so one visitor can never name another's.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Mapping
from datetime import timedelta
from typing import ClassVar, TypeVar

from networks._webchat_frames import (
    MAX_TEXT,
    FrameRefused,
    change_key,
    emoji_of,
    message_key,
    parse_frame,
    profile_of,
    short,
    target,
    text_of,
    uploads,
)
from networks.base import Attachment, KeptFile, OutboundPart, Receipt, Style, Tools
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
from networks.errors import ContactUnreachable, ProviderFault, Rejected
from networks.events import Profile

__all__ = [
    "MAX_TEXT",
    "FrameRefused",
    "WebChat",
    "change_key",
    "emoji_of",
    "message_key",
    "parse_frame",
    "profile_of",
    "short",
    "target",
    "text_of",
    "uploads",
]

T = TypeVar("T")

MAX_UPLOAD = 20_000_000
_MAX_SEND = 104_857_600
_WINDOW: timedelta | None = None  # the history waits for the visitor, however long that takes


def _rules(max_bytes: int) -> Mapping[MediaKind, MediaRule]:
    return {kind: MediaRule(max_bytes=max_bytes, formats="any type") for kind in MediaKind}


def _capabilities(max_upload: int) -> Capabilities:
    return Capabilities(
        text_limit=TextLimit(length=MAX_TEXT, unit=LengthUnit.CODE_POINTS),
        caption_limit=TextLimit(length=MAX_TEXT, unit=LengthUnit.CODE_POINTS),
        send=_rules(_MAX_SEND),
        receive=_rules(max_upload),
        reply_window=_WINDOW,
        edits=Support.NATIVE,
        deletions=Support.NATIVE,
        reactions=Support.NATIVE,
        typing=Support.NATIVE,
        receipts=Support.NATIVE,
        replies=Support.NATIVE,
        idempotent_send=True,
        checked="November 2026",
    )


class WebChat:
    """Oratio's own chat on a website: a `Network` with every optional verb."""

    OPTIONS: ClassVar[Mapping[str, OptionSpec]] = {
        "origins": OptionSpec(
            kind=OptionKind.LIST,
            about="names the sites that may show the chat",
            required=True,
            pattern=r"\*|https?://[A-Za-z0-9.:\[\]-]+",
            example='["https://shop.example.com"]',
        ),
        "secret": OptionSpec(
            kind=OptionKind.SECRET,
            about="signs the tokens visitors' browsers keep and the links to files",
            required=True,
            least=16,
        ),
        "identify_secret": OptionSpec(
            kind=OptionKind.SECRET, about="lets the site vouch for who is signed in", least=16
        ),
        "max_upload": OptionSpec(
            kind=OptionKind.NUMBER,
            about="is the largest file a visitor may send, in bytes",
            default=MAX_UPLOAD,
            least=1,
            most=1_000_000_000,
            example=str(MAX_UPLOAD),
        ),
        "colour": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the colour of the chat button",
            default="#2f6f4f",
            pattern=r"#[0-9a-fA-F]{6}",
            example="#2f6f4f",
        ),
        "greeting": OptionSpec(
            kind=OptionKind.TEXT,
            about="welcomes visitors who have not written yet",
            default="Hello! How can we help?",
            least=1,
            most=300,
        ),
    }

    name = "webchat"
    title = "Web chat"
    colour = "#2f6f4f"
    icon = "speech_balloon"
    capabilities = _capabilities(MAX_UPLOAD)

    def __init__(self, tools: Tools) -> None:
        self._visitors = tools.visitors
        self._signal = tools.signal

    def capabilities_for(self, account: AccountSettings) -> Capabilities:
        """The capabilities; how large a visitor's file may be is the account's to say."""
        limit = account.options.get("max_upload")
        return _capabilities(limit) if isinstance(limit, int) else self.capabilities

    async def send(self, account: AccountSettings, part: OutboundPart) -> Receipt:
        """Add the part to the visitor's history. Repeating it with the same key adds nothing."""
        message = message_id(part.idempotency_key)
        body: dict[str, object] = {
            "v": 1,
            "type": "message",
            "id": message,
            "author": _author(account, part),
            "text": part.text,
        }
        if part.attachment is not None:
            kept = await self._keep(account, part.contact_id, message, part.attachment)
            body["files"] = [file_entry(kept)]
        if part.reply_to:
            body["reply_to"] = _bare(part.reply_to)
        await self._append(account, part.contact_id, message, body)
        return Receipt(external_id=f"{part.contact_id}:{message}")

    async def download(self, account: AccountSettings, ref: str) -> AsyncIterator[bytes]:
        """Stream what the visitor uploaded. Raises `Rejected` when it is no longer kept."""
        try:
            async for chunk in self._visitors.read(account.name, ref):
                yield chunk
        except FileNotFoundError:
            raise Rejected("the file is no longer kept", code="file_gone") from None
        except OSError as error:
            raise ProviderFault("the file couldn't be read from this server's disk") from error

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        """None: what a visitor's browser and site tell comes with their messages."""
        return None

    async def edit(
        self,
        account: AccountSettings,
        contact_id: str,
        external_id: str,
        text: str,
        key: str,
        styles: tuple[Style, ...] = (),
    ) -> None:
        """Replace a message's text, in the history as well."""
        body = {"v": 1, "type": "message.update", "id": _bare(external_id), "text": text}
        await self._append(account, contact_id, _change_id(key), body)

    async def delete(self, account: AccountSettings, contact_id: str, external_id: str, key: str) -> None:
        """Take a message back; the history forgets its words."""
        body = {"v": 1, "type": "message.delete", "id": _bare(external_id)}
        await self._append(account, contact_id, _change_id(key), body)

    async def react(
        self, account: AccountSettings, contact_id: str, external_id: str, emoji: str, key: str
    ) -> None:
        """Set the team's reaction; an empty `emoji` removes it."""
        body = {
            "v": 1,
            "type": "reaction",
            "id": _bare(external_id),
            "emoji": emoji,
            "op": "add" if emoji else "remove",
            "author": {"kind": "agent"},
        }
        await self._append(account, contact_id, _change_id(key), body)

    async def typing(self, account: AccountSettings, contact_id: str, on: bool) -> None:
        """Tell open browsers; nothing is stored."""
        self._signal(account.name, contact_id, {"v": 1, "type": "typing", "on": on})

    async def mark_read(self, account: AccountSettings, contact_id: str, external_id: str, key: str) -> None:
        """Show "Read" under the visitor's messages up to this one."""
        body = {"v": 1, "type": "status", "state": "read", "up_to": _bare(external_id)}
        await self._append(account, contact_id, _change_id(key), body)

    async def _append(
        self, account: AccountSettings, contact_id: str, key: str, body: Mapping[str, object]
    ) -> None:
        await _answered(self._visitors.append(account.name, contact_id, key, body))

    async def _keep(
        self, account: AccountSettings, contact_id: str, key: str, attachment: Attachment
    ) -> KeptFile:
        return await _answered(self._visitors.keep(account.name, contact_id, key, attachment))


async def _answered(call: Awaitable[T]) -> T:
    """The call's result. Whatever goes wrong in our own store may be tried again: keys make it safe."""
    try:
        return await call
    except LookupError:
        raise ContactUnreachable("this visitor's chat no longer exists", code="visitor_gone") from None
    except Exception as error:
        raise ProviderFault("the chat's history couldn't be written just now") from error


def _author(account: AccountSettings, part: OutboundPart) -> Mapping[str, object]:
    if part.author is None:
        return {"kind": "agent", "name": account.title, "avatar": None}
    return {"kind": "agent", "name": part.author.name, "avatar": part.author.avatar_url}


def file_entry(kept: KeptFile) -> dict[str, object]:
    """A file as the history keeps it; the link is signed when it is shown."""
    return {
        "upload_id": kept.upload_id,
        "name": kept.name,
        "mime": kept.mime_type,
        "kind": kept.kind.value,
        "size": kept.size,
    }


def message_id(key: str) -> str:
    """The id of the message an idempotency key stands for. Visitors' own begin with `m_`."""
    return "a_" + _digest(key)


def _change_id(key: str) -> str:
    return "x_" + _digest(key)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]


def _bare(external_id: str) -> str:
    """`m_1` of `visitor:m_1`."""
    return external_id.rpartition(":")[2]
