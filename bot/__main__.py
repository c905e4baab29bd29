"""The command line: `python -m bot run | demo | check | migrate | manifest | networks`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from bot.exits import ConfigError, Exit, StartError

EXIT_CODES = """
Exit codes: 0 all is well, 1 `check` found something to repair, 2 the command line or the configuration
is wrong, 3 Slack refuses, 4 the port is taken, 5 the database cannot be used.
"""

app = typer.Typer(
    help="Oratio: answer customers from every messaging network inside Slack.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks print local variables: tokens
)
out = Console()
err = Console(stderr=True)


@app.command()
def run() -> None:
    """Run Oratio until it is stopped."""
    _finish(_run)


@app.command()
def demo(
    port: Annotated[
        int, typer.Option(help="Where to begin looking for free ports.", min=1, max=65000)
    ] = 8080,
    data: Annotated[Path, typer.Option(help="The folder that keeps the demo's conversations.")] = Path(
        "data/demo"
    ),
    empty: Annotated[bool, typer.Option("--empty", help="Begin without the made-up customers.")] = False,
) -> None:
    """Show Oratio on this machine alone: a shop's website chat beside a stand-in for Slack."""
    from bot.demo import show

    _finish(lambda: show(port=port, data=data, console=out, empty=empty))


@app.command()
def check() -> None:
    """Compare the configuration with what Slack says, and name what to repair."""
    _finish(_check)


@app.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    _finish(_migrate)


@app.command()
def manifest(
    http: Annotated[
        str | None, typer.Option(metavar="URL", help="For events over HTTP: Oratio's public https address.")
    ] = None,
) -> None:
    """Print the manifest to paste when the Slack app is made."""
    from bot.configfile import command_prefix
    from bot.environment import read_environment
    from bot.manifest import text

    async def show() -> int:
        typer.echo(text(http, command_prefix(read_environment().oratio_config)), nl=False)
        return Exit.OK

    _finish(show)


@app.command()
def networks() -> None:
    """Print what each network can do, as docs/networks.md has it."""
    from bot.abilities import page

    async def show() -> int:
        typer.echo(page(), nl=False)
        return Exit.OK

    _finish(show)


async def _run() -> int:
    from bot.config import load
    from bot.logs import configure

    config = load()
    from bot.serving import serve  # after the configuration: what is wrong with it is said at once

    with err.status("Starting Oratio …") as status:
        configure(config.log_level, config.log_format)  # its lines stand above the status, wrapped
        _make_folder(config.desk.data)

        def listening(url: str) -> None:
            status.stop()
            configure(config.log_level, config.log_format)  # from now on as they are
            err.print(f"Oratio listens on {url}", soft_wrap=True)

        return await serve(config, ready=listening)


async def _check() -> int:
    from bot.check import inspect
    from bot.config import load
    from bot.findings import summary

    config = load()
    with err.status("Asking Slack …") as status:
        findings = await inspect(config, lambda words: status.update(escape(words)))
    for finding in findings:
        out.print(finding.line, markup=False, highlight=False, soft_wrap=True)
    out.print(summary(findings), markup=False, highlight=False, soft_wrap=True)
    return Exit.REPAIR if any(finding.wrong for finding in findings) else Exit.OK


async def _migrate() -> int:
    from bot.config import database_url
    from bot.database import migrate as apply
    from bot.database import place
    from bot.environment import read_environment

    env = read_environment()
    url = database_url(env.database_url.get_secret_value() if env.database_url else None, env.oratio_data)
    with err.status("Bringing the database up to date …"):
        steps = await apply(url)
    done = f"{steps} step{'' if steps == 1 else 's'} applied" if steps else "already up to date"
    out.print(f"The database {place(url)}: {done}.", markup=False, highlight=False, soft_wrap=True)
    return Exit.OK


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # customers' words and files
    except OSError as error:
        raise ConfigError(f"The folder {folder} (ORATIO_DATA) cannot be made: {error.strerror}.") from None


def _finish(work: Callable[[], Coroutine[Any, Any, int]]) -> None:
    """Run the command; its own errors become one sentence and an exit code."""
    try:
        code = asyncio.run(work())
    except StartError as error:
        err.print(error.words, markup=False, highlight=False, soft_wrap=True)
        code = error.exit
    except (KeyboardInterrupt, asyncio.CancelledError):
        code = Exit.OK
    raise typer.Exit(int(code))


if __name__ == "__main__":
    app(prog_name="python -m bot")
