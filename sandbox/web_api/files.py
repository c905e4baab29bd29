"""files.*: the three-step upload and what is known of a file."""

import secrets
from typing import Any

from sandbox import drafts, files
from sandbox.arguments import Arguments
from sandbox.blockkit import check_blocks
from sandbox.blockkit.settled import settled
from sandbox.core import Core
from sandbox.refusal import Json, Refusal, invalid_arguments
from sandbox.web_api.chat import author, identity_of, thread_fields
from sandbox.web_api.membership import joined
from sandbox.web_api.method import Method
from sandbox.world import Channel, FileRecord


def upload_slot(core: Core, arguments: Arguments) -> Json:
    """Return where to put a file's bytes; see Slack's files.getUploadURLExternal."""
    name = arguments.required("filename")
    length = arguments.required("length")
    if not length.isdigit() or int(length) < 1:
        raise invalid_arguments("must be more than 0 [json-pointer:/length]")
    if int(length) > files.LARGEST:
        raise Refusal("file_upload_size_restricted")
    if len(arguments.text("alt_txt")) > 1000:
        raise Refusal("alt_txt_too_large")
    record = files.create(core, name=name, owner=core.app.bot_user_id, size=int(length))
    record.alt_text = arguments.text("alt_txt")
    token = secrets.token_urlsafe(24)
    core.world.upload_slots[token] = record.id
    return {"upload_url": f"{core.url}/upload/v1/{token}", "file_id": record.id}


def complete(core: Core, arguments: Arguments) -> Json:
    """Finish uploads and share them; see Slack's files.completeUploadExternal. `shares` is empty at first."""
    entries = arguments.structure("files", "invalid_arguments")
    records = _records(core, entries)
    channels = _destinations(core, arguments)
    identity = identity_of(core, arguments)
    comment = arguments.text("initial_comment")
    body = {
        **author(core, identity),
        "text": comment[: drafts.LONGEST_TEXT],
        **_blocks(core, arguments, comment),
    }
    body.pop("subtype", None)
    threads = [thread_fields(core, c, arguments) for c in channels]
    for record, entry in zip(records, entries, strict=True):
        record.completed = True
        record.title = str(entry.get("title") or record.title)
    for channel, thread in zip(channels, threads, strict=True):
        files.share_soon(core, channel, records, {**body, **thread})
    return {"files": [files.details_of(core, r) for r in records]}


def _records(core: Core, entries: Any) -> list[FileRecord]:
    if not isinstance(entries, list) or not entries or not all(isinstance(e, dict) for e in entries):
        raise invalid_arguments("missing required field: files")
    records: list[FileRecord] = []
    for index, entry in enumerate(entries):
        if not isinstance(entry.get("id"), str):
            raise invalid_arguments(f"missing required field: id [json-pointer:/files/{index}]")
        record = core.world.files.get(entry["id"])
        if record is None or not record.received or record.owner != core.app.bot_user_id:
            raise Refusal("file_not_found")
        if record.completed or record in records:
            raise Refusal("file_already_completed")
        records.append(record)
    return records


def _destinations(core: Core, arguments: Arguments) -> list[Channel]:
    several = [c for c in arguments.text("channels").split(",") if c]
    if several and arguments.text("thread_ts"):
        raise Refusal("invalid_arguments")
    if len(several) > 100:
        raise invalid_arguments("no more than 100 items allowed [json-pointer:/channels]")
    wanted = several or [c for c in (arguments.text("channel_id"),) if c]
    if arguments.text("thread_ts") and not wanted:
        raise Refusal("invalid_channel")
    channels = [joined(core, c) for c in wanted]
    for channel in channels:
        if channel.archived:
            raise Refusal("is_archived")
        if channel.restricted:
            raise Refusal("posting_to_channel_denied")
    return channels


def _blocks(core: Core, arguments: Arguments, comment: str) -> Json:
    blocks = arguments.structure("blocks", "invalid_blocks_format")
    if comment or not blocks:
        return {"blocks": drafts.typed_blocks(core, comment)} if comment else {}
    check_blocks(blocks)
    if any(b["type"] == "markdown" for b in blocks):
        raise Refusal("internal_error")  # Slack's own defect, python-slack-sdk #1756
    return {"blocks": settled(blocks, core.random)}


def details(core: Core, arguments: Arguments) -> Json:
    """Return a file with its shares; see Slack's files.info."""
    record = core.world.files.get(arguments.required("file"))
    if record is None or not files.visible_to(core, record, core.app.bot_user_id):
        raise Refusal("file_not_found")
    if record.deleted:
        raise Refusal("file_deleted")
    return {"file": files.details_of(core, record), "comments": [], "response_metadata": {"next_cursor": ""}}


def delete(core: Core, arguments: Arguments) -> Json:
    """Delete one of the app's files; see Slack's files.delete."""
    record = core.world.files.get(arguments.required("file"))
    if record is None or not files.visible_to(core, record, core.app.bot_user_id):
        raise Refusal("file_not_found")
    if record.deleted:
        raise Refusal("file_deleted")
    if record.owner != core.app.bot_user_id:
        raise Refusal("cant_delete_file")
    files.delete(core, record)
    return {}


METHODS = {
    "files.delete": Method(run=delete, scopes=("files:write",)),
    "files.getUploadURLExternal": Method(run=upload_slot, scopes=("files:write",), json=False),
    "files.completeUploadExternal": Method(run=complete, scopes=("files:write",)),
    "files.info": Method(run=details, scopes=("files:read",), json=False),
}
