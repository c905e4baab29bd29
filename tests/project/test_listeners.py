"""Whatever Slack can send has its listener, and each listener something that Slack can send.

`handlers.LISTENERS` is the one table: kind ("event", "command", "shortcut", "action",
"options", "view") → the ids that have a listener.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import handlers
from bot import manifest
from tests.project.sources import dotted, modules, nodes

DRAWERS = {"button", "people_select", "overflow", "select", "grouped_select", "text_input"}
INPUTS_ONLY = {"comment", "words"}
"""Inputs of a modal: their values come with its submission."""


def drawn(names: set[str]) -> set[str]:
    """The constant first arguments of these drawing functions in desk/slack."""
    found: set[str] = set()
    for _, tree in modules("desk/slack"):
        for node in nodes(tree):
            if isinstance(node, ast.Call) and node.args and dotted(node.func).rpartition(".")[2] in names:
                found |= set(_texts(node.args[0]))
    return found


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def listened(kind: str) -> set[str]:
    return set(handlers.LISTENERS[kind])


def test_events() -> None:
    subscribed = manifest.read()["settings"]["event_subscriptions"]["bot_events"]
    assert {event.partition(".")[0] for event in subscribed} == listened("event")


def test_commands() -> None:
    assert set(manifest.commands(manifest.read())) == listened("command")


def test_shortcuts() -> None:
    assert {each["callback_id"] for each in manifest.read()["features"]["shortcuts"]} == listened("shortcut")


def test_actions() -> None:
    ids = drawn(DRAWERS)
    assert len(ids) > 10
    assert ids - INPUTS_ONLY == listened("action")


def test_selects_that_ask_for_their_options() -> None:
    assert drawn({"people_select"}) == listened("options") != set()


def _asks_for_values(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and dotted(node.func).rpartition(".")[2] == "modal"
        and any(keyword.arg == "submit" for keyword in node.keywords)
    )


def test_modals_that_can_be_submitted() -> None:
    calls = [node for _, tree in modules("desk/slack") for node in nodes(tree) if _asks_for_values(node)]
    submitted = {text for call in calls if isinstance(call, ast.Call) for text in _texts(call.args[0])}
    assert submitted == listened("view") != set()
