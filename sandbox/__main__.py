"""`python -m sandbox`: serve a workspace until interrupted; one JSON line says where and with what tokens."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path

from sandbox import ManifestRefused, Refusal, Sandbox


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--manifest", type=Path, help="Slack app manifest, JSON or YAML")
    parser.add_argument("--seed", type=Path, help="changes to the default workspace, JSON or YAML")
    parser.add_argument("--state", type=Path, help="folder that keeps the workspace across restarts")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    return parser.parse_args()


def _announcement(slack: Sandbox) -> str:
    names = ("url", "api_url", "bot_token", "app_token", "signing_secret")
    ids = ("team_id", "app_id", "bot_user_id", "bot_id")
    return json.dumps({name: getattr(slack, name) for name in (*names, *ids)})


async def _serve(given: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # not on Windows, where Ctrl+C raises instead
            loop.add_signal_handler(number, stop.set)
    async with Sandbox(given.manifest, given.seed, given.state, given.host, given.port) as slack:
        sys.stdout.write(_announcement(slack) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> int:
    """Run the command line; return its exit status."""
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        return 130
    except (ManifestRefused, Refusal, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
