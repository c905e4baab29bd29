"""What can go wrong between us and a network.

Each error answers three questions: may we try again, is the fate of the call certain,
and what do we tell the agent? `words` is a clause for people, without the customer's
name and without a code: "Telegram isn't answering".
"""

from __future__ import annotations

from collections.abc import Sequence

from networks.events import InboundEvent


class SignatureInvalid(Exception):
    """The request does not come from who it claims to come from."""


class PayloadInvalid(Exception):
    """Correctly signed, but cannot be read; `events` are those of the same call that can."""

    def __init__(self, why: str = "", *, events: Sequence[InboundEvent] = ()) -> None:
        super().__init__(why)
        self.events = events


class DeliveryError(Exception):
    """A call to a network did not succeed."""

    retry = False
    certain = True

    def __init__(self, words: str, *, code: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.code = code


class Unreachable(DeliveryError):
    """The provider could not be reached; nothing was sent."""

    retry = True


class Throttled(DeliveryError):
    """The provider asks for a pause. `retry_after` is in seconds.

    `one_contact`: only what goes to this contact has to wait, not all that the account sends.
    """

    retry = True

    def __init__(self, words: str, *, retry_after: float, code: str = "", one_contact: bool = False) -> None:
        super().__init__(words, code=code)
        self.retry_after = retry_after
        self.one_contact = one_contact


class ProviderFault(DeliveryError):
    """The provider failed and says that it took nothing."""

    retry = True


class NoAnswer(DeliveryError):
    """The call left, no answer came: it may have arrived."""

    certain = False


class UnexpectedResponse(DeliveryError):
    """An answer came that says nothing about the call: it may have arrived."""

    certain = False


class Rejected(DeliveryError):
    """The provider refuses this part; repeating would not help."""


class WindowClosed(DeliveryError):
    """The time to answer freely is over."""


class ContactUnreachable(DeliveryError):
    """The contact blocked the account or is gone."""


class AccountBroken(DeliveryError):
    """The account itself does not work; its rows wait until it is repaired."""
