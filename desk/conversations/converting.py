"""Pictures of an answer that can be converted to what the network takes, where an agent chooses that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from desk import pictures
from desk.conversations import linked
from desk.conversations.judge import LINKABLE
from desk.conversations.scene import Case
from desk.filenames import extension_of
from desk.filetypes import correct
from models import Attachment, Message
from networks.capabilities import MediaKind, MediaRule

CONVERT = "convert"
"""Under this a message remembers that its pictures may be converted."""
CONVERTED = "converted"
"""And under this what those have become that were, by the attachment's id."""
CANNOT = "cannot"
"""Under this a refusal says why a picture of it could not be converted: then it is not offered again."""


async def offer(found: Case, message: Message) -> pictures.Offer | None:
    """What an agent may choose, so that this message goes after all."""
    if found.account is None or message.reason not in LINKABLE or message.detail.get(CANNOT):
        return None
    return offer_for(found.account.capabilities.send, await linked.files_of(message))


def offer_for(rules: Mapping[MediaKind, MediaRule], files: Sequence[Attachment]) -> pictures.Offer | None:
    """The same for its files."""
    return pictures.offer(rules, [given(file) for file in files if not file.voice])


def given(file: Attachment) -> pictures.Given:
    """A file as it is known; one whose bytes were never here, as Slack describes it."""
    return pictures.Given(
        name=file.name,
        mime=file.mime_type or correct(file.claimed_type, extension_of(file.name)),
        size=file.size or file.claimed_size or 0,
    )
