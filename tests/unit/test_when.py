"""Times as people write them, read where they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desk.conversations.when import Until, Wrong, check, read

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 13, 30, tzinfo=UTC)  # a Wednesday, 14:30 in Berlin


@pytest.mark.parametrize(
    ("words", "local"),
    [
        ("2h", "2026-11-25 16:30"),
        ("30m", "2026-11-25 15:00"),
        ("30 min", "2026-11-25 15:00"),
        ("1h30m", "2026-11-25 16:00"),
        ("1 hour and 30 minutes", "2026-11-25 16:00"),
        ("for 3 hours", "2026-11-25 17:30"),
        ("2d", "2026-11-27 14:30"),
        ("in 1 week", "2026-12-02 14:30"),
        ("tomorrow", "2026-11-26 09:00"),
        ("Tomorrow 14:15", "2026-11-26 14:15"),
        ("until tomorrow at 7pm", "2026-11-26 19:00"),
        ("today 17:00", "2026-11-25 17:00"),
        ("mon", "2026-11-30 09:00"),
        ("Monday", "2026-11-30 09:00"),
        ("mon 9:00", "2026-11-30 09:00"),
        ("on friday at 8", "2026-11-27 08:00"),
        ("until fri, noon", "2026-11-27 12:00"),
        ("wed 15:00", "2026-11-25 15:00"),
        ("wed", "2026-12-02 09:00"),
        ("next week", "2026-11-30 09:00"),
        ("17:00", "2026-11-25 17:00"),
        ("9:00", "2026-11-26 09:00"),
        ("9.05", "2026-11-26 09:05"),
        ("12am", "2026-11-26 00:00"),
        ("12 pm", "2026-11-26 12:00"),
        ("2026-12-24", "2026-12-24 09:00"),
        ("2026-12-24 18:30", "2026-12-24 18:30"),
        ("  2H.  ", "2026-11-25 16:30"),
    ],
)
def test_times_people_write(words: str, local: str) -> None:
    wanted = datetime.strptime(local, "%Y-%m-%d %H:%M").replace(tzinfo=BERLIN)
    assert read(words, NOW, BERLIN) == Until(wanted)


@pytest.mark.parametrize(
    "words", ["until they answer", "they reply", "Until the customer writes again", "until answer", "replies"]
)
def test_until_they_answer(words: str) -> None:
    assert read(words, NOW, BERLIN) == Until(None)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", Wrong.UNREADABLE),
        ("9", Wrong.UNREADABLE),
        ("h", Wrong.UNREADABLE),
        ("soon", Wrong.UNREADABLE),
        ("mo", Wrong.UNREADABLE),
        ("mon 25:00", Wrong.UNREADABLE),
        ("13pm", Wrong.UNREADABLE),
        ("9:61", Wrong.UNREADABLE),
        ("2026-02-30", Wrong.UNREADABLE),
        ("2h tomorrow", Wrong.UNREADABLE),
        ("tomorrow tomorrow", Wrong.UNREADABLE),
        ("0m", Wrong.OVER),
        ("today 9:00", Wrong.OVER),
        ("2026-11-24", Wrong.OVER),
        ("9999d", Wrong.TOO_FAR),
        ("2028-01-01", Wrong.TOO_FAR),
        ("9" * 200, Wrong.UNREADABLE),
        ("until " * 20_000, Wrong.UNREADABLE),
        ("1h " * 20_000, Wrong.UNREADABLE),
        ("9999w" * 12, Wrong.TOO_FAR),
    ],
)
def test_words_that_name_no_time_ahead(words: str, why: Wrong) -> None:
    assert read(words, NOW, BERLIN) is why


def test_the_clock_is_the_readers() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    assert read("tomorrow", NOW, tokyo) == Until(datetime(2026, 11, 26, 0, 0, tzinfo=UTC))
    assert read("9:00", NOW, UTC) == Until(datetime(2026, 11, 26, 9, 0, tzinfo=UTC))


def test_an_hour_that_a_clock_leaves_out_comes_an_hour_later() -> None:
    saturday = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert read("tomorrow 2:30", saturday, BERLIN) == Until(datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    assert read("tomorrow", saturday, BERLIN) == Until(datetime(2026, 3, 29, 7, tzinfo=UTC))


def test_a_time_of_a_picker() -> None:
    assert check(NOW, NOW) is Wrong.OVER
    assert check(NOW + timedelta(hours=1), NOW) == Until(NOW + timedelta(hours=1))
