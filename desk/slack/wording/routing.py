"""What is said of rules of routing that can't be kept."""

from __future__ import annotations

from desk.slack.wording.general import APP

_REPAIR = "Correct it, or take the rule out."
WELCOME = "Some of your customers arrive here"


def unknown_account(rule: int, account: str) -> str:
    """The rule is about customers of an account that there is not."""
    return f"Rule {rule} of [[routes]] names the account {account}, which is not configured. {_REPAIR}"


def unknown_network(rule: int, network: str) -> str:
    """The rule is about customers of a network that no account is on."""
    return f"Rule {rule} of [[routes]] names the network {network}, which no account is on. {_REPAIR}"


def not_together(rule: int, account: str, network: str) -> str:
    """Both are there, but not with each other."""
    said = f"Rule {rule} of [[routes]] fits nobody: the account {account} is not on the network {network}."
    return f"{said} {_REPAIR}"


def no_channel(channel: str, app: str = APP) -> str:
    """Slack shows us no such channel; a private one we are not in looks the same."""
    return f"{app} sees no channel {channel}. If it is private: type /invite @{app} there."


def channel_waits(channel: str, why: str) -> str:
    """Cards can't be posted to a rule's channel; `why` is a sentence."""
    return (
        f"The channel {channel} of [[routes]] can't be used: new customers appear in their account's "
        f"channel, and what stands there waits. {why}"
    )


def channel_works(channel: str) -> str:
    """A rule's channel was repaired."""
    return f"The channel {channel} of [[routes]] works again."
