"""Every sentence an agent reads. Plain words, no codes; names are cleaned by whoever passes them.

Functions return plain text, never mrkdwn: whoever draws it decides how it is made safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from desk.slack.amounts import clock, duration, listed, size, sizes
from desk.slack.text import clean_name, clip, one_line

APP = "Oratio"

OUT_OF_DATE = "This card was out of date. Please press again."
ONLY_TEAM = "Only the support team can do this."
WRONG_PLACE = "No customer saw this: it was posted to the channel, not in a thread."
WRONG_THREAD = "No customer saw this: it was written under this post, not in the customer's thread."
GONE_MESSAGE = "This message was deleted, so nothing was sent."
NOT_A_CONVERSATION = "This works on messages in a customer's thread."
ALREADY_SENT = "This went to the customer already."
ALREADY_DONE = "Somebody chose already. Nothing was changed."
NOT_SENDABLE = "This can't be sent to the customer."
AUTHOR_NOT_AGENT = "Only what the support team wrote can be sent to a customer."
CLOSED_NOW = "This is closed. Reopen it first, or choose Reopen and send."
NO_LINKS = "Files can't be sent as links here. You can send the text only, or keep it as a note."
FILE_REFUSED = "The file can't go to this customer. You can send the text only, or keep it as a note."
NOTHING_TO_SEND = "There is no text or file in this message, so nothing was sent."
TRY_AGAIN = "That didn't work just now. Please try again."
HINT_CHOOSE = (
    "Your message keeps a :warning: until you choose. *Conversation menu* in the message menu has more."
)
HINT_LATER = "You can still send it later: choose *Send to customer* in the message menu."
RELEASE_TITLE = "Move back to Unassigned?"
CLOSE_TITLE = "Close without an answer?"
CLOSE_PENDING_TITLE = "Close already?"
EMPTY_INBOX = "No conversation is assigned to you."
NOTHING_SHARED = "Nothing else is known yet."
MASKED = "•••"


def author(name: str, network: str) -> str:
    """Under which name a customer's words are posted: never one a colleague could have."""
    return f"{clean_name(name, 56)} · {clean_name(network, 20)}"


def notification(place: str, words: str, files: str, number: int) -> str:
    """What a phone shows of a new card; `place` is "Mia Krüger (WhatsApp, Acme Shop)"."""
    tail = " ".join(part for part in (_stopped(words), f"{files}." if files else "") if part)
    return f"New: {place}{': ' + tail if tail else '.'} #{number}"


def sentences(lines: str) -> str:
    """Lines as sentences on one line, so that they can be read out."""
    return " ".join(_stopped(" ".join(line.split())) for line in lines.split("\n"))


def _stopped(words: str) -> str:
    return words if not words or words[-1] in ".!?…" else words + "."


def state_notification(place: str, state: str, number: int) -> str:
    """What a screen reader says of a card that is not new."""
    return f"{place}: {state}. #{number}"


def undelivered(count: int) -> str:
    """How many replies have not arrived."""
    return f"{count} message not delivered" if count == 1 else f"{count} messages not delivered"


def release_question(agent: str, name: str) -> str:
    """Asked before a conversation goes back."""
    return f"Anyone on the team can take the conversation then. {clip(agent, 60)} is told; {name} is not."


def close_unanswered(name: str, assigned: bool) -> str:
    """Asked before a conversation without an answer is closed."""
    first = f"{name}'s last message has no answer yet." if assigned else f"Nobody has answered {name} yet."
    return f"{first} A new message from {name} opens the conversation again."


def close_pending(name: str) -> str:
    """Asked before a conversation is closed while an answer has not arrived."""
    return f"An answer has not reached {name}. Closing changes nothing about that."


# In the thread


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


def unreadable(name: str, kind: str) -> str:
    """Something of a kind that cannot be shown."""
    return f"{name} sent something {APP} can't show yet ({one_line(kind, 60) or 'unknown'})."


def empty_message(name: str) -> str:
    """A message in which nothing can be seen."""
    return f"{name} sent an empty message."


def voice(seconds: float | None) -> str:
    """A recording."""
    return f"Voice message, {clock(seconds)}" if seconds else "Voice message"


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
    why = "it mentions a colleague" if mention else "it begins like a note"
    return f"{name} doesn't get this change, because {why}. {name} still reads:"


def cannot_delete(network: str, name: str) -> str:
    """The network keeps the message that was sent."""
    return f"{network} can't take back a sent message. {name} still reads:"


# Only for the person who pressed or wrote


