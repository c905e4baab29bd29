"""By which words a customer is found: case and accents are forgiven, in every script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import names
from tests.unit.surfaces import FOREIGN


def finds(name: str, typed: str) -> bool:
    """Whether a filter finds a name, as the lists ask the database."""
    wanted, words = names.prefixes(typed), names.words_of(name)
    return bool(wanted) and all(any(s <= w < names.after(s) for s in each for w in words) for each in wanted)


FOUND = {
    ("Mia Krüger", "mi"),
    ("Mia Krüger", "KRU"),
    ("Mia Krüger", "krü"),
    ("Mia Krüger", "Krueg"),
    ("Mia Krüger", "kru mia"),
    ("Mia Krueger", "krüg"),
    ("Jörg Weiß", "weiss"),
    ("Jörg WEISS", "weiß"),
    ("Jörg Weiß", "JOERG"),
    ("İlker Işık", "ilker isik"),
    ("Ilker Isik", "İLKER ışık"),
    ("ISIL", "ısıl"),
    ("Łukasz Ørsted Þór Æble", "luk ors thor aeb"),
    ("Åse", "aase"),
    ("O'Brien-Smith", "o'b"),
    ("O’Brien-Smith", "smith"),
    ("王小明", "王"),
    ("王小明", "小明"),
    ("田中 ハナコ", "ハナ"),
    ("김민수", "민수"),
    ("김민수", "김"),
    ("مُحَمَّد علي", "محمد"),
    ("שָׁלוֹם", "שלום"),
    ("Ёлка", "елк"),
    ("Νίκος", "νικοσ"),
    ("ＭＩＡ", "mia"),
    ("Mi\u0301a", "mía"),
    ("हिन्दी", "हिन्"),
    ("Mia 😀 99", "99"),
}
MISSED = {
    ("Mia Krüger", "ia"),
    ("Mia Krüger", "mia x"),
    ("Mia Krüger", "%"),
    ("Mia Krüger", "m_a"),
    ("Mia Krüger", "miaa"),
    ("हिन्दी", "हुन्"),
    ("ハナ", "バナ"),
    ("😀", "😀"),
    ("", "a"),
}


@pytest.mark.parametrize(("name", "typed"), sorted(FOUND))
def test_found(name: str, typed: str) -> None:
    assert finds(name, typed)


@pytest.mark.parametrize(("name", "typed"), sorted(MISSED))
def test_not_found(name: str, typed: str) -> None:
    assert not finds(name, typed)


@given(st.text(max_size=60))
def test_every_name_is_found_by_itself_in_any_case(name: str) -> None:
    assert finds(name, name) is bool(names.prefixes(name)) or len(name.split()) > 8
    for word in names.words_of(name):
        assert word.decode() and len(word) <= 255


@pytest.mark.parametrize("kind", FOREIGN)
def test_no_name_is_too_much(kind: str) -> None:
    assert len(names.words_of(FOREIGN[kind] * 20)) <= 40
    assert len(names.prefixes(FOREIGN[kind] * 20)) <= 8
