"""The benchmarks' own arithmetic: what is printed must be what was measured."""

from __future__ import annotations

import math

import pytest

from benchmarks.figures import (
    Figure,
    Verdict,
    at_most,
    exactly,
    failed,
    kept,
    percentile,
    ratio,
    ratio_at_least,
    ratio_at_most,
)
from benchmarks.load import Run, request, steadily
from benchmarks.measured import Counted
from benchmarks.pacing import Seen
from tests.orders import ORDER, Order, Shop


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile(values, 0.99)) == (50, 95, 99)
    assert (percentile(values, 0), percentile(values, 1)) == (1, 100)
    assert percentile([7.0], 0.99) == 7
    assert math.isnan(percentile([], 0.5))


def test_a_ratio_to_nothing_is_none_and_holds_no_bar() -> None:
    assert ratio(1, 4) == 0.25
    assert math.isnan(ratio(1, 0))
    assert ratio_at_most("L4", "x", ratio(1, 0), 2).holds is False
    assert ratio_at_least("L3", "x", ratio(1, 0), 0.1).holds is False


def test_only_ratios_and_counts_fail_a_run() -> None:
    late = at_most("L1", "p99", 0.2, 0.1)
    wrong, right = exactly("L1", "taken", 99, 100), exactly("L1", "taken", 100, 100)
    slow, quick = ratio_at_least("L3", "per floor", 0.07, 0.08), ratio_at_most("L4", "per pace", 1.1, 1.1)
    stated = Figure(bar="floor", what="bare", measured="2,000/s")
    assert failed([late, wrong, right, slow, quick, stated]) == [wrong, slow]
    assert [each.verdict for each in (late, right, stated)] == [Verdict.MISSES, Verdict.HOLDS, Verdict.STATED]
    assert (late.measured, late.must, wrong.measured) == ("200.0 ms", "< 100 ms", "99")


def test_a_burst_comes_on_top_of_what_is_steady() -> None:
    due = steadily(10, 2, bursts=[1], of=5)
    assert len(due) == 25
    assert due == sorted(due)
    assert sum(1 <= at < 2 for at in due) == 15


def test_a_request_is_whole() -> None:
    sent = request("http://127.0.0.1:80/a/b", b"{}", {"X-A": "1"})
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"POST /a/b HTTP/1.1",
        b"Host: 127.0.0.1:80",
        b"Content-Length: 2",
        b"X-A: 1",
    ]
    assert body == b"{}"


def test_a_run_counts_its_answers() -> None:
    run = Run()
    run.note(200, 0.1)
    run.note(500, 0.3)
    run.seconds = 4
    assert (run.rate, run.statuses[200], run.statuses[500]) == (0.5, 1, 1)
    assert Run().rate == 0


def test_what_is_lost_doubled_or_swapped_is_seen() -> None:
    written = {"in-0-00000": 10.0, "in-0-00001": 11.0, "in-0-00002": 12.0}
    first, second, third = written
    right = Seen(written, {"p0x0": [(first, 12.0), (second, 12.0), (third, 15.0)]})
    assert (right.lost, right.doubled, right.swapped) == (0, 0, 0)
    assert right.delays(written) == [2.0, 1.0, 3.0]
    wrong = Seen(written, {"p0x0": [(second, 12.0), (first, 13.0), (second, 14.0)]})
    assert (wrong.lost, wrong.doubled, wrong.swapped) == (1, 1, 1)
    assert wrong.delays([second, third]) == [1.0, math.inf], "seen for the first time; never"


def test_statements_and_commits_are_counted_inside_and_outside_of_transactions() -> None:
    counted = Counted()
    for sql in (
        "SELECT 1",
        "UPDATE a SET b = 1",
        "BEGIN",
        "INSERT INTO a VALUES (1)",
        "  DELETE FROM a",
        "COMMIT",
    ):
        counted.statement(sql)
    for sql in ("BEGIN", "SELECT 1", "ROLLBACK"):
        counted.statement(sql)
    assert counted.found == {"queries": 5, "commits": 2}


@pytest.mark.parametrize("app_token", [None, "xapp-1"])
def test_an_order_reaches_the_program(app_token: str | None) -> None:
    shop = Shop(name="shop0", channel="C1", agents=("U1",), hold=2.0, options={"url": "http://x"})
    given = Order(
        bot_token="xoxb",
        signing_secret="s",
        api_url="http://x/api/",
        database="sqlite:///tmp/a.db",
        data="data",
        shops=(shop,),
        durations={"lease": 2},
        app_token=app_token,
    )
    order = ORDER.validate_json(ORDER.dump_json(given))
    assert order == given
    config = order.configuration()
    assert config.socket_mode == bool(app_token)
    assert config.desk.durations.lease.total_seconds() == 2
    assert config.desk.accounts[0].undo_hold.total_seconds() == 2
    assert config.desk.accounts[0].agents == ("U1",)


def test_the_page_keeps_the_last_run_of_each_bar() -> None:
    once = kept("# Figures\n\nWords.\n", "at home", [exactly("L1", "taken", 100, 100)])
    some = kept(once, "abroad", [Figure(bar="floor", what="bare", measured="1,000/s")])
    assert some.replace("| floor | bare | 1,000/s |  |  |\n", "") == once, "what is said of the rest stays"
    floor, taken = Figure(bar="floor", what="bare", measured="2,000/s"), exactly("L1", "taken", 90, 100)
    again = kept(some, "abroad", [floor, taken])
    assert again.index("| L1 | taken | 90 |") < again.index("| floor |") and "| 100 | 100 |" not in again
    assert once.startswith("# Figures\n\nWords.\n\n## ")
    assert "| L1 | taken | 100 | 100 | holds |" in once
    assert "at home" in once and "at home" not in again
    assert again.endswith("| floor | bare | 2,000/s |  |  |\n")
