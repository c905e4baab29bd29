"""What `/oratio next`, `status`, `doctor` and `files` answer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk.slack import literal, modals, wording
from desk.slack.drawing import Block, Drawing
from desk.slack.posts import open_button
from desk.slack.text import clean_name, clip_bytes, fallback, one_line
from networks.capabilities import Capabilities

_ACCOUNTS = 12
_FAULTS = 8
_NETWORKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus:
    """How one account is doing."""

    network: str
    account: str
    fault: str = ""
    """A sentence; empty: it works."""
    unassigned: str = "0"
    waiting: int = 0
    """Customers whom nobody has, and who wait."""
    answers: int = 0
    """Parts of answers that have not left yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supported:
    """What one account takes."""

    network: str
    account: str
    capabilities: Capabilities


def taken(said: str, conversation_id: int, version: int, url: str | None) -> Drawing:
    """`next`, and `Take next` in a channel: who it was, with the way there."""
    button = open_button(conversation_id, version, url) if url else None
    return Drawing(
        text=fallback(said), blocks=(literal.plain_section(said, block_id="next.taken", accessory=button),)
    )


def status(accounts: Sequence[AccountStatus]) -> Drawing:
    """`status`: each account in two lines."""
    parts: list[Block] = []
    for each in accounts[:_ACCOUNTS]:
        place = clip_bytes(f"{clean_name(each.network, 40)} · {clean_name(each.account, 60)}", 150)
        said = clip_bytes(one_line(each.fault, 300), 300) or wording.answers.WORKS
        numbers = wording.answers.numbers(each.unassigned, each.waiting, each.answers)
        sign = "warning" if each.fault else "white_check_mark"
        head = [literal.emoji(sign), literal.text(" "), literal.text(place, bold=True)]
        parts.append(literal.section(*head, literal.text(f"  {said}\n{numbers}\n")))
    if len(accounts) > _ACCOUNTS:
        parts.append(literal.section(literal.text(wording.answers.others(len(accounts) - _ACCOUNTS))))
    title = wording.answers.status_title(len(accounts), sum(1 for each in accounts if each.fault))
    return _titled(title, [literal.rich(*parts, block_id="status.accounts")] if parts else [])


def looking() -> Drawing:
    """`doctor`, before what it found is known."""
    return _titled(wording.answers.LOOKING, [])


def doctor(faults: Sequence[Drawing], found: Sequence[str]) -> Drawing:
    """`doctor`: what is wrong, each with its repair. `faults` are of accounts, `found` of the rest."""
    blocks = [block for fault in faults[:_FAULTS] for block in fault.blocks]
    lines = [
        literal.section(literal.emoji("warning"), literal.text(f" {one_line(words, 300)}\n"))
        for words in found
    ]
    if lines:
        blocks.append(literal.rich(*lines[:_FAULTS], block_id="doctor.found"))
    return _titled(wording.answers.doctor_title(len(faults) + len(found)), blocks)


def files(supported: Sequence[Supported]) -> Drawing:
    """`files`: the same as the modal, for each account."""
    blocks: list[Block] = []
    for number, each in enumerate(supported[:_NETWORKS]):
        drawn = modals.supported_files(each.account, each.network, each.capabilities)["blocks"]
        blocks += [
            {**block, "block_id": f"{block.get('block_id', 'files.line')}.{number}.{at}"}
            for at, block in enumerate(drawn)
        ]
    places = [f"{clean_name(each.network, 40)} · {clean_name(each.account, 60)}" for each in supported]
    return Drawing(text=fallback(wording.answers.files_title(places)), blocks=tuple(blocks))


def which(said: str) -> Drawing:
    """One sentence of usage."""
    return Drawing(text=fallback(said), blocks=(literal.plain_section(said, block_id="usage"),))


def _titled(title: str, blocks: Sequence[Block]) -> Drawing:
    head = literal.rich(literal.section(literal.text(title, bold=True)), block_id="answer.title")
    return Drawing(text=fallback(title), blocks=(head, *blocks))
