"""Views on people's screens: stacks of modals, App Home, their values, and who may open them."""

import secrets
from typing import Any

from sandbox import blockkit
from sandbox.blockkit import Surface
from sandbox.blockkit.settled import settled
from sandbox.core import Core, Trigger
from sandbox.reading import views_of
from sandbox.refusal import Json, Refusal
from sandbox.values import initial_values
from sandbox.viewstate import OpenView

MOST_ON_STACK = 3
_FORGOTTEN = 600.0  # seconds after which an old trigger id is no longer told from an invented one


def grant(core: Core, user: str, from_view: str | None = None) -> str:
    """Return a trigger id for what somebody just did: good once, for three seconds."""
    until = core.clock.now() + core.durations.trigger
    made = f"{int(core.clock.now() * 1000)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
    core.triggers[made] = Trigger(user, until, from_view)
    while core.triggers[first := next(iter(core.triggers))].until < until - _FORGOTTEN:
        del core.triggers[first]
    return made


def exchange(core: Core, trigger_id: str) -> Trigger:
    """Use a trigger id up. Raises Refusal `invalid_`, `expired_` or `exchanged_trigger_id`."""
    trigger = core.triggers.get(trigger_id)
    if trigger is None:
        raise Refusal("invalid_trigger_id")
    if trigger.used:
        raise Refusal("exchanged_trigger_id")
    if trigger.until < core.clock.now():
        raise Refusal("expired_trigger_id")
    trigger.used = True
    return trigger


def body_of(core: Core, view: Json, *, view_id: str, root: str, previous: str | None) -> Json:
    """Return a checked view as Slack keeps it."""
    made: Json = {
        "id": view_id,
        "team_id": core.world.team.id,
        "type": view["type"],
        "blocks": settled(view["blocks"], core.random),
        "private_metadata": view.get("private_metadata") or "",
        "callback_id": view.get("callback_id") or "",
        "state": {"values": {}},
        "hash": f"{int(core.clock.now())}.{secrets.token_hex(4)}",
        "title": view.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": bool(view.get("clear_on_close", False)),
        "notify_on_close": bool(view.get("notify_on_close", False)),
        "close": view.get("close"),
        "submit": view.get("submit"),
        "previous_view_id": previous,
        "root_view_id": root,
        "app_id": core.app.id,
        "external_id": view.get("external_id") or "",
        "app_installed_team_id": core.world.team.id,
        "bot_id": core.app.bot_id,
    }
    return made


def open_(core: Core, user: str, view: Any) -> OpenView:
    """Show a modal to somebody, in place of whatever modals they had open."""
    blockkit.check_view(view, Surface.MODAL)
    _check_external_id(core, view, None)
    view_id = core.world.next_id("V")
    opened = _new(core, user, body_of(core, view, view_id=view_id, root=view_id, previous=None))
    core.views[user] = [opened]
    shown(core, user)
    return opened


def push(core: Core, user: str, view: Any) -> OpenView:
    """Lay a modal over the one somebody has open. Raises Refusal `not_found`, `push_limit_reached`."""
    blockkit.check_view(view, Surface.MODAL)
    _check_external_id(core, view, None)
    stack = core.views.get(user)
    if not stack:
        raise Refusal("not_found")
    if len(stack) >= MOST_ON_STACK:
        raise Refusal("push_limit_reached")
    root, previous = stack[0].id, stack[-1].id
    pushed = _new(
        core, user, body_of(core, view, view_id=core.world.next_id("V"), root=root, previous=previous)
    )
    stack.append(pushed)
    shown(core, user)
    return pushed


def _new(core: Core, user: str, body: Json) -> OpenView:
    return OpenView(user, body, initial_values(body["blocks"]))


def update(core: Core, target: OpenView, view: Any, expected_hash: str) -> OpenView:
    """Draw a modal anew; typed values stay where block and action stay. Raises Refusal `hash_conflict`."""
    blockkit.check_view(view, Surface.MODAL)
    if expected_hash and expected_hash != target.body["hash"]:
        raise Refusal("hash_conflict")
    _check_external_id(core, view, target.body)
    old = target.body
    target.body = body_of(
        core, view, view_id=target.id, root=old["root_view_id"], previous=old["previous_view_id"]
    )
    target.values = carried_over(target.body["blocks"], target.values)
    shown(core, target.user)
    return target


def carried_over(blocks: list[Json], old: dict[str, dict[str, Json]]) -> dict[str, dict[str, Json]]:
    """Return the values of newly drawn inputs: what was typed where ids and type stayed, else the initial."""
    values = initial_values(blocks)
    for block_id, actions in values.items():
        for action_id, fresh in actions.items():
            kept = old.get(block_id, {}).get(action_id)
            if kept is not None and kept["type"] == fresh["type"]:
                actions[action_id] = kept
    return values


def _check_external_id(core: Core, view: Json, itself: Json | None) -> None:
    wanted = view.get("external_id")
    modals = (v.body for stack in core.views.values() for v in stack)
    others = (body for body in (*modals, *core.world.homes.values()) if body is not itself)
    if wanted and any(body["external_id"] == wanted for body in others):
        raise Refusal("duplicate_external_id")


def find(core: Core, view_id: str, external_id: str = "") -> OpenView:
    """Return an open modal. Raises Refusal `not_found`."""
    for stack in core.views.values():
        for view in stack:
            if view.id == view_id or (external_id and view.body["external_id"] == external_id):
                return view
    raise Refusal("not_found")


def close(core: Core, view: OpenView, *, all_: bool = False) -> list[OpenView]:
    """Take a modal (and what lies on it, or the whole stack) off the screen; return what was taken."""
    stack = core.views.get(view.user, [])
    at = 0 if all_ else next((i for i, v in enumerate(stack) if v is view), len(stack))
    gone = stack[at:]
    del stack[at:]
    if not stack:
        core.views.pop(view.user, None)
    shown(core, view.user)
    return gone


def publish(core: Core, user: str, view: Any, expected_hash: str) -> Json:
    """Put up somebody's App Home. Raises Refusal `not_enabled`, `hash_conflict`."""
    if not core.app.spec.home_tab:
        raise Refusal("not_enabled")
    blockkit.check_view(view, Surface.HOME)
    current = core.world.homes.get(user)
    _check_external_id(core, view, current)
    if expected_hash and current is not None and expected_hash != current["hash"]:
        raise Refusal("hash_conflict")
    view_id = current["id"] if current else core.world.next_id("V")
    body = body_of(core, view, view_id=view_id, root=view_id, previous=None)
    core.world.homes[user] = body
    old = core.home_values.get(user)
    core.home_values[user] = OpenView(user, body, carried_over(body["blocks"], old.values if old else {}))
    core.live.push((user,), {"type": "home", "view": body})
    core.changed()
    return body


def home(core: Core, user: str) -> OpenView:
    """Return somebody's App Home with what they typed into it. Raises Refusal `not_found`."""
    body = core.world.homes.get(user)
    if body is None:
        raise Refusal("not_found", "Nothing is published here yet.")
    kept = core.home_values.get(user)
    if kept is None or kept.body is not body:
        kept = core.home_values[user] = OpenView(user, body, initial_values(body["blocks"]))
    return kept


def with_state(view: OpenView) -> Json:
    """Return a view as payloads bear it, with the values of its inputs."""
    return {**view.body, "state": {"values": view.values}}


def shown(core: Core, user: str) -> None:
    """Show somebody's modals as they now are."""
    if core.live.watching((user,)):
        core.live.push((user,), {"type": "views", "views": views_of(core, user)})
    core.changed()
