"""Which message an agent's words answer: the one that they quote whole at their beginning.

The network shows that in its own way, so the quote itself isn't sent. Where the network can't, or the
quote could mean two messages, it stays what it is: part of the words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from desk.conversations.heard import Heard
from desk.conversations.scene import Case
from desk.slack.quotes import split
from desk.slack.styles import within
from models import Direction, Message
from networks.capabilities import Support

_LOOK_BACK = 50
"""So many of the customer's last messages can be meant."""


async def aimed(found: Case, heard: Heard) -> tuple[Heard, int | None]:
    """The words without the quote, and the id of the message that was quoted; unchanged, None: none was."""
    quoted, rest = split(heard.text)
    if not (quoted and rest) or found.account is None:
        return heard, None
    if found.account.capabilities.replies is not Support.NATIVE:
        return heard, None
    said = Message.filter(
        conversation_id=found.conversation.id, direction=Direction.INBOUND, external_key__isnull=False
    )
    meant = only(quoted, await said.filter(deleted_at__isnull=True).order_by("-id").limit(_LOOK_BACK))
    if meant is None:
        return heard, None
    cut = len(heard.text) - len(rest)
    return replace(heard, text=rest, styles=within(heard.styles, cut, len(rest))), meant


def only(quoted: str, said: Iterable[Message]) -> int | None:
    """The id of the one message that says exactly this; None if none or several do. Pure."""
    wanted = _plain(quoted)
    found = [each.id for each in said if wanted and _plain(each.text or each.placeholder) == wanted]
    return found[0] if len(found) == 1 else None


_SET = str.maketrans("", "", "*_~`")
"""Slack takes these away where it sets words by them."""


def _plain(words: str) -> str:
    return " ".join(words.translate(_SET).split())
