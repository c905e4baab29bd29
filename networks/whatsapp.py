"""WhatsApp, through Meta's Cloud API: one account is one business phone number.

Meta calls us; answers go out through the Graph API (`_graph`). A file is uploaded first, which nobody sees
and may be done again, and then sent by its id in the one visible call.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from networks import _graph
from networks._addresses import host_of
from networks._calling import ANSWER, Caller
from networks._graph import Graph
from networks._pieces import line, objects
from networks._whatsapp_account import Business, number_of
from networks._whatsapp_errors import FOR_ONE, GONE, ONE_PERSON, REFUSALS
from networks._whatsapp_reading import events_of
from networks._whatsapp_sending import LONGEST, LONGEST_CAPTION, body_of, reaction, upload
from networks.base import (
    Attachment,
    Checked,
    OutboundPart,
    Receipt,
    Template,
    Tools,
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
from networks.errors import (
    AccountBroken,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
)
from networks.events import InboundEvent, Profile

_REMEMBERED = 5_000
_OVER = "http_404"
"""https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media"""

# https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
_DOCUMENTS = frozenset(
    {
        "text/plain",
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    }
)


class WhatsApp:
    """Business numbers of WhatsApp."""

    OPTIONS: ClassVar[Mapping[str, OptionSpec]] = {
        "phone_number_id": OptionSpec(
            kind=OptionKind.TEXT,
            about="is Meta's id of the number, not the number itself",
            required=True,
            pattern=r"\d{5,30}",
            example="110220330440550",
            single=True,
        ),
        "business_account_id": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the id of the WhatsApp Business account that the number is in",
            required=True,
            pattern=r"\d{5,30}",
            example="104420011223344",
        ),
        **_graph.OPTIONS,
        # one token of a system user serves all numbers of a business
        "token": replace(_graph.OPTIONS["token"], single=False),
        "media_host": OptionSpec(
            kind=OptionKind.TEXT,
            about="is where Meta hands out customers' files",
            default="lookaside.fbsbx.com",
            pattern=r"[A-Za-z0-9.-]{3,253}",
            example="lookaside.fbsbx.com",
        ),
    }

    name = "whatsapp"
    title = "WhatsApp"
    colour = "#25d366"
    icon = "telephone_receiver"
    capabilities = Capabilities(
        # https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/text-messages
        text_limit=TextLimit(length=LONGEST, unit=LengthUnit.CODE_POINTS),
        # https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/image-messages
        caption_limit=TextLimit(length=LONGEST_CAPTION, unit=LengthUnit.CODE_POINTS),
        # https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/audio-messages
        captioned=frozenset(MediaKind) - {MediaKind.AUDIO},
        # https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
        send={
            MediaKind.PICTURE: MediaRule(
                max_bytes=5_000_000, mime_types=frozenset({"image/jpeg", "image/png"}), formats="JPG, PNG"
            ),
            MediaKind.VIDEO: MediaRule(
                max_bytes=16_000_000, mime_types=frozenset({"video/mp4", "video/3gpp"}), formats="MP4, 3GP"
            ),
            MediaKind.AUDIO: MediaRule(
                max_bytes=16_000_000,
                mime_types=frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
                formats="MP3, M4A, AAC, AMR, OGG",
            ),
            MediaKind.DOCUMENT: MediaRule(
                max_bytes=100_000_000,
                mime_types=_DOCUMENTS,
                formats="PDF, TXT, Word, Excel, PowerPoint",
            ),
        },
        receive={kind: MediaRule(max_bytes=100_000_000, formats="any type") for kind in MediaKind},
        # https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
        reply_window=timedelta(hours=24),
        templates=True,
        edits=Support.REJECTED,
        deletions=Support.REJECTED,
        # https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/reaction-messages
        reactions=Support.NATIVE,
        # https://developers.facebook.com/documentation/business-messaging/whatsapp/typing-indicators
        typing=Support.NATIVE,
        receipts=Support.NATIVE,
        replies=Support.NATIVE,
        idempotent_send=False,
        markup=Markup.MARKDOWN,
        # https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/audio-messages
        voice=MediaRule(max_bytes=16_000_000, mime_types=frozenset({"audio/ogg"}), formats="OGG with Opus"),
        checked="November 2026",
    )

    def __init__(self, tools: Tools | None = None, *, answer: float = ANSWER) -> None:
        self._caller = Caller(self.title, answer=answer)
        self._graph = Graph(self.title, self._caller, REFUSALS)
        self._business = Business(self._graph)
        self._told: set[str] = set()
        self._read: OrderedDict[tuple[str, str], str] = OrderedDict()
        """The message of each contact that was marked as read last: typing is shown under one."""
        self._typing: OrderedDict[tuple[str, str], bool] = OrderedDict()
        """Who is to see typing as soon as there is such a message."""

    async def close(self) -> None:
        """Let go of the connections."""
        await self._caller.close()

    def capabilities_for(self, account: AccountSettings) -> Capabilities:
        """The same for every number."""
        return self.capabilities

    # What goes out

    async def send(self, account: AccountSettings, part: OutboundPart) -> Receipt:
        """Show the part to the customer."""
        file = part.attachment if part.template is None else None
        media_id = await self._uploaded(account, file) if file else None
        found = await self._shown(account, body_of(part, media_id))
        self._typing.pop((account.name, part.contact_id), None)
        sent = objects(found.get("messages"))
        external_id = line(sent[0], "id", 200) if sent else ""
        if not external_id:
            raise UnexpectedResponse("WhatsApp did not say which message it took", code="no_id")
        return Receipt(external_id=external_id)

    async def _shown(self, account: AccountSettings, body: object) -> Mapping[str, Any]:
        """The one call. How fast one may write to one person is a limit of its own."""
        try:
            return await self._message(account, body)
        except Throttled as error:
            one = error.code == ONE_PERSON
            after = FOR_ONE if one else error.retry_after
            raise Throttled(error.words, retry_after=after, code=error.code, one_contact=one) from None

    async def _uploaded(self, account: AccountSettings, file: Attachment) -> str:
        """The id of the file at Meta. Nobody has seen anything yet, whatever goes wrong."""
        try:
            found = await self._graph.call(
                account, "POST", f"{number_of(account)}/media", form=upload(file), files=[("file", file)]
            )
        except (NoAnswer, UnexpectedResponse) as error:
            raise ProviderFault(error.words, code=error.code) from None
        media_id = found.get("id")
        if not isinstance(media_id, str | int) or not media_id:
            raise ProviderFault("WhatsApp did not say where it keeps the file", code="no_id")
        return str(media_id)

    async def react(
        self, account: AccountSettings, contact_id: str, external_id: str, emoji: str, key: str
    ) -> None:
        """Set our one reaction; an empty `emoji` removes it."""
        await self._message(account, reaction(contact_id, external_id, emoji))

    async def mark_read(self, account: AccountSettings, contact_id: str, external_id: str, key: str) -> None:
        """Two blue ticks for everything up to this message; and typing, if an answer is being written."""
        who = (account.name, contact_id)
        _remember(self._read, who, external_id)
        await self._message(account, _read(external_id, typing=self._typing.pop(who, False)))

    async def typing(self, account: AccountSettings, contact_id: str, on: bool) -> None:
        """Show it for at most 25 seconds. WhatsApp shows it only under a message that is read as well: where
        none is known yet, with the next one that is marked so.
        """
        who = (account.name, contact_id)
        if not on:
            self._typing.pop(who, None)
        elif external_id := self._read.get(who):
            await self._message(account, _read(external_id, typing=True))
        else:
            _remember(self._typing, who, True)

    async def _message(self, account: AccountSettings, body: object) -> Mapping[str, Any]:
        return await self._graph.call(account, "POST", f"{number_of(account)}/messages", json=body)

    # What is asked

    async def download(self, account: AccountSettings, ref: str) -> AsyncIterator[bytes]:
        """Stream a file. Its address lives for five minutes, and is asked for anew each time; and once more
        where Meta gave one that is over already.
        """
        ours = {host_of(_graph.base(account)), str(account.options.get("media_host") or "").lower()}
        headers = {"Authorization": f"Bearer {account.options.get('token')}"}
        for again in (True, False):
            address = await self._address(account, ref)
            try:
                async for chunk in self._caller.fetch(address, headers=headers, trusted=ours):
                    yield chunk
                return
            except Rejected as error:
                if error.code != _OVER or not again:
                    raise

    async def _address(self, account: AccountSettings, ref: str) -> str:
        try:
            found = await self._graph.call(
                account, "GET", ref, params={"phone_number_id": number_of(account)}
            )
        except AccountBroken as error:
            raise (_gone() if error.code == GONE else error) from None
        address = found.get("url")
        if not isinstance(address, str) or not address:
            raise UnexpectedResponse("WhatsApp did not say where the file is")
        return address

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        """Only messages tell who somebody is."""
        return None

    async def templates(self, account: AccountSettings) -> Sequence[Template]:
        """The approved ones that need nothing but words, by name."""
        return await self._business.templates(account)

    # What comes in

    def verify(self, account: AccountSettings, request: WebhookRequest) -> None:
        """Meta signs with the app's secret."""
        _graph.verify(account, request)

    def parse(self, account: AccountSettings, request: WebhookRequest) -> Sequence[InboundEvent]:
        """The events of one call."""
        return events_of(_graph.parsed(request))

    def serves(self, account: AccountSettings, recipient: str) -> bool:
        """Meta calls one address for all numbers that have none of their own."""
        return recipient == number_of(account)

    def answer(self, account: AccountSettings, request: WebhookRequest) -> WebhookAnswer:
        """The challenge, when Meta first asks."""
        return _graph.answer(request)

    async def connect(self, account: AccountSettings, hook: str | None) -> None:
        """Have the app hear of the account's messages, and Meta call us for this number."""
        if hook is None:
            raise Rejected("WhatsApp calls a public address only; set PUBLIC_URL")
        await self._business.connect(account, hook)
        self._told.add(account.name)

    async def check(self, account: AccountSettings, hook: str | None) -> Sequence[Checked]:
        """Whose the number is, and whether what comes to it reaches us."""
        return await self._business.check(account, hook, told=account.name in self._told)


def _read(message_id: str, *, typing: bool) -> dict[str, Any]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/typing-indicators"""
    shown = {"typing_indicator": {"type": "text"}} if typing else {}
    return {"messaging_product": "whatsapp", "status": "read", "message_id": message_id, **shown}


def _gone() -> DeliveryError:
    return Rejected("WhatsApp no longer has this file", code=GONE)


def _remember(known: OrderedDict[tuple[str, str], Any], who: tuple[str, str], what: object) -> None:
    """Keep the newest few thousand."""
    known[who] = what
    known.move_to_end(who)
    if len(known) > _REMEMBERED:
        known.popitem(last=False)
