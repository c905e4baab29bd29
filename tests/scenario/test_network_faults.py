"""Whatever an account's network does to a call, several times each: the agent's screen tells the truth."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from models import Message, MessageState
from tests.scenario.acts import quiet, says, stored
from tests.scenario.world import ANA, FAST, World, database_url, the_world

CERTAIN = ("500", "429")
DOUBTFUL = ("no_answer", "lost_answer", "html")
FINAL = ("refused", "window", "blocked")
FULL = bool(os.environ.get("ORATIO_TORTURE"))
CUSTOMERS = ("mia", "tom")
PATIENT = replace(FAST, retry_base=timedelta(milliseconds=10), retry_cap=timedelta(milliseconds=50))


def arrived(world: World, who: str) -> list[str]:
    return [message.text for message in world.provider.shown if message.to == who]


async def _settled() -> bool:
    return not await Message.exists(author=ANA, state=MessageState.QUEUED)


@pytest.mark.parametrize(("idempotent", "each"), [(False, 50 if FULL else 3), (True, 50 if FULL else 2)])
async def test_every_fault_of_the_network_again_and_again(
    tmp_path: Path, idempotent: bool, each: int
) -> None:
    faults = [kind for kind in (*CERTAIN, *DOUBTFUL, *FINAL, "") for _ in range(each)]
    random.Random(7).shuffle(faults)
    async with the_world(tmp_path, database_url(tmp_path), idempotent=idempotent, durations=PATIENT) as world:
        world.provider.retry_after = "0.05"
        cards = {who: await world.conversation(who) for who in CUSTOMERS}
        for number, fault in enumerate(faults):
            world.provider.fault(fault, verb="send")
            who = CUSTOMERS[number % len(CUSTOMERS)]
            await says(world, ANA, cards[who], f"{who} {number}")
        await world.provider.until(lambda: world.provider.faults_left == 0, timeout=10 * each)
        await stored(_settled, 10 * each)
        await quiet(world)

        copies = Counter(text for who in CUSTOMERS for text in arrived(world, who))
        states = {m.text: (m.state, m.slack_ts or "") for m in await Message.filter(author=ANA)}
        assert len(states) == len(faults)
        assert max(copies.values()) == 1, "nothing is doubled"
        for text, (state, ts) in states.items():
            marks = world.reactions(ts)
            if state is MessageState.SENT:
                assert copies[text] == 1, text
                assert marks <= {"white_check_mark"}, (text, marks)
            elif state is MessageState.FAILED:
                assert (copies[text], marks) == (0, {"warning"}), text
            else:
                assert (state, marks) == (MessageState.UNCERTAIN, {"grey_question"}), text
        ended = Counter(state for state, _ in states.values())
        lost, unsure = ended[MessageState.FAILED], ended[MessageState.UNCERTAIN]
        if idempotent:  # a refusal of what was repeated doesn't say that it hadn't arrived
            assert lost + unsure == each * len(FINAL)
        else:
            assert (lost, unsure) == (each * len(FINAL), each * len(DOUBTFUL))
        for who in CUSTOMERS:
            numbers = [int(text.partition(" ")[2]) for text in arrived(world, who)]
            assert numbers == sorted(numbers), "in the order they were written"
