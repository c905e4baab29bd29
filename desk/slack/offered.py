"""Pictures that could be converted: why they didn't go, and what the button does that is offered. Pure."""

from __future__ import annotations

from desk.pictures import Offer
from desk.slack import amounts, wording
from desk.slack.text import clean_name, one_line
from networks.capabilities import MediaKind

_NAMED = 5
"""So many files are named in a sentence."""


def label(offer: Offer) -> str:
    """`Send as JPEG`, or `Send smaller`."""
    return f"Send as {offer.form}" if offer.form else "Send smaller"


def reason(offer: Offer, network: str) -> str:
    """`photo.heic is HEIC; WhatsApp takes JPG, PNG.`"""
    file = clean_name(offer.names[0], 120, "The file")
    if offer.was:
        return wording.refusals.other_kind(file, offer.was, network, one_line(offer.takes, 300))
    pictures = amounts.KIND_PLURAL[MediaKind.PICTURE]
    return wording.refusals.too_large(file, offer.size, network, pictures, offer.limit)


def words(offer: Offer) -> str:
    """What the button changes, and what is lost."""
    files = [clean_name(name, 60, "the file") for name in offer.names[:_NAMED]]
    if more := offer.names[_NAMED:]:
        files.append(f"{len(more)} more")
    return wording.refusals.converting(
        label(offer), files, others=offer.others, kind=bool(offer.form), clear=offer.clear
    )
