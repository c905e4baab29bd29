"""Viber, through its REST Bot API: one account is one bot.

Viber calls us, and fetches files from us: both need a public address. Its answers are HTTP 200 whatever
became of the call; `_viber_answers` knows what their statuses mean.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from networks._addresses import host_of
from networks._calling import ANSWER, Caller
from networks._pieces import as_object, line
from networks._viber_answers import refusal
from networks._viber_content import secure, token_of
from networks._viber_reading import EVENT_TYPES, events_of, parsed, profile_of
from networks._viber_sending import LONGEST_NAME, message_of, welcome_of
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
from networks.errors import (
    PayloadInvalid,
    Rejected,
    SignatureInvalid,
    Throttled,
    UnexpectedResponse,
)
from networks.events import InboundEvent, Profile

API = "https://chatapi.viber.com/pa"
SIGNATURE_HEADER = "x-viber-content-signature"
TOKEN_HEADER = "X-Viber-Auth-Token"  # noqa: S105 - a header's name

_HOST = re.compile(r"https?://([^/?#]*).*")
_ANSWERED = re.compile(r"HttpResponse\[HTTP/[\d.]+ (\d{3})")
"""In what Viber says of an address that did not answer with 200."""

# https://creators.viber.com/docs/bots-api/data-models/message#file-message
_MOST = 52_428_800
# …/data-models/message#forbidden-file-formats
_PROGRAMS = (
    "action apk app bat bin cmd com command cpl csh exe gadget inf1 ins inx ipa isu job jse ksh lnk msc msi"
    " msp mst osx out paf pif ps1 reg rgs run sct shb shs u3p vb vbe vbs vbscript workflow ws wsf"
)
_REFUSED = frozenset(_PROGRAMS.split())
_RECEIVED = MediaRule(max_bytes=200_000_000, formats="any type")
"""Not documented; Viber's own apps send no larger files."""


