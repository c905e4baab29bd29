"""What is said in a thread."""

from __future__ import annotations

from desk.slack.amounts import clock, size, sizes
from desk.slack.text import clean_name, one_line
from desk.slack.wording.general import APP


def took(who: str) -> str:
    """Somebody assigned a conversation to themselves."""
    return f"{who} took this."


def handed_you(who: str, name: str) -> str:
    """Told in a direct message."""
    return f"{who} handed you the conversation with {name}."


def released(who: str) -> str:
    """Somebody moved a conversation back."""
    return f"{who} moved this back to Unassigned."


def closed(who: str) -> str:
    """Somebody closed a conversation."""
    return f"{who} closed this."


def reopened(who: str) -> str:
    """Somebody opened a closed conversation again."""
    return f"{who} reopened this."


def wrote_again(name: str) -> str:
    """The customer's message opened a closed conversation."""
    return f"{name} wrote again, so this is open again."


def assignee_left(name: str, who: str) -> str:
    """The customer of somebody wrote who is no agent any more."""
    return f"{name} wrote again, and {who} doesn't answer here any more, so this is back in Unassigned."


def answered_for(who: str, whom: str) -> str:
    """An agent answered in a colleague's conversation."""
    return f"{who} answered for {whom}."


def not_delivered(name: str, reason: str) -> str:
    """A reply failed; `reason` is a clause."""
    return f"Not delivered to {name}: {reason.strip().rstrip('.')}."


REPORTED_FAILED = "the network says that it did not arrive"


def uncertain(name: str) -> str:
    """A reply may or may not have arrived."""
    return f"Not certain whether this reached {name}: the connection broke while sending."


def sent_late(tries: int) -> str:
    """The end of `Sent at 09:20, after 3 tries.`; being told to wait is no try."""
    return f", after {tries} tries." if tries > 1 else "."


def not_yet(reason: str) -> str:
    """A network is slow; `reason` is a clause: "Telegram isn't answering"."""
    return f"Not sent yet: {reason.strip().rstrip('.')}. {APP} keeps trying."


def wrote(name: str) -> str:
    """What a lock screen shows of a message whose words are to stay off it."""
    return f"{name} wrote."


def changed_words(name: str) -> str:
    """The same of a message that was changed."""
    return f"{name} changed a message."


def changed(name: str, before: str) -> str:
    """The customer changed a message."""
    return f"{name} changed this. Before: “{one_line(before, 300) or '…'}”"


def emptied(name: str, before: str) -> str:
    """The customer left nothing of the words of a message."""
    return f"{name} took these words back: “{one_line(before, 300) or '…'}”"


def deleted(name: str) -> str:
    """The customer deleted a message."""
    return f"{name} deleted this message."


def reacted(name: str, emoji: str, words: str) -> str:
    """The customer reacted."""
    about = f"“{one_line(words, 80)}”" if words.strip() else "a message"
    return f"{name} reacted with {one_line(emoji, 20)} to {about}"


def unreacted(name: str, words: str) -> str:
    """The customer took a reaction back."""
    about = f"“{one_line(words, 80)}”" if words.strip() else "a message"
    return f"{name} took back the reaction to {about}"


def empty_message(name: str) -> str:
    """A message in which nothing can be seen."""
    return f"{name} sent an empty message."


VOICE = "Voice message"
MAP = "Map"
COLLEAGUE = "A colleague"
"""Who answered in the network's own app: it does not say which of them."""


def voice(seconds: float | None) -> str:
    """A recording."""
    return f"{VOICE}, {clock(seconds)}" if seconds else VOICE


def original(name: str) -> str:
    """What the recording is called as it came, beside the form that phones play."""
    return f"Original of {name}" if name.partition(".")[0] not in ("", VOICE) else "Original recording"


def broadcast(name: str) -> str:
    """A reply was also sent to the channel."""
    return f"Sent to {name}. The whole channel saw it too."


def gone(name: str) -> str:
    """The customer left."""
    shown = clean_name(name)
    return f"{shown} blocked this account. Nothing can be sent until {shown} writes again."


