"""What is said to those who run the program."""

from __future__ import annotations

from desk.slack.wording.general import APP


def waiting_answers(count: int) -> str:
    """The end of the sentence about a broken account."""
    if count < 1:
        return "No answer is waiting."
    return (
        f"{count} answer is waiting and goes out once it works."
        if count == 1
        else (f"{count} answers are waiting and go out once it works.")
    )


def no_channel(channel: str, app: str = APP) -> str:
    """Slack shows us no such channel; a private one we are not in looks the same."""
    return (
        f"{app} sees no channel {channel}. If it is private: Type /invite @{app} in {channel}, "
        "then press Check again."
    )


SHARED_CHANNEL = "Its channel is shared with another company, whose people would read the customers."


def nobody_answers(reason: str) -> str:
    """Who answers an account's customers could not be asked."""
    return f"Who may answer its customers is not known: {reason}"


NOBODY_NAMED = "Nobody may answer its customers: none of the people named in agents can."


def nobody_public(channel: str) -> str:
    """Everybody is in a public channel, so being there makes nobody an agent."""
    return (
        f"Nobody may answer its customers: #{channel} is public, so name people in agents, "
        "or a user group in agents_group."
    )


def nobody_private(channel: str) -> str:
    """Whoever is in the private channel answers, and nobody is."""
    return f"Nobody may answer its customers: invite the support team to #{channel}."


def nobody_in_group(group: str) -> str:
    """Whoever is in the user group answers, and nobody is."""
    return f"Nobody may answer its customers: put the support team into the user group {group}."


def no_group(group: str) -> str:
    """The configuration names a user group that is not there."""
    return f"Nobody may answer its customers: there is no user group {group}."


def no_notify(group: str) -> str:
    """The configuration names a user group that is not there."""
    return f"Nobody is rung for its new customers: there is no user group {group}."


def no_lead(user: str) -> str:
    """The configuration names somebody who can't be told anything."""
    return (
        f"The last reminder of its customers reaches nobody: lead names {user}, who is not in the workspace."
    )


def no_admin_channel(channel: str, app: str = APP) -> str:
    """Operators are told things elsewhere than they wanted."""
    return (
        f"What concerns operators is told here, because {app} is not in {channel} (admin_channel). "
        f"If it is there, type /invite @{app} in it, then start {app} anew."
    )


def works(place: str) -> str:
    """Pressed Check again, and all is well."""
    return f"{place} works."


def kept_unread(place: str, number: int, size: int) -> str:
    """Something signed came that cannot be read."""
    return (
        f"{place} sent something that Oratio can't read ({size} bytes). It is kept as number {number} in the "
        "table raw_payload, and so is more of it; nobody saw it as a message."
    )


def silent(reason: str) -> str:
    """A network has not answered for a while; `reason` is a clause."""
    return f"nothing is heard from it, because {reason.strip().rstrip('.')}; {APP} keeps trying"


READ_AT_START = "Keys, tokens and passwords are read when Oratio starts: after changing one, start it again."
"""Below an account that stopped."""
NO_ADDRESS = "it can't be called, because PUBLIC_URL is not set to the https address of this Oratio"
CHANNEL_CLOSED = "This channel was archived or deleted, so no card can be posted there."
TOKEN_LOST = "The Slack app was removed or its token revoked. It has to be installed again."  # noqa: S105 - a sentence
