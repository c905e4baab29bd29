"""`check` against a workspace that is not as it should be."""

from __future__ import annotations

import os
import sys
from asyncio import create_subprocess_exec, subprocess, wait_for
from pathlib import Path
from typing import Any

from bot import manifest
from sandbox import Sandbox
from tests.project.sources import ROOT

PRIVATE = {"id": "C0PRIVATE1", "name": "private", "private": True, "members": ["U0ANA00001"]}
SUPPORT = {"id": "C0SUPPORT1", "name": "support", "members": ["U0ANA00001"]}
GROUP = {"id": "S0SUPPORT1", "handle": "support", "members": ["U0ANA00001", "U0BEN00001"]}


async def checked(slack: Sandbox, folder: Path, **account: str | list[str]) -> tuple[int, str]:
    """Run `check` with one account of these keys; its exit code and its words."""
    keys = {"network": "webchat", "name": "shop", "title": "Shop", "secret": "env:CHAT_SECRET"} | account
    lines = [f"{key} = {value!r}" for key, value in keys.items()]
    path = folder / "oratio.toml"
    path.write_text("\n".join(["[[accounts]]", "origins = ['https://shop.example.com']", *lines]))
    environ = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "ORATIO_CONFIG": str(path),
        "CHAT_SECRET": "0123456789abcdef",
    }
    child = await create_subprocess_exec(
        *(sys.executable, "-m", "bot", "check"),
        cwd=ROOT,
        env=os.environ | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    out, _ = await wait_for(child.communicate(), 60)
    assert child.returncode is not None
    return child.returncode, out.decode()


def workspace(*channels: dict[str, Any]) -> Sandbox:
    return Sandbox(manifest=manifest.read(), seed={"channels": list(channels), "groups": [GROUP]})


async def test_all_is_well(tmp_path: Path) -> None:
    async with workspace(SUPPORT) as slack:
        code, words = await checked(slack, tmp_path, channel="#support", agents_group="@support")
    assert code == 0, words
    assert "✗" not in words
    assert "Shop: 2 agents may answer." in words


async def test_what_is_missing_is_named(tmp_path: Path) -> None:
    async with workspace(SUPPORT, PRIVATE) as slack:
        await slack.act(
            "set_scopes", scopes=sorted(manifest.bot_scopes(manifest.read()) - {"reactions:write"})
        )
        code, words = await checked(slack, tmp_path, channel="C0PRIVATE1", agents=["U0NOBODY01"])
        assert code == 1, words
        assert "✗ The Slack app lacks the scopes reactions:write" in words
        assert "then type /invite @Oratio there" in words
        code, words = await checked(slack, tmp_path, channel="#support", agents=["U0NOBODY01"])
        assert code == 1
        assert "Slack does not know U0NOBODY01" in words
        assert "nobody may answer: #support is public" in words


async def test_a_revoked_token_is_slacks_refusal(tmp_path: Path) -> None:
    async with workspace(SUPPORT) as slack:
        await slack.act("revoke_token")
        code, words = await checked(slack, tmp_path, channel="#support")
    assert code == 3
    assert "Slack could not be asked: " in words
    assert words.count("\n") == 1
