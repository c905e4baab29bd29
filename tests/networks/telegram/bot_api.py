"""Telegram's Bot API on this machine: a real server that answers as Telegram does.

It reads requests with the maker's library where it has a class for them, and builds its
answers with it, so that what we send and read is what the library would.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from telegram import Chat, LinkPreviewOptions, Message, ReactionTypeEmoji, ReplyParameters, User
from telegram.constants import ReactionEmoji

from tests.networks.standin import LATER, StandIn
from tests.networks.telegram.answers import Refused, fail
from tests.networks.telegram.requests import Asked, check, parsed, read, units

TOKEN = "6200990011:AAH-fake_token_of_the_tests_000000000"
BOT_ID = 6_200_990_011
CUSTOMER = 704_512_233
_SENDS = {
    "sendMessage": "text",
    "sendPhoto": "photo",
    "sendAnimation": "animation",
    "sendVideo": "video",
    "sendAudio": "audio",
    "sendVoice": "voice",
    "sendDocument": "document",
}


@dataclass(slots=True, kw_only=True)
class Shown:
    """What a customer sees of one message of the bot's."""

    id: int
    to: int
    text: str
    kind: str = "text"
    html: str = ""
    file: tuple[str, int] | None = None
    mime: str = ""
    reply_to: int | None = None
    duration: int | None = None
    preview: bool = True
    deleted: bool = False
    reaction: str = ""
    through: str = ""
    """The business connection."""

    @property
    def name(self) -> str:
        """Its `external_id`."""
        return f"{self.through}:{self.to}:{self.id}" if self.through else f"{self.to}:{self.id}"


