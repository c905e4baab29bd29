"""Messages only one person sees: gone on reload, and never shown to somebody who is away."""

from sandbox.core import Core, Ephemeral
from sandbox.refusal import Json


def show(core: Core, channel_id: str, user: str, body: Json, *, shown: bool = True) -> str:
    """Show a message to one person, if they are there to see it; return its ts either way."""
    ts = core.world.next_ts(core.clock.now())
    made = {"type": "message", **body, "ts": ts, "is_ephemeral": True, "channel": channel_id}
    person = core.world.people[user]
    if shown and person.active and not person.deleted:
        core.ephemerals.setdefault(user, {})[ts] = Ephemeral(channel_id, ts, made)
        core.live.push((user,), {"type": "ephemeral", "channel": channel_id, "message": made})
    core.changed()
    return ts


def replace(core: Core, user: str, ts: str, body: Json) -> None:
    """Put other content in an ephemeral message's place."""
    shown = core.ephemerals.get(user, {}).get(ts)
    if shown is not None:
        kept = {k: v for k, v in shown.body.items() if k not in {"text", "blocks", "attachments"}}
        shown.body = {**kept, **body}
        core.live.push((user,), {"type": "ephemeral", "channel": shown.channel, "message": shown.body})
        core.changed()


def remove(core: Core, user: str, ts: str) -> None:
    """Take an ephemeral message away."""
    shown = core.ephemerals.get(user, {}).pop(ts, None)
    if shown is not None:
        core.live.push((user,), {"type": "ephemeral_removed", "channel": shown.channel, "ts": ts})
        core.changed()


def reload(core: Core, user: str) -> None:
    """Forget what a reloading client forgets: ephemeral messages, and what was chosen in selects."""
    for ts in list(core.ephemerals.get(user, {})):
        remove(core, user, ts)
    core.choices.pop(user, None)
    core.offered.pop(user, None)
    core.changed()
