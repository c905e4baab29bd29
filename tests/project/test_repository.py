"""What the repository holds: no traces of a machine, true links, true commands."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from tests.browser.pictures import IMAGES, IN_DOCUMENTS, MOST_BYTES
from tests.project.sources import ROOT, tracked_texts

FOREIGN = re.compile(
    r"(?<![\w.])/(?:home|root|Users|work|opt)/[\w.-]+"  # somebody's folders
    + r"|pypi\.(?:org|python)|files\.python"
    + r"hosted|registry\.npm"
    + r"js|(?:--|^)(?:extra-)?index-url\s*[= ]\s*\S+:"
    r"|^--?(?:find-links|trusted-host)",
    re.MULTILINE,
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")


def links(text: str) -> Iterator[str]:
    for match in LINK.finditer(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        yield match[1] or match[2]


def test_no_trace_of_a_machine_or_registry() -> None:
    found = [f"{name}: {match[0]}" for name, text in tracked_texts() for match in FOREIGN.finditer(text)]
    assert found == []


def test_traces_would_be_found() -> None:
    home, index = "/ho" + "me/ana/oratio", "--index" + "-url https://pypi.example"
    assert FOREIGN.search(f"see {home}")
    assert FOREIGN.search(index)
    assert not FOREIGN.search("https://example.com/opt/x and networks/work/")


PIN = re.compile(r"[a-z0-9._-]+(?:\[[a-z0-9,]+\])?==\S+(?: ; .+)? \\")


def test_locked_requirements_name_hashes_only() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert pins, name
        assert [pin for pin in pins if not PIN.fullmatch(pin)] == []


def test_links_lead_somewhere() -> None:
    broken = []
    for name, text in tracked_texts():
        if not name.endswith(".md"):
            continue
        folder = (ROOT / name).parent
        for link in links(text):
            path = link.partition("#")[0]
            if path and not re.match(r"[a-z]+:", link) and not (folder / path).exists():
                broken.append(f"{name}: {link}")
    assert broken == []


def test_the_documents_show_the_pictures_that_are_made() -> None:
    linked = {
        Path(link).stem
        for name, text in tracked_texts()
        if name.endswith(".md")
        for link in links(text)
        if link.endswith(".png")
    }
    images = list(IMAGES.glob("*.png"))
    assert {image.stem for image in images} == linked == set(IN_DOCUMENTS.values())
    assert sum(image.stat().st_size for image in images) < MOST_BYTES


def test_commands_in_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (name, target)
        for name, text in tracked_texts()
        if name.endswith(".md")
        for target in re.findall(r"(?:`|^|\$ )make ([a-z]+)", text, re.MULTILINE)
    }
    assert {target for _, target in named} >= {"demo", "test", "run"}
    assert [pair for pair in sorted(named) if pair[1] not in targets] == []


def test_module_commands_in_the_documents_exist() -> None:
    from bot.__main__ import app

    known = {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }
    assert known == {"run", "demo", "check", "migrate", "manifest", "networks"}
    for name, text in tracked_texts():
        if name.endswith((".md", ".yml", ".toml")):
            for command in re.findall(r"python -m bot ([a-z]+)", text):
                assert command in known, f"{name}: {command}"


def test_continuous_integration_runs_what_make_test_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text()
    assert "ORATIO_NO_SKIPS=1" in text
    assert text.rstrip().endswith("make test")


def test_the_example_configuration_is_accepted() -> None:
    from bot.configfile import place_of, read_file

    environ = {"WEBCHAT_SECRET": "a" * 32}
    keys, accounts = read_file(place_of(ROOT / "oratio.example.toml"), environ)
    assert [account.keys.name for account in accounts] == ["shop"]
    assert accounts[0].options["secret"] == "a" * 32
    assert keys.accounts