def taken_before(who: str, seconds: float) -> str:
    """Two pressed at once: `Ben took this 5 s ago.`"""
    return f"{clean_name(who)} took this {duration(timedelta(seconds=seconds))} ago."


CLOSED_ALREADY = "This is closed already."


def closed_before(who: str, seconds: float) -> str:
    """The card was out of date: `Ben closed this 5 s ago.`"""
    return f"{clean_name(who)} closed this {duration(timedelta(seconds=seconds))} ago."


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


KEPT_FORWARD = "Kept as a note, because it forwards a message of Slack."
KEPT_TALK = "Kept as a note, because the last words here were inside talk."
KEPT_OUTSIDER = "Kept as a note: only the support team answers here."
KEPT_CLOSED = "Kept as a note: this is closed."
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


def no_bytes(file: str) -> str:
    """A file that exists only elsewhere."""
    return f"{file} is kept outside Slack or was deleted, so there is no file to send."


def window_over(network: str, window: timedelta) -> str:
    """The reply window is closed; how long it is, where known."""
    if not window:
        return f"{network} allows no more answers until the customer writes again."
    span = duration(window)
    return f"{network} allows answers within {span} after the customer's last message. That time is over."


def disconnected(title: str) -> str:
    """The account was taken out of the configuration; within a refusal."""
    return f"{clean_name(title, 60)} is no longer connected."


def account_absent(title: str) -> str:
    """The account was taken out of the configuration."""
    return f"{clean_name(title, 60)} is no longer connected, so nothing can be sent."


TEXT_STAYED = "Your text has not gone out either."
NOTHING_IN_IT = "There is no text or file in it."


# For those who run the program


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


def works(place: str) -> str:
    """Pressed Check again, and all is well."""
    return f"{place} works."


def outsider(contact: str | None) -> str:
    """Home, for people who serve no account."""
    return (
        f"{APP} is where the support team answers customers. Only the team sees conversations. "
        f"To join, ask {clean_name(contact, 80) if contact else 'whoever runs it here'}."
    )


def kept_unread(place: str, number: int, size: int) -> str:
    """Something signed came that cannot be read."""
    return (
        f"{place} sent something that Oratio can't read ({size} bytes). It is kept as number {number} in the "
        "table raw_payload, and so is more of it; nobody saw it as a message."
    )


# Lists


def inbox_title(total: int, waiting: int) -> str:
    """The first line of /inbox."""
    if not total:
        return EMPTY_INBOX
    return f"Inbox: {total} conversation{'' if total == 1 else 's'}, {waiting} waiting for you"


def closed_title(total: int, kept: timedelta) -> str:
    """The first line of /closed."""
    span = lately(kept)
    return f"Closed by you {span}: {total}" if total else f"You closed nothing {span}."


def lately(kept: timedelta) -> str:
    """How far back the list of what is closed goes: "in the last 14 days"."""
    return f"in the last {duration(kept)}"


def page_of(page: int, pages: int) -> str:
    """Where in a list one is."""
    return f"Page {page} of {pages}"


def usage(command: str) -> str:
    """What to type instead."""
    known = {
        "/inbox": "/inbox shows the conversations assigned to you. It takes no words after it.",
        "/closed": "/closed shows what you closed and is still kept here. It takes no words after it.",
    }
    return known.get(command, "/oratio help shows what you can do here.")


HELP: Sequence[tuple[str, str]] = (
    ("Take: ", "press Assign to me on a customer's card."),
    ("Answer: ", "write in the card's thread. ✅ went out, ⚠️ failed, ❔ may or may not have arrived."),
    ("Talk inside: ", "start with note: or n: or 📝, or mention a colleague. 📝 stays inside."),
    ("Send a note after all: ", "choose Send to customer in the message's menu."),
    ("Everything by thumb: ", "choose Conversation menu on any message of the thread."),
    ("Your lists: ", "/inbox shows what is assigned to you, /closed what you closed."),
    ("Finish: ", "press Close. A new message from the customer opens the conversation again."),
)


# What stands in place of buttons that were pressed

SENDING_NOW = "On its way to the customer."
CHANNEL_CLOSED = "This channel was archived or deleted, so no card can be posted there."
TOKEN_LOST = "The Slack app was removed or its token revoked. It has to be installed again."  # noqa: S105 - a sentence


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


def pressed_correction(who: str) -> str:
    """After `Send a correction`."""
    return f"{clean_name(who)} sent a correction."


def pressed_leave(who: str) -> str:
    """After `Leave it`."""
    return f"{clean_name(who)} left it as it is."


def pressed_arrived(who: str) -> str:
    """After `It arrived`."""
    return f"{clean_name(who)} knows that it arrived."
