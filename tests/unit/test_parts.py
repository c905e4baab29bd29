"""Cutting a message into parts loses nothing, exceeds nothing, and breaks no character."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.delivery.parts import FileToSend, PlannedPart, measure, plan, split
from networks.capabilities import Capabilities, LengthUnit, MediaKind, Support, TextLimit

FAMILY = "👨\u200d👩\u200d👧"
FLAG = "🇩🇪"
TONE = "👍\U0001f3fd"
COMBINED = "e\u0301\u0323"


def limit(length: int, unit: LengthUnit = LengthUnit.CODE_POINTS) -> TextLimit:
    return TextLimit(length=length, unit=unit)


def capabilities(text: TextLimit, caption: TextLimit | None = None) -> Capabilities:
    return Capabilities(
        text_limit=text,
        caption_limit=caption,
        send={},
        receive={},
        reply_window=timedelta(days=1),
        edits=Support.NATIVE,
        deletions=Support.NATIVE,
        reactions=Support.NATIVE,
        typing=Support.NATIVE,
        receipts=Support.NATIVE,
        replies=Support.NATIVE,
        idempotent_send=True,
    )


pieces_of_text = st.one_of(
    st.text(max_size=30),
    st.text(st.characters(), max_size=10),  # with lone surrogates
    st.sampled_from(
        [
            " ",
            "\n",
            "\n\n",
            "\r\n",
            "word ",
            "x" * 50,
            FAMILY,
            FLAG,
            TONE,
            COMBINED,
            "\u200d",
            "\u1100\u1161",
            "é",
            "漢",
        ]
    ),
)
texts = st.lists(pieces_of_text, max_size=25).map("".join)
limits = st.builds(limit, st.integers(4, 60), st.sampled_from(LengthUnit))


@given(texts, limits)
def test_parts_fit_and_give_the_text_back(text: str, most: TextLimit) -> None:
    pieces = split(text, most)
    assert "".join(pieces) == text
    assert all(pieces)
    assert all(measure(piece, most.unit) <= most.length for piece in pieces)


@given(texts, limits)
def test_a_plan_leaves_out_nothing_but_white_space(text: str, most: TextLimit) -> None:
    parts = plan(text, [], capabilities(most))
    assert "".join("".join(part.text.split()) for part in parts) == "".join(text.split())
    assert all(part.text.strip() for part in parts)


@given(
    st.lists(st.sampled_from([FAMILY, FLAG, TONE, COMBINED, "a", " "]), max_size=40),
    st.sampled_from(LengthUnit),
)
def test_no_visible_character_is_cut(characters: list[str], unit: LengthUnit) -> None:
    seen: list[str] = []
    for piece in split("".join(characters), limit(30, unit)):
        rest = piece
        while rest:
            found = next(c for c in (FAMILY, FLAG, TONE, COMBINED, "a", " ") if rest.startswith(c))
            seen.append(found)
            rest = rest.removeprefix(found)
    assert seen == characters


@given(st.integers(1, 3), st.sampled_from(LengthUnit), st.text(max_size=20))
def test_a_limit_under_one_character_still_ends(length: int, unit: LengthUnit, text: str) -> None:
    assert "".join(split(text, limit(length, unit))) == text


@pytest.mark.parametrize(
    ("text", "length", "pieces"),
    [
        ("", 5, []),
        ("12345", 5, ["12345"]),
        ("one two three", 8, ["one two ", "three"]),
        ("one two", 3, ["one", " ", "two"]),
        ("one two  three", 9, ["one two  ", "three"]),
        ("first line\nsecond line", 15, ["first line\n", "second line"]),
        ("a b c d\n\ne f g", 10, ["a b c d\n\n", "e f g"]),
        ("a\nbb bb bb bb", 10, ["a\nbb bb ", "bb bb"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        (f"{FAMILY}{FAMILY}", 7, [FAMILY, FAMILY]),
        (FLAG * 3, 3, [FLAG, FLAG, FLAG]),
        ("a\r\nb" * 2, 6, ["a\r\n", "ba\r\nb"]),
    ],
)
def test_where_the_cut_falls(text: str, length: int, pieces: list[str]) -> None:
    assert split(text, limit(length)) == pieces


@pytest.mark.parametrize(
    ("unit", "length"), [(LengthUnit.CODE_POINTS, 2), (LengthUnit.UTF16, 3), (LengthUnit.BYTES, 5)]
)
def test_units_count_differently(unit: LengthUnit, length: int) -> None:
    assert measure("a😀", unit) == length
    assert split("a😀a😀", limit(length, unit)) == ["a😀", "a😀"]


def test_a_tower_of_marks_is_cut_where_the_limit_says() -> None:
    pieces = split("e" + "\u0301" * 5000, limit(1000))
    assert [len(piece) for piece in pieces] == [1000, 1000, 1000, 1000, 1000, 1]


class TestPlanning:
    FILES = (FileToSend(id=7, kind=MediaKind.PICTURE), FileToSend(id=8, kind=MediaKind.DOCUMENT))

    def test_text_alone(self) -> None:
        assert plan("hi", [], capabilities(limit(10))) == (PlannedPart(text="hi"),)

    def test_nothing_is_no_part(self) -> None:
        assert plan(" \n", [], capabilities(limit(10))) == ()

    def test_a_caption_stands_on_the_first_file(self) -> None:
        parts = plan("hi", self.FILES, capabilities(limit(10), limit(2)))
        assert parts == (PlannedPart(text="hi", attachment_id=7), PlannedPart(attachment_id=8))

    def test_a_text_too_long_for_a_caption_goes_first_and_whole(self) -> None:
        parts = plan("hello", self.FILES, capabilities(limit(10), limit(4)))
        assert parts == (
            PlannedPart(text="hello"),
            PlannedPart(attachment_id=7),
            PlannedPart(attachment_id=8),
        )

    def test_without_captions_the_text_goes_first(self) -> None:
        parts = plan("hi", self.FILES[:1], capabilities(limit(10)))
        assert parts == (PlannedPart(text="hi"), PlannedPart(attachment_id=7))

    def test_the_text_goes_before_a_file_whose_kind_carries_none(self) -> None:
        pictures = replace(capabilities(limit(10), limit(10)), captioned=frozenset({MediaKind.PICTURE}))
        first, second = self.FILES
        assert plan("hi", [first], pictures) == (PlannedPart(text="hi", attachment_id=7),)
        parts = plan("hi", [second, first], pictures)
        assert parts == (PlannedPart(text="hi"), PlannedPart(attachment_id=8), PlannedPart(attachment_id=7))

    def test_files_go_together_where_a_network_carries_them_so(self) -> None:
        together = replace(capabilities(limit(10), limit(10)), together=100)
        sizes = (60, 40, 1, 100, 250, 0)
        files = [
            FileToSend(id=n, kind=MediaKind.DOCUMENT, size=size) for n, size in enumerate(sizes, start=1)
        ]
        assert plan("hi", files, together) == (
            PlannedPart(text="hi", attachment_id=1, others=(2,)),
            PlannedPart(attachment_id=3),
            PlannedPart(attachment_id=4),
            PlannedPart(attachment_id=5, others=(6,)),
        )

    def test_files_alone_have_no_text(self) -> None:
        parts = plan("  ", self.FILES[:1], capabilities(limit(10), limit(10)))
        assert parts == (PlannedPart(attachment_id=7),)

    def test_the_captions_own_unit_counts(self) -> None:
        parts = plan("😀", self.FILES[:1], capabilities(limit(10), limit(1, LengthUnit.UTF16)))
        assert parts == (PlannedPart(text="😀"), PlannedPart(attachment_id=7))
