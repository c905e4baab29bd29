"""What only the person who pressed or wrote is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from desk.slack.amounts import duration, listed, size, sizes
from desk.slack.text import clean_name, one_line
from desk.slack.wording.general import APP

WRONG_PLACE = "No customer saw this: it was posted to the channel, not in a thread."
WRONG_THREAD = "No customer saw this: it was written under this post, not in the customer's thread."
GONE_MESSAGE = "This message was deleted, so nothing was sent."
ALREADY_SENT = "This went to the customer already."
ALREADY_DONE = "Somebody chose already. Nothing was changed."
NOT_SENDABLE = "This can't be sent to the customer."
AUTHOR_NOT_AGENT = "Only what the support team wrote can be sent to a customer."
CLOSED_NOW = "This is closed. Reopen it first, or choose Reopen and send."
NOT_CONVERTIBLE = "This can't be converted here. You can send the text only, or keep it as a note."
NO_LINKS = "Files can't be sent as links here. You can send the text only, or keep it as a note."
FILE_REFUSED = "The file can't go to this customer. You can send the text only, or keep it as a note."
NOTHING_TO_SEND = "There is no text or file in this message, so nothing was sent."
HINT_CHOOSE = (
    "Your message keeps a :warning: until you choose. *Conversation menu* in the message menu has more."
)
HINT_LATER = "You can still send it later: choose *Send to customer* in the message menu."


def _ago(seconds: float) -> str:
    return f"{duration(timedelta(seconds=seconds))} ago" if seconds >= 1 else "just now"


def taken_before(who: str, seconds: float) -> str:
    """Two pressed at once: `Ben took this 5 s ago.`"""
    return f"{clean_name(who)} took this {_ago(seconds)}."


def snoozed_before(who: str, seconds: float, *, own: bool) -> str:
    """The card was out of date: `Ben snoozed this 5 s ago.`"""
    return f"{'You' if own else clean_name(who)} snoozed this {_ago(seconds)}."


CLOSED_ALREADY = "This is closed already."
OPEN_ALREADY = "This is open already."
UNASSIGNED_ALREADY = "This is in Unassigned already."


def closed_before(who: str, seconds: float) -> str:
    """The card was out of date: `Ben closed this 5 s ago.`"""
    return f"{clean_name(who)} closed this {_ago(seconds)}."


def not_an_agent(who: str) -> str:
    """A conversation can't be handed to this person."""
    return f"{clean_name(who)} doesn't answer these customers. Choose somebody from the support team."


def already_has(who: str, *, own: bool) -> str:
    """The conversation is this person's already."""
    return "This is assigned to you already." if own else f"{clean_name(who)} has this already."


def archived(at: datetime | None) -> str:
    """The conversation is over; the day is UTC's."""
    return f"Archived{f' on {at.day} {at:%b}' if at else ''}{ARCHIVED_TAIL}"


def not_yours(owner: str, name: str) -> str:
    """A reply in somebody else's conversation."""
    return f"Kept as a note: this is {owner}'s conversation. {name} didn't get it."


def mentioned(people: Sequence[str]) -> str:
    """A message that mentions colleagues."""
    return f"Kept as a note, because you mentioned {listed(['@' + p for p in people[:5]]) or 'a colleague'}."


def unknown_word(word: str) -> str:
    """A message that begins like a command."""
    return f"Kept as a note: a message that starts with !{one_line(word, 30)} never leaves by itself."


HINT_NOTES_FIRST = "Start with *!r* to answer at once, or choose *Send to customer* in the message menu."


def notes_first(name: str) -> str:
    """Where words stay inside unless they are sent on purpose."""
    return f"Kept as a note. {name} didn't get it."


KEPT_FORWARD = "Kept as a note, because it forwards a message of Slack."
KEPT_TALK = "Kept as a note, because the last words here were inside talk."
KEPT_OUTSIDER = "Kept as a note: only the support team answers here."
KEPT_CLOSED = "Kept as a note: this is closed."
KEPT_BEFORE = "Kept as a note: this was closed when you wrote it."
KEPT_NOTE = "This is a note. It stays inside."
KEPT_BOT = "Kept as a note: an app posted this."
ARCHIVED_TAIL = ". The customer's next message starts a new conversation."


