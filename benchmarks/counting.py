"""L10: what one message, and one whole conversation, cost in statements, commits and calls of Slack's."""

from __future__ import annotations

from collections import Counter

from benchmarks.figures import Figure, exactly
from benchmarks.provider import said
from benchmarks.stage import Stage, at_rest, people, the_stage, token

WHO = "p0x0"


async def ordinary() -> list[Figure]:
    """A conversation: new, assigned, ten messages from each side, closed. Counted on SQLite."""
    async with the_stage(count=True) as stage:
        await stage.start()
        await at_rest(stage)
        before = await _counts(stage)
        await stage.begins("shop0", people(0, 1), taken=True)
        await at_rest(stage, 0.6)
        begun = await _counts(stage)
        for number in range(10):
            text = token("in", 0, number)
            await stage.writes("shop0", said(WHO, text, f"{text} said"))
            await stage.slack.until(lambda n=number: len(stage.visible(WHO)) > n)  # type: ignore[misc]
        await at_rest(stage, 0.6)
        inward = await _counts(stage)
        for number in range(10):
            await _answer(stage, token("out", 0, number))
        await at_rest(stage, 0.6)
        outward = await _counts(stage)
        await stage.press(WHO, "conversation.close")
        await at_rest(stage, 0.6)
        closed = await _counts(stage)
    figures = [
        *_each("an inbound message, to its post", inward - begun, 10),
        *_each("an answer, to its ✅", outward - inward, 10),
    ]
    return [*figures, *_conversation(closed - before)]


async def _answer(stage: Stage, text: str) -> None:
    (channel, _), ts = stage.threads[WHO], await stage.says(WHO, text)
    await stage.slack.until(lambda: text in stage.provider.told)
    await stage.slack.until(lambda: bool((stage.slack.message(channel, ts) or {}).get("reactions")))


async def _counts(stage: Stage) -> Counter[str]:
    """Statements and commits so far, and calls by method."""
    found: Counter[str] = Counter(await stage.running.asks("counts"))
    found.update(call["method"] for call in stage.calls())
    return found


def _each(what: str, spent: Counter[str], number: int) -> list[Figure]:
    """What each of so many cost."""
    calls = {name: count for name, count in spent.items() if name not in ("queries", "commits")}
    by_method = ", ".join(f"{count / number:g} {name}" for name, count in sorted(calls.items()))
    each = f"{spent['queries'] / number:.1f} statements, {spent['commits'] / number:.1f} commits"
    return [Figure(bar="cost", what=what, measured=f"{each}; {by_method}")]


def _conversation(spent: Counter[str]) -> list[Figure]:
    """The calls of the whole, against what they may be."""
    updates, marks = spent["chat.update"], spent["reactions.add"] + spent["reactions.remove"]
    lines = 3
    return [
        _most(
            "posts: card, profile, two state lines, and one for each of the customer's 11 messages",
            spent["chat.postMessage"],
            2 + lines - 1 + 11,
        ),
        _most("updates of the card", updates, 6),
        _most("marks on ten answers", marks, 10),
        exactly("L10", "calls that show how long somebody waits", spent["views.publish"], 0),
    ]


def _most(what: str, found: int, most: int) -> Figure:
    return Figure(
        bar="L10", what=what, measured=str(found), must=f"≤ {most}", holds=found <= most, binds=True
    )
