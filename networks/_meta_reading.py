"""What Meta tells of Messenger and Instagram, read into events. Pure; nothing is believed of its shape.

Both come alike: `entry[]` for each Page or account, in it `messaging[]`, or `standby[]` where another app
has the chat. Shapes:
developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events
developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from networks._meta_content import Raw, as_object, content_of, line, media, objects, sendable
from networks.errors import PayloadInvalid
from networks.events import (
    DeliveryReport,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    ReportState,
)

OURS = "oratio:"
"""Begins the reference that our own messages carry, where the network gives one back."""

_LATEST = 4_102_444_800_000  # the year 2100, in milliseconds
_LONGEST_ID = 230
_WORDS = {"like": "👍", "love": "❤️", "smile": "😆", "wow": "😮", "sad": "😢", "angry": "😠", "dislike": "👎"}
_UNSUPPORTED = "Sent something that Meta doesn't pass on: it can be seen in the app only"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One event as it came: between whom, and when."""

    raw: Raw
    account: str
    """The Page or Instagram account it came to."""
    person: str
    own: bool
    """Sent in the account's name, not by the customer."""
    at: datetime
    stamp: int
    app_id: str


def events_of(payload: Raw, wanted: str, app_id: str) -> list[InboundEvent]:
    """The events of one call; none for kinds that say nothing, and for what our own app sent.

    `wanted` is the `object` this network's calls are about, `app_id` our app's. Raises `PayloadInvalid`.
    """
    if payload.get("object") != wanted:
        raise PayloadInvalid(f"not about {wanted!r}, which this address is for")
    entries = payload.get("entry")
    if not isinstance(entries, list):
        raise PayloadInvalid("no entries")
    return [event for entry in entries for event in _entry(entry, app_id)]


def _entry(entry: object, app_id: str) -> Iterator[InboundEvent]:
    if not isinstance(entry, dict):
        raise PayloadInvalid("an entry that is no object")
    account = _id(entry.get("id"))
    for items in (entry.get("messaging"), entry.get("standby")):
        for raw in objects(items):
            for kind, read in _READERS.items():
                if kind in raw:
                    yield from read(_told(raw, entry, account, app_id))
                    break


def _told(raw: Raw, entry: Raw, account: str, app_id: str) -> _Told:
    """Between whom: of an edit that says nothing, and of some of Meta's own notices, neither is told."""
    sender, recipient = (as_object(raw.get(key)).get("id") for key in ("sender", "recipient"))
    own = sender is not None and _id(sender) == account
    other = recipient if own else sender
    stamp = raw.get("timestamp", as_object(raw.get("delivery")).get("watermark", entry.get("time")))
    return _Told(
        raw=raw,
        account=account,
        person=_id(other) if other is not None else "",
        own=own,
        at=_time(stamp),
        stamp=stamp if type(stamp) is int else 0,
        app_id=app_id,
    )


def _id(value: object) -> str:
    """Ids are longer than numbers are in other languages, so they come as texts; not always."""
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or not text.isascii() or not text.isalnum() or len(text) > 100:
        raise PayloadInvalid("no usable id of a person or an account")
    return text


def _time(milliseconds: object) -> datetime:
    if type(milliseconds) is not int or not 0 <= milliseconds < _LATEST:
        raise PayloadInvalid("no usable time")
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _person(told: _Told) -> str:
    if not told.person:
        raise PayloadInvalid("nobody it is from")
    return told.person


def _mid(raw: Raw) -> str:
    """A message's id; its own characters only, so that it can be stored and sent back."""
    value = raw.get("mid")
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= _LONGEST_ID:
        raise PayloadInvalid("no usable id of a message")
    return sendable(value)


# The kinds


def _message(told: _Told) -> Iterator[InboundEvent]:
    message = _object(told, "message")
    if message.get("is_deleted") is True:
        yield from _deletion(told, message)
        return
    if _is_ours(told, message):
        return
    mid, content = _mid(message), content_of(message.get("attachments"))
    text = message.get("text")
    words = sendable(text) if isinstance(text, str) else ""
    story = as_object(as_object(message.get("reply_to")).get("story"))
    files = (*media(story.get("url")), *content.attachments)
    parts = (*_around(message, story), *content.placeholders)
    told_in_words = " · ".join(part for part in parts if part)
    yield InboundMessage(
        event_id=f"message:{mid}",
        external_id=mid,
        contact_id=_person(told),
        sent_at=told.at,
        text=words,
        attachments=files,
        placeholder=told_in_words or (None if words.strip() or files else "An empty message"),
        reply_to=_answered(message),
        recipient=told.account,
        echo=told.own,
    )


def _is_ours(told: _Told, message: Raw) -> bool:
    """Whether our own app sent it: it is named, or it has our reference."""
    if not told.own:
        return False
    reference = message.get("metadata")
    named = bool(told.app_id) and str(message.get("app_id")) == told.app_id
    return named or (isinstance(reference, str) and reference.startswith(OURS))


def _around(message: Raw, story: Raw) -> Iterator[str]:
    """What the message says beside its text and files."""
    if story:
        yield "Answers your story"
    if message.get("is_unsupported") is True:
        yield _UNSUPPORTED
    yield _referral(as_object(message.get("referral")))


