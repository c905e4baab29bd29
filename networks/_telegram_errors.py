"""What Telegram's refusals mean to the desk: may it be tried again, and which words for agents.

The library's classes tell the kind of a refusal, its description the reason:
core.telegram.org/bots/api#making-requests
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    TelegramError,
)

from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    Rejected,
    UnexpectedResponse,
    WindowClosed,
)

BROKEN_TOKEN = "Telegram no longer accepts the token; take a new one from @BotFather"  # noqa: S105 - a clause
UNREADABLE = "Telegram answered something that can't be read"


class Failed(TelegramError):
    """A call failed in a way that says nothing of its words; `error` is the desk's."""

    def __init__(self, error: DeliveryError) -> None:
        super().__init__(error.words)
        self.error = error


async def answered(call: Awaitable[Any]) -> Any:
    """The call's result. Raises `DeliveryError` only; or `BadRequest`, `ChatMigrated` for
    those who know another way.
    """
    try:
        return await call
    except (BadRequest, ChatMigrated):
        raise
    except TelegramError as error:
        raise reason(error) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # The library refuses answers that lack a field: the call itself went through.
        raise UnexpectedResponse(UNREADABLE, code=type(error).__name__) from None


def reason(error: TelegramError) -> DeliveryError:
    """What the desk hears of a refusal. Code and description together say it."""
    said = error.message
    match error:
        case Failed():
            return error.error
        case InvalidToken():
            return AccountBroken(BROKEN_TOKEN, code="token")
        case Conflict():
            return AccountBroken(_conflict(said), code=said[:120])
        case Forbidden():
            return _forbidden(said)
        case ChatMigrated():
            return ContactUnreachable("this group has become another one", code="migrated")
        case BadRequest():
            return _bad(said)
        case _:
            return UnexpectedResponse(UNREADABLE, code=said[:120])


def _conflict(said: str) -> str:
    if "webhook" in said.lower():
        return "another program has Telegram call it for this bot; each program needs a bot of its own"
    return "another program reads this bot's messages; stop it, or give each a bot of its own"


def _forbidden(said: str) -> DeliveryError:
    if "business_" in said.lower():
        return _bad(said)
    known = (words for part, words in _FORBIDDEN if part in said.lower())
    return ContactUnreachable(next(known, "Telegram doesn't let the bot write to them"), code=said[:120])


def _bad(said: str) -> DeliveryError:
    for part, kind, words in _REFUSALS:
        if part in said.lower():
            return kind(words, code=said[:120])
    return Rejected("Telegram refuses this message", code=said[:120])


_FORBIDDEN = (
    ("blocked by the user", "they have blocked the bot"),
    ("user is deactivated", "their Telegram account no longer exists"),
    ("initiate conversation", "they have to open the bot first"),
    ("bot was kicked", "the bot was put out of this group"),
    ("not a member", "the bot is not in this group"),
)

_CONNECTION = "the business account is no longer connected to the bot; see Telegram Business → Chatbots there"

_REFUSALS: tuple[tuple[str, type[DeliveryError], str], ...] = (
    (
        "business_peer_usage_missing",
        WindowClosed,
        "they wrote more than 24 hours ago; later a bot can't answer for a business account",
    ),
    ("business_peer_invalid", ContactUnreachable, "the business account keeps this chat from the bot"),
    ("business_connection_", ContactUnreachable, _CONNECTION),
    ("business connection", ContactUnreachable, _CONNECTION),
    ("chat not found", ContactUnreachable, "Telegram no longer finds this chat"),
    ("peer_id_invalid", ContactUnreachable, "Telegram no longer finds this chat"),
    ("user not found", ContactUnreachable, "Telegram no longer finds this person"),
    ("not enough rights", Rejected, "the bot lacks the right to do that here"),
    ("have no rights", Rejected, "the bot lacks the right to do that here"),
    ("message to edit not found", Rejected, "the message is no longer there"),
    ("message can't be edited", Rejected, "Telegram no longer lets this message be changed"),
    ("message to delete not found", Rejected, "the message is no longer there"),
    ("message can't be deleted", Rejected, "Telegram lets bots take messages back for 48 hours only"),
    ("message to react not found", Rejected, "the message is no longer there"),
    ("reaction_invalid", Rejected, "Telegram doesn't have this reaction"),
    ("message is too long", Rejected, "the text is too long for Telegram"),
    ("caption is too long", Rejected, "the text is too long to stand below a file"),
    ("file is too big", Rejected, "the file is too large for Telegram"),
    ("wrong file identifier", Rejected, "Telegram no longer has this file"),
    ("wrong file_id", Rejected, "Telegram no longer has this file"),
    ("invalid file_id", Rejected, "Telegram no longer has this file"),
    ("file must be non-empty", Rejected, "the file is empty"),
    ("voice_messages_forbidden", Rejected, "they don't take voice messages"),
    ("message text is empty", Rejected, "there is nothing to read in this message"),
)
