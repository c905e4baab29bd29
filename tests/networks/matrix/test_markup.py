"""Matrix's formatted text, both ways."""

from __future__ import annotations

import time

import pytest

from networks._matrix_markup import sendable, to_html, unquoted, with_links
from networks.base import Style, StyleKind

BOLD, ITAL, GONE, CODE = StyleKind.BOLD, StyleKind.ITALIC, StyleKind.STRIKE, StyleKind.CODE


def style(start: int, length: int, kind: StyleKind) -> Style:
    return Style(start=start, length=length, kind=kind)


@pytest.mark.parametrize(
    ("text", "styles", "html"),
    [
        ("plain & <simple>", (), None),
        ("a\nb", (), None),
        ("1 < 2 & bold", (style(8, 4, BOLD),), "1 &lt; 2 &amp; <strong>bold</strong>"),
        ("both", (style(0, 4, BOLD), style(0, 4, ITAL)), "<strong><em>both</em></strong>"),
        (
            "abc",
            (style(0, 2, BOLD), style(1, 2, GONE)),
            "<strong>a</strong><strong><del>b</del></strong><del>c</del>",
        ),
        ("two\nlines", (style(0, 9, CODE),), "<pre><code>two\nlines</code></pre>"),
        (
            "run\nif x:\n\n  <y>\nso",
            (style(4, 12, CODE),),
            "run<pre><code>if x:\n\n  &lt;y&gt;</code></pre>so",
        ),
        ("a b c", (style(2, 1, CODE),), "a <code>b</code> c"),
        ("👋 hi", (style(2, 2, ITAL),), "👋 <em>hi</em>"),
        ("> asked\n> twice\nyes", (), "<blockquote>asked<br>twice</blockquote>yes"),
        ("so\n>\nno", (), "so<blockquote></blockquote>no"),
        ("> x", (style(0, 3, CODE),), "<code>&gt; x</code>"),
        ("a>b", (), None),
        ("far", (style(7, 3, BOLD),), "far"),
    ],
)
def test_styles_and_quotes_become_html_and_the_rest_is_literal(
    text: str, styles: tuple[Style, ...], html: str | None
) -> None:
    assert to_html(text, styles) == html


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ("> <@a:b> hello\n\nyes", "yes"),
        ("> * <@a:b> waves\n> and more\n\nyes\n\nindeed", "yes\n\nindeed"),
        ("> <@a:b> hello\n\n> my own quote\nyes", "> my own quote\nyes"),
        ("> a quote of one's own\nyes", "> a quote of one's own\nyes"),
        ("> <@a:b> nothing more", ""),
        ("yes", "yes"),
    ],
)
def test_what_older_clients_put_before_an_answer_is_taken_off(body: str, own: str) -> None:
    assert unquoted(body) == own


@pytest.mark.parametrize(
    ("body", "html", "words"),
    [
        (
            "see here",
            '<a href="https://x.example/a?b=1&amp;c=2">here</a>',
            "see here (https://x.example/a?b=1&c=2)",
        ),
        (
            "see [here](https://x.example)",
            '<a href="https://x.example">here</a>',
            "see [here](https://x.example)",
        ),
        ("https://x.example", '<a href="https://x.example">https://x.example</a>', "https://x.example"),
        ("Lena: hi", '<a href="https://matrix.to/#/@lena:hs.example">Lena</a>: hi', "Lena: hi"),
        ("look", '<A HREF="mailto:a@x.example"><img></A>', "look (mailto:a@x.example)"),
        ("run", '<a href="javascript:alert(1)">run</a>', "run"),
        ("no", "<mx-reply><a href='https://x.example'>no</a></mx-reply>", "no"),
        ("<a", "<a href='https://x.example", "<a"),
        ("kept", None, "kept"),
        ("kept", 7, "kept"),
    ],
)
def test_an_address_behind_a_label_is_said(body: str, html: object, words: str) -> None:
    assert with_links(body, html) == words


def test_half_characters_and_controls_are_not_sent() -> None:
    assert sendable("a\ud83db\x00\x07c\r\nd\te") == "a\ufffdbc\nd\te"


@pytest.mark.parametrize(
    "html", ["<a" * 500_000, '<a href="https://x.example">x</a>' * 30_000, "<" * 1_000_000]
)
def test_the_worst_html_is_read_soon(html: str) -> None:
    began = time.process_time()
    with_links("x" * 65_536, html)
    assert time.process_time() - began < 0.5
