"""chat.*: the app's own messages."""

from sandbox import drafts, ephemerals, posting
from sandbox.arguments import Arguments
from sandbox.core import Core
from sandbox.refusal import Json, Refusal
from sandbox.web_api.membership import is_in, joined, need, visible, writable
from sandbox.web_api.method import Method
from sandbox.world import Channel, Message

_IDENTITY = ("username", "icon_url", "icon_emoji")
_CONTENT = ("text", "markdown_text", "blocks", "attachments")


def post_message(core: Core, arguments: Arguments) -> Json:
    """Post a message; see Slack's chat.postMessage."""
    channel = writable(core, arguments.required("channel"))
    identity = identity_of(core, arguments)
    draft = drafts.read(core, arguments)
    metadata = drafts.metadata_of(arguments)
    if draft.is_empty:
        raise Refusal("no_text")
    body = {**author(core, identity), **drafts.body_of(core, draft, mrkdwn_on=arguments.flag("mrkdwn", True))}
    body |= thread_fields(core, channel, arguments)
    message = posting.post(core, channel, body, by_app=True, metadata=metadata)
    return {"channel": channel.id, "ts": message.ts, "message": as_answered(message)}


def as_answered(message: Message) -> Json:
    """Return a message as an answer to its author bears it."""
    return {**message.body, **({"metadata": message.metadata} if message.metadata else {})}


def thread_fields(core: Core, channel: Channel, arguments: Arguments) -> Json:
    """Return the fields of a reply. Raises Refusal when there is no such thread."""
    thread_ts = arguments.text("thread_ts")
    if not thread_ts:
        return {}
    posting.check_thread(channel, thread_ts)
    broadcast = arguments.flag("reply_broadcast")
    return {"thread_ts": thread_ts, **({"subtype": "thread_broadcast"} if broadcast else {})}


def identity_of(core: Core, arguments: Arguments) -> Json:
    """Return the customised name and picture. Raises Refusal `missing_scope`."""
    identity = {key: arguments.text(key) for key in _IDENTITY if arguments.text(key)}
    if identity:
        need(core, "chat:write.customize")
    return identity


def author(core: Core, identity: Json) -> Json:
    """Return who wrote it: the bot user, or a `bot_message` under another name with only a bot id."""
    app = core.app
    common = {"bot_id": app.bot_id, "app_id": app.id, "team": core.world.team.id}
    if not identity:
        return {"user": app.bot_user_id, **common, "bot_profile": app.profile(core.world.team)}
    made: Json = {"subtype": "bot_message", **common, "username": identity.get("username", app.spec.bot_name)}
    if emoji := identity.get("icon_emoji"):
        made["icons"] = {"emoji": f":{emoji.strip(':')}:"}
    elif icon := identity.get("icon_url"):
        made["icons"] = {"image_36": icon, "image_48": icon, "image_72": icon}
    return made


def update(core: Core, arguments: Arguments) -> Json:
    """Change one of the app's messages; see Slack's chat.update."""
    channel = joined_or_public(core, arguments.required("channel"))
    ts = arguments.required("ts")
    draft = drafts.read(core, arguments)
    metadata = drafts.metadata_of(arguments)
    if len(draft.text) > drafts.LONGEST_UPDATE:
        raise Refusal("msg_too_long")
    message = channel.messages.get(ts)
    if message is None:
        raise Refusal("message_not_found")
    if not message.by_app:
        raise Refusal("cant_update_message")
    if channel.archived:
        raise Refusal("is_inactive")
    if not any(arguments.has(name) for name in _CONTENT):
        raise Refusal("no_text")
    _apply(core, channel, message, draft, arguments)
    if metadata is not None:
        message.metadata = metadata
    text = message.body["text"]
    return {"channel": channel.id, "ts": ts, "text": text, "message": as_answered(message)}


def _apply(core: Core, channel: Channel, message: Message, draft: drafts.Draft, arguments: Arguments) -> None:
    attachments = draft.attachments if draft.attachments is not None else message.body.get("attachments", [])
    gives_text = arguments.has("text") or arguments.has("markdown_text")
    keeps = not gives_text and draft.blocks is None
    blocks = message.body.get("blocks") if keeps else draft.blocks
    text = draft.text if gives_text else str(message.body.get("text", ""))
    whole = drafts.Draft(text=text, blocks=blocks, attachments=attachments)
    if whole.is_empty and not message.body.get("files"):
        raise Refusal("no_text")
    changes = drafts.body_of(core, whole, mrkdwn_on=True)
    if not whole.blocks:
        ts = core.world.next_ts(core.clock.now())
        changes["edited"] = {"user": core.app.bot_user_id, "ts": ts}
    if message.body.get("subtype") == "bot_message":
        changes["username"] = core.app.spec.bot_name  # Slack forgets a customised identity here
    removed = ("blocks", "attachments", *(("icons",) if "username" in changes else ()))
    posting.change(core, channel, message, changes, removed=removed)


def joined_or_public(core: Core, channel_id: str) -> Channel:
    """Return a conversation whose messages the app may change: one it is in, or may post to from outside."""
    channel = visible(core, channel_id)
    if not is_in(core, channel) and "chat:write.public" not in core.world.scopes:
        raise Refusal("channel_not_found")
    return channel


def delete(core: Core, arguments: Arguments) -> Json:
    """Delete one of the app's messages; see Slack's chat.delete."""
    channel = joined_or_public(core, arguments.required("channel"))
    ts = arguments.required("ts")
    message = channel.messages.get(ts)
    if message is None:
        raise Refusal("message_not_found")
    if not message.by_app:
        raise Refusal("cant_delete_message")
    posting.delete(core, channel, message)
    return {"channel": channel.id, "ts": ts}


def post_ephemeral(core: Core, arguments: Arguments) -> Json:
    """Show a message to one person; see Slack's chat.postEphemeral. In a thread only once it has a reply."""
    channel = joined(core, arguments.required("channel"))
    user = arguments.required("user")
    if channel.archived:
        raise Refusal("is_archived")
    if user not in channel.members or core.world.people[user].deleted:
        raise Refusal("user_not_in_channel")
    identity = identity_of(core, arguments)
    draft = drafts.read(core, arguments)
    if draft.is_empty:
        raise Refusal("no_text")
    body = {**author(core, identity), **drafts.body_of(core, draft, mrkdwn_on=True)}
    body |= thread_fields(core, channel, arguments)
    shown = "thread_ts" not in body or bool(channel.replies.get(str(body["thread_ts"])))
    return {"message_ts": ephemerals.show(core, channel.id, user, body, shown=shown)}


def permalink(core: Core, arguments: Arguments) -> Json:
    """Return a message's address; see Slack's chat.getPermalink."""
    channel = visible(core, arguments.required("channel"))
    ts = arguments.required("message_ts")
    message = channel.messages.get(ts)
    if message is None:
        raise Refusal("message_not_found")
    link = f"{core.url}/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


METHODS = {
    "chat.postMessage": Method(run=post_message, scopes=("chat:write",)),
    "chat.update": Method(run=update, scopes=("chat:write",)),
    "chat.delete": Method(run=delete, scopes=("chat:write",)),
    "chat.postEphemeral": Method(run=post_ephemeral, scopes=("chat:write",)),
    "chat.getPermalink": Method(run=permalink, json=False),
}