def _referral(referral: Raw) -> str:
    """How the customer came to write."""
    ad = line(as_object(referral.get("ads_context_data")), "ad_title", 200)
    product = line(as_object(referral.get("product")), "id", 60)
    if ad or line(referral, "source", 30).upper() == "ADS":
        return f"Came from the ad “{ad}”" if ad else "Came from an ad"
    if product:
        return f"About the product {product} of your shop"
    carried = line(referral, "ref", 200)
    return f"Opened the chat through a link: {carried}" if carried else ""


def _answered(message: Raw) -> str | None:
    answered = as_object(message.get("reply_to")).get("mid")
    usable = isinstance(answered, str) and answered.isprintable() and 0 < len(answered) <= _LONGEST_ID
    return sendable(str(answered)) if usable else None


def _deletion(told: _Told, message: Raw) -> Iterator[InboundEvent]:
    if told.own:
        return
    mid = _mid(message)
    yield InboundDeletion(
        event_id=f"deletion:{mid}",
        external_id=mid,
        contact_id=_person(told),
        sent_at=told.at,
        recipient=told.account,
    )


def _edit(told: _Told) -> Iterator[InboundEvent]:
    """Instagram tells of some before they happen, without words and numbered 0."""
    edit = _object(told, "message_edit")
    text, number = edit.get("text"), edit.get("num_edit")
    if told.own or not told.person or not isinstance(text, str) or number == 0:
        return
    mid = _mid(edit)
    yield InboundEdit(
        event_id=f"edit:{mid}:{number if type(number) is int and 0 < number < 1_000 else told.stamp}",
        external_id=mid,
        contact_id=told.person,
        sent_at=told.at,
        text=sendable(text),
        recipient=told.account,
    )


def _reaction(told: _Told) -> Iterator[InboundEvent]:
    reaction = _object(told, "reaction")
    if told.own:
        return
    mid, removed = _mid(reaction), reaction.get("action") == "unreact"
    emoji = line(reaction, "emoji", 32) or _WORDS.get(line(reaction, "reaction", 20), "an emoji of their own")
    yield InboundReaction(
        event_id=f"reaction:{_short(mid)}:{told.stamp}",
        external_id=mid,
        contact_id=_person(told),
        sent_at=told.at,
        emoji="" if removed else emoji,
        removed=removed,
        recipient=told.account,
    )


def _short(mid: str) -> str:
    """So much of an id as leaves room beside it: its end tells messages apart."""
    return mid[-200:]


def _delivery(told: _Told) -> Iterator[InboundEvent]:
    """The messages it names; or everything until then, which is often all it says."""
    delivery = _object(told, "delivery")
    named = delivery.get("mids")
    for mid in named[:100] if isinstance(named, list) else ():
        if isinstance(mid, str) and mid.isprintable() and 0 < len(mid) <= _LONGEST_ID:
            yield _report(told, ReportState.DELIVERED, sendable(mid))


def _read(told: _Told) -> Iterator[InboundEvent]:
    """Instagram names a message, Messenger a time: everything until then is read."""
    read = _object(told, "read")
    if "mid" in read:
        yield _report(told, ReportState.READ, _mid(read))
        return
    until = read.get("watermark")
    yield DeliveryReport(
        event_id=f"read:{_person(told)}:{until}",
        external_id="",
        contact_id=_person(told),
        sent_at=_time(until),
        state=ReportState.READ,
        up_to=True,
        recipient=told.account,
    )


def _report(told: _Told, state: ReportState, mid: str) -> DeliveryReport:
    return DeliveryReport(
        event_id=f"{state}:{mid}",
        external_id=mid,
        contact_id=_person(told),
        sent_at=told.at,
        state=state,
        recipient=told.account,
    )


def _postback(told: _Told) -> Iterator[InboundEvent]:
    """A button of the account's was pressed."""
    postback = _object(told, "postback")
    title = line(postback, "title", 300) or line(postback, "payload", 300)
    pressed = f"Pressed “{title}”" if title else "Pressed a button"
    parts = (pressed, _referral(as_object(postback.get("referral"))))
    yield _sign(told, postback, "postback", " · ".join(part for part in parts if part))


def _opened(told: _Told) -> Iterator[InboundEvent]:
    """Somebody who has written before came through a link or an ad."""
    referral = _object(told, "referral")
    yield _sign(told, referral, "referral", _referral(referral) or "Opened the chat through a link")


def _sign(told: _Told, raw: Raw, kind: str, words: str) -> InboundMessage:
    """What the customer did without writing."""
    mid = _mid(raw) if raw.get("mid") is not None else f"{kind}:{_person(told)}:{told.stamp}"
    return InboundMessage(
        event_id=f"{kind}:{mid}",
        external_id=mid,
        contact_id=_person(told),
        sent_at=told.at,
        placeholder=words,
        recipient=told.account,
    )


def _object(told: _Told, key: str) -> Raw:
    value = told.raw.get(key)
    if not isinstance(value, dict):
        raise PayloadInvalid(f"no usable {key}")
    return value


_READERS: Mapping[str, Callable[[_Told], Iterator[InboundEvent]]] = MappingProxyType(
    {
        "message": _message,
        "message_edit": _edit,
        "reaction": _reaction,
        "delivery": _delivery,
        "read": _read,
        "postback": _postback,
        "referral": _opened,
    }
)
