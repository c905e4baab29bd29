"""What every message, press and round asks SQLite is found by an index that leads to few rows.

SQLite chooses by the statement and the indexes alone, so a nearly empty database tells.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from desk.conversations import crowding, gap, housekeeping, reminding
from models.database import connection
from tests.scenario.acts import marked, quiet, says
from tests.scenario.hands import press
from tests.scenario.world import ANA, BEN, World, database_url, the_world

_LARGE = ("message", "delivery", "conversation", "contact", "post", "seen_event", "conversation_event")
_STEP = re.compile(r"(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX \w+ \((.*)\)| USING (?:INTEGER )?.*)?$")
_ALIASES = tuple("debw")
"""What queue.py calls the outbox."""
_OF_EVERYBODY = ("workspace_id=?", "account_id=?")
"""Indexes that lead to all there is."""


async def test_nothing_that_happens_all_day_looks_at_everything(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        await world.conversation("tom", "Are you there?")
        await quiet(world)
        asked = await _asked_meanwhile(world)
        assert len(asked) > 80
        wide = {sql: steps for sql in sorted(asked) if (steps := await _wide(sql))}
        assert wide == {}


async def _asked_meanwhile(world: World) -> set[str]:
    """The statements of a short day."""
    asked: set[str] = set()
    conn: Any = connection()
    for each in (conn._connection, conn._reader):
        await each.set_trace_callback(asked.add)
    ts = await world.conversation("mia", "Hello?")
    await press(world, ANA, ts, "conversation.assign_me")
    said = await says(world, ANA, ts, "Good morning")
    await marked(world, said, "white_check_mark")
    await world.writes("mia", "I have a question")
    await says(world, BEN, ts, "note: who knows?")
    await says(world, ANA, ts, "!close")
    await quiet(world)
    await world.writes("mia", "And another one")
    await quiet(world)
    for look in (housekeeping.measure, reminding.look, crowding.look):
        await look(world.app.desk)
    await gap.read_back(world.app.desk, lambda _: quiet(world))
    for each in (conn._connection, conn._reader):
        await each.set_trace_callback(None)
    return asked


async def _wide(sql: str) -> list[str]:
    """The steps of SQLite's plan that look at a large table as a whole, or at all of a workspace's rows."""
    if not sql.lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
        return []
    rows = await connection().execute_query_dict(f"EXPLAIN QUERY PLAN {sql}")
    return [row["detail"] for row in rows if _is_wide(row["detail"])]


def _is_wide(step: str) -> bool:
    found = _STEP.match(step)
    if found is None or (found[2] not in _LARGE and found[2] not in _ALIASES):
        return False
    return found[1] == "SCAN" or found[3] in _OF_EVERYBODY
