"""The demo's configuration: its own oratio.toml, and nothing of the operator's environment."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex

from pydantic import SecretStr

from bot.config import Config, load
from bot.demo.ports import HOST
from bot.demo.stand_in import Told
from bot.environment import Given

FILE = Path(__file__).parent / "oratio.toml"
ACCOUNT = "shop"


def demo_config(slack: Told, *, data: Path, port: int) -> Config:
    """Oratio's configuration beside a stand-in that told these values."""
    given = Given(
        slack_bot_token=SecretStr(slack.bot_token),
        slack_app_token=SecretStr(slack.app_token),
        slack_api_url=slack.api_url,
        oratio_config=FILE,
        oratio_data=data,
        host=HOST,
        port=port,
        public_url=f"http://{HOST}:{port}",
        log_level="WARNING",
    )
    secrets = {
        "DEMO_WEBCHAT_SECRET": kept_secret(data / "webchat.secret"),
        "DEMO_IDENTIFY_SECRET": kept_secret(identify_secret(data)),
    }
    return load(given, secrets)


def identify_secret(data: Path) -> Path:
    """Where the secret lies that the shop shares with Oratio."""
    return data / "identify.secret"


def kept_secret(path: Path) -> str:
    """A random secret that stays the same from start to start, readable by its owner alone."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(token_hex(32))
    return path.read_text()