def nothing_sent(name: str) -> str:
    """The bold beginning of a refusal."""
    return f"Nothing was sent to {name}."


def too_large(file: str, count: int, network: str, kind: str, limit: int) -> str:
    """A file above the network's limit, with both numbers; `count` 0 if only that is known."""
    if not count:
        return f"{file} is larger than {size(limit)}; {network} takes {kind} up to {size(limit)}."
    has, most = sizes(count, limit)
    return f"{file} is {has}; {network} takes {kind} up to {most}."


def no_room(file: str, count: int, limit: int) -> str:
    """A file that is more than is taken here, alone or with the others of its message."""
    has = f"{file} is {size(count)}" if count else f"There is no room for {file}"
    return f"{has}; {APP} takes up to {size(limit)} of files at once."


def wrong_kind(file: str, network: str, formats: str) -> str:
    """A file of a kind the network does not take."""
    takes = f" It takes {formats}." if formats else ""
    return f"{network} doesn't take files like {file}.{takes}"


def other_kind(file: str, was: str, network: str, formats: str) -> str:
    """A picture of a kind the network does not take, but could have in another form."""
    return f"{file} is {was}; {network} takes {formats or 'other pictures'}."


def converting(label: str, files: Sequence[str], *, others: bool, kind: bool, clear: bool) -> str:
    """What the button of that label does: to which files, and what is lost. `kind`: they get another one;
    `clear`: something may be transparent in them."""
    lost = "a little detail" if kind else "detail"
    white = ", and what is transparent may turn white" if clear else ""
    if len(files) == 1 and not others:
        return f"“{label}” loses {lost}{white}."
    rest = "; the other files stay as they are" if others else ""
    return f"“{label}” changes {listed(files)} and loses {lost}{white}{rest}."


CANNOT: Mapping[str, str] = {
    "broken": "{file} can't be converted: it is damaged or not what its name says. Try another picture.",
    "several": "{file} moves or has several pages, and only the first would be left. Send the ones you mean.",
    "pixels": "{file} has more pixels than {app} converts. Make it smaller before you attach it.",
    "small": "{file} can't be made small enough to be sent and still be seen. Cut out what matters.",
    "slow": "Converting {file} takes too long here. Make it smaller before you attach it.",
}
"""Why a picture could not be converted, and what to do."""


def cannot_convert(why: str, file: str) -> str:
    """One of those sentences."""
    return CANNOT[why].format(file=file, app=APP)


def no_bytes(file: str, *, empty: bool = False) -> str:
    """A file that exists only elsewhere."""
    why = "is empty" if empty else "is kept outside Slack or was deleted"
    return f"{file} {why}, so there is no file to send."


def kept_blocked(name: str) -> str:
    """An answer that waited in its hold, or for its network, when somebody blocked the customer."""
    return f"Kept as a note: {name} was blocked before this left. It can be sent once {name} is unblocked."


def window_over(network: str, window: timedelta, *, templates: bool = False) -> str:
    """The reply window is closed: how long it is, where known, and what can be done."""
    if not window:
        return f"{network} allows no more answers until the customer writes again."
    span = duration(window)
    out = "an approved template can go" if templates else "nothing can go"
    return (
        f"{network} allows answers within {span} after the customer's last message. That time is over: "
        f"{out} until the customer writes again."
    )


def disconnected(title: str) -> str:
    """The account was taken out of the configuration; within a refusal."""
    return f"{clean_name(title, 100)} is no longer connected."


def account_absent(title: str) -> str:
    """The account was taken out of the configuration."""
    return f"{clean_name(title, 60)} is no longer connected, so nothing can be sent."


TEXT_STAYED = "Your text has not gone out either."
NOTHING_IN_IT = "There is no text or file in it."
