"""What the dispatcher knows of each Web API method."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sandbox.arguments import Arguments
from sandbox.core import Core
from sandbox.refusal import Json

Handler = Callable[[Core, Arguments], Json | Awaitable[Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method: its handler, the scopes of which one is needed, and whether it reads JSON bodies."""

    run: Handler
    scopes: tuple[str, ...] = ()
    json: bool = True
    app_token: bool = False
