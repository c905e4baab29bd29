"""What stands in place of buttons that were pressed."""

from __future__ import annotations

from desk.slack.text import clean_name

SENDING_NOW = "On its way to the customer."


def pressed_retry(who: str) -> str:
    """After `Retry` or `Send again`."""
    return f"{clean_name(who)} sent it again."


def pressed_note(who: str) -> str:
    """After `Keep as note`."""
    return f"{clean_name(who)} kept it as a note."


def pressed_send(who: str) -> str:
    """After a button that sends what was kept."""
    return f"{clean_name(who)} sent it to the customer."


def pressed_link(who: str) -> str:
    """After `Send as a link`."""
    return f"{clean_name(who)} sent it as a link."


def pressed_convert(who: str) -> str:
    """After `Send as JPEG` or `Send smaller`."""
    return f"{clean_name(who)} let it be converted and sent."


def pressed_correction(who: str) -> str:
    """After `Send a correction`."""
    return f"{clean_name(who)} sent a correction."


def pressed_leave(who: str) -> str:
    """After `Leave it`."""
    return f"{clean_name(who)} left it as it is."


def pressed_arrived(who: str) -> str:
    """After `It arrived`."""
    return f"{clean_name(who)} knows that it arrived."
