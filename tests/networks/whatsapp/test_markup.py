"""What agents set in bold or code, in WhatsApp's signs; and words that only look like signs."""

from __future__ import annotations

import time

import pytest

from networks._whatsapp_markup import to_markup
from networks.base import Style, StyleKind

J = "\u2060"
B, T, S, C = StyleKind.BOLD, StyleKind.ITALIC, StyleKind.STRIKE, StyleKind.CODE


def made(text: str, *styles: tuple[int, int, StyleKind], most: int = 4_096) -> str:
    return to_markup(text, [Style(start=a, length=n, kind=kind) for a, n, kind in styles], most)


@pytest.mark.parametrize(
    ("text", "styles", "drawn"),
    [
        ("It is now", [(6, 3, B)], "It is *now*"),
        ("It is now", [(5, 4, B)], "It is *now*"),  # signs stand at words
        ("a b c", [(0, 1, T), (2, 1, S), (4, 1, C)], "_a_ ~b~ ```c```"),
        ("both", [(0, 4, B), (0, 4, T)], "*_both_*"),
        ("ab cd", [(0, 5, B), (3, 2, T)], "*ab* *_cd_*"),
        ("one\ntwo", [(0, 7, B)], "*one*\n*two*"),  # a style ends with its line
        ("x *y* z", [(2, 3, C)], "x ```*y*``` z"),  # nothing is read inside code
        ("unbreakable", [(2, 3, B)], "unbreakable"),  # inside a word signs are shown as they are
        ("(now)", [(1, 3, B)], "(*now*)"),
        ("   ", [(0, 3, B)], "   "),
        ("", [], ""),
    ],
)
def test_styles_become_signs(text: str, styles: list[tuple[int, int, StyleKind]], drawn: str) -> None:
    assert made(text, *styles) == drawn


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("dial *21*0176# or *45*", f"dial {J}*21*0176# or {J}*45*"),
        ("an *old* one", f"an {J}*old* one"),
        ("my_file_name.pdf", "my_file_name.pdf"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("5 > 3 & <b>", "5 > 3 & <b>"),
        ("~/a and ~/b", "~/a and ~/b"),
        ("~gone~", f"{J}~gone~"),
        ("`x`", f"{J}`x`"),
        ("*one\ntwo*", "*one\ntwo*"),
    ],
)
def test_what_only_looks_like_signs_stays_what_it_is(text: str, drawn: str) -> None:
    assert made(text) == drawn


def test_a_text_without_room_goes_bare() -> None:
    assert made("abc", (0, 3, B), most=4) == "abc"
    assert made("*a*", most=3) == "*a*"
    assert made("abc", (0, 3, B), most=5) == "*abc*"


@pytest.mark.parametrize("piece", ["*", "*a", "*a ", "_ ", "`", "a*"])
def test_the_longest_text_takes_no_time(piece: str) -> None:
    began = time.process_time()
    made((piece * 4_096)[:4_096])
    assert time.process_time() - began < 0.5
