"""People press, choose and ask for options: in messages, in modals, in App Home."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox import interactivity, values, views
from sandbox.acting.people import Args, actor, done, message_in, need, room
from sandbox.blockkit import interactive
from sandbox.blockkit.composition import GROUPS, OPTIONS
from sandbox.core import Core
from sandbox.refusal import Json, Refusal
from sandbox.viewstate import OpenView
from sandbox.world import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """An element somebody uses, with the message or view it stands in."""

    user: str
    block: Json
    element: Json
    channel: Channel | None = None
    message: Json | None = None
    attachment: int | None = None
    view: OpenView | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Where a person's own choice is kept; a new `block_id` is a new place."""
        place = self.view.id if self.view else str((self.message or {}).get("ts"))
        return (place, str(self.block["block_id"]), str(self.element["action_id"]))


def _target(core: Core, args: Args) -> _Target:
    person = actor(core, args)
    if args.get("view_id"):
        return _in_view(core, args, person.id)
    channel = room(core, args, person)
    ephemeral = core.ephemerals.get(person.id, {}).get(need(args, "ts"))
    message = ephemeral.body if ephemeral else message_in(channel, args).body
    for attachment, blocks in _layers(message):
        found = _find(blocks, args)
        if found is not None:
            return _Target(
                user=person.id,
                block=found[0],
                element=found[1],
                channel=channel,
                message=message,
                attachment=attachment,
            )
    raise Refusal("element_not_found", f"There is nothing called {args.get('action_id')} here.")


def _in_view(core: Core, args: Args, user: str) -> _Target:
    view = views.home(core, user) if args["view_id"] == "home" else views.find(core, str(args["view_id"]))
    if view.user != user:
        raise Refusal("not_found", "This is somebody else's view.")
    found = _find(view.body["blocks"], args)
    if found is None:
        raise Refusal("element_not_found", f"There is nothing called {args.get('action_id')} here.")
    return _Target(user=user, block=found[0], element=found[1], view=view)


def _layers(message: Json) -> Iterator[tuple[int | None, list[Json]]]:
    yield None, message.get("blocks") or []
    for attachment in message.get("attachments") or ():
        yield int(attachment.get("id", 1)), attachment.get("blocks") or []


def _find(blocks: list[Json], args: Args) -> tuple[Json, Json] | None:
    wanted = need(args, "action_id")
    value, block_id = args.get("value"), args.get("block_id")
    for block, element in interactive(blocks):
        fits = element.get("action_id") == wanted and block_id in {None, block["block_id"]}
        if fits and (value is None or element["type"] != "button" or element.get("value") == value):
            return block, element
    return None


async def press(core: Core, args: Args) -> Json:
    """Press a button. With `confirm` false the person says no to its question."""
    target = _target(core, args)
    if target.element["type"] not in {"button", "icon_button"}:
        raise Refusal("not_a_button", "This is not a button.")
    hidden_to = target.element.get("visible_to_user_ids")
    if hidden_to and target.user not in hidden_to:
        raise Refusal("element_not_found", "This button is not shown to you.")
    _confirm(target, args)
    return await _act(core, target, {})


def _confirm(target: _Target, args: Args) -> None:
    if target.element.get("confirm") and args.get("confirm") is False:
        raise Refusal("confirm_denied", "Nothing was sent: you said no.")


async def choose(core: Core, args: Args) -> Json:
    """Choose in a select or an overflow menu; only what is offered can be chosen."""
    target = _target(core, args)
    state = values.chosen(target.element, args.get("option"), await _offered(core, target))
    if target.element["type"].endswith("users_select") and args.get("option") not in core.world.people:
        raise Refusal("user_not_found", "There is no such person.")
    _confirm(target, args)
    if values.keeps_value(target.element) and not _keep(core, target, state):
        return done(sent=False)
    if target.block["type"] == "input" and not target.block.get("dispatch_action"):
        core.changed()
        return done()
    return await _act(core, target, state)


def _keep(core: Core, target: _Target, state: Json) -> bool:
    """Note what somebody chose; false when it was chosen already, so that their client sends nothing."""
    block_id, action_id = target.block["block_id"], target.element["action_id"]
    if target.view is not None:
        kept, key = target.view.values.setdefault(block_id, {}), action_id
        before = kept.get(key)
        kept[key] = state
        return before != state
    own = core.choices.setdefault(target.user, {})
    before = own.get(target.key, values.initial_values([target.block])[block_id][action_id])
    own[target.key] = state
    return before != state


async def _offered(core: Core, target: _Target) -> list[Json] | None:
    if "external_select" not in target.element["type"]:
        return None
    kept = core.offered.get(target.user, {}).get(target.key)
    return kept if kept is not None else await _ask(core, target, "")


