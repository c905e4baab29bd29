"""What each kind of delivery does."""

from __future__ import annotations

from collections.abc import Mapping

from desk.delivery.effects import (
    cards,
    echoing,
    fetching,
    files,
    forgetting,
    network,
    preparing,
    thread,
    waiting,
)
from desk.delivery.handling import Handling
from models import DeliveryKind

KINDS: Mapping[DeliveryKind, Handling] = {
    **cards.KINDS,
    **thread.KINDS,
    **fetching.KINDS,
    **files.KINDS,
    **preparing.KINDS,
    **network.KINDS,
    **echoing.KINDS,
    **forgetting.KINDS,
    **waiting.KINDS,
}
