"""The one thing a WhatsApp message holds, as words, as a file or as a placeholder. Pure.

Kinds: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from networks._pieces import Raw, as_object, line, objects, sendable
from networks._places import location
from networks.capabilities import MediaKind
from networks.events import InboundAttachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message brings. `placeholder` says what is neither text nor file."""

    text: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    placeholder: str = ""


def content_of(message: Raw) -> Content:
    """What the message holds; of a kind we don't know, a placeholder that names it."""
    kind = line(message, "type", 60)
    if kind == "contacts":
        return _contacts(message.get(kind))
    read = _READERS.get(kind)
    return read(as_object(message.get(kind))) if read else _unsupported(message, kind)


def around(message: Raw) -> list[str]:
    """What an agent must know beside the content: a forward, an ad, a product, a group."""
    context, ad = as_object(message.get("context")), as_object(message.get("referral"))
    told = []
    if context.get("frequently_forwarded") is True:
        told.append("Forwarded many times")
    elif context.get("forwarded") is True:
        told.append("Forwarded")
    if product := line(as_object(context.get("referred_product")), "product_retailer_id", 100):
        told.append(f"About the product {product}")
    if ad:
        parts = (line(ad, "headline", 200), line(ad, "source_url", 500))
        told.append("Came through an ad" + "".join(f" {part}" for part in parts if part))
    if message.get("group_id"):
        told.append("Written in a group; an answer goes to this person alone")
    return told


# Files


def _file(given: Raw, *, kind: MediaKind | None, label: str, stem: str, fallback: str = "") -> Content:
    """A file by its media id; a placeholder where it has none that could be fetched."""
    words = _words(given, "caption")
    ref = given.get("id")
    if not isinstance(ref, str) or not _REF.fullmatch(ref):
        return Content(text=words, placeholder=f"{label}: a file that WhatsApp did not name")
    mime = line(given, "mime_type", 120)
    name = line(given, "filename", 255) or (f"{stem}{_EXTENSIONS.get(mime, fallback)}" if stem else None)
    file = InboundAttachment(
        ref=ref,
        name=name,
        mime_type=mime.partition(";")[0].strip() or None,
        kind=kind,
        voice=given.get("voice") is True and kind is MediaKind.AUDIO,
    )
    return Content(text=words, attachments=(file,))


_REF = re.compile(r"[A-Za-z0-9_.-]{1,200}")


_EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "video/3gpp": ".3gp"}


def _sticker(given: Raw) -> Content:
    told = "Moving sticker" if given.get("animated") is True else "Sticker"
    made = _file(given, kind=MediaKind.PICTURE, label=told, stem="sticker", fallback=".webp")
    return Content(attachments=made.attachments, placeholder=made.placeholder or told)


# What is told in words


def _text(given: Raw) -> Content:
    words = _words(given, "body")
    return Content(text=words) if words.strip() else Content(placeholder="An empty message")


def _location(given: Raw) -> Content:
    place = ", ".join(part for part in (line(given, "name", 200), line(given, "address", 200)) if part)
    return Content(placeholder=location((given.get("latitude"), given.get("longitude")), place))


def _contacts(given: object) -> Content:
    told = [_contact(each) for each in objects(given)[:20]]
    return Content(placeholder="\n".join(told) or "Contact: not readable")


def _contact(card: Raw) -> str:
    name = line(as_object(card.get("name")), "formatted_name", 100)
    phones = [line(phone, "phone", 40) for phone in objects(card.get("phones"))[:5]]
    emails = [line(mail, "email", 100) for mail in objects(card.get("emails"))[:5]]
    company = line(as_object(card.get("org")), "company", 100)
    told = ", ".join(part for part in (name, company, *phones, *emails) if part)
    return f"Contact: {told or 'not readable'}"


def _button(given: Raw) -> Content:
    """What the person read on the button they pressed."""
    words = _words(given, "text")
    return Content(text=words) if words.strip() else Content(placeholder="Pressed a button")


def _interactive(given: Raw) -> Content:
    for kind in ("button_reply", "list_reply"):
        if title := line(as_object(given.get(kind)), "title", 200):
            return Content(text=title)
    form = as_object(given.get("nfm_reply"))
    if form:
        return Content(
            placeholder=f"Sent a form: {line(form, 'body', 300) or line(form, 'name', 100)}".rstrip(": ")
        )
    return _unknown(line(given, "type", 60) or "interactive")


def _order(given: Raw) -> Content:
    listed = [_ordered(item) for item in objects(given.get("product_items"))[:30]]
    told = "Order: " + (", ".join(listed) or "not readable")
    return Content(text=_words(given, "text"), placeholder=told)


def _ordered(item: Raw) -> str:
    count, price = item.get("quantity"), item.get("item_price")
    amount = f"{count} × " if type(count) in (int, float) else ""
    cost = f" ({price} {line(item, 'currency', 8)})".replace(" )", ")") if type(price) in (int, float) else ""
    return f"{amount}{line(item, 'product_retailer_id', 100) or 'something'}{cost}"


def _unsupported(message: Raw, kind: str) -> Content:
    """What WhatsApp itself does not hand on, and kinds there will be."""
    errors = objects(message.get("errors"))
    code = errors[0].get("code") if errors else None
    if code == _TOO_LARGE:
        return Content(placeholder="Sent a file that is larger than WhatsApp hands on (100 MB)")
    of = line(as_object(message.get("unsupported")), "type", 60)
    return _unknown(of or ("" if kind in ("unsupported", "unknown") else kind))


_TOO_LARGE = 131052


def _unknown(kind: str) -> Content:
    words = kind.replace("_", " ").strip()
    shown = f" ({words})" if words else ""
    return Content(placeholder=f"Sent something that can't be shown here{shown}")


_READERS: Mapping[str, Callable[[Raw], Content]] = MappingProxyType(
    {
        "text": _text,
        "image": partial(_file, kind=MediaKind.PICTURE, label="Picture", stem="picture", fallback=".jpg"),
        "video": partial(_file, kind=MediaKind.VIDEO, label="Video", stem="video", fallback=".mp4"),
        "audio": partial(_file, kind=MediaKind.AUDIO, label="Audio", stem=""),
        "document": partial(_file, kind=None, label="File", stem=""),
        "sticker": _sticker,
        "location": _location,
        "button": _button,
        "interactive": _interactive,
        "order": _order,
    }
)


# The pieces


def _words(raw: Raw, key: str) -> str:
    value = raw.get(key)
    return sendable(value) if isinstance(value, str) else ""