def back(name: str) -> str:
    """The customer returned."""
    return f"{name} can be written to again."


def too_large_inside(name: str, file: str, count: int | None, network: str, limit: int) -> str:
    """A customer's file that the network does not give out."""
    known, most = sizes(count, limit) if count else ("", size(limit))
    return (
        f"{name} sent “{file}”{f', {known}' if known else ''}. {network} gives files up to {most}, "
        "so it can't be fetched. Ask for a smaller file or a link."
    )


def no_room_inside(name: str, file: str, count: int | None, limit: int) -> str:
    """A customer's file that is more than is taken here, alone or with the others of its message."""
    known = f", {size(count)}" if count else ""
    return (
        f"{name} sent “{file}”{known}. {APP} takes up to {size(limit)} of files at once, "
        "so it can't be fetched. Ask for a smaller file or a link."
    )


def not_fetched(name: str, file: str, reason: str) -> str:
    """A customer's file that could not be fetched; `reason` is a clause."""
    return f"{name} sent “{file}”, but it can't be fetched: {reason.strip().rstrip('.')}. Ask for it again."


def late_file(name: str, file: str, reason: str) -> str:
    """A customer's file that is long in coming; `reason` is a clause."""
    return f"{name} sent “{file}”, which isn't here yet: {reason.strip().rstrip('.')}. {APP} keeps trying."


def disguised(name: str, file: str, what: str) -> str:
    """A customer's file that is not what its name says; `what` it is: "a program"."""
    return f"Careful: “{file}” from {name} isn't what its name says. It is {what}."


def sent_from_channel(who: str, name: str, words: str) -> str:
    """Words that stand in the channel were sent after all."""
    return f"{who} wrote in the channel, and it was sent to {name}: “{one_line(words, 1_000)}”"


NOTHING_PASSES = "Nothing goes out or comes in here until somebody presses *Unblock*."
"""In place of how to answer, where the customer is blocked; mrkdwn."""


def how_to_answer(*, notes_first: bool) -> str:
    """What becomes of words written in the thread; mrkdwn."""
    if notes_first:
        return "What you write in this thread stays inside. Start with `!r` to answer."
    return "Write in this thread to answer. Start with `note:` to keep a message inside."


def answering(*, notes_first: bool) -> str:
    """The same in the welcome: how to answer."""
    return "Start with “!r” in the card's thread." if notes_first else "Write in the card's thread."


def talking(*, notes_first: bool) -> str:
    """How to keep words inside."""
    return "Write in the card's thread." if notes_first else "Start with “note:” or mention a colleague."


def in_short(*, notes_first: bool) -> str:
    """All of it in one sentence, for a notification."""
    if notes_first:
        return "Take it, talk inside in the thread, answer with !r, close when done."
    return "Take it, answer in the thread, talk inside with note:, close when done."


CARD_DELETED = "The card was deleted, so this goes on here."


def in_old_thread(who: str, words: str) -> str:
    """A colleague wrote under a card that is deleted."""
    return f"{who} wrote in the thread of the deleted card: “{one_line(words, 1_000)}”"


def cannot_change(network: str, name: str) -> str:
    """The network keeps the words that were sent."""
    return f"{network} can't change a sent message. {name} still reads:"


def change_unsure(name: str) -> str:
    """Whether the customer has the message is not known, so nothing can be changed there."""
    return f"It is not certain whether {name} got this, so the change can't be carried out. It said:"


def deletion_unsure(name: str) -> str:
    """Whether the customer has the message is not known, so nothing can be taken back there."""
    return f"It is not certain whether {name} got this, so it can't be taken back. It said:"


def change_kept(name: str, *, mention: bool) -> str:
    """Words that stay inside were put into a reply that was sent."""
    why = "it mentions a colleague" if mention else "it begins like what stays inside"
    return f"{name} doesn't get this change, because {why}. {name} still reads:"


def cannot_delete(network: str, name: str) -> str:
    """The network keeps the message that was sent."""
    return f"{network} can't take back a sent message. {name} still reads:"
