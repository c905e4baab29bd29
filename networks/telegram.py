"""Telegram, through its Bot API: one account is one bot.

Updates come by long polling, which needs no public address, or by a webhook; calls go out
through the maker's library over a transport of ours (`_telegram_wire`). Where Telegram
refuses a part in the form it was given but would take it in another, that form is tried at
once: a refused call has shown the customer nothing, so nothing is doubled.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from telegram import Bot
from telegram.constants import ChatAction, ReactionEmoji
from telegram.error import BadRequest

from networks import _telegram_files
from networks._addresses import host_of
from networks._calling import ANSWER, Caller
from networks._telegram_chats import group_profile, profile_of
from networks._telegram_check import Told, findings
from networks._telegram_errors import BROKEN_TOKEN, UNREADABLE, answered, reason
from networks._telegram_reading import ALLOWED_UPDATES, events_of, parsed
from networks._telegram_sending import Way, change, chat_of, message_of, show, tried
from networks._telegram_wire import LONG_POLL, Wire
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
    Markup,
    MediaKind,
    MediaRule,
    OptionKind,
    OptionSpec,
    Support,
    TextLimit,
)
from networks.errors import AccountBroken, PayloadInvalid, Rejected, SignatureInvalid, UnexpectedResponse
from networks.events import InboundEvent, Profile

T = TypeVar("T")

API = "https://api.telegram.org"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{10,100}")

_REACTIONS = frozenset(emoji.value for emoji in ReactionEmoji)
_BARE = {emoji.replace("\ufe0f", ""): emoji for emoji in _REACTIONS}
_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")


def _capabilities(*, local: bool) -> Capabilities:
    # https://core.telegram.org/bots/api#sending-files, and for one's own server
    # https://core.telegram.org/bots/api#using-a-local-bot-api-server
    most = 2_000_000_000 if local else 50_000_000
    # https://core.telegram.org/bots/api#getfile
    fetched = 2_000_000_000 if local else 20_000_000
    return Capabilities(
        # https://core.telegram.org/bots/api#sendmessage: after entities are parsed
        text_limit=TextLimit(length=4_096, unit=LengthUnit.UTF16),
        # https://core.telegram.org/bots/api#senddocument
        caption_limit=TextLimit(length=1_024, unit=LengthUnit.UTF16),
        send={
            # https://core.telegram.org/bots/api#sendphoto: 10 MB; larger ones go as files
            MediaKind.PICTURE: MediaRule(
                max_bytes=10_000_000,
                mime_types=frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"}),
                formats="JPG, PNG, WebP, GIF",
            ),
            # https://core.telegram.org/bots/api#sendvideo
            MediaKind.VIDEO: MediaRule(max_bytes=most, mime_types=frozenset({"video/mp4"}), formats="MP4"),
            # https://core.telegram.org/bots/api#sendaudio and #sendvoice
            MediaKind.AUDIO: MediaRule(
                max_bytes=most,
                mime_types=frozenset({"audio/mpeg", "audio/mp4", "audio/ogg"}),
                formats="MP3, M4A, OGG",
            ),
            # https://core.telegram.org/bots/api#senddocument
            MediaKind.DOCUMENT: MediaRule(max_bytes=most, formats="any type"),
        },
        receive={kind: MediaRule(max_bytes=fetched, formats="any type") for kind in MediaKind},
        reply_window=None,  # whoever opened the bot can be answered until they block it
        edits=Support.NATIVE,
        deletions=Support.NATIVE,  # https://core.telegram.org/bots/api#deletemessage: for 48 hours
        reactions=Support.NATIVE,
        typing=Support.NATIVE,
        receipts=Support.REJECTED,  # a bot is told neither "delivered" nor "read"
        replies=Support.NATIVE,
        idempotent_send=False,
        markup=Markup.HTML,
        # https://core.telegram.org/bots/api#sendvoice
        voice=MediaRule(max_bytes=most, mime_types=frozenset({"audio/ogg"}), formats="OGG with Opus"),
        profiles=True,  # getChat tells the bio; only messages tell the language
        # https://core.telegram.org/bots/api#reactiontypeemoji
        emojis=_REACTIONS,
        checked="November 2026",
    )


class Telegram:
    """Bots of Telegram: polled or called, with every optional verb but read marks."""

    OPTIONS: ClassVar[Mapping[str, OptionSpec]] = {
        "token": OptionSpec(
            kind=OptionKind.SECRET,
            about="is what @BotFather gave for the bot",
            required=True,
            pattern=_TOKEN.pattern,
            example="what @BotFather gave, as in 110201543:AAHdqTcvCH1vGW, without quotes or spaces",
            single=True,
        ),
        "mode": OptionSpec(
            kind=OptionKind.TEXT,
            about='is "polling", or "webhook" where PUBLIC_URL can be reached by Telegram',
            default="polling",
            pattern="polling|webhook",
            example="polling or webhook",
        ),
        "webhook_secret": OptionSpec(
            kind=OptionKind.SECRET,
            about="proves that a call comes from Telegram; made from the token where it isn't given",
            least=16,
            most=256,
            pattern="[A-Za-z0-9_-]*",  # https://core.telegram.org/bots/api#setwebhook
            example="of A-Z, a-z, 0-9, _ and - alone",
        ),
        "api_url": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the address of a Bot API server of your own",
            default=API,
            pattern=r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[1-9]\d{0,3}|:[1-5]\d{4}|:6[0-5]\d{3})?",
            example="http://127.0.0.1:8081",
        ),
        "local_files": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the folder where your own Bot API server, run with --local, keeps its files",
            needs="api_url",
            pattern=r"/.{1,500}",
            example="/var/lib/telegram-bot-api",
        ),
    }

    name = "telegram"
    title = "Telegram"
    colour = "#229ed9"
    icon = "airplane"
    capabilities = _capabilities(local=False)

    def __init__(self, tools: Tools | None = None, *, answer: float = ANSWER) -> None:
        self._answer = answer
        self._caller = Caller(self.title)
        self._bots: dict[tuple[str, str], Bot] = {}
        self._told: dict[str, Told] = {}

    async def close(self) -> None:
        """Let go of the connections."""
        await self._caller.close()

    def capabilities_for(self, account: AccountSettings) -> Capabilities:
        """The capabilities; one's own server takes and gives larger files."""
        return _capabilities(local=True) if _local_files(account) else self.capabilities

    # What goes out

    async def send(self, account: AccountSettings, part: OutboundPart) -> Receipt:
        """Show the part to the customer."""
        bot = self._bot(account)
        sent = await tried(Way(chat=part.contact_id), lambda way: show(bot, part, way))
        _, through = chat_of(part.contact_id)
        shown = f"{sent.chat.id}:{sent.message_id}"
        return Receipt(external_id=f"{through}:{shown}" if through else shown)

    async def edit(
        self,
        account: AccountSettings,
        contact_id: str,
        external_id: str,
        text: str,
        key: str,
        styles: tuple[Style, ...] = (),
    ) -> None:
        """Replace the text of a message, or what stands below its file."""
        bot, (chat, message) = self._bot(account), _target(external_id)
        try:
            await tried(Way(chat=chat), lambda way: change(bot, message, text, styles, way))
        except Rejected as error:
            if "message is not modified" not in error.code.lower():
                raise

    async def delete(self, account: AccountSettings, contact_id: str, external_id: str, key: str) -> None:
        """Take a message back; one that is gone already is fine."""
        bot, (chat, message) = self._bot(account), _target(external_id)
        chat, through = chat_of(chat)
        try:
            await answered(
                bot.delete_business_messages(through, [message])
                if through
                else bot.delete_message(chat, message)
            )
        except BadRequest as error:
            if "message to delete not found" not in error.message.lower():
                raise reason(error) from None

    async def react(
        self, account: AccountSettings, contact_id: str, external_id: str, emoji: str, key: str
    ) -> None:
        """Set the bot's one reaction; an empty `emoji` removes it."""
        chat, message = _target(external_id)
        wanted = _BARE.get(_TONES.sub("", emoji).replace("\ufe0f", ""))
        if chat_of(chat)[1]:
            raise Rejected("bots can't react in the chats of a business account", code="business")
        if emoji and wanted is None:
            raise Rejected(f"Telegram has no reaction {emoji[:16]}", code="reaction")
        chosen = [wanted] if wanted else []
        await self._plain(self._bot(account).set_message_reaction(chat, message, chosen))

    async def typing(self, account: AccountSettings, contact_id: str, on: bool) -> None:
        """Show it for five seconds; Telegram ends it by itself."""
        if on:
            chat, through = chat_of(contact_id)
            shown = self._bot(account).send_chat_action(
                chat, ChatAction.TYPING, business_connection_id=through or None
            )
            await self._plain(shown)

    # What is fetched

    async def download(self, account: AccountSettings, ref: str) -> AsyncIterator[bytes]:
        """Stream a file. From a server of one's own it is read where that server put it."""
        place = (await self._raw(account, dict, "getFile", file_id=ref)).get("file_path")
        if not isinstance(place, str) or not place:
            raise UnexpectedResponse("Telegram did not say where the file is")
        if folder := _local_files(account):
            chunks = _telegram_files.read(folder, place)
        else:
            url = f"{self._bot(account).base_file_url}/{quote(place.lstrip('/'), errors='replace')}"
            chunks = self._caller.fetch(url, trusted={host_of(self._bot(account).base_file_url)})
        async for chunk in chunks:
            yield chunk

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        """What Telegram knows."""
        chat = await self._raw(account, dict, "getChat", chat_id=chat_of(contact_id)[0])
        return profile_of(chat) if chat.get("type") == "private" else group_profile(chat)

    # What comes in

    def verify(self, account: AccountSettings, request: WebhookRequest) -> None:
        """Telegram sends back the secret it was given."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(secret_of(account).encode(), given.encode("utf-8", "replace")):
            raise SignatureInvalid("not the secret Telegram was given")

    def parse(self, account: AccountSettings, request: WebhookRequest) -> Sequence[InboundEvent]:
        """The events of one update."""
        return events_of(parsed(request.body), _own_id(account), request.received_at)

    def answer(self, account: AccountSettings, request: WebhookRequest) -> WebhookAnswer:
        """Nothing more than that it was taken."""
        return WebhookAnswer()

    def polls(self, account: AccountSettings, hook: str | None) -> bool:
        """Whether Telegram is asked."""
        return account.options.get("mode") != "webhook"

    async def connect(self, account: AccountSettings, hook: str | None) -> None:
        """Tell Telegram to call us, or that nobody is to be called. What waits there stays."""
        bot = self._bot(account)
        if hook is None:
            await self._plain(bot.delete_webhook())
            return
        try:
            await answered(
                bot.set_webhook(hook, allowed_updates=ALLOWED_UPDATES, secret_token=secret_of(account))
            )
        except BadRequest as error:
            host, why = urlsplit(hook).netloc, error.message.rpartition("webhook: ")[2]
            raise Rejected(f"Telegram can't call {host}: {why[:80].rstrip('.')}", code="webhook") from None
        self._told[account.name] = Told()

    async def poll(self, account: AccountSettings, cursor: str | None, *, wait: bool = True) -> Polled:
        """Ask for updates after `cursor`, the number of the next."""
        own = _own_id(account)
        updates = await self._updates(account, cursor, LONG_POLL if wait else 0)
        events: list[InboundEvent] = []
        unreadable: list[Unreadable] = []
        for update in updates:
            try:
                events += events_of(update, own)
            except PayloadInvalid as error:
                unreadable.append(Unreadable(body=json.dumps(update).encode(), why=str(error)))
        return Polled(events=events, cursor=_after(updates, cursor), unreadable=unreadable)

    async def _updates(self, account: AccountSettings, cursor: str | None, seconds: int) -> list[object]:
        asked: dict[str, object] = {"timeout": seconds, "allowed_updates": json.dumps(ALLOWED_UPDATES)}
        if cursor:
            asked["offset"] = cursor
        try:
            return await self._raw(account, list, "getUpdates", **asked)
        except AccountBroken as error:
            if "webhook is active" not in error.code:
                raise
            # Set by another program, or by us before the account was polled. If it is set again
            # meanwhile, that program is still at work, and this says so.
            await self._plain(self._bot(account).delete_webhook())
            return await self._raw(account, list, "getUpdates", **asked)

    async def check(self, account: AccountSettings, hook: str | None) -> Sequence[Checked]:
        """Whose the token is, whether updates can come, and what strangers may do with the bot."""
        me = await self._raw(account, dict, "getMe")
        state = await self._raw(account, dict, "getWebhookInfo")
        folder = _local_files(account)
        if folder and not await asyncio.to_thread(os.access, folder, os.R_OK | os.X_OK):
            return [Checked(words=f"local_files: Oratio can't read the folder {folder}", wrong=True)]
        wanted = None if self.polls(account, hook) else hook
        return findings(me, state, wanted, self._told.get(account.name), own_server=bool(folder))

    # The pieces

    async def _plain(self, call: Any) -> Any:
        """A call that there is only one way to make. Raises `DeliveryError` only."""
        try:
            return await answered(call)
        except BadRequest as error:
            raise reason(error) from None

    async def _raw(self, account: AccountSettings, kind: type[T], method: str, **asked: object) -> T:
        """An answer as Telegram wrote it: the library refuses what lacks a field. Raises `DeliveryError`."""
        bot = self._bot(account)
        query = f"?{urlencode(asked, errors='replace')}" if asked else ""
        found = await self._plain(bot.request.post(f"{bot.base_url}/{method}{query}"))
        if not isinstance(found, kind):
            raise UnexpectedResponse(UNREADABLE)
        return found

    def _bot(self, account: AccountSettings) -> Bot:
        """The library's client for the account. Raises `AccountBroken` for what is no token."""
        token, url = key = (_token(account), str(account.options.get("api_url") or API))
        if key not in self._bots:
            wire = Wire(self._caller, self._answer)
            self._bots[key] = Bot(
                token,
                base_url=f"{url}/bot",
                base_file_url=f"{url}/file/bot",
                request=wire,
                get_updates_request=wire,
            )
        return self._bots[key]


