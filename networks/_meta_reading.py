"""What Meta tells of Messenger and Instagram, read into events. Pure; nothing is believed of its shape.

Both come alike: `entry[]` for each Page or account, in it `messaging[]`, or `standby[]` where another app
has the chat. Shapes:
developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events
developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from networks._meta_content import around, content_of, media, referral_of
from networks._meta_told import LONGEST_ID, Told, id_of, mid_of, object_of, person_of, time_of, told_of
from networks._pieces import Raw, as_object, line, objects, sendable
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

_WORDS = {"like": "👍", "love": "❤️", "smile": "😆", "wow": "😮", "sad": "😢", "angry": "😠", "dislike": "👎"}


def events_of(payload: Raw, wanted: str, app_id: str) -> list[InboundEvent]:
    """The events of one call; none for kinds that say nothing, and for what our own app sent.

    `wanted` is the `object` this network's calls are about, `app_id` our app's. Raises `PayloadInvalid`, with
    the events of the same call that can be read: Meta puts many into one when it could not reach us.
    """
    if payload.get("object") != wanted:
        raise PayloadInvalid(f"not about {wanted!r}, which this address is for")
    entries = payload.get("entry")
    if not isinstance(entries, list):
        raise PayloadInvalid("no entries")
    events: list[InboundEvent] = []
    flaws: list[str] = []
    for entry in entries:
        for raw in _raws(entry):
            try:
                events += _read_one(raw, as_object(entry), app_id)
            except PayloadInvalid as error:
                flaws.append(str(error))
    if flaws:
        raise PayloadInvalid(flaws[0], events=events)
    return events


def _raws(entry: object) -> Sequence[Raw]:
    """What an entry tells; of one that tells nothing, its id alone is looked at."""
    whole = as_object(entry)
    return [*objects(whole.get("messaging")), *objects(whole.get("standby"))] or [{}]


def _read_one(raw: Raw, entry: Raw, app_id: str) -> list[InboundEvent]:
    account = id_of(entry.get("id"))
    for kind, read in _READERS.items():
        if kind in raw:
            return list(read(told_of(raw, entry, account, app_id)))
    return []


# The kinds


def _message(told: Told) -> Iterator[InboundEvent]:
    message = object_of(told, "message")
    if message.get("is_deleted") is True:
        yield from _deletion(told, message)
        return
    if _is_ours(told, message):
        yield from _ours_again(told, message)
        return
    mid, content = mid_of(message), content_of(message.get("attachments"))
    text = message.get("text")
    words = sendable(text) if isinstance(text, str) else ""
    story = as_object(as_object(message.get("reply_to")).get("story"))
    files = (*media(story.get("url")), *content.attachments)
    parts = (*around(message, story), *content.placeholders)
    told_in_words = " · ".join(part for part in parts if part)
    yield InboundMessage(
        event_id=f"message:{mid}",
        external_id=mid,
        contact_id=person_of(told),
        sent_at=told.at,
        text=words,
        attachments=files,
        placeholder=told_in_words or (None if words.strip() or files else "An empty message"),
        reply_to=_answered(message),
        recipient=told.account,
        echo=told.own,
    )


def _is_ours(told: Told, message: Raw) -> bool:
    """Whether our own app sent it: it is named, or it has our reference."""
    if not told.own:
        return False
    reference = message.get("metadata")
    named = bool(told.app_id) and str(message.get("app_id")) == told.app_id
    return named or (isinstance(reference, str) and reference.startswith(OURS))


def _ours_again(told: Told, message: Raw) -> Iterator[InboundEvent]:
    """What we sent ourselves says nothing but that it arrived, where it has our reference."""
    key = line(message, "metadata", 200).removeprefix(OURS)
    if str(message.get("metadata")) == f"{OURS}{key}" and key:
        mid = mid_of(message)
        yield DeliveryReport(
            event_id=f"sent:{mid}",
            external_id=mid,
            contact_id=person_of(told),
            sent_at=told.at,
            state=ReportState.SENT,
            recipient=told.account,
            key=key,
        )


def _answered(message: Raw) -> str | None:
    answered = as_object(message.get("reply_to")).get("mid")
    usable = isinstance(answered, str) and answered.isprintable() and 0 < len(answered) <= LONGEST_ID
    return sendable(str(answered)) if usable else None


def _deletion(told: Told, message: Raw) -> Iterator[InboundEvent]:
    if told.own:
        return
    mid = mid_of(message)
    yield InboundDeletion(
        event_id=f"deletion:{mid}",
        external_id=mid,
        contact_id=person_of(told),
        sent_at=told.at,
        recipient=told.account,
    )


def _edit(told: Told) -> Iterator[InboundEvent]:
    """Instagram tells of some before they happen, without words and numbered 0."""
    edit = object_of(told, "message_edit")
    text, number = edit.get("text"), edit.get("num_edit")
    if told.own or not told.person or not isinstance(text, str) or number == 0:
        return
    mid = mid_of(edit)
    yield InboundEdit(
        event_id=f"edit:{mid}:{number if type(number) is int and 0 < number < 1_000 else told.stamp}",
        external_id=mid,
        contact_id=told.person,
        sent_at=told.at,
        text=sendable(text),
        recipient=told.account,
    )


def _reaction(told: Told) -> Iterator[InboundEvent]:
    reaction = object_of(told, "reaction")
    if told.own:
        return
    mid, removed = mid_of(reaction), reaction.get("action") == "unreact"
    emoji = line(reaction, "emoji", 32) or _WORDS.get(line(reaction, "reaction", 20), "an emoji of their own")
    yield InboundReaction(
        event_id=f"reaction:{_short(mid)}:{told.stamp}",
        external_id=mid,
        contact_id=person_of(told),
        sent_at=told.at,
        emoji="" if removed else emoji,
        removed=removed,
        recipient=told.account,
    )


def _short(mid: str) -> str:
    """So much of an id as leaves room beside it: its end tells messages apart."""
    return mid[-200:]


def _delivery(told: Told) -> Iterator[InboundEvent]:
    """The messages it names. Many name none, only a time, which says nothing to people: they are shown what
    was read."""
    delivery = object_of(told, "delivery")
    named = delivery.get("mids")
    for mid in named[:100] if isinstance(named, list) else ():
        if isinstance(mid, str) and mid.isprintable() and 0 < len(mid) <= LONGEST_ID:
            yield _report(told, ReportState.DELIVERED, sendable(mid))


def _read(told: Told) -> Iterator[InboundEvent]:
    """Instagram names a message, Messenger a time: everything until then is read."""
    read = object_of(told, "read")
    if "mid" in read:
        yield _report(told, ReportState.READ, mid_of(read))
        return
    until = read.get("watermark")
    yield DeliveryReport(
        event_id=f"read:{person_of(told)}:{until}",
        external_id="",
        contact_id=person_of(told),
        sent_at=time_of(until),
        state=ReportState.READ,
        up_to=True,
        recipient=told.account,
    )


def _report(told: Told, state: ReportState, mid: str) -> DeliveryReport:
    return DeliveryReport(
        event_id=f"{state}:{mid}",
        external_id=mid,
        contact_id=person_of(told),
        sent_at=told.at,
        state=state,
        recipient=told.account,
    )


def _postback(told: Told) -> Iterator[InboundEvent]:
    """A button of the account's was pressed."""
    postback = object_of(told, "postback")
    title = line(postback, "title", 300) or line(postback, "payload", 300)
    pressed = f"Pressed “{title}”" if title else "Pressed a button"
    parts = (pressed, referral_of(as_object(postback.get("referral"))))
    yield _sign(told, postback, "postback", " · ".join(part for part in parts if part))


def _opened(told: Told) -> Iterator[InboundEvent]:
    """Somebody who has written before came through a link or an ad."""
    referral = object_of(told, "referral")
    yield _sign(told, referral, "referral", referral_of(referral) or "Opened the chat through a link")


def _sign(told: Told, raw: Raw, kind: str, words: str) -> InboundMessage:
    """What the customer did without writing."""
    mid = mid_of(raw) if raw.get("mid") is not None else f"{kind}:{person_of(told)}:{told.stamp}"
    return InboundMessage(
        event_id=f"{kind}:{mid}",
        external_id=mid,
        contact_id=person_of(told),
        sent_at=told.at,
        placeholder=words,
        recipient=told.account,
    )


_READERS: Mapping[str, Callable[[Told], Iterator[InboundEvent]]] = MappingProxyType(
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
