"""The texts in which phones put reactions that a text message has no other way to carry. Pure."""

from __future__ import annotations

import re

_PUT = {
    "Liked": "👍",
    "Loved": "❤️",
    "Disliked": "👎",
    "Laughed at": "😂",
    "Emphasized": "‼️",
    "Emphasised": "‼️",
    "Questioned": "❓",
}
_TAKEN = {
    "a like": "👍",
    "a heart": "❤️",
    "a dislike": "👎",
    "a laugh": "😂",
    "an exclamation": "‼️",
    "a question mark": "❓",
}
_LONGEST = 2_000
_QUOTED = 200
_INVISIBLE = str.maketrans("", "", "\u200a\u200b\u2060\ufeff")
_ABOUT = r"(?P<about>[“\"].*[”\"]|an? (?:image|movie|video|photo|audio message|attachment|sticker|link))"
_EMOJI = r"(?P<emoji>[^\w\s\"“”.,:;!?()-]{1,12})"
_FORMS = tuple(
    re.compile(form, re.DOTALL)
    for form in (
        rf"(?P<put>{'|'.join(_PUT)}) {_ABOUT}",
        rf"Removed (?P<taken>{'|'.join(_TAKEN)}|an? {_EMOJI}(?: reaction)?) from {_ABOUT}",
        rf"Reacted {_EMOJI} to {_ABOUT}",
        rf"{_EMOJI} to {_ABOUT}",
    )
)


def tapback(text: str) -> str:
    """Such a text in words of one form; empty for what a person wrote."""
    said = text.translate(_INVISIBLE).strip() if len(text) <= _LONGEST else ""
    for form in _FORMS:
        if found := form.fullmatch(said):
            return _told(found.groupdict())
    return ""


def _told(found: dict[str, str | None]) -> str:
    taken = found.get("taken")
    emoji = found.get("emoji") or _PUT.get(found.get("put") or "") or _TAKEN.get(taken or "") or ""
    about = " ".join((found["about"] or "").split())
    quoted = f"“{about[1:-1].strip()[:_QUOTED]}”" if about[0] in '“"' else about
    return f"Took back {emoji} from {quoted}" if taken else f"Reacted with {emoji} to {quoted}"
