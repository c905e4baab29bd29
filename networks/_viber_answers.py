"""What the statuses of Viber's answers mean to the desk: creators.viber.com/docs/bots-api/errors

An answer is HTTP 200 whatever became of the call; its `status` says it, and 0 is well.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    ProviderFault,
    Rejected,
    Throttled,
    WindowClosed,
)

TOO_MANY = 12
_PAUSE = 300.0
"""Seconds until a customer who was written to a hundred times is tried again: the hour may be over, and
they may have answered."""

_STATUSES: Mapping[int, tuple[type[DeliveryError], str]] = MappingProxyType(
    {
        1: (Rejected, "Viber can't use the address it was given"),
        2: (AccountBroken, "Viber no longer accepts the token; take it anew from the bot's Edit Info"),
        3: (Rejected, "Viber refuses this message"),
        4: (Rejected, "Viber finds something missing in this message"),
        5: (ContactUnreachable, "they are not on Viber any more"),
        6: (ContactUnreachable, "they don't take the bot's messages: they left it, or never wrote to it"),
        7: (AccountBroken, "Viber has blocked the bot; only Viber's support can mend that"),
        8: (AccountBroken, "Viber knows no bot with this token; take it anew from the bot's Edit Info"),
        9: (AccountBroken, "Viber has suspended the bot; only Viber's support can mend that"),
        10: (AccountBroken, "Viber was told to call nobody; Oratio tells it anew within minutes"),
        11: (ContactUnreachable, "their device or their version of Viber knows no bots"),
        13: (ContactUnreachable, "their version of Viber is too old for this message"),
        14: (Rejected, "Viber takes no such message from a bot"),
        15: (AccountBroken, "Viber has not authorised the bot; only Viber's support can mend that"),
        16: (Rejected, "Viber takes no such message from a bot"),
        17: (Rejected, "Viber takes no such message from a bot"),
        18: (Rejected, "Viber takes no such message from a bot"),
        19: (Rejected, "Viber could not send this message"),
        20: (Rejected, "Viber takes no such message from a bot"),
        21: (Rejected, "Viber doesn't carry this message to their country"),
        22: (Rejected, "Viber takes no such message from a bot"),
        23: (WindowClosed, "the bot's free messages of this month are used up; they have to write first"),
        24: (WindowClosed, "there is no money left on the bot's account; they have to write first"),
    }
)


def refusal(status: int) -> DeliveryError:
    """What the desk hears of a status that is not 0. One that is not documented is Viber's own trouble:
    it says that nothing was taken.
    """
    code = f"status_{status}"
    if status == TOO_MANY:
        words = "Viber lets nobody be written to a hundred times in an hour unless they answer"
        return Throttled(words, retry_after=_PAUSE, code=code, one_contact=True)
    kind, words = _STATUSES.get(status, (ProviderFault, "Viber has a problem of its own"))
    return kind(words, code=code)
