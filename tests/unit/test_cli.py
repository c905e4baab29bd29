"""The command line from outside: one sentence, the right exit code, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot import abilities, manifest
from tests.project.sources import ROOT

SETTINGS = ("SLACK_", "ORATIO_", "DATABASE_URL", "PUBLIC_URL", "HOST", "PORT", "LOG_")


def oratio(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=inherited | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_wrong_configuration_is_one_sentence(command: str, tmp_path: Path) -> None:
    path = tmp_path / "oratio.toml"
    path.write_text("admin_chanel = 1\n")
    done = oratio(
        command, SLACK_BOT_TOKEN="xoxb-1-canary", SLACK_APP_TOKEN="xapp-1-canary", ORATIO_CONFIG=str(path)
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == f'{path}, line 1: unknown key "admin_chanel"; did you mean "admin_channel"?\n'


def test_a_missing_token() -> None:
    done = oratio("run")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "SLACK_BOT_TOKEN" in done.stderr


def test_slack_that_cannot_be_reached_is_said(tmp_path: Path) -> None:
    example = (ROOT / "oratio.example.toml").read_text()
    (tmp_path / "oratio.toml").write_text(example)
    done = oratio(
        "check",
        SLACK_BOT_TOKEN="xoxb-1-canary",
        SLACK_APP_TOKEN="xapp-1-canary",
        SLACK_API_URL="http://127.0.0.1:9/api/",
        ORATIO_CONFIG=str(tmp_path / "oratio.toml"),
        WEBCHAT_SECRET="a" * 32,
    )
    assert done.returncode == 3
    assert done.stderr == "Slack could not be asked: Slack can't be reached.\n"


def test_the_manifest_is_printed_as_it_is() -> None:
    done = oratio("manifest")
    assert (done.returncode, done.stdout) == (0, manifest.PATH.read_text())
    over_http = oratio("manifest", "--http", "https://chat.example.com")
    assert yaml.safe_load(over_http.stdout)["settings"]["socket_mode_enabled"] is False
    assert oratio("manifest", "--http", "ftp://x").returncode == 2


def test_what_networks_can_do_is_printed_as_its_page_says_it() -> None:
    done = oratio("networks")
    assert (done.returncode, done.stdout) == (0, abilities.PATH.read_text())


def test_an_unknown_command_is_the_command_lines_error() -> None:
    assert oratio("rnu").returncode == 2


def test_help_names_commands_and_exit_codes() -> None:
    done = oratio("--help")
    assert done.returncode == 0
    for word in ("run", "demo", "check", "migrate", "manifest", "networks", "5 the database"):
        assert word in " ".join(done.stdout.replace("│", " ").split())


def test_a_database_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = oratio("migrate", DATABASE_URL=f"sqlite://{tmp_path}/file/oratio.db")
    assert done.returncode == 5, done.stderr
    assert done.stderr.startswith(f"The database {tmp_path}/file/oratio.db cannot be used: ")
    assert done.stderr.count("\n") == 1
