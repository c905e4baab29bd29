"""Formatted text: what becomes of entities, and what Telegram is given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks._telegram_markup import to_html, to_plain
from networks.base import Style, StyleKind
from tests.networks.telegram.requests import parsed

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)
ENTITY = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["text_link", "blockquote", "expandable_blockquote", "bold", "new"]),
        "offset": st.integers(-3, 70),
        "length": st.integers(-3, 70),
        "url": st.sampled_from(["https://a.example", "", None, 7]),
    }
)
BOLD, ITALIC, STRIKE, CODE = StyleKind
QUICK = settings(max_examples=100)


def link(
    offset: Any, length: Any, url: Any = "https://shop.example/a", kind: Any = "text_link"
) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, "url": url}


@pytest.mark.parametrize(
    ("text", "entities", "words"),
    [
        ("click here now", [link(6, 4)], "click here (https://shop.example/a) now"),
        ("🙂🙂 here", [link(5, 4)], "🙂🙂 here (https://shop.example/a)"),
        ("shop.example/a", [link(0, 14)], "shop.example/a"),
        ("https://shop.example/a/", [link(0, 23)], "https://shop.example/a/"),
        ("bank.example", [link(0, 12, "https://evil.example")], "bank.example (https://evil.example)"),
        ("one two", [link(4, 3, "b:2"), link(0, 3, "a:1")], "one (a:1) two (b:2)"),
        ("a\nb\nc", [link(0, 3, kind="blockquote")], "> a\n> b\nc"),
        ("a 🙂 b", [link(3, 2)], "a 🙂 b"),
        ("a b", [link(0, 9), link("0", 1), link(0, None), link(2, 0), 5, {}], "a b"),
        ("a b", {"offset": 0}, "a b"),
        ("a b", None, "a b"),
    ],
)
def test_entities_in_words(text: str, entities: object, words: str) -> None:
    assert to_plain(text, entities) == words


@QUICK
@given(text=ANY_TEXT, entities=st.lists(ENTITY, max_size=6))
def test_whatever_entities_say_no_character_is_lost(text: str, entities: list[Any]) -> None:
    left = iter(to_plain(text, entities))
    assert all(character in left for character in text)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("1 < 2 & <b>", "1 &lt; 2 &amp; &lt;b&gt;"),
        ("You said\n> a <i>\n> b\nand I say", "You said\n<blockquote>a &lt;i&gt;\nb</blockquote>\nand I say"),
        ("> a\n>\n> c", "<blockquote>a\n\nc</blockquote>"),
        (">:( no\n>= 5", "&gt;:( no\n&gt;= 5"),
        (">", ""),
        ("half \ud83d", "half \ufffd"),
    ],
)
def test_what_telegram_is_given(text: str, html: str) -> None:
    assert to_html(text) == html


@pytest.mark.parametrize(
    ("text", "styles", "html"),
    [
        ("a <b> c", [(2, 3, BOLD)], "a <b>&lt;b&gt;</b> c"),
        ("one two", [(0, 7, BOLD), (4, 3, ITALIC)], "<b>one </b><i><b>two</b></i>"),
        ("one two", [(0, 5, STRIKE), (2, 5, ITALIC)], "<s>on</s><s><i>e t</i></s><i>wo</i>"),
        ("a\nb\n\nc", [(0, 6, BOLD)], "<b>a</b>\n<b>b</b>\n\n<b>c</b>"),
        ("> a b", [(4, 1, BOLD)], "<blockquote>a <b>b</b></blockquote>"),
        ("> a\n> b", [(2, 5, ITALIC)], "<blockquote><i>a</i>\n<i>b</i></blockquote>"),
        ("> pip x", [(0, 7, CODE)], "<code>&gt; pip x</code>"),
        ("x y", [(0, 3, CODE), (0, 3, BOLD)], "<code>x y</code>"),
        ("👍🏽 x", [(3, 1, BOLD)], "👍🏽 <b>x</b>"),
        ("a", [(-5, 3, BOLD), (0, 0, BOLD), (7, 2, BOLD)], "a"),
    ],
)
def test_styles_become_tags(text: str, styles: list[tuple[int, int, StyleKind]], html: str) -> None:
    assert to_html(text, [Style(start=a, length=b, kind=kind) for a, b, kind in styles]) == html
    assert parsed(html, "HTML")


STYLE = st.builds(
    Style, start=st.integers(-3, 70), length=st.integers(-3, 70), kind=st.sampled_from(list(StyleKind))
)


@QUICK
@given(
    text=ANY_TEXT.filter(lambda text: "\r" not in text and "\x00" not in text),
    styles=st.lists(STYLE, max_size=4),
)
def test_telegram_can_always_parse_it_and_shows_every_word(text: str, styles: list[Style]) -> None:
    shown = parsed(to_html(text, styles), "HTML")
    kept = [line for line in text.split("\n") if not line.startswith(">")]
    left = iter(shown)
    visible = "".join(kept).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert all(character in left for character in visible)
