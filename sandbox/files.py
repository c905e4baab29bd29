"""Files: their records, their bytes on disk (always streamed), sharing, and who may fetch them."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

from aiohttp import BodyPartReader

from sandbox import drafts, posting
from sandbox.core import Core
from sandbox.refusal import Json, Refusal
from sandbox.world import Channel, FileRecord, Kind, Message

LARGEST = 1_000_000_000
_SNIPPET = 1_000_000


def create(
    core: Core, *, name: str, owner: str, size: int, mimetype: str = "", title: str = ""
) -> FileRecord:
    """Enter a file whose bytes are still to come."""
    record = FileRecord(
        id=core.world.next_id("F"),
        name=name,
        title=title or name,
        mimetype=mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream",
        size=size,
        owner=owner,
        created=int(core.clock.now()),
    )
    core.world.files[record.id] = record
    core.changed()
    return record


def path_of(core: Core, record: FileRecord) -> Path:
    """Return where a file's bytes lie."""
    return core.files / record.id


async def receive(path: Path, chunks: AsyncIterator[bytes], most: int) -> int:
    """Write a stream to disk piece by piece; return its length. Raises Refusal above `most` bytes."""
    written = 0
    with path.open("wb") as out:
        async for chunk in chunks:
            written += len(chunk)
            if written > most:
                raise Refusal("file_upload_size_restricted", "This file is too large.")
            await asyncio.to_thread(out.write, chunk)
    return written


async def pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    """Yield a part of a multipart body piece by piece."""
    while chunk := await part.read_chunk(256 * 1024):
        yield chunk


def object_of(core: Core, record: FileRecord) -> Json:
    """Return a file as messages bear it."""
    if record.deleted:
        return {"id": record.id, "mode": "tombstone"}
    if record.extra.get("mode") == "hidden_by_limit":
        return {"id": record.id, "mode": "hidden_by_limit"}
    suffix = Path(record.name).suffix.lstrip(".").lower()
    is_text = record.mimetype.startswith("text/") and record.size <= _SNIPPET
    place = f"{core.url}/files-pri/{core.world.team.id}-{record.id}"
    name = quote(record.name.rsplit("/", 1)[-1].lower() or "file", safe="")
    made: Json = {
        "id": record.id,
        "created": record.created,
        "timestamp": record.created,
        "name": record.name,
        "title": record.title,
        "mimetype": record.mimetype,
        "filetype": "text" if is_text else suffix or "binary",
        "pretty_type": suffix.upper() or "Binary",
        "user": record.owner,
        "user_team": core.world.team.id,
        "editable": is_text,
        "size": record.size,
        "mode": "snippet" if is_text else "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": any(core.world.channels[c].kind is Kind.PUBLIC for c in record.shares),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{place}/{name}",
        "url_private_download": f"{place}/download/{name}",
        "media_display_type": "unknown",
        "permalink": f"{core.url}/files/{record.owner}/{record.id}/{name}",
        "permalink_public": f"{core.url}/{core.world.team.id}-{record.id}-0000000000",
        "is_starred": False,
        "has_rich_preview": False,
        "file_access": "visible",
    }
    if record.alt_text:
        made["alt_txt"] = record.alt_text
    if lies_elsewhere(record):
        made["url_private"] = record.extra.get("external_url", "")
        del made["url_private_download"]
    return {**made, **record.extra}


def lies_elsewhere(record: FileRecord) -> bool:
    """Whether Slack holds no bytes of this file, only where they are."""
    return record.extra.get("mode") == "external"


def details_of(core: Core, record: FileRecord) -> Json:
    """Return a file as `files.info` gives it: with where it is shared."""
    shares: dict[str, dict[str, list[Json]]] = {}
    for channel_id, places in record.shares.items():
        public = core.world.channels[channel_id].kind is Kind.PUBLIC
        shares.setdefault("public" if public else "private", {})[channel_id] = places
    by_kind = {Kind.PUBLIC: "channels", Kind.PRIVATE: "groups", Kind.IM: "ims"}
    made: Json = {**object_of(core, record), "channels": [], "groups": [], "ims": [], "shares": shares}
    for channel_id in record.shares:
        made[by_kind[core.world.channels[channel_id].kind]].append(channel_id)
    return {**made, "comments_count": 0}


def share(core: Core, channel: Channel, records: list[FileRecord], body: Json, *, by_app: bool) -> Message:
    """Post files into a conversation as one `file_share` message and note where they now are."""
    objects = [object_of(core, r) for r in records]
    for record, made in zip(records, objects, strict=True):
        if "is_public" in made:
            made["is_public"] = made["is_public"] or channel.kind is Kind.PUBLIC
        if record.extra.get("file_access") == "check_file_info":
            made.clear()
            made.update(
                id=record.id, mode="file_access", file_access="check_file_info", created=0, timestamp=0
            )
    whole = {"subtype": "file_share", "upload": False, "files": objects, **body}
    message = posting.post(core, channel, whole, by_app=by_app)
    for record in records:
        place: Json = {
            "ts": message.ts,
            "channel_name": channel.name,
            "team_id": core.world.team.id,
            "share_user_id": record.owner,
            "reply_users": [],
            "reply_users_count": 0,
            "reply_count": 0,
        }
        if message.is_reply:
            place["thread_ts"] = message.thread
        record.shares.setdefault(channel.id, []).append(place)
        event = {
            "type": "file_shared",
            "file_id": record.id,
            "user_id": record.owner,
            "channel_id": channel.id,
        }
        core.events.in_channel(channel, {**event, "file": {"id": record.id}})
    core.changed()
    return message


def share_soon(core: Core, channel: Channel, records: list[FileRecord], body: Json) -> None:
    """Share after the moment Slack takes for it; the stand-in does not end before that."""
    task = core.tasks.start(_share_later(core, channel, records, body))
    core.sharing.add(task)
    task.add_done_callback(core.sharing.discard)


async def _share_later(core: Core, channel: Channel, records: list[FileRecord], body: Json) -> None:
    await asyncio.sleep(core.durations.share)
    there = core.world.channels.get(channel.id) is channel and not channel.archived
    if there and not any(r.deleted for r in records):
        share(core, channel, records, body, by_app=True)


def delete(core: Core, record: FileRecord) -> None:
    """Delete a file: its bytes go, and messages keep a tombstone of it."""
    record.deleted = True
    path_of(core, record).unlink(missing_ok=True)
    for channel_id, places in record.shares.items():
        channel = core.world.channels[channel_id]
        for place in places:
            message = channel.messages.get(place["ts"])
            if message is not None:
                made = [object_of(core, record) if f["id"] == record.id else f for f in message.body["files"]]
                posting.change(core, channel, message, {"files": made})
    core.events.plain({"type": "file_deleted", "file_id": record.id, "channel_ids": list(record.shares)})
    core.changed()


def visible_to(core: Core, record: FileRecord, user: str) -> bool:
    """Whether somebody may see a file: their own, or shared where they are a member."""
    shared = (core.world.channels[c].members for c in record.shares)
    return record.owner == user or any(user in members for members in shared)


def typed_body(core: Core, user: str, text: str) -> Json:
    """Return author and words of a message a person sends with files."""
    team = core.world.people[user].team_id
    return {
        "user": user,
        "text": text,
        "blocks": drafts.typed_blocks(core, text),
        "client_msg_id": posting.client_msg_id(),
        "team": team,
        **({"user_team": team, "source_team": team} if team != core.world.team.id else {}),
    }
