"""`/oratio help | next | status | blocked | doctor | files <network>`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from desk import operators
from desk.asked import Asked, ListKind, typed
from desk.conversations import status, taking
from desk.conversations.aftermath import Answer, offer
from desk.conversations.assignment import Refusal
from desk.slack import answers, lines, lists, wording
from desk.slack.drawing import Drawing
from handlers.front import Front, unit
from handlers.lists import list_drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody typed after a command."""

    user: str
    words: str
    response_url: str
    """Where an answer that takes longer goes."""


async def oratio(front: Front, said: Said) -> Drawing:
    """The word decides; whatever is none of ours gets the usage line."""
    word, _, rest = said.words.partition(" ")
    known = _WORDS.get(word.casefold() or "help")
    if known is None or (rest.strip() and known not in (_files, _blocked)):
        return lists.usage("oratio", front.desk.settings.command_prefix)
    if known is not _help and not await status.may_see(front.desk, said.user):
        return lines.told(wording.general.ONLY_TEAM)
    return await known(front, said)


async def _help(front: Front, _said: Said) -> Drawing:
    return lists.help_reply(front.desk.settings.command_prefix)


async def _next(front: Front, said: Said) -> Drawing:
    """Take whoever has waited longest; the answer leads there."""
    try:
        taken = await unit(front, lambda: taking.take_next(front.desk, said.user))
    except Refusal as refusal:
        return lines.told(refusal.words)
    return await taking.drawn(front.desk, taken)


async def _status(front: Front, said: Said) -> Drawing:
    return answers.status(await status.status(front.desk, said.user))


async def _blocked(front: Front, said: Said) -> Drawing:
    """The customers whom somebody blocked; part of a name may follow."""
    name = typed(said.words.partition(" ")[2])
    return await list_drawing(front, Asked(kind=ListKind.BLOCKED, name=name), said.user)


async def _doctor(front: Front, said: Said) -> Drawing:
    """Look at every account again; what is found is answered later. Those who run the program also
    hear what is wrong with the app and the configuration."""
    if not said.response_url:
        return await _found(front, said.user)

    async def work() -> None:
        await front.look_now()
        drawing = await _found(front, said.user)
        offer(front.desk, [Answer(url=said.response_url, drawing=drawing, replace=False)])

    front.desk.passing.offer(f"doctor:{said.user}", "check", work)
    return answers.looking()


async def _found(front: Front, user: str) -> Drawing:
    desk = front.desk
    faults = await operators.faults(desk, user, await status.may_see(desk, user))
    rest = await front.examine() if await operators.is_one(desk, user) else []
    return answers.doctor(faults, rest)


async def _files(front: Front, said: Said) -> Drawing:
    """What a network takes, for those who write to its customers."""
    supported, networks = await status.supported(front.desk, said.user, said.words.partition(" ")[2])
    if supported:
        return answers.files(supported)
    command = wording.lists.slash("oratio", front.desk.settings.command_prefix)
    return answers.which(wording.answers.files_usage(f"{command} files", networks))


_WORDS: Mapping[str, Callable[[Front, Said], Awaitable[Drawing]]] = {
    "help": _help,
    "next": _next,
    "status": _status,
    "blocked": _blocked,
    "doctor": _doctor,
    "files": _files,
}