async def _act(core: Core, target: _Target, state: Json) -> Json:
    action = interactivity.action_of(core, target.block, target.element, state)
    payload = {**interactivity.common(core, "block_actions", target.user), **_surroundings(core, target)}
    from_view = target.view.id if target.view else None
    payload["trigger_id"] = views.grant(core, target.user, from_view)
    payload["actions"] = [action]
    if target.message is not None and target.channel is not None:
        payload |= _message_parts(core, target, target.message, target.channel)
    answer = await interactivity.send(core, payload)
    return done(status=answer.status, answer=answer.body)


def _surroundings(core: Core, target: _Target) -> Json:
    if target.view is not None:
        return interactivity.in_view(target.view)
    if target.message is None or target.channel is None:
        raise Refusal("element_not_found")
    return interactivity.in_message(core, target.user, target.message, target.channel, target.attachment)


def _message_parts(core: Core, target: _Target, message: Json, channel: Channel) -> Json:
    blocks = [block for _, layer in _layers(message) for block in layer]
    state = interactivity.message_state(core, target.user, message, values.initial_values(blocks))
    thread_ts = message.get("thread_ts")
    url = interactivity.answerable(
        core,
        target.user,
        channel.id,
        ts=str(message["ts"]),
        ephemeral=bool(message.get("is_ephemeral")),
        thread_ts=str(thread_ts) if thread_ts and thread_ts != message["ts"] else None,
    )
    return {"state": state, "response_url": url}


async def options(core: Core, args: Args) -> Json:
    """Type into an external select and see what the app offers."""
    target = _target(core, args)
    if "external_select" not in target.element["type"]:
        raise Refusal("not_an_external_select", "This menu does not ask the app.")
    query = str(args.get("query") or "")
    return done(options=await _ask(core, target, query))


async def _ask(core: Core, target: _Target, query: str) -> list[Json]:
    if len(query) < target.element.get("min_query_length", 3):
        raise Refusal("query_too_short", "Type more to see options.")
    payload = {**interactivity.common(core, "block_suggestion", target.user), **_surroundings(core, target)}
    payload |= {
        "action_id": target.element["action_id"],
        "block_id": target.block["block_id"],
        "value": query,
    }
    answer = await interactivity.send(core, payload, answers=True)
    found = _checked_options(answer.body)
    core.offered.setdefault(target.user, {})[target.key] = found
    return found


def _checked_options(body: Any) -> list[Json]:
    given = body if isinstance(body, dict) else {}
    if given.get("options") == [] or given.get("option_groups") == []:
        return []
    rule, key = (GROUPS, "option_groups") if "option_groups" in given else (OPTIONS, "options")
    problems = list(rule(given.get(key), f"/{key}"))
    if problems:
        raise Refusal(
            "invalid_options", f"The app's options cannot be shown: {problems[0][0]} {problems[0][1]}"
        )
    if key == "options":
        return list(given[key])
    return [option for group in given[key] for option in group["options"]]


async def shortcut(core: Core, args: Args) -> Json:
    """Use a shortcut: on a message when `ts` is given, else a global one."""
    person = actor(core, args)
    callback_id = need(args, "callback_id")
    kind = "message" if args.get("ts") else "global"
    known = [s for s in core.app.spec.shortcuts if s.type == kind and s.callback_id == callback_id]
    if not known:
        raise Refusal("unknown_shortcut", "The app has no such shortcut.")
    if kind == "message":
        channel = room(core, args, person)
        message = message_in(channel, args)
        payload = interactivity.message_shortcut(core, person.id, callback_id, channel, message)
    else:
        payload = {
            **interactivity.common(core, "shortcut", person.id),
            "callback_id": callback_id,
            "trigger_id": views.grant(core, person.id),
            "action_ts": core.world.next_ts(core.clock.now()),
        }
    answer = await interactivity.send(core, payload)
    return done(status=answer.status, answer=answer.body)


async def enter(core: Core, args: Args) -> Json:
    """Press Return in a text input whose block tells the app of it. Raises Refusal where none does."""
    target = _target(core, args)
    config = target.element.get("dispatch_action_config") or {"trigger_actions_on": ["on_enter_pressed"]}
    tells = target.block["type"] == "input" and target.block.get("dispatch_action", False)
    if not tells or "on_enter_pressed" not in config["trigger_actions_on"]:
        raise Refusal("no_dispatch_action", "Return does nothing here.")
    if target.view is None:
        raise Refusal("not_found", "This input is not in a view.")
    state = target.view.values[target.block["block_id"]][target.element["action_id"]]
    return await _act(core, target, state)
