"""What Messenger and Instagram do alike: how they are called, and how the 24 hours to answer are stretched.

A part goes in the free form first. Where Meta says that its 24 hours are over and the account has the
Human Agent feature, the same part goes with that tag at once: what was refused nobody has seen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, ClassVar

from networks import _graph
from networks._addresses import host_of
from networks._calling import ANSWER, Caller
from networks._graph import Graph
from networks._meta_check import Line
from networks._meta_reading import events_of
from networks.base import OutboundPart, Receipt, Tools, WebhookAnswer, WebhookRequest
from networks.capabilities import AccountSettings, Capabilities, MediaKind, OptionKind, OptionSpec
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
    WindowClosed,
)
from networks.events import InboundEvent

WINDOW = timedelta(hours=24)
# https://developers.facebook.com/docs/features-reference/human-agent
HUMAN_WINDOW = timedelta(days=7)
ID = r"[0-9]{3,30}"

OPTIONS: Mapping[str, OptionSpec] = MappingProxyType(
    {
        "human_agent": OptionSpec(
            kind=OptionKind.FLAG,
            about="says that Meta has approved Human Agent for the app: answers for 7 days, not for 24 hours",
            default=False,
        ),
    }
)


class MetaMessaging(ABC):
    """What both are. A network says how a part is sent, and whose webhooks it takes."""

    OBJECT: ClassVar[str]
    """What Meta's calls about such an account name as their object."""
    FREE: ClassVar[Mapping[str, str]] = MappingProxyType({"messaging_type": "RESPONSE"})
    """What stands beside a message that answers within the 24 hours."""
    title: ClassVar[str]
    capabilities: ClassVar[Capabilities]

    def __init__(self, tools: Tools | None = None, *, answer: float = ANSWER) -> None:
        self._caller = Caller(self.title, answer=answer)
        self._graph = Graph(self.title, self._caller, REFUSALS)
        self._told: set[str] = set()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._caller.close()

    def capabilities_for(self, account: AccountSettings) -> Capabilities:
        """The capabilities; with Human Agent there are seven days to answer."""
        window = HUMAN_WINDOW if account.options.get("human_agent") is True else WINDOW
        return replace(self.capabilities, reply_window=window)

    # What a network says of itself

    def _there(self, account: AccountSettings) -> AccountSettings:
        """The account with the API's address filled in."""
        return account

    @abstractmethod
    def _own(self, account: AccountSettings) -> str:
        """The Page's or account's id, which its events name."""

    def _node(self, account: AccountSettings) -> str:
        """Whose `messages` are sent to."""
        return self._own(account)

    @abstractmethod
    def _line(self, account: AccountSettings) -> Line:
        """What has to be switched on at Meta."""

    @abstractmethod
    async def _show(self, account: AccountSettings, part: OutboundPart, tag: Mapping[str, str]) -> Any:
        """The one call that shows the part; `tag` is laid beside the message."""

    # What goes out

    async def send(self, account: AccountSettings, part: OutboundPart) -> Receipt:
        """Show the part to the customer."""
        try:
            sent = await self._show(account, part, self.FREE)
        except WindowClosed:
            if account.options.get("human_agent") is not True:
                raise
            sent = await self._late(account, part)
        mid = sent.get("message_id")
        if not isinstance(mid, str) or not mid:
            raise UnexpectedResponse(f"{self.title} did not say which message it made")
        return Receipt(external_id=mid)

    async def _late(self, account: AccountSettings, part: OutboundPart) -> Any:
        """With the tag of a person who answers late. Meta refuses it where it isn't approved for the app."""
        try:
            return await self._show(account, part, _HUMAN)
        except WindowClosed as error:
            words = "they wrote more than 7 days ago, and until they write again Meta takes no answer"
            raise WindowClosed(words, code=error.code) from None
        except (AccountBroken, Rejected) as error:
            if error.code not in _NOT_GRANTED:
                raise
            words = "24 hours are over, and Meta has not approved Human Agent for this app"
            raise WindowClosed(words, code=error.code) from None

    async def react(
        self, account: AccountSettings, contact_id: str, external_id: str, emoji: str, key: str
    ) -> None:
        """Set the account's one reaction; an empty `emoji` removes it."""
        chosen = {"reaction": emoji} if emoji else {}
        action = "react" if emoji else "unreact"
        await self._act(account, contact_id, action, {"message_id": external_id, **chosen})

    async def typing(self, account: AccountSettings, contact_id: str, on: bool) -> None:
        """Show it for twenty seconds at most, or no longer."""
        await self._act(account, contact_id, "typing_on" if on else "typing_off")

    async def mark_read(self, account: AccountSettings, contact_id: str, external_id: str, key: str) -> None:
        """Show that everything so far was seen: Meta takes no single message."""
        await self._act(account, contact_id, "mark_seen")

    async def _act(
        self, account: AccountSettings, contact_id: str, action: str, payload: Mapping[str, str] | None = None
    ) -> None:
        body = {"recipient": {"id": contact_id}, "sender_action": action}
        await self._post(account, {**body, **({"payload": payload} if payload else {})})

    async def _post(self, account: AccountSettings, body: Mapping[str, Any]) -> Mapping[str, Any]:
        there = self._there(account)
        return await self._graph.call(there, "POST", f"{self._node(account)}/messages", json=body)

    # What is fetched

    async def download(self, account: AccountSettings, ref: str) -> AsyncIterator[bytes]:
        """Stream a file from where Meta said it lies: addresses without a token, for some days."""
        trusted = {host_of(_graph.base(self._there(account)))}
        async for chunk in self._caller.fetch(ref, trusted=trusted):
            yield chunk

    async def _known(self, account: AccountSettings, contact_id: str, fields: str) -> Mapping[str, Any]:
        """What Meta tells of a person; nothing where it does not, for want of a permission or of consent."""
        there, asked = self._there(account), {"fields": fields}
        try:
            known = await self._graph.call(there, "GET", contact_id, params=asked)
            return {name: value for name, value in known.items() if name != "id"}
        except (Rejected, ContactUnreachable, WindowClosed):
            return {}
        except AccountBroken as error:
            if error.code not in _NOT_GRANTED:
                raise
            return {}

    # What comes in

    def verify(self, account: AccountSettings, request: WebhookRequest) -> None:
        """Meta signs its calls."""
        _graph.verify(account, request)

    def parse(self, account: AccountSettings, request: WebhookRequest) -> Sequence[InboundEvent]:
        """The events of one call; none of Meta's first question."""
        if request.method == "GET":
            return []
        return events_of(_graph.parsed(request), self.OBJECT, str(account.options.get("app_id") or ""))

    def serves(self, account: AccountSettings, recipient: str) -> bool:
        """An app has one address for all its Pages and accounts."""
        return recipient == self._own(account)

    def answer(self, account: AccountSettings, request: WebhookRequest) -> WebhookAnswer:
        """Meta's challenge back, where it asks for the first time."""
        return _graph.answer(request)

    async def connect(self, account: AccountSettings, hook: str | None) -> None:
        """Have the account's events passed to the app; and tell the app where to call, where Meta lets us."""
        if hook is not None:
            await self._line(account).connect(hook)
            self._told.add(account.name)


