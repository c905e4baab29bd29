"""Carrying out a `!word`: the same use cases as the buttons, for whoever wrote it.

Runs in the transaction that stores the message, so that it happens once. A refusal changes
nothing and is told to the author alone; the message itself stays inside for good.

It was meant for what its author saw. So it is not carried out if a colleague did something
after it was written: of two who take a conversation at once, one has it. Nor, where nobody
listened and it is read late, if the customer wrote since.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from desk import people
from desk.context import Desk
from desk.conversations import assignment, snoozing, when
from desk.conversations.aftermath import Passed, Whisper
from desk.conversations.assignment import Press, Refusal
from desk.conversations.commands import BARE, Typed, Word
from desk.conversations.commands import typed as read
from desk.conversations.heard import Heard
from desk.conversations.keeping import mark
from desk.conversations.scene import Case
from desk.slack import lines, modals, quotes, threadhelp, wording
from desk.slack.drawing import Drawing
from models import Message

LATE = timedelta(seconds=30)
"""An order as old as this is not for what the customer wrote since."""


async def carry_out(desk: Desk, found: Case, message: Message, heard: Heard) -> list[Passed]:
    """Do what an agent's message orders; returns what only its author is told."""
    command = heard.typed
    if command is None or command.word is None:
        raise ValueError("no order")
    await mark(found, message, desk.clock.now())
    try:
        answer = await _do(desk, found, message, heard, command, command.word)
    except Refusal as refusal:
        answer = lines.told(refusal.words)
    if answer is None:
        return []
    thread = found.conversation.card_ts
    channel = found.conversation.channel
    return [Whisper(channel=channel, user=message.author, thread_ts=thread, drawing=answer)]


async def _do(
    desk: Desk, found: Case, message: Message, heard: Heard, command: Typed, word: Word
) -> Drawing | None:
    """The answer to a question, or None for a deed that is done. Raises `Refusal`."""
    if heard.words.has_files:
        raise Refusal(wording.commands.file_stayed(command.said, found.contact.name))
    if word is Word.HELP:
        return threadhelp.drawing(found.contact.name)
    if word is Word.FILES:
        return _files(found)
    if word in BARE and command.rest:
        raise Refusal(wording.commands.stands_alone(command.said))
    if _overtaken(desk, found, message):
        raise Refusal(wording.commands.overtaken(command.said))
    press = Press(conversation_id=found.conversation.id, actor=message.author)
    if word is Word.ASSIGN:
        to, comment = await _whom(desk, found, message, heard, command)
        await assignment.assign(desk, press, to, comment)
    elif word is Word.SNOOZE:
        await snoozing.snooze(desk, press, await _until(desk, message, command))
    else:
        await _BARE[word](desk, press)
    return None


_BARE: Mapping[Word, Callable[[Desk, Press], Awaitable[object]]] = {
    Word.CLOSE: assignment.close,
    Word.RELEASE: assignment.release,
    Word.REOPEN: assignment.reopen,
    Word.WAKE: snoozing.wake,
}


def _overtaken(desk: Desk, found: Case, message: Message) -> bool:
    """Whether a colleague was faster, or it is read late and the customer wrote meanwhile."""
    conversation, at = found.conversation, message.sent_at
    if conversation.changed_at > at and conversation.changed_by not in (None, message.author):
        return True
    late = desk.clock.now() - at >= LATE
    return late and conversation.last_inbound_at > at


def _files(found: Case) -> Drawing:
    """What can be sent here. Raises `Refusal`."""
    if found.account is None:
        raise Refusal(wording.refusals.disconnected(found.row.title))
    title, network = found.row.title, found.account.network.title
    return threadhelp.beside(modals.supported_files(title, network, found.account.capabilities))


async def _until(desk: Desk, message: Message, command: Typed) -> when.Until:
    """Until when, by the author's clock and from when it was written. Raises `Refusal`."""
    until = when.read(command.rest, message.sent_at, await people.zone_of(desk, message.author))
    if isinstance(until, when.Until) and until.at:
        until = when.check(until.at, desk.clock.now())
    if isinstance(until, when.Wrong):
        raise Refusal(wording.snooze.WRONG[until])
    return until


async def _whom(desk: Desk, found: Case, message: Message, heard: Heard, command: Typed) -> tuple[str, str]:
    """The colleague who is meant, and a word to them. Raises `Refusal`."""
    if len(heard.users) == 1:
        _, words = quotes.after(str(message.detail.get("without_mentions") or ""))
        bare = read(words)
        return next(iter(heard.users)), bare.rest if bare else ""
    if heard.words.mentions:
        raise Refusal(wording.commands.ONE_ONLY if heard.users else wording.commands.WHOM)
    name = command.rest.removeprefix("@").strip()
    if not name:
        raise Refusal(wording.commands.WHOM)
    return message.author if name.casefold() == "me" else await _called(desk, found, name), ""


async def _called(desk: Desk, found: Case, name: str) -> str:
    """The one agent of that name. Raises `Refusal`."""
    agents = await people.agents_of(desk, found.conversation.account_id, name)
    exact = [agent for agent in agents if agent.name.casefold() == name.casefold()]
    candidates = exact or agents
    if not candidates:
        raise Refusal(wording.commands.nobody(name))
    if len(candidates) > 1:
        raise Refusal(wording.commands.several([agent.name for agent in candidates]))
    return candidates[0].user_id
