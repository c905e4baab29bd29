"""People write, edit, delete, react, read, and hand in files."""

import base64
import binascii
from pathlib import Path
from typing import Any

from sandbox import drafts, emoji, ephemerals, files, mrkdwn, notifications, posting
from sandbox.acting.commands import command
from sandbox.acting.people import Args, actor, done, message_in, need, open_room, room
from sandbox.core import Core
from sandbox.reading import person_card, show_lists
from sandbox.refusal import Json, Refusal
from sandbox.world import Channel, FileRecord, Message, Person

LONGEST = 12_000
# What a test may say of a file beyond its name and type: clips, links to elsewhere, files of shared
# channels, a size that isn't true.
_SPECIAL = {
    "size",
    "subtype",
    "mode",
    "file_access",
    "is_external",
    "external_type",
    "external_url",
    "duration_ms",
}


async def say(core: Core, args: Args) -> Json:
    """Write a message. One that starts with a slash is a command, never a message; after a space, a text."""
    person = actor(core, args)
    text = str(args.get("text") or "")
    if text.startswith("/"):
        return await command(core, {**args, "text": text})
    text = text.strip()
    channel = open_room(core, args, person)
    body = _where(channel, args)
    if len(text) > LONGEST:
        raise Refusal("msg_too_long", "This message is too long.")
    records = [_file(core, person, entry) for entry in args.get("files") or ()]
    if not text and not records:
        raise Refusal("no_text", "There is nothing to send.")
    text = mrkdwn.typed(core.world, text)
    body |= files.typed_body(core, person.id, text)
    if records:
        message = files.share(core, channel, records, body, by_app=False)
    else:
        message = posting.post(core, channel, body, by_app=False)
    _seen(channel, person.id, message)
    show_lists(core, (person.id,))
    return done(ts=message.ts, channel=channel.id, files=[r.id for r in records])


def _where(channel: Channel, args: Args) -> Json:
    thread_ts = args.get("thread_ts")
    if not thread_ts:
        return {}
    posting.check_thread(channel, str(thread_ts))
    return {"thread_ts": str(thread_ts), **({"subtype": "thread_broadcast"} if args.get("broadcast") else {})}


def _seen(channel: Channel, user: str, message: Message) -> None:
    """Whoever writes has read what stands above: the thread for a reply, else the channel."""
    thread = message.thread if message.is_reply else None
    notifications.read(channel, user, message.ts, thread)


def _file(core: Core, person: Person, entry: Any) -> FileRecord:
    if not isinstance(entry, dict):
        raise Refusal("invalid_arguments", "A file is an object.")
    if upload_id := entry.get("upload_id"):
        record = core.world.files.get(str(upload_id))
        if record is None or record.completed or not record.received:
            raise Refusal("file_not_found", "There is no such upload.")
        record.owner = person.id
    else:
        record = _written(core, person, entry)
    record.extra = {k: v for k, v in entry.items() if k in _SPECIAL}
    record.completed = True
    return record


def _written(core: Core, person: Person, entry: Json) -> FileRecord:
    content = entry.get("content")
    if content is None and "content_base64" in entry:
        try:
            content = base64.b64decode(entry["content_base64"], validate=True)
        except binascii.Error:
            raise Refusal("invalid_arguments", "content_base64 is not base64.") from None
    size = int(entry.get("size", 0)) if content is None else len(content)
    if size > files.LARGEST:
        raise Refusal("file_upload_size_restricted", "Files can have up to 1 GB.")
    mimetype, title = str(entry.get("mimetype") or ""), str(entry.get("title") or "")
    name = str(entry.get("name", "file"))
    record = files.create(core, name=name, owner=person.id, size=size, mimetype=mimetype, title=title)
    _put(files.path_of(core, record), content, size)
    record.received = True
    return record


def _put(path: Path, content: bytes | None, size: int) -> None:
    with path.open("wb") as out:
        if content is not None:
            out.write(content)
        else:
            out.truncate(size)