class BotApi(StandIn):
    """`async with BotApi() as api:` serves until the end of the block.

    `answers.py` names the faults there are beside those of every stand-in. Other kinds are
    descriptions: `"400 Bad Request: chat not found"`.
    """

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__()
        self.token = token
        self.shown: list[Shown] = []
        self.calls: list[Asked] = []
        self.done: list[tuple[str, int, int, str]] = []
        """Method, chat, message and words of what was carried out."""
        self.chats: dict[int, dict[str, Any]] = {}
        self.theirs: dict[str, str] = {}
        """Customers' messages, and our reaction to each."""
        self.me: dict[str, Any] = {"can_join_groups": False, "can_read_all_group_messages": False}
        self.connections: set[str] = set()
        """Business accounts that the bot is connected to."""
        self.webhook: dict[str, Any] = {}
        self.calls_to = ""
        """Where the address of a webhook really is on this machine; empty: nowhere."""
        self.paths: dict[str, str] = {}
        """Where a server run with `--local` has put a file."""
        self.webhook_trouble: str | None = None
        self.trouble_at = 1_793_610_000
        self._updates: list[dict[str, Any]] = []
        self._next = 881_200_100
        self._messages = 3_000
        self._polling: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """The API's methods, and files."""
        return [
            web.route("*", "/bot{token}/{method}", self._serve),
            web.get("/file/bot{token}/{path:.*}", self._file),
        ]

    async def __aexit__(self, *_: object) -> None:
        self.release()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().__aexit__()

    def options(self, **more: object) -> dict[str, object]:
        """The options of an account whose bot this is."""
        return {"token": self.token, "api_url": self.url, "mode": "polling", **more}

    def release(self) -> None:
        """Let what is held go."""
        super().release()
        self._stir()

    def asked(self, method: str) -> list[Asked]:
        """The requests for one method."""
        return [call for call in self.calls if call.method == method]

    # What customers do

    def writes(self, text: str | None = None, *, who: int = CUSTOMER, **content: Any) -> str:
        """A customer sends something; returns its `external_id`."""
        self._messages += 1
        person = _person(who)
        message = {
            "message_id": self._messages,
            "from": person,
            "chat": {**person, "type": "private"},
            "date": _now(),
            **({"text": text} if text is not None else {}),
            **content,
        }
        message["chat"].pop("is_bot", None)
        name = f"{who}:{self._messages}"
        self.theirs[name] = ""
        self.happens("message", message)
        return name

    def changes(self, external_id: str, text: str) -> None:
        """A customer edits what they wrote."""
        who, _, number = external_id.partition(":")
        person = _person(int(who))
        message = {
            "message_id": int(number),
            "from": person,
            "chat": {"id": int(who), "type": "private"},
            "date": _now(),
            "edit_date": _now(),
            "text": text,
        }
        self.happens("edited_message", message)

    def blocks(self, who: int = CUSTOMER, *, back: bool = False) -> None:
        """A customer blocks the bot, or unblocks it."""
        bot = {"id": BOT_ID, "is_bot": True, "first_name": "Acme Help"}
        states = [
            {"user": bot, "status": "kicked", "until_date": 0},
            {"user": bot, "status": "member"},
        ]
        before, after = states if back else reversed(states)
        change = {"chat": {"id": who, "type": "private"}, "from": _person(who), "date": _now()}
        self.happens("my_chat_member", {**change, "old_chat_member": before, "new_chat_member": after})

    def happens(self, kind: str, content: Mapping[str, Any]) -> None:
        """An update: it waits to be asked for, or goes to the webhook until that takes it."""
        update = {"update_id": self._next, kind: dict(content)}
        self._next += 1
        self._updates.append(update)
        self._stir()
        if self.webhook:
            self._start(self._push())

    async def _push(self) -> None:
        """Bring what waits to the webhook, in order; what it does not take is brought again."""
        async with aiohttp.ClientSession() as session:
            for update in list(self._updates):
                while update in self._updates and self.webhook and self.calls_to:
                    headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
                    async with session.post(self.calls_to, json=update, headers=headers) as answer:
                        if answer.status == 200 and update in self._updates:
                            self._updates.remove(update)
                        elif answer.status != 200:
                            await asyncio.sleep(0.05)  # as Telegram does: again after a while
        self._stir()

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _stir(self) -> None:
        self._changed.set()
        if self._polling and not self._polling.done():
            self._polling.set_result(None)

    # The API

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        asked = await read(request, method)
        self.calls.append(asked)
        fault = self.strike(method)
        try:
            if request.match_info["token"] != self.token or fault == "revoked":
                raise Refused(401, "Unauthorized")
            if fault and fault not in LATER:
                return fail(fault)
            result = None if fault in ("no_answer", "held") else await self._carry_out(asked)
        except Refused as refused:
            return web.json_response(refused.body, status=refused.status)
        finally:
            self._stir()
        await self.keep_back(request, fault)
        return web.json_response({"ok": True, "result": result})

    async def _carry_out(self, asked: Asked) -> Any:
        if asked.method in _SENDS:
            return self._send(asked)
        method = getattr(self, f"_{asked.method}", None)
        if method is None:
            raise Refused(404, "Not Found")
        result = method(asked.values)
        return await result if asyncio.iscoroutine(result) else result

    def _send(self, asked: Asked) -> dict[str, Any]:
        kind, values = _SENDS[asked.method], asked.values
        through = self._connected(values)
        words = values.get("text" if kind == "text" else "caption", "")
        text = parsed(words, values.get("parse_mode"))
        if kind == "text" and not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if units(text) > (4096 if kind == "text" else 1024):
            raise Refused(400, f"Bad Request: message {'' if kind == 'text' else 'caption '}is too long")
        upload = asked.files.get(kind)
        if kind != "text" and upload is None:
            raise Refused(400, f"Bad Request: there is no {kind} in the request")
        if upload is not None:
            check(kind, upload)
        target = values.get("reply_parameters")
        reply = ReplyParameters.de_json(json.loads(target), None) if target else None
        options = values.get("link_preview_options")
        preview = LinkPreviewOptions.de_json(json.loads(options), None) if options else None
        self._messages += 1
        seconds = values.get("duration")
        message = Shown(
            id=self._messages,
            to=int(values["chat_id"]),
            text=text,
            kind=kind,
            html=words if values.get("parse_mode") else "",
            file=(upload.name, upload.size) if upload else None,
            mime=upload.mime if upload else "",
            reply_to=reply.message_id if reply else None,
            duration=int(seconds) if seconds else None,
            preview=not (preview and preview.is_disabled),
            through=through,
        )
        self.shown.append(message)
        self.done.append((asked.method, message.to, message.id, text))
        return _message(message)

    def _connected(self, values: Mapping[str, Any]) -> str:
        """The business connection a call is made through."""
        through = str(values.get("business_connection_id", ""))
        if through and through not in self.connections:
            raise Refused(400, "Bad Request: business connection not found")
        return through

    def _deleteBusinessMessages(self, values: Mapping[str, Any]) -> bool:  # noqa: N802
        through = self._connected(values)
        for number in json.loads(values["message_ids"]):
            for message in self.shown:
                message.deleted |= (message.through, message.id) == (through, number)
        return True

    def _editMessageText(self, values: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 - the API's name
        message = self._mine(values, "Bad Request: message to edit not found")
        if message.file:
            raise Refused(400, "Bad Request: there is no text in the message to edit")
        return self._edit(message, values["text"], values.get("parse_mode"))

    def _editMessageCaption(self, values: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        message = self._mine(values, "Bad Request: message to edit not found")
        return self._edit(message, values.get("caption", ""), values.get("parse_mode"))

    def _edit(self, message: Shown, words: str, mode: str | None) -> dict[str, Any]:
        text, html = parsed(words, mode), words if mode else ""
        if (text, html) == (message.text, message.html):
            raise Refused(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup "
                "are exactly the same as a current content and reply markup of the message",
            )
        message.text, message.html = text, html
        self.done.append(("edit", message.to, message.id, text))
        return _message(message)

    def _deleteMessage(self, values: Mapping[str, Any]) -> bool:  # noqa: N802
        message = self._mine(values, "Bad Request: message to delete not found")
        message.deleted = True
        self.done.append(("delete", message.to, message.id, ""))
        return True

    def _setMessageReaction(self, values: Mapping[str, Any]) -> bool:  # noqa: N802
        name = f"{values['chat_id']}:{values['message_id']}"
        message = (
            None if name in self.theirs else self._mine(values, "Bad Request: message to react not found")
        )
        chosen = [ReactionTypeEmoji.de_json(each, None) for each in json.loads(values["reaction"])]
        emojis = [each.emoji for each in chosen if isinstance(each, ReactionTypeEmoji)]
        if any(emoji not in list(ReactionEmoji) for emoji in emojis):
            raise Refused(400, "Bad Request: REACTION_INVALID")
        if message is None:
            self.theirs[name] = "".join(emojis)
            return True
        message.reaction = "".join(emojis)
        self.done.append(("react", message.to, message.id, message.reaction))
        return True

    def _sendChatAction(self, values: Mapping[str, Any]) -> bool:  # noqa: N802
        self._connected(values)
        self.done.append((values["action"], int(values["chat_id"]), 0, ""))
        return True

    def _mine(self, values: Mapping[str, Any], missing: str) -> Shown:
        chat, number, through = int(values["chat_id"]), int(values["message_id"]), self._connected(values)
        for message in self.shown:
            known = (message.to, message.id, message.through)
            if known == (chat, number, through) and not message.deleted:
                return message
        raise Refused(400, missing)

    def _getMe(self, values: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {**_bot().to_dict(), **self.me}

    def _getChat(self, values: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        chat = self.chats.get(int(values["chat_id"]))
        if chat is None:
            raise Refused(400, "Bad Request: chat not found")
        return chat

    def _getFile(self, values: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        ref = values["file_id"]
        content = self.files.get(ref)
        if content is None:
            raise Refused(400, "Bad Request: invalid file_id")
        size = content if isinstance(content, int) else len(content)
        if size > 20_000_000 and ref not in self.paths:
            raise Refused(400, "Bad Request: file is too big")
        place = self.paths.get(ref, f"documents/{ref}.bin")
        return {"file_id": ref, "file_unique_id": f"u{ref}", "file_size": size, "file_path": place}

    def _setWebhook(self, values: Mapping[str, Any]) -> bool:  # noqa: N802
        if not values["url"].startswith("https://"):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = dict(values)
        self._start(self._push())
        return True

    def _deleteWebhook(self, values: Mapping[str, Any]) -> bool:  # noqa: N802
        self.webhook = {}
        return True

    def _getWebhookInfo(self, values: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        told = {"url": self.webhook.get("url", ""), "has_custom_certificate": False}
        failed = {"last_error_message": self.webhook_trouble, "last_error_date": self.trouble_at}
        trouble = failed if self.webhook_trouble else {}
        return {**told, "pending_update_count": len(self._updates), **trouble}

    async def _getUpdates(self, values: Mapping[str, Any]) -> list[dict[str, Any]]:  # noqa: N802
        if self.webhook:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to "
                "delete the webhook first",
            )
        if self._polling and not self._polling.done():
            self._polling.set_exception(
                Refused(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot "
                    "instance is running",
                )
            )
        offset = int(values.get("offset", 0))
        self._updates = [each for each in self._updates if each["update_id"] >= offset]
        if not self._updates:
            await self._wait(float(values.get("timeout", 0)))
        wanted = json.loads(values.get("allowed_updates", "[]"))
        return [each for each in self._updates if set(each) & set(wanted)][:100]

    async def _wait(self, seconds: float) -> None:
        mine = self._polling = asyncio.get_running_loop().create_future()
        self._changed.set()
        try:
            async with asyncio.timeout(seconds):
                while not self._updates and not self._released.is_set():
                    await mine
                    mine = self._polling = asyncio.get_running_loop().create_future()
        except TimeoutError:
            pass
        finally:
            mine.cancel()

    async def _file(self, request: web.Request) -> web.StreamResponse:
        fault = self.strike("file")
        ref = request.match_info["path"].removeprefix("documents/").removesuffix(".bin")
        content = self.files.get(ref)
        if fault:
            return fail(fault)
        if request.match_info["token"] != self.token or content is None:
            status = 404 if content is None else 401
            return web.json_response({"ok": False, "error_code": status, "description": "…"}, status=status)
        return await self.hand_out(request, ref)


def _message(message: Shown) -> dict[str, Any]:
    """The answer to a send, as the library writes a message."""
    sent = Message(
        message_id=message.id,
        date=datetime.now(UTC),
        chat=Chat(id=message.to, type="private" if message.to > 0 else "supergroup"),
        from_user=_bot(),
        text=message.text if message.kind == "text" else None,
        caption=message.text if message.kind != "text" else None,
    )
    return sent.to_dict()


def _bot() -> User:
    return User(id=BOT_ID, is_bot=True, first_name="Acme Help", username="acme_help_bot")


def _person(who: int) -> dict[str, Any]:
    names = {CUSTOMER: ("Olga", "Kern", "olga_kern")}
    first, last, username = names.get(who, (f"Customer {who}", "", ""))
    told = {"id": who, "is_bot": False, "first_name": first, "language_code": "de"}
    return told | ({"last_name": last, "username": username} if last else {})


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