TYPES: Mapping[MediaKind, str] = MappingProxyType(
    {
        MediaKind.PICTURE: "image",
        MediaKind.VIDEO: "video",
        MediaKind.AUDIO: "audio",
        MediaKind.DOCUMENT: "file",
    }
)
"""What Meta calls each kind of file."""

_HUMAN: Mapping[str, str] = MappingProxyType({"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"})
_NOT_GRANTED = frozenset({"3", "10", "100", "200"})
"""Codes that, without more, say of a call like these that a feature or permission is missing."""

_OVER = "they wrote more than 24 hours ago, and until they write again Meta takes no answer"
_AWAY = "they can't be written to now: they blocked the account, or left, or wrote too long ago"
_NOBODY = "{title} no longer finds this person"
_UNFETCHED = "Meta could not fetch the file from this server"
_WRONG_FILE = "the file is not what its name says, so Meta doesn't take it"
_NOT_LIVE = "the app isn't live at Meta yet: until then only its own team can be written to"
_RESTRICTED = "Meta has restricted this account; Business Support Home at Meta says why"

# https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes
REFUSALS: _graph.Refusals = MappingProxyType(
    {
        (1, 99): (AccountBroken, "the app lacks Advanced Access to messages at Meta"),
        (4, 2_018_022): (Throttled, "{title} asks for a pause"),
        (10, _graph.OTHER): (Rejected, "Meta doesn't let this account write to them now"),
        (10, 2_018_065): (WindowClosed, _OVER),
        (10, 2_018_278): (WindowClosed, _OVER),
        (10, 2_534_022): (WindowClosed, _OVER),
        (10, 2_018_108): (ContactUnreachable, "they take no messages from this account now"),
        (10, 2_018_300): (Rejected, "another app of yours has this chat; take it over in Meta's inbox first"),
        (10, 2_534_001): (ContactUnreachable, _NOBODY),
        (10, 2_534_014): (ContactUnreachable, _NOBODY),
        (100, None): (Rejected, "{title} can't take this message"),
        (100, 33): (Rejected, "Meta finds nobody to write to by this account's token"),
        (100, 2_018_001): (ContactUnreachable, _NOBODY),
        (100, 2_018_007): (Rejected, _UNFETCHED),
        (100, 2_018_008): (Rejected, _UNFETCHED),
        (100, 2_018_047): (Rejected, _WRONG_FILE),
        (100, 2_018_109): (Rejected, "the file is too large for {title}"),
        (100, 2_018_294): (Rejected, "Meta took too long to fetch the film; a smaller one may do"),
        (100, 2_534_001): (ContactUnreachable, _NOBODY),
        (100, 2_534_014): (ContactUnreachable, _NOBODY),
        (200, 1_545_041): (ContactUnreachable, _AWAY),
        (200, 2_018_028): (AccountBroken, _NOT_LIVE),
        (101, None): (AccountBroken, "Meta doesn't know the app; app_id stands in App settings → Basic"),
        (230, None): (
            AccountBroken,
            "the token lacks the permission to send messages; make a new one at Meta",
        ),
        (551, None): (ContactUnreachable, _AWAY),
        (1_200, None): (ProviderFault, "{title} has a problem of its own"),
        (2_200, None): (
            Rejected,
            "Meta called PUBLIC_URL and got no right answer; it must reach this server",
        ),
        (1_893_063, None): (AccountBroken, _RESTRICTED),
        (10, 1_893_063): (AccountBroken, _RESTRICTED),
        (368, 1_893_063): (AccountBroken, _RESTRICTED),
    }
)


def addressed(part: OutboundPart, tag: Mapping[str, str]) -> dict[str, Any]:
    """What a call says of a part beside its message: to whom it goes, why it may, and what it answers."""
    answers = {"reply_to": {"mid": part.reply_to}} if part.reply_to else {}
    return {"recipient": {"id": part.contact_id}, **tag, **answers}
