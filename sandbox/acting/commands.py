"""Slash commands: a few of Slack's own, and the app's."""

import re

from sandbox import membership, mrkdwn, posting, responses, views
from sandbox.acting.people import Args, actor, done, need, open_room, room
from sandbox.core import Core, ResponseUrl
from sandbox.interactivity import acknowledged, answerable, place
from sandbox.manifest import Command
from sandbox.refusal import Json, Refusal
from sandbox.world import Channel, Kind, Person

_MARK = re.compile(r"<@([UW][A-Z0-9]+)>|<#(C[A-Z0-9]+)\|?>")


async def command(core: Core, args: Args) -> Json:
    """Run a slash command. Raises Refusal for unknown ones, and for the app's own in a thread."""
    person = actor(core, args)
    channel = room(core, args, person)
    name, _, rest = need(args, "text").strip().partition(" ")
    own = {"/invite": _invite, "/leave": _leave, "/me": _me}.get(name)
    if own is not None:
        return own(core, args, channel, person, rest.strip())
    spec = next((c for c in core.app.spec.commands if c.command == name.lower()), None)
    if spec is None:
        raise Refusal("unknown_command", f"{name} is not a valid command.")
    if args.get("thread_ts"):
        raise Refusal("not_supported_in_threads", f"{name} is not supported in threads. Sorry!")
    return await _custom(core, channel, person, spec, rest.strip())


def _invite(core: Core, args: Args, channel: Channel, person: Person, rest: str) -> Json:
    mark = mrkdwn.typed(core.world, rest)
    found = re.match(r"<@([UW][A-Z0-9]+)>", mark)
    user = found[1] if found else _app_by_name(core, rest)
    if user is None or user not in core.world.people:
        raise Refusal("user_not_found", f"No one is called {rest}.")
    if user in channel.members:
        raise Refusal("already_in_channel", "They are already in this channel.")
    membership.join(core, channel, user, by=person.id)
    return done()


def _app_by_name(core: Core, text: str) -> str | None:
    wanted = text.removeprefix("@").casefold()
    return core.app.bot_user_id if wanted == core.app.spec.bot_name.casefold() else None


def _leave(core: Core, args: Args, channel: Channel, person: Person, rest: str) -> Json:
    membership.leave(core, channel, person.id)
    return done()


def _me(core: Core, args: Args, channel: Channel, person: Person, rest: str) -> Json:
    open_room(core, args, person)
    if not rest:
        raise Refusal("no_text", "There is nothing to send.")
    body: Json = {"subtype": "me_message", "user": person.id, "text": mrkdwn.typed(core.world, rest)}
    if thread_ts := args.get("thread_ts"):
        posting.check_thread(channel, str(thread_ts))
        body["thread_ts"] = str(thread_ts)
    return done(ts=posting.post(core, channel, body, by_app=False).ts)


async def _custom(core: Core, channel: Channel, person: Person, spec: Command, rest: str) -> Json:
    url = answerable(core, person.id, channel.id)
    fields = {
        "token": "sandbox",
        "team_id": core.world.team.id,
        "team_domain": core.world.team.domain,
        "channel_id": channel.id,
        "channel_name": place(channel)["name"],
        "user_id": person.id,
        "user_name": person.name,
        "command": spec.command,
        "text": _escaped(core, rest) if spec.should_escape else rest,
        "api_app_id": core.app.id,
        "is_enterprise_install": "false",
        "response_url": url,
        "trigger_id": views.grant(core, person.id),
    }
    target = core.app.request_url or spec.url
    answer = acknowledged(core, await core.wire.command(fields, url=target))
    made = ResponseUrl(person.id, channel.id, core.clock.now() + core.durations.response_url)
    shown = _show(core, made, answer.body)
    return done(status=answer.status, answer=answer.body, **shown)


def _show(core: Core, where: ResponseUrl, body: object) -> Json:
    """Show what the app answered at once: to the person only, unless it says `in_channel`."""
    if isinstance(body, str) and body:
        body = {"text": body}
    if not isinstance(body, dict) or not body:
        return {}
    try:
        return {"ts": responses.show_new(core, where, body)}
    except Refusal as refusal:
        raise Refusal("invalid_response", f"The app's answer cannot be shown: {refusal.code}.") from refusal


def _escaped(core: Core, text: str) -> str:
    """Return a command's text with people and channels as Slack escapes them: with their names."""

    def named(match: re.Match[str]) -> str:
        if match[1]:
            person = core.world.people.get(match[1])
            return f"<@{match[1]}|{person.name}>" if person else match[0]
        channel = core.world.channels.get(match[2])
        public = channel is not None and channel.kind is Kind.PUBLIC
        return f"<#{match[2]}|{channel.name if channel and public else ''}>"

    return _MARK.sub(named, mrkdwn.typed(core.world, text))
