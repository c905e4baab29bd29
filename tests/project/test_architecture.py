"""Rules of docs/architecture.md that a syntax tree can show."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from networks.registry import NETWORKS
from tests.project.sources import ROOMS, ROOT, dotted, imports, modules, nodes

CLOCK = "desk/clock.py"
TIME = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.perf_counter",
    "time.sleep",
    "asyncio.sleep",
}
WORDS_TOO = frozenset({"line"})
"""Names of networks that are words of ours as well (a state line): looked for where networks are."""
PROVIDERS_OWN = "handlers/webchat"
"""The website chat's routes: there we are the provider, so they know their network."""


def reads_of_time(tree: ast.Module) -> Iterator[str]:
    for node in nodes(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name in TIME or name.endswith("loop.time") or name.endswith(".loop().time"):
                yield f"line {node.lineno}: {name}"


def named_networks(tree: ast.Module) -> Iterator[str]:
    documented = {id(node.value) for node in nodes(tree) if isinstance(node, ast.Expr)}
    unmistakable = set(NETWORKS) - WORDS_TOO
    for node in nodes(tree):
        if isinstance(node, ast.Constant) and node.value in unmistakable and id(node) not in documented:
            yield f"line {node.lineno}: {node.value!r}"
        elif isinstance(node, ast.Name | ast.Attribute) and dotted(node).rpartition(".")[2] in unmistakable:
            yield f"line {node.lineno}: {dotted(node)}"
        elif _asks_for_one_of(node, WORDS_TOO):
            yield f"line {node.lineno}: {ast.unparse(node)}"


def _asks_for_one_of(node: ast.AST, names: frozenset[str]) -> bool:
    """Whether one of these is imported, or compared with something that is called a network."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return any(f"networks.{name}" in ast.unparse(node) for name in names)
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    constants = {each.value for side in sides for each in ast.walk(side) if isinstance(each, ast.Constant)}
    about = any("network" in dotted(side) for side in sides if isinstance(side, ast.Name | ast.Attribute))
    return about and bool(names & constants)


@pytest.mark.parametrize("room", ROOMS)
def test_only_the_clock_reads_time(room: str) -> None:
    found = [
        f"{path}: {where}" for path, tree in modules(room) if path != CLOCK for where in reads_of_time(tree)
    ]
    assert found == []


def test_the_clock_itself_is_recognised_as_reading_time() -> None:
    trees = dict(modules("desk"))
    assert len(list(reads_of_time(trees[CLOCK]))) == 3


@pytest.mark.parametrize("room", ["handlers", "desk", "models"])
def test_no_network_is_named_below_the_roof(room: str) -> None:
    found = [
        f"{path}: {where}"
        for path, tree in modules(room)
        if not path.startswith(PROVIDERS_OWN) and path != "handlers/__init__.py"
        for where in named_networks(tree)
    ]
    assert found == []


def test_a_named_network_is_found() -> None:
    tree = ast.parse('"""webchat"""\nif network == "webchat":\n    handlers.webchat.routes()')
    assert [where.split(":")[0] for where in named_networks(tree)] == ["line 2", "line 3"]
    words = ast.parse(
        'kind == "line"\nplan.line(text)\n'
        'if account.network == "line": ...\nif network.name in ("line", "x"): ...\nimport networks.line'
    )
    assert {where.split(":")[0] for where in named_networks(words)} == {"line 3", "line 4", "line 5"}


def test_the_desk_imports_the_contract_of_networks_only() -> None:
    allowed = ("networks.base", "networks.capabilities", "networks.events", "networks.errors")
    found = [
        f"{path}: {name}"
        for path, tree in modules("desk")
        for name in imports(tree)
        if name.startswith("networks") and not name.startswith(allowed)
    ]
    assert found == []


def test_only_desk_slack_calls_the_web_api() -> None:
    found = [
        f"{path}: {name}"
        for path, tree in modules(*ROOMS)
        if not path.startswith("desk/slack/")
        for name in imports(tree)
        if "WebClient" in name or name.startswith("slack_sdk.web")
    ]
    assert found == []


def test_packages_stay_importable_under_their_short_names() -> None:
    assert all(find_spec(room) is not None for room in ROOMS)
    assert (ROOT / "networks" / "__init__.py").read_text() == ""


@pytest.mark.parametrize("room", [*ROOMS, "sandbox"])
def test_no_module_has_a_name_that_says_nothing(room: str) -> None:
    hollow = {"utils", "util", "helper", "helpers", "manager", "service", "common", "misc"}
    assert [path for path, _ in modules(room) if set(path.removesuffix(".py").split("/")) & hollow] == []
