"""When too many wait: the post begins, changes and ends; and does none of it too often."""

from __future__ import annotations

import pytest

from desk.conversations.crowding import Next, Queue, decide


def queue(*, crowded: bool = True, may_redraw: bool = True, count: int, long: int = 0) -> Queue:
    return Queue(crowded=crowded, shown=12, may_redraw=may_redraw, count=count, long=long)


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (queue(crowded=False, count=10, long=10), Next.NOTHING),
        (queue(crowded=False, count=300, long=10), Next.NOTHING),
        (queue(crowded=False, count=11, long=11), Next.BEGIN),
        (queue(count=12), Next.NOTHING),
        (queue(count=13), Next.REDRAW),
        (queue(count=1), Next.REDRAW),
        (queue(count=13, may_redraw=False), Next.NOTHING),
        (queue(count=0, may_redraw=False), Next.END),
        (queue(count=40, long=40), Next.REDRAW),
        (queue(crowded=False, count=0), Next.NOTHING),
    ],
)
def test_what_becomes_of_the_post(found: Queue, what: Next) -> None:
    assert decide(found) is what