class Viber:
    """Bots of Viber: called, with reports of what was delivered and seen, and without a second thought:
    nothing sent can be changed or taken back.
    """

    OPTIONS: ClassVar[Mapping[str, OptionSpec]] = {
        "token": OptionSpec(
            kind=OptionKind.SECRET,
            about="is the bot's key, shown to its admins under Edit Info",
            required=True,
            pattern=r"[!-~]{16,200}",
            example="the bot's key, as in 445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9, without spaces",
            single=True,
        ),
        "sender_name": OptionSpec(
            kind=OptionKind.TEXT,
            about="is shown to customers in place of the agents' names and pictures",
            # https://creators.viber.com/docs/bots-api/data-models/message#text-message
            most=LONGEST_NAME,
        ),
        "welcome": OptionSpec(
            kind=OptionKind.TEXT,
            about="is what customers read when they open the chat, before they write",
            most=1_000,
        ),
        "api_url": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the address of Viber's API, or of a proxy before it",
            default=API,
            pattern=r"https?://[A-Za-z0-9.:_\[\]-]+(/[A-Za-z0-9._~/-]*)?",
            example="https://chatapi.viber.com/pa",
        ),
    }

    name = "viber"
    title = "Viber"
    colour = "#7360f2"
    icon = "telephone_receiver"
    capabilities = Capabilities(
        # https://creators.viber.com/docs/bots-api/data-models/message#text-message: 7000 characters, of
        # which Viber does not say what they are; so counted, they are never more
        text_limit=TextLimit(length=7_000, unit=LengthUnit.UTF16),
        # https://creators.viber.com/docs/bots-api/data-models/message#picture-message says 768, and
        # https://www.infobip.com/docs/viber/bots/message-types 512
        caption_limit=TextLimit(length=512, unit=LengthUnit.UTF16),
        captioned=frozenset({MediaKind.PICTURE}),
        send={
            # https://www.infobip.com/docs/viber/bots/message-types: 1 MB, which iPhones take; larger ones
            # and moving GIFs go as files
            MediaKind.PICTURE: MediaRule(
                max_bytes=1_000_000, mime_types=frozenset({"image/jpeg", "image/png"}), formats="JPG, PNG"
            ),
            # https://creators.viber.com/docs/bots-api/data-models/message#video-message
            MediaKind.VIDEO: MediaRule(
                max_bytes=27_262_976, mime_types=frozenset({"video/mp4"}), formats="MP4 of at most 3 minutes"
            ),
            MediaKind.AUDIO: MediaRule(max_bytes=_MOST, formats="any type, as files", refused=_REFUSED),
            MediaKind.DOCUMENT: MediaRule(max_bytes=_MOST, formats="any type but programs", refused=_REFUSED),
        },
        # https://creators.viber.com/docs/bots-api/events/user-message-received
        receive=dict.fromkeys((MediaKind.PICTURE, MediaKind.VIDEO, MediaKind.DOCUMENT), _RECEIVED),
        reply_window=None,  # whoever wrote can be answered until they leave the bot
        edits=Support.REJECTED,
        deletions=Support.REJECTED,
        reactions=Support.REJECTED,
        typing=Support.REJECTED,
        receipts=Support.NATIVE,  # https://creators.viber.com/docs/bots-api/events/message-seen
        read_marks=Support.REJECTED,
        replies=Support.REJECTED,
        idempotent_send=False,
        # https://creators.viber.com/docs/bots-api/resources/subscribers/get-subscriber-details:
        # twice in 12 hours for each person
        profiles=True,
        checked="November 2026",
    )

    def __init__(self, tools: Tools | None = None, *, answer: float = ANSWER) -> None:
        self._caller = Caller(self.title, answer=answer)
        self._connected: set[str] = set()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._caller.close()

    def capabilities_for(self, account: AccountSettings) -> Capabilities:
        """The same for every bot."""
        return self.capabilities

    # What goes out

    async def send(self, account: AccountSettings, part: OutboundPart) -> Receipt:
        """Show the part to the customer."""
        sent = await self._call(account, "send_message", await message_of(account, part))
        if not (token := token_of(sent)):
            raise UnexpectedResponse("Viber did not say which message it made of this", code="token")
        return Receipt(external_id=token)

    # What is fetched

    async def download(self, account: AccountSettings, ref: str) -> AsyncIterator[bytes]:
        """Stream a file from where Viber says it lies."""
        trusted = {host_of(_api(account))}
        url = ref if host_of(ref) in trusted else secure(ref)
        async for chunk in self._caller.fetch(url, trusted=trusted):
            yield chunk

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        """What Viber knows; None where it was asked twice today."""
        try:
            found = await self._call(account, "get_user_details", {"id": contact_id})
        except Throttled as error:
            if error.one_contact:
                return None
            raise
        user = as_object(found.get("user"))
        return profile_of(user) if user else None

    # What comes in

    def verify(self, account: AccountSettings, request: WebhookRequest) -> None:
        """Each callback is signed with the bot's token: creators.viber.com/docs/bots-api, #callbacks of
        developers.viber.com/docs/api/rest-bot-api.
        """
        token, given = _token(account), request.headers.get(SIGNATURE_HEADER, "")
        made = hmac.new(token.encode(), request.body, "sha256").hexdigest()
        if not token or not hmac.compare_digest(made.encode(), given.encode("utf-8", "replace")):
            raise SignatureInvalid("not signed with the bot's token")

    def parse(self, account: AccountSettings, request: WebhookRequest) -> Sequence[InboundEvent]:
        """The events of one callback."""
        return events_of(parsed(request.body))

    def answer(self, account: AccountSettings, request: WebhookRequest) -> WebhookAnswer:
        """Nothing more than that it was taken; to whoever opens the chat for the first time, the welcome,
        which is all that may be said to them until they write.
        """
        try:
            callback = parsed(request.body)
        except PayloadInvalid:
            return WebhookAnswer()
        opened = callback["event"] == "conversation_started" and callback.get("subscribed") is not True
        welcome = welcome_of(account) if opened else None
        if welcome is None:
            return WebhookAnswer()
        return WebhookAnswer(body=json.dumps(welcome).encode(), content_type="application/json")

    async def connect(self, account: AccountSettings, hook: str | None) -> None:
        """Tell Viber to call us, which it tries at once; messages it could not bring are brought again."""
        if hook is None:
            raise Rejected("Viber needs an address to call", code="webhook")
        asked = {"url": hook, "event_types": EVENT_TYPES, "send_name": True, "send_photo": True}
        found = await self._asked(account, "set_webhook", asked)
        if found["status"] == 1:
            raise Rejected(_unreached(urlsplit(hook).netloc, found), code="webhook")
        if found["status"]:
            raise refusal(found["status"])
        self._connected.add(account.name)

    async def check(self, account: AccountSettings, hook: str | None) -> Sequence[Checked]:
        """Whose the token is, where customers open the bot, and whom Viber calls."""
        found = await self._call(account, "get_account_info", {})
        name, uri = line(found, "name", 80) or "a bot", line(found, "uri", 80)
        place = f"; customers open it at viber://pa?chatURI={uri}" if uri else ""
        checked = [Checked(words=f"the token belongs to {name}{place}")]
        return [*checked, self._called(account, found, hook)] if hook else checked

    def _called(self, account: AccountSettings, found: Mapping[str, Any], hook: str) -> Checked:
        ours, told = urlsplit(hook).netloc, account.name in self._connected
        given, kinds = line(found, "webhook", 2_000), found.get("event_types")
        if given != hook:
            return _elsewhere(given, ours, told=told)
        if told and isinstance(kinds, list) and not all(kind in kinds for kind in EVENT_TYPES):
            words = "Viber doesn't tell all that it should: another program changed that"
            return Checked(words=words, wrong=True)
        return Checked(words=f"Viber calls {ours}")

    # The pieces

    async def _call(
        self, account: AccountSettings, method: str, body: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """What Viber answers to a call that went well. Raises `DeliveryError`."""
        found = await self._asked(account, method, body)
        if found["status"]:
            raise refusal(found["status"])
        return found

    async def _asked(
        self, account: AccountSettings, method: str, body: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """What Viber answers, with its `status`. Raises `DeliveryError`."""
        headers = {TOKEN_HEADER: _token(account)}
        answer = await self._caller.call("POST", f"{_api(account)}/{method}", headers=headers, json=body)
        found = answer.fields()
        if answer.status == 200 and type(found.get("status")) is int:
            return found
        raise self._caller.not_taken(answer) or self._caller.unreadable(answer)


def _api(account: AccountSettings) -> str:
    return str(account.options.get("api_url") or API).rstrip("/")


def _token(account: AccountSettings) -> str:
    return str(account.options.get("token") or "")


def _unreached(host: str, found: Mapping[str, Any]) -> str:
    """Viber names the status it was answered with, or else what its own library met."""
    answered = _ANSWERED.search(line(found, "status_message", 2_000))
    if answered:
        return f"Viber can't call {host}: it was answered {answered[1]} there"
    return f"Viber can't call {host}: it needs https there, with a certificate that everybody trusts"


def _elsewhere(given: str, ours: str, *, told: bool) -> Checked:
    """Viber calls somebody else: not yet us, or no longer."""
    if not told:
        return Checked(words=f"Viber will be told to call {ours} when Oratio starts")
    host = _HOST.sub(r"\1", given)
    calls = f"calls {host}" if host else "calls nobody"
    return Checked(words=f"Viber {calls} for this bot: another program changed that", wrong=True)
