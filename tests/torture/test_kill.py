"""`kill -9` at random moments under traffic in both directions: nothing lost, nothing doubled."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.postgres import Postgres
from tests.torture.run import Plan, Report, reckoning, torture
from tests.torture.stage import Stage, rooms, the_stage

SEED = 20


def check(stage: Stage, plan: Plan, report: Report) -> None:
    """What holds after every run."""
    print(f"\nseed {plan.seed}: {report.lines()}")  # noqa: T201 - the figures are what the test is for
    if stage.order.app_token is None:
        assert stage.slack.events_lost == [], "the stand-in gave up events: the run says nothing"
    assert reckoning(stage, plan) == []
    assert Counter(stage.cards()) == Counter(r.who for r in rooms(plan.rooms)), "cards missing or doubled"
    assert report.doubted <= report.rows["parts"], "doubts about parts that no kill interrupted"
    assert min(report.inbound, report.outbound) >= plan.each_way


async def test_fifty_kills_on_sqlite(tmp_path: Path) -> None:
    plan = Plan(seed=SEED, kills=50, rooms=24, each_way=1_000)
    async with the_stage(tmp_path, f"sqlite://{tmp_path / 'oratio.db'}") as stage:
        report = await torture(stage, plan)
        check(stage, plan, report)
    assert report.found["posts"] >= 10
    assert report.found["parts"] >= 10
    assert report.found["uploads"] >= 5


@pytest.mark.postgres
async def test_ten_kills_on_postgres(tmp_path: Path, postgres: Postgres) -> None:
    """Nobody knows there that the dead process was the only one: its leases have to run out."""
    plan = Plan(seed=SEED + 1, kills=10, rooms=20, each_way=200)
    with postgres.database() as url:
        async with the_stage(tmp_path, url) as stage:
            report = await torture(stage, plan)
            check(stage, plan, report)
    assert sum(report.found.values()) >= 6


async def test_kills_in_socket_mode(tmp_path: Path) -> None:
    """Slack repeats nothing to an app without a socket: what agents wrote meanwhile is read back."""
    plan = Plan(seed=SEED + 2, kills=8, rooms=12, each_way=160)
    async with the_stage(tmp_path, f"sqlite://{tmp_path / 'oratio.db'}", http=False) as stage:
        report = await torture(stage, plan)
        check(stage, plan, report)
        missed = [event for event in stage.slack.events_lost if event["reason"] == "no_socket"]
    print(f"{len(missed)} events met no socket")  # noqa: T201 - likewise
    assert len(missed) >= 10
