"""Messages that are nobody's plain words: other apps' posts, Slack's own lines, forwards, previews."""

from sandbox import drafts, mrkdwn, posting
from sandbox.acting.people import Args, actor, done, message_in, need, open_room, room
from sandbox.core import Core
from sandbox.files import typed_body
from sandbox.refusal import Json, Refusal
from sandbox.world import Channel, Message

OTHER_BOT = "B0OTHERBOT"


def _thread(channel: Channel, args: Args) -> Json:
    if not args.get("thread_ts"):
        return {}
    posting.check_thread(channel, str(args["thread_ts"]))
    return {"thread_ts": str(args["thread_ts"])}


async def integrate(core: Core, args: Args) -> Json:
    """Let another app of the workspace post: a `bot_message` without `user`, under its own bot id."""
    channel = core.channel(need(args, "channel"))
    text = mrkdwn.server_side(core.world, need(args, "text"), parse="", link_names=False)
    body = {
        "subtype": "bot_message",
        "bot_id": str(args.get("bot_id") or OTHER_BOT),
        "username": str(args.get("username") or "Build"),
        "text": text,
        "blocks": drafts.typed_blocks(core, text),
        **_thread(channel, args),
    }
    return done(ts=posting.post(core, channel, body, by_app=False).ts)


async def line(core: Core, args: Args) -> Json:
    """Let Slack write one of its own lines, of any `subtype`: a topic, a pin, a reminder."""
    channel = core.channel(need(args, "channel"))
    person = actor(core, args)
    made = posting.system_line(
        core,
        channel,
        need(args, "subtype"),
        person.id,
        str(args.get("text") or ""),
        **_thread(channel, args),
    )
    return done(ts=made.ts)


async def forward(core: Core, args: Args) -> Json:
    """Forward a message to a conversation (`to`), with words of one's own or none."""
    person = actor(core, args)
    source = room(core, args, person)
    message = message_in(source, args)
    if message.body.get("subtype") == "tombstone":
        raise Refusal("message_not_found", "This message is deleted.")
    target = open_room(core, {**args, "channel": need(args, "to")}, person)
    text = mrkdwn.typed(core.world, str(args.get("text") or "").strip())
    body = {
        **typed_body(core, person.id, text),
        "attachments": [_shared(core, source, message)],
        **_thread(target, args),
    }
    return done(ts=posting.post(core, target, body, by_app=False).ts)


def _shared(core: Core, source: Channel, message: Message) -> Json:
    author = core.world.people.get(message.author or "")
    name = author.called if author else str(message.body.get("username", ""))
    words = str(message.body.get("text", ""))
    link = f"{core.url}/archives/{source.id}/p{message.ts.replace('.', '')}"
    return {
        "id": 1,
        "is_msg_unfurl": True,
        "is_share": True,
        "channel_id": source.id,
        "ts": message.ts,
        "from_url": link,
        "author_id": message.author or "",
        "author_name": name,
        "text": words,
        "fallback": f"{name}: {words}",
        "mrkdwn_in": ["text"],
    }


async def unfurl(core: Core, args: Args) -> Json:
    """Let Slack add the preview of a link: a `message_changed` without any change of words."""
    channel = core.channel(need(args, "channel"))
    message = message_in(channel, args)
    preview = {"id": 1, "title": "A page", "title_link": "https://example.com/", "fallback": "A page"}
    posting.change(core, channel, message, {"attachments": [preview]})
    return done()
