"""People type into views, submit them, close them, and open App Home."""

from typing import Any

from sandbox import interactivity, values, views
from sandbox.acting import pressing
from sandbox.acting.people import Args, actor, done, need
from sandbox.blockkit import interactive
from sandbox.core import Core
from sandbox.refusal import Json, Refusal
from sandbox.viewstate import OpenView


def _view(core: Core, args: Args) -> OpenView:
    person = actor(core, args)
    view_id = need(args, "view_id")
    view = views.home(core, person.id) if view_id == "home" else views.find(core, view_id)
    if view.user != person.id:
        raise Refusal("not_found", "This is somebody else's view.")
    return view


def _element(view: OpenView, block_id: str, action_id: str) -> Json:
    for block, element in interactive(view.body["blocks"]):
        if block["block_id"] == block_id and element["action_id"] == action_id:
            return element
    raise Refusal("element_not_found", f"There is no input {block_id}/{action_id}.")


def _put(core: Core, view: OpenView, block_id: str, action_id: str, value: Any) -> None:
    element = _element(view, block_id, action_id)
    offered = core.offered.get(view.user, {}).get((view.id, block_id, action_id))
    external = "external_select" in element["type"]
    state = values.chosen(element, value, (offered or []) if external else None)
    view.values.setdefault(block_id, {})[action_id] = state


async def fill(core: Core, args: Args) -> Json:
    """Type or choose something in an input of a view."""
    view = _view(core, args)
    _put(core, view, need(args, "block_id"), need(args, "action_id"), args.get("value"))
    views.shown(core, view.user)
    return done()


async def press_view(core: Core, args: Args) -> Json:
    """Press a button in a modal, or in App Home with `view_id` "home"."""
    return await pressing.press(core, args)


async def enter(core: Core, args: Args) -> Json:
    """Press Return in an input that tells the app of it."""
    return await pressing.enter(core, args)


async def submit(core: Core, args: Args) -> Json:
    """Submit a modal: required inputs first, then what the app makes of it."""
    view = _view(core, args)
    if not view.body.get("submit"):
        raise Refusal("no_submit", "This modal has no button to submit it.")
    for block_id, actions in dict(args.get("values") or {}).items():
        for action_id, value in actions.items():
            _put(core, view, block_id, action_id, value)
    if missing := _missing(view):
        return {
            "ok": False,
            "error": "missing_required",
            "words": "Please complete this field.",
            "errors": missing,
        }
    payload = {
        **interactivity.common(core, "view_submission", view.user),
        "view": views.with_state(view),
        "response_urls": [],
    }
    answer = await interactivity.send(core, payload, answers=True)
    return _carry_out(core, view, answer.body)


def _missing(view: OpenView) -> dict[str, str]:
    """Return the inputs Slack's client would not submit: empty though required, or too short."""
    found: dict[str, str] = {}
    for block, element in interactive(view.body["blocks"]):
        if block["type"] != "input":
            continue
        state = view.values[block["block_id"]][element["action_id"]]
        least = element.get("min_length", 0)
        if values.is_empty(state):
            if not block.get("optional", False):
                found[block["block_id"]] = "Please complete this required field."
        elif element["type"] == "plain_text_input" and len(state["value"]) < least:
            found[block["block_id"]] = f"At least {least} characters."
    return found


def _carry_out(core: Core, view: OpenView, body: Any) -> Json:
    action = body.get("response_action") if isinstance(body, dict) else None
    if body in (None, "", {}):
        views.close(core, view)
        return done(closed=True)
    try:
        return _respond(core, view, str(action), body)
    except Refusal as refusal:
        words = "We had some trouble connecting. Try again?"
        raise Refusal("invalid_response", words, reason=refusal.code, **refusal.extra) from refusal


def _respond(core: Core, view: OpenView, action: str, body: Json) -> Json:
    if action == "errors":
        errors = body.get("errors")
        inputs = {b["block_id"] for b in view.body["blocks"] if b["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
            raise Refusal("invalid_errors")
        return {"ok": True, "closed": False, "errors": errors}
    if action == "clear":
        views.close(core, view, all_=True)
        return done(closed=True)
    if action == "update":
        return done(closed=False, updated=views.update(core, view, body.get("view"), "").id)
    if action == "push":
        return done(closed=False, pushed=views.push(core, view.user, body.get("view")).id)
    raise Refusal("invalid_response_action")


async def close_view(core: Core, args: Args) -> Json:
    """Close a modal with its button or its cross; the app is told if it asked to be."""
    view = _view(core, args)
    clear = bool(view.body["clear_on_close"] or args.get("all"))
    for gone in reversed(views.close(core, view, all_=clear)):
        if gone.body["notify_on_close"]:
            payload = {
                **interactivity.common(core, "view_closed", gone.user),
                "view": views.with_state(gone),
                "is_cleared": clear,
            }
            await interactivity.send(core, payload)
    return done(closed=True)


async def open_home(core: Core, args: Args) -> Json:
    """Open the app's Home tab, or with `tab` "messages" its messages."""
    person = actor(core, args)
    tab = str(args.get("tab") or "home")
    if tab == "home" and not core.app.spec.home_tab:
        raise Refusal("not_enabled", "This app has no Home tab.")
    interactivity.app_home_opened(core, person.id, tab)
    return done()
