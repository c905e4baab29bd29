"""Hours, reminders and routes as they stand in the file, and the sentence for what is wrong there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.configfile import place_of, read_file
from bot.exits import ConfigError
from bot.schedules import Schedule, read_routes, read_schedules
from desk.hours import ALWAYS, Hours, Span
from desk.reminders import Reminders, Step
from desk.routing import Route

ACCOUNT = """
[[accounts]]
network = "webchat"
name = "{name}"
title = "Acme Shop"
channel = "#support"
origins = ["https://shop.example.com"]
secret = "env:CHAT_SECRET"
"""
ONE = ACCOUNT.format(name="shop")
HOURS = """
[hours]
zone = "Europe/Vienna"
open = ["mon-fri 09:00-12:30 13:30-17:00", "Sat 10:00-14:00"]
"""


def schedules(folder: Path, text: str) -> list[Schedule]:
    keys, accounts, place = parsed(folder, text)
    return read_schedules(keys, accounts, place)


def parsed(folder: Path, text: str):
    path = folder / "oratio.toml"
    path.write_text(text)
    place = place_of(path)
    return *read_file(place, {"CHAT_SECRET": "a" * 32}), place


def routes(folder: Path, text: str) -> tuple[Route, ...]:
    keys, _, place = parsed(folder, text)
    return read_routes(keys.routes, place)


def test_who_says_nothing_is_always_there_and_reminds_nobody(tmp_path: Path) -> None:
    assert schedules(tmp_path, ONE) == [Schedule(hours=ALWAYS, reminders=None)]
    assert routes(tmp_path, ONE) == ()


def test_a_week_of_the_whole_team_and_one_of_an_account(tmp_path: Path) -> None:
    more = 'holidays = [2026-12-24]\ncountry = "DE-BY"\n[reminders]\ngroup_after = 30\n'
    own = '[accounts.hours]\nzone = "UTC"\nopen = ["fri-mon 22:00-6:00"]\n[accounts.reminders]\n'
    shop, night = schedules(tmp_path, HOURS + more + ONE + ACCOUNT.format(name="night") + own)
    week = [span for span in shop.hours.week if span.weekday == 0]
    assert week == [Span(weekday=0, start=540, end=750), Span(weekday=0, start=810, end=1020)]
    assert [span.weekday for span in shop.hours.week].count(5) == 1
    assert (shop.hours.zone, shop.hours.holidays) == (ZoneInfo("Europe/Vienna"), {date(2026, 12, 24)})
    assert not shop.hours.within(datetime(2027, 1, 6, 10, tzinfo=UTC)), "Epiphany, in Bavaria"
    assert shop.reminders == Reminders(after={Step.GROUP: timedelta(minutes=30)})
    assert night.hours == Hours(
        zone=ZoneInfo("UTC"), week=tuple(Span(weekday=day, start=1320, end=1800) for day in (4, 5, 6, 0))
    )
    assert night.reminders is None


def test_reminders_of_every_step(tmp_path: Path) -> None:
    steps = '[reminders]\nassignee_after = 15\ngroup_after = 30.5\nlead_after = 60\nlead = "U0LEAD0001"\n'
    (shop,) = schedules(tmp_path, HOURS + steps + ONE)
    assert shop.reminders == Reminders(
        after={
            Step.ASSIGNEE: timedelta(minutes=15),
            Step.GROUP: timedelta(minutes=30.5),
            Step.LEAD: timedelta(minutes=60),
        },
        lead="U0LEAD0001",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[hours]\nzone = "Europe/Viena"\nopen = ["fri 9:00-17:00"]',
            'line 2, [hours]: there is no time zone "Europe/Viena"; did',
        ),
        ('[hours]\nzone = "Europe"\nopen = ["fri 9:00-17:00"]', 'there is no time zone "Europe"'),
        ('[hours]\nzone = "../../etc/passwd"\nopen = ["fri 9:00-17:00"]', "there is no time zone"),
        (
            '[hours]\nzone = "UTC"',
            '"open" is missing (a list of days with their hours, each written like "mon-fri',
        ),
        ('[hours]\nzone = "UTC"\nopen = ["mo 9-17"]', '"open" must be a list of days with their hours'),
        ('[hours]\nzone = "UTC"\nopen = ["foo-fri 9:00-17:00"]', '"open" must be a list of days'),
        (
            '[hours]\nzone = "UTC"\nopen = ["fri 9:00-25:00"]',
            '"open" must have hours from 00:00 to 24:00, each with another end',
        ),
        ('[hours]\nzone = "UTC"\nopen = ["fri 9:00-9:00"]', 'not "fri 9:'),
        ('[hours]\nzone = "UTC"\nopen = ["fri 9:60-10:00"]', 'not "fri 9:'),
        ('[hours]\nzone = "UTC"\nopen = []', '"open" must be a list of days with their hours'),
        ('[hours]\nzone = "UTC"\nopen = ["mon-fri 9:00-12:30 12:00-17:00"]', "some hours of mon twice"),
        ('[hours]\nzone = "UTC"\nopen = ["sun 22:00-6:00", "mon 5:00-9:00"]', "some hours of mon twice"),
        (
            '[hours]\nzone = "UTC"\nopen = ["fri 9:00-17:00"]\nadmins = []',
            '"admins" belongs at the top of the',
        ),
        ('[hours]\nzone = "UTC"\nopen = "fri"', '"open" must be a list of days with their hours'),
        (
            '[hours]\nzone = "UTC"\nopen = ["fri 9:00-17:00"]\nholidays = ["24.12."]',
            '"holidays" must be a list of dates such as',
        ),
        (
            '[hours]\nzone = "UTC"\nopen = ["fri 9:00-17:00"]\ncountry = "XX"',
            '"country" must be a country, or a part of one',
        ),
        (
            '[hours]\nzone = "UTC"\nopen = ["fri 9:00-17:00"]\ncountry = "DE-XX"',
            'such as AT or DE-BY, not "DE-XX"',
        ),
        (
            '[hours]\nzone = "UTC"\nopen = ["fri 9:00-17:00"]\nopens = []',
            'unknown key "opens"; did you mean "open"?',
        ),
        (
            "[reminders]\ngroup_after = 30",
            "[reminders]: reminders need [hours], so that nobody is reminded at night",
        ),
        (
            HOURS + "[reminders]\nlead_after = 30",
            '"lead" says who and "lead_after" when, so each needs the other',
        ),
        (HOURS + '[reminders]\nlead = "U0LEAD0001"', "so each needs the other"),
        (
            HOURS + "[reminders]\nassignee_after = 30\ngroup_after = 30",
            "each step must come later than the one before",
        ),
        (HOURS + "[reminders]\ngroup_after = 0", '"group_after" must be a number of minutes, not 0'),
        (
            HOURS + '[reminders]\nlead_after = 9\nlead = "Ana"',
            '"lead" must be a Slack user id such as U0123ABCD',
        ),
        (
            '[[routes]]\nchannel = "#x"',
            "[[routes]] 1: a rule needs an account, a network, a language or words",
        ),
        ('[[routes]]\nlanguage = "de"', '"channel" is missing'),
        (
            '[[routes]]\nchannel = "x"\nlanguage = "de"',
            '"channel" must be a channel id such as C0123ABCD, or #name',
        ),
        (
            '[[routes]]\nchannel = "#x"\nlanguage = "German"',
            '"language" must be a language such as de, or de-AT',
        ),
        (
            '[[routes]]\nchannel = "#x"\nnetwork = "webchatt"',
            'unknown network "webchatt"; did you mean "webchat"?',
        ),
        (
            '[[routes]]\nchannel = "#x"\naccount = "shop"\nwords = []',
            '"words" must be a list of words, not []',
        ),
        ('[[routes]]\nchannel = "#x"\nwords = ["?!"]', '"words" must be a list of words'),
        ('[[routes]]\nchannel = "#x"\nword = ["refund"]', 'unknown key "word"; did you mean "words"?'),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        schedules(tmp_path, f"{text}\n{ONE}")
        routes(tmp_path, f"{text}\n{ONE}")
    assert words in caught.value.words
    assert caught.value.words.endswith((".", "?"))


def test_an_accounts_own_mistake_is_found_where_it_stands(tmp_path: Path) -> None:
    own = '[accounts.hours]\nzone = "UTC"\nopen = ["fri 9:00-17:00"]\n'
    wrong = own.replace('"UTC"', '"Mars"')
    with pytest.raises(ConfigError, match=r'line 21, \[accounts.hours\] of "night": there is no time zone'):
        schedules(tmp_path, ONE + own + ACCOUNT.format(name="night") + wrong)
    with pytest.raises(ConfigError, match=r'\[accounts.reminders\] of "shop": reminders need \[hours\]'):
        schedules(tmp_path, ONE + "[accounts.reminders]\ngroup_after = 5\n")


def test_rules_keep_their_order(tmp_path: Path) -> None:
    text = """
[[routes]]
channel = "#billing"
words = ["invoice", "money back"]
[[routes]]
channel = "C0GERMAN01"
account = "shop"
network = "webchat"
language = "de-AT"
"""
    assert routes(tmp_path, text + ONE) == (
        Route(channel="#billing", words=("invoice", "money back")),
        Route(channel="C0GERMAN01", account="shop", network="webchat", language="de-AT"),
    )
