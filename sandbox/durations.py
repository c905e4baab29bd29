"""Every duration of the stand-in, in seconds, as Slack has it; tests shorten them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long Slack waits, and how long what it hands out stays good."""

    acknowledge: float = 3.0
    retries: tuple[float, ...] = (0.0, 60.0, 300.0)
    trigger: float = 3.0
    response_url: float = 30 * 60
    share: float = 0.02
    disconnect_warning: float = 10.0
    socket_ticket: float = 30.0
    snapshot: float = 0.5