def _token(account: AccountSettings) -> str:
    token = str(account.options.get("token") or "")
    if not _TOKEN.fullmatch(token):
        raise AccountBroken(BROKEN_TOKEN, code="malformed_token")
    return token


def _local_files(account: AccountSettings) -> str:
    """The folder of one's own server; empty where there is none."""
    return str(account.options.get("local_files") or "")


def _own_id(account: AccountSettings) -> str:
    """A token begins with the bot's id."""
    return str(account.options.get("token") or "").partition(":")[0]


def secret_of(account: AccountSettings) -> str:
    """What Telegram sends with each call: the account's own, or one made of its token."""
    given = account.options.get("webhook_secret")
    if isinstance(given, str) and given:
        return given
    token = str(account.options.get("token") or "")
    return hmac.new(token.encode(), b"oratio webhook " + account.name.encode(), "sha256").hexdigest()


def _target(external_id: str) -> tuple[str, int]:
    try:
        return message_of(external_id)
    except ValueError:
        raise Rejected("the message is no longer there", code="external_id") from None


def _after(updates: Sequence[object], cursor: str | None) -> str | None:
    """The number after the last one, or the same where nothing came."""
    numbers = [u["update_id"] for u in updates if isinstance(u, dict) and type(u.get("update_id")) is int]
    return str(numbers[-1] + 1) if numbers else cursor
