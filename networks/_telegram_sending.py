"""One visible call of Telegram's: which method a part wants, and what to try when it is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from telegram import Bot, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, TelegramError

from networks._pieces import sendable
from networks._telegram_errors import answered, reason
from networks._telegram_markup import to_html
from networks._telegram_wire import upload
from networks.base import Attachment, OutboundPart, Style
from networks.capabilities import MediaKind

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_UNPLAYABLE = (
    "photo_invalid_dimensions",  # the sides together over 10,000, or one 20 times the other
    "image_process_failed",
    "photo_save_file_invalid",
    "photo_ext_invalid",
    "video_file_invalid",
    "voice_messages_forbidden",  # a setting of Telegram's paying customers
    "can't use file of type",
    "wrong type of the",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a part is given to Telegram; the first is the best. Each change is made once at most."""

    chat: str
    """A contact's id."""
    moved: bool = False
    markup: bool = True
    as_file: bool = False
    caption: bool = False
    """An edit is of what stands below a file."""

    def instead(self, refused: TelegramError) -> Way | None:
        """The way to try after a refusal; None: there is no other, so the refusal stands."""
        if isinstance(refused, ChatMigrated):
            return None if self.moved else replace(self, chat=str(refused.new_chat_id), moved=True)
        said = refused.message.lower()
        if "can't parse entities" in said and self.markup:
            return replace(self, markup=False)
        if "no text in the message to edit" in said and not self.caption:
            return replace(self, caption=True)
        if any(part in said for part in _UNPLAYABLE) and not self.as_file:
            return replace(self, as_file=True)
        return None

    def place(self) -> dict[str, Any]:
        """Where the call shows it."""
        chat, through = chat_of(self.chat)
        return {"chat_id": chat, **({"business_connection_id": through} if through else {})}

    def words(self, text: str, styles: Sequence[Style]) -> tuple[str, str | None]:
        """The text in the form of this way, and what Telegram is to read it as."""
        return (to_html(text, styles), ParseMode.HTML) if self.markup else (sendable(text), None)


async def tried(way: Way, call: Callable[[Way], Awaitable[Any]]) -> Any:
    """The result of the first way that is taken. Raises `DeliveryError` only."""
    while True:
        try:
            return await answered(call(way))
        except (BadRequest, ChatMigrated) as refused:
            other = way.instead(refused)
            if other is None:
                raise reason(refused) from None
            way = other


async def show(bot: Bot, part: OutboundPart, way: Way) -> Message:
    """The one call that shows the part to the customer. Raises `TelegramError`."""
    words, parse_mode = way.words(part.text, part.styles)
    target = _reply(part.reply_to)
    if part.attachment is None:
        return await bot.send_message(
            **way.place(),
            text=words,
            parse_mode=parse_mode,
            reply_parameters=target,
            link_preview_options=_NO_PREVIEW,
        )
    method, more = _method(part.attachment, way)
    field = {"caption": words, "parse_mode": parse_mode} if part.text else {}
    sent: Message = await getattr(bot, f"send_{method}")(
        **way.place(), **{method: upload(part.attachment)}, **field, **more, reply_parameters=target
    )
    return sent


async def change(bot: Bot, message: int, text: str, styles: Sequence[Style], way: Way) -> object:
    """Replace a message's text, or what stands below its file. Raises `TelegramError`."""
    words, parse_mode = way.words(text, styles)
    if way.caption:
        return await bot.edit_message_caption(
            **way.place(), message_id=message, caption=words, parse_mode=parse_mode
        )
    return await bot.edit_message_text(
        words, **way.place(), message_id=message, parse_mode=parse_mode, link_preview_options=_NO_PREVIEW
    )


def chat_of(contact_id: str) -> tuple[str, str]:
    """The chat, and the business connection it is reached through; empty for the bot's own chats."""
    through, _, chat = contact_id.rpartition(":")
    return chat, through


def message_of(external_id: str) -> tuple[str, int]:
    """The contact and number of `contact:number`. Raises `ValueError`."""
    chat, _, number = external_id.rpartition(":")
    return chat, int(number)


def _reply(external_id: str | None) -> ReplyParameters | None:
    """What the part answers. It goes without, where that is gone."""
    if not external_id:
        return None
    try:
        _, number = message_of(external_id)
    except ValueError:
        return None
    return ReplyParameters(message_id=number, allow_sending_without_reply=True)


def _method(file: Attachment, way: Way) -> tuple[str, Mapping[str, Any]]:
    """Which method shows the file as what it is: core.telegram.org/bots/api#sending-files"""
    if way.as_file:
        return "document", _AS_FILE
    if file.voice or file.mime_type == "audio/ogg":
        seconds = {"duration": round(file.duration)} if file.duration else {}
        return ("voice", seconds) if file.kind is MediaKind.AUDIO else ("document", _AS_FILE)
    if file.kind is MediaKind.PICTURE:
        return ("animation", {}) if file.mime_type == "image/gif" else ("photo", {})
    if file.kind is MediaKind.VIDEO:
        return "video", {"supports_streaming": True}
    return ("audio", {}) if file.kind is MediaKind.AUDIO else ("document", _AS_FILE)


_AS_FILE: Mapping[str, Any] = MappingProxyType({"disable_content_type_detection": True})
