"""How the program ends: its exit codes, and the errors that end it with one sentence."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the shell is told."""

    OK = 0
    REPAIR = 1
    """`check` found something to repair."""
    CONFIG = 2
    """The command line, the environment or oratio.toml is wrong."""
    SLACK = 3
    """Slack is away at the start, or refuses: a wrong token, or one of another workspace."""
    PORT = 4
    """The address to listen on is taken or not allowed."""
    DATABASE = 5
    """The database cannot be reached, or its tables are not this version's."""


NO_SOCKET = (
    "Slack does not take SLACK_APP_TOKEN for Socket Mode: make an app-level token with the scope "
    "connections:write (in the app's settings, under Basic Information), and switch Socket Mode on."
)


class StartError(Exception):
    """The program cannot go on. `words` is one sentence for the operator, free of secrets."""

    exit: Exit

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class ConfigError(StartError):
    """The configuration is wrong."""

    exit = Exit.CONFIG


class SlackRefused(StartError):
    """Slack does not let us in."""

    exit = Exit.SLACK


class PortTaken(StartError):
    """We cannot listen where we should."""

    exit = Exit.PORT


class DatabaseFault(StartError):
    """The database is not there or not right."""

    exit = Exit.DATABASE
