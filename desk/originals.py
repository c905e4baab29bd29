"""The files of agents' messages as Slack keeps them: where they are, and their bytes."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable

from desk.context import Desk
from desk.slack.errors import Pointless
from desk.slack.files import SLACK_MOST_BYTES, address_of
from models import Attachment


async def located(desk: Desk, file: Attachment) -> Attachment:
    """The file with its address. Of files in shared channels the event brings the id alone.

    Raises `Pointless` when there are no bytes.
    """
    ref = json.loads(file.ref)
    if ref.get("url"):
        return file
    details = await desk.gateway.file_details(str(ref.get("id") or ""))
    url = address_of(details)
    if not url:
        raise Pointless("This file is not in Slack.", code="no_bytes")
    file.ref = json.dumps({**ref, "url": url})
    file.name = file.name or str(details.get("name") or "")[:255]
    file.claimed_type = str(details.get("mimetype") or "")[:255]
    await desk.units.run(lambda: file.save(update_fields=["ref", "name", "claimed_type"]))
    return file


def download(
    desk: Desk,
    file: Attachment,
    limit: int = SLACK_MOST_BYTES,
    *,
    start: int = 0,
    told: Callable[[int], None] | None = None,
) -> AsyncGenerator[bytes, None]:
    """Stream a located file from Slack, as `Gateway.download` does.

    Raises `desk.slack.errors.SlackError`, or `TooLarge`.
    """
    url = json.loads(file.ref)["url"]
    return desk.gateway.download(url, mimetype=file.claimed_type, limit=limit, start=start, told=told)