async def edit(core: Core, args: Args) -> Json:
    """Change the words of one's own message; unchanged words change nothing."""
    person = actor(core, args)
    channel = open_room(core, args, person)
    message = message_in(channel, args)
    if message.author != person.id or message.by_app:
        raise Refusal("cant_update_message", "You can only edit your own messages.")
    text = mrkdwn.typed(core.world, str(args.get("text") or "").strip())
    if not text and not message.body.get("files"):
        raise Refusal("no_text", "An empty message can only be deleted.")
    if text == message.body.get("text"):
        return done(ts=message.ts)
    edited = {"user": person.id, "ts": core.world.next_ts(core.clock.now())}
    changes = {"text": text, "blocks": drafts.typed_blocks(core, text), "edited": edited}
    posting.change(core, channel, message, changes)
    return done(ts=message.ts)


async def broadcast(core: Core, args: Args) -> Json:
    """Send one's own reply to the channel as well, some time after it was written."""
    person = actor(core, args)
    channel = open_room(core, args, person)
    message = message_in(channel, args)
    if message.author != person.id or not message.is_reply or message.body.get("subtype"):
        raise Refusal("cant_broadcast_message", "Only a plain reply of yours can be sent to the channel.")
    posting.broadcast(core, channel, message)
    return done(ts=message.ts)


async def delete(core: Core, args: Args) -> Json:
    """Delete one's own message; admins can delete anybody's."""
    person = actor(core, args)
    channel = room(core, args, person)
    if channel.archived:
        raise Refusal("is_archived", "This channel is archived.")
    message = message_in(channel, args)
    if message.author != person.id and not person.is_admin:
        raise Refusal("cant_delete_message", "You can only delete your own messages.")
    if message.body.get("subtype") == "tombstone":
        raise Refusal("message_not_found", "This message is deleted.")
    posting.delete(core, channel, message)
    return done(ts=message.ts)


async def react(core: Core, args: Args) -> Json:
    """Put a reaction."""
    person = actor(core, args)
    channel = room(core, args, person)
    if channel.archived:
        raise Refusal("is_archived", "This channel is archived.")
    name = need(args, "name").strip(":")
    if not emoji.is_known(name):
        raise Refusal("invalid_name", "There is no such emoji.")
    posting.react(core, channel, message_in(channel, args), person.id, name)
    return done()


async def unreact(core: Core, args: Args) -> Json:
    """Take one's own reaction away."""
    person = actor(core, args)
    channel = room(core, args, person)
    posting.unreact(core, channel, message_in(channel, args), person.id, need(args, "name").strip(":"))
    return done()


async def mark_read(core: Core, args: Args) -> Json:
    """Read a channel or a thread up to a message."""
    person = actor(core, args)
    channel = room(core, args, person)
    notifications.read(channel, person.id, need(args, "ts"), args.get("thread_ts") or None)
    show_lists(core, (person.id,))
    core.changed()
    return done()


async def reload(core: Core, args: Args) -> Json:
    """Reload one's client: ephemeral messages and local choices are gone."""
    ephemerals.reload(core, actor(core, args).id)
    return done()


async def dismiss(core: Core, args: Args) -> Json:
    """Take an ephemeral message away."""
    ephemerals.remove(core, actor(core, args).id, need(args, "ts"))
    return done()


async def set_active(core: Core, args: Args) -> Json:
    """Come or go: somebody who is away is shown no ephemeral message, not even later."""
    person = actor(core, args)
    person.active = bool(args.get("active", True))
    core.live.push(core.world.people, {"type": "person", "person": person_card(person)})
    core.changed()
    return done()


async def open_dm(core: Core, args: Args) -> Json:
    """Open direct messages with somebody."""
    person = actor(core, args)
    other = core.person(need(args, "other"))
    channel = core.direct(person.id, other.id)
    show_lists(core, channel.members)
    return done(channel=channel.id)


async def delete_file(core: Core, args: Args) -> Json:
    """Delete one's own file."""
    person = actor(core, args)
    record = core.world.files.get(need(args, "file"))
    if record is None or record.deleted or not files.visible_to(core, record, person.id):
        raise Refusal("file_not_found", "There is no such file.")
    if record.owner != person.id and not person.is_admin:
        raise Refusal("cant_delete_file", "You can only delete your own files.")
    files.delete(core, record)
    return done()
