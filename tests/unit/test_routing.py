"""Which rule fits a conversation that begins: the first whose every condition is met."""

from __future__ import annotations

import time

import pytest

from desk.routing import Opening, Route, concerns, fits, fitting, says, speaks


def opening(text: str = "Hello?", *, locale: str | None = None) -> Opening:
    return Opening(account="shop", network="telegraph", locale=locale, text=text)


def test_the_first_rule_that_fits_wins() -> None:
    money = Route(channel="#billing", words=("invoice", "refund"))
    german = Route(channel="#support-de", language="de")
    rest = Route(channel="#rest", account="shop")
    routes = (money, german, rest)
    assert fitting(routes, opening("An invoice, please", locale="de-AT")) is money
    assert fitting(routes, opening("Eine Frage", locale="de_AT")) is german
    assert fitting(routes, opening("Hello")) is rest
    assert fitting((money, german), opening("Hello", locale="en")) is None
    assert fitting((), opening()) is None


def test_every_condition_of_a_rule_must_be_met() -> None:
    strict = Route(channel="#x", account="shop", network="telegraph", language="de", words=("Rechnung",))
    assert fits(strict, opening("Die Rechnung?", locale="de"))
    assert not fits(strict, opening("Die Rechnung?"))
    assert not fits(strict, opening("Die Rechnungen?", locale="de"))
    other = Opening(account="other", network="telegraph", locale="de", text="Rechnung")
    assert not fits(strict, other)
    assert concerns(strict, "shop", "telegraph")
    assert not concerns(strict, "shop", "mail")
    assert not concerns(strict, "other", "telegraph")


@pytest.mark.parametrize(
    ("locale", "language", "fit"),
    [
        ("de-AT", "de", True),
        ("de_DE.UTF-8", "de", True),
        ("DE", "de", True),
        ("den", "de", False),
        ("de", "de-AT", False),
        ("pt-BR", "pt-br", True),
        ("pt-PT", "pt-BR", False),
        ("zh-Hans-CN", "zh-Hans", True),
        (None, "de", False),
        ("", "de", False),
    ],
)
def test_languages(locale: str | None, language: str, fit: bool) -> None:
    assert speaks(locale, language) is fit


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("Where is my REFUND?", "refund", True),
        ("refunds are due", "refund", False),
        ("pre-refund.", "refund", True),
        ("my_refund_form", "refund", True),
        ("Rückgabe bitte", "ruckgabe", True),
        ("Rueckgabe bitte", "Rückgabe", True),
        ("STRASSE", "straße", True),
        ("I want my money   back!", "money back", True),
        ("my money is back", "money back", False),
        ("cafe\u0301?", "café", True),
        ("返金してください", "返金", True),
        ("ขอคืนเงินครับ", "คืนเงิน", True),
        ("नमस्ते दुनिया", "दुनिया", True),
        ("", "refund", False),
        ("anything", "?!", False),
        ("x " * 5_000 + "refund", "refund", False),
    ],
)
def test_words(text: str, word: str, found: bool) -> None:
    assert says(text, ("elephant", word)) is found


def test_a_megabyte_is_read_in_a_moment() -> None:
    started = time.perf_counter()
    for worst in ("a" * 1_000_000, "a " * 500_000, "é" * 1_000_000, "a\u0301" * 500_000, "返" * 1_000_000):
        says(worst, ("refund", "返金", "a a a b"))
    assert time.perf_counter() - started < 0.5
