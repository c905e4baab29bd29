"""What text and picture messages can carry through Twilio, each limit with where Twilio says so. Data."""

from __future__ import annotations

from collections.abc import Mapping

from networks.capabilities import Capabilities, LengthUnit, MediaKind, MediaRule, Support, TextLimit


def limits(*, mms: bool) -> Capabilities:
    """Those of a number; `mms`: it can send pictures and files."""
    # twilio.com/docs/api/errors/21617: emoji and some signs count as several characters
    text = TextLimit(length=1_600, unit=LengthUnit.UTF16)
    return Capabilities(
        text_limit=text,
        caption_limit=text if mms else None,
        send=_files() if mms else {},
        # twilio.com/docs/messaging/guides/accepted-mime-types: 5 MB by MMS, 16 MB by RCS
        receive={kind: MediaRule(max_bytes=16_000_000, formats="any type") for kind in MediaKind},
        reply_window=None,  # laws and carriers ask for consent, which whoever writes first gives
        edits=Support.REJECTED,
        deletions=Support.REJECTED,  # Twilio's own record can go, not the message
        reactions=Support.REJECTED,
        typing=Support.REJECTED,
        receipts=Support.REJECTED,  # "delivered" is told; "read" can't be, either way
        replies=Support.REJECTED,
        idempotent_send=False,
        checked="November 2026",
    )


def _files() -> Mapping[MediaKind, MediaRule]:
    # twilio.com/docs/messaging/guides/accepted-mime-types: 5 MB in all; JPG, PNG and GIF are made smaller
    # for the carrier, other types are not, and most carriers end at 500 to 600 KB
    # (help.twilio.com/articles/360018832773)
    small = 500_000
    return {
        MediaKind.PICTURE: MediaRule(
            max_bytes=5_000_000,
            mime_types=frozenset({"image/jpeg", "image/png", "image/gif"}),
            formats="JPG, PNG, GIF",
        ),
        MediaKind.VIDEO: MediaRule(
            max_bytes=small,
            mime_types=frozenset({"video/mp4", "video/3gpp", "video/quicktime", "video/webm", "video/mpeg"}),
            formats="MP4, 3GP, MOV, WebM",
        ),
        MediaKind.AUDIO: MediaRule(
            max_bytes=small,
            mime_types=frozenset({"audio/mpeg", "audio/mp4", "audio/ogg", "audio/3gpp", "audio/amr"}),
            formats="MP3, M4A, OGG, AMR",
        ),
        MediaKind.DOCUMENT: MediaRule(
            max_bytes=small,
            mime_types=frozenset(
                {"application/pdf", "text/vcard", "text/x-vcard", "text/csv", "text/rtf", "text/calendar"}
            ),
            formats="PDF, VCF, CSV, RTF, ICS",
        ),
    }
