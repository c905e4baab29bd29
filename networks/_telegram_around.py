"""What a message says beside the one thing it holds: its words, who said them, what they answer. Pure."""

from __future__ import annotations

from networks._pieces import Raw, line, sendable
from networks._telegram_chats import group_profile, is_group, maybe, name_of, profile_of
from networks._telegram_content import Content
from networks._telegram_markup import to_plain
from networks.events import Profile, ProfileField


def words_of(message: Raw, content: Content) -> str:
    """What the customer wrote, entities put into words."""
    if content.replaces_text:
        return ""
    for text, entities in (("text", "entities"), ("caption", "caption_entities")):
        value = message.get(text)
        if isinstance(value, str) and value:
            return sendable(to_plain(value, message.get(entities)))
    return ""


def said_by(chat: Raw, message: Raw, words: str) -> str:
    """In a group, words begin with who said them."""
    return f"{_speaker(message)}: {words}" if is_group(chat) and words else words


def _speaker(message: Raw) -> str:
    anonymous = maybe(message, "sender_chat")
    return line(anonymous, "title", 255) or name_of(maybe(message, "from")) or "Someone"


def placeholder_of(chat: Raw, message: Raw, content: Content, words: str) -> str | None:
    """What is not the customer's own text: a forward, a quote, what cannot be shown as a file."""
    parts = [_forwarded(message), _answers(message), content.placeholder]
    told = sendable(" · ".join(part for part in parts if part))
    if is_group(chat) and not words:
        told = f"{_speaker(message)}: {told or 'a file'}"
    if told:
        return told
    return None if words or content.attachments else "An empty message"


def _forwarded(message: Raw) -> str:
    """Agents must know when the words are not the customer's."""
    origin = maybe(message, "forward_origin")
    if not origin:
        return ""
    person = name_of(maybe(origin, "sender_user")) or line(origin, "sender_user_name", 100)
    place = maybe(origin, "sender_chat") or maybe(origin, "chat")
    return f"Forwarded from {person or line(place, 'title', 100) or 'somewhere else'}"


def _answers(message: Raw) -> str:
    """The words a customer picked from what they answer, or that the answer is to another chat."""
    quote = maybe(message, "quote")
    picked = line(quote, "text", 200)
    if picked and quote.get("is_manual") is True:
        return f"About “{picked}”"
    return "Answers a message of another chat" if maybe(message, "external_reply") else ""


def sender_profile(chat: Raw, sender: Raw, content: Content) -> Profile:
    """Who the message makes known: the group, or the person with the phone number that they shared."""
    if is_group(chat):
        return group_profile(chat)
    known = profile_of(sender or chat)
    if content.phone and content.phone_of == sender.get("id"):
        phone = ProfileField(label="Phone", value=content.phone, sensitive=True)
        return Profile(name=known.name, fields=(*known.fields, phone), locale=known.locale)
    return known


def reply_to_of(contact: str, message: Raw) -> str | None:
    """The message it answers."""
    answered = maybe(message, "reply_to_message").get("message_id")
    return f"{contact}:{answered}" if type(answered) is int else None


def group_of(contact: str, message: Raw) -> str | None:
    """The album."""
    album = line(message, "media_group_id", 100)
    return f"{contact}:{album}" if album else None
