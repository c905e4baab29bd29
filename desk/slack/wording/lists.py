"""What the lists and the help say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from desk.asked import ListKind
from desk.slack.amounts import duration

_NAMES = {
    ListKind.INBOX: "Inbox",
    ListKind.UNASSIGNED: "Unassigned",
    ListKind.ALL: "All",
    ListKind.CLOSED: "Closed",
    ListKind.ARCHIVED: "Archived",
    ListKind.BLOCKED: "Blocked",
}
EMPTY = {
    ListKind.INBOX: "No conversation is assigned to you.",
    ListKind.UNASSIGNED: "Nobody is waiting.",
    ListKind.ALL: "No conversation is open.",
    ListKind.ARCHIVED: "Nothing is archived yet.",
    ListKind.BLOCKED: "Nobody is blocked.",
}


def slash(name: str, prefix: str = "") -> str:
    """A command as it is typed here: `/inbox`, or `/acme-inbox` where others own that name."""
    return f"/{prefix}{name}"


def name_of(kind: ListKind) -> str:
    """How a list is called."""
    return _NAMES[kind]


def amount(total: int, *, more: bool = False) -> str:
    """A number, or "999+" where nobody counted on."""
    return f"{total - 1}+" if more else str(total)


def _conversations(total: str) -> str:
    return f"{total} conversation{'' if total == '1' else 's'}"


def _listed(kind: ListKind, total: str) -> str:
    if kind is not ListKind.BLOCKED:
        return _conversations(total)
    return f"{total} customer{'' if total == '1' else 's'}"


def inbox_title(total: int, waiting: int) -> str:
    """The first line of /inbox."""
    if not total:
        return EMPTY[ListKind.INBOX]
    return f"Inbox: {_conversations(str(total))}, {waiting} waiting for you"


def closed_title(total: int, kept: timedelta, archived: str) -> str:
    """The first line of /closed; `archived` is the command that shows older ones."""
    span = lately(kept)
    return f"Closed by you {span}: {total}" if total else f"You closed nothing {span}. Older ones: {archived}"


def title(kind: ListKind, total: str, waiting: int) -> str:
    """The first line of the other lists; `total` is empty where there is nothing."""
    if not total:
        return EMPTY[kind]
    waits = "" if kind in (ListKind.ARCHIVED, ListKind.BLOCKED) else f", {waiting} waiting"
    return f"{_NAMES[kind]}: {_listed(kind, total)}{waits}"


def named_title(kind: ListKind, name: str, total: str) -> str:
    """The first line of a list of one name; `total` is empty where nobody has it."""
    if not total:
        return f"No name with “{name}” here."
    return f"{_NAMES[kind]}, names with “{name}”: {_listed(kind, total)}"


def lately(kept: timedelta) -> str:
    """How far back the list of what is closed goes: "in the last 14 days"."""
    return f"in the last {duration(kept)}"


def page_of(page: int, pages: int, *, more: bool = False) -> str:
    """Where in a list one is."""
    rest = ". There are more: look for a name to see them" if more and page == pages else ""
    return f"Page {page} of {pages}{rest}"


_USAGE = {
    "inbox": "{0} shows the conversations assigned to you. It takes no words after it.",
    "closed": "{0} shows what you closed and is still kept here. It takes no words after it.",
    "unassigned": "{0} [part of a name], for example {0} mia",
    "conversations": "{0} [part of a name], for example {0} mia",
    "archived": "{0} [part of a name], for example {0} mia",
    "oratio": "{0} help | next | status | blocked | doctor | files <network>",
}


def usage(command: str, prefix: str = "") -> str:
    """What to type instead; `command` without its slash and prefix."""
    return _USAGE.get(command, _USAGE["oratio"]).format(
        slash(command if command in _USAGE else "oratio", prefix)
    )


def help_lines(prefix: str = "") -> Sequence[tuple[str, str]]:
    """What can be done, each a bold word and a sentence."""
    inbox, closed, unassigned, everything, archived, own = (
        slash(name, prefix)
        for name in ("inbox", "closed", "unassigned", "conversations", "archived", "oratio")
    )
    return (
        (
            "Take: ",
            f"press Assign to me on a customer's card, or type {own} next for whoever has waited longest.",
        ),
        ("Answer: ", "write in the card's thread. ✅ went out, ⚠️ failed, ❔ may or may not have arrived."),
        ("Talk inside: ", "start with “note:” or “n:” or 📝, or mention a colleague. 📝 stays inside."),
        ("Send a note after all: ", "choose Send to customer in the message's menu."),
        ("By words: ", "in a thread, !help shows what !close, !assign, !snooze and others do."),
        ("Everything by thumb: ", "choose Conversation menu on any message of the thread."),
        (
            "Your lists: ",
            f"{inbox} shows what is assigned to you, {closed} what you closed. Home shows the same.",
        ),
        ("All lists: ", f"{unassigned}, {everything} and {archived}; add part of a name to look for it."),
        ("Blocked customers: ", f"{own} blocked shows them, each with Unblock; part of a name may follow."),
        ("Files: ", f"{own} files and a network's name shows what it takes."),
        ("When something is wrong: ", f"{own} status and {own} doctor."),
        ("Finish: ", "press Close. A new message from the customer opens the conversation again."),
    )
