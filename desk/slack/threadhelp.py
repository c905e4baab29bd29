"""Answers to `!help` and `!files`: for their author alone, in the thread. Pure."""

from __future__ import annotations

from desk.slack import literal, wording
from desk.slack.drawing import Drawing, View
from desk.slack.text import fallback


def drawing(name: str) -> Drawing:
    """What can be written in a thread. `name` is the customer's."""
    title = wording.commands.help_title(name)
    lines = [
        literal.section(literal.text(bold, bold=True), literal.text(rest))
        for bold, rest in wording.commands.HELP
    ]
    parts = [literal.section(literal.text(title)), literal.bullets(*lines)]
    said = " ".join([title, *(bold + rest for bold, rest in wording.commands.HELP)])
    return Drawing(text=fallback(said), blocks=(literal.rich(*parts, block_id="thread.help"),))


def beside(view: View) -> Drawing:
    """A modal that is only read, as a message: where no press can open one."""
    title = str(view["title"]["text"])
    return Drawing(text=fallback(title), blocks=tuple(view["blocks"]))
