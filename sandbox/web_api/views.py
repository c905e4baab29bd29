"""views.*: modals and App Home."""

from typing import Any

from sandbox import views
from sandbox.arguments import Arguments
from sandbox.core import Core, Trigger
from sandbox.refusal import Json, Refusal, invalid_arguments
from sandbox.web_api.method import Method


def _view(arguments: Arguments) -> Any:
    if not arguments.has("view"):
        raise invalid_arguments("missing required field: view")
    return arguments.structure("view", "invalid_arguments")


def _trigger(core: Core, arguments: Arguments) -> Trigger:
    return views.exchange(core, arguments.required("trigger_id"))


def open_(core: Core, arguments: Arguments) -> Json:
    """Open a modal; see Slack's views.open."""
    view = _view(arguments)
    trigger = _trigger(core, arguments)
    return {"view": views.with_state(views.open_(core, trigger.user, view))}


def push(core: Core, arguments: Arguments) -> Json:
    """Push a modal on the stack; see Slack's views.push."""
    view = _view(arguments)
    trigger = _trigger(core, arguments)
    if trigger.from_view is None:
        raise Refusal("not_found")
    return {"view": views.with_state(views.push(core, trigger.user, view))}


def update(core: Core, arguments: Arguments) -> Json:
    """Draw an open modal anew; see Slack's views.update."""
    view = _view(arguments)
    view_id, external_id = arguments.text("view_id"), arguments.text("external_id")
    if not (view_id or external_id):
        raise invalid_arguments("missing required field: view_id")
    target = views.find(core, view_id, external_id)
    return {"view": views.with_state(views.update(core, target, view, arguments.text("hash")))}


def publish(core: Core, arguments: Arguments) -> Json:
    """Publish somebody's App Home; see Slack's views.publish."""
    view = _view(arguments)
    person = core.person(arguments.required("user_id"))
    if person.is_bot:
        raise invalid_arguments("user_id must be a person")
    return {"view": views.publish(core, person.id, view, arguments.text("hash"))}


METHODS = {
    "views.open": Method(run=open_),
    "views.push": Method(run=push),
    "views.update": Method(run=update),
    "views.publish": Method(run=publish),
}
