"""What stands out in an agent's words, read off Slack's rich text as stretches of the plain text."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from desk.conversations import styled
from desk.slack.mrkdwn import read_message
from desk.slack.styles import within
from models import Message
from networks.base import Style, StyleKind

QUICK = settings(max_examples=100)
LEAF = st.fixed_dictionaries(
    {"type": st.just("text"), "text": st.text(max_size=12)},
    optional={
        "style": st.dictionaries(st.sampled_from(["bold", "italic", "strike", "code", "new"]), st.booleans())
    },
)


def said(*containers: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """The text, and each stretch of it with its style."""
    found = read_message({"blocks": [{"type": "rich_text", "elements": list(containers)}]}, lambda _: "Ben")
    return found.text, shown(found.text, found.styles)


def shown(text: str, styles: tuple[Style, ...]) -> list[tuple[str, str]]:
    return [(text[each.start : each.start + each.length], each.kind.value) for each in styles]


def section(*leaves: dict[str, Any], kind: str = "rich_text_section") -> dict[str, Any]:
    return {"type": kind, "elements": list(leaves)}


def leaf(text: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def test_styles_are_stretches_of_the_text() -> None:
    assert said(
        section(
            leaf("  Dear "), leaf("Mia ", bold=True), leaf("and\nTom", italic=True, strike=True), leaf("!\n")
        )
    ) == ("Dear Mia and\nTom!", [("Mia", "bold"), ("and\nTom", "italic"), ("and\nTom", "strike")])


def test_code_is_code_alone_and_line_ends_are_not_doubled() -> None:
    assert said(
        section(leaf("Run\n", bold=True)),
        section(leaf("a = "), leaf("1\n", bold=True), kind="rich_text_preformatted"),
        section(leaf("ok", code=True)),
    ) == ("Run\na = 1\nok", [("Run", "bold"), ("a = 1", "code"), ("ok", "code")])


def test_mentions_lists_quotes_and_links_keep_styles_in_their_place() -> None:
    link = {"type": "link", "url": "https://a.example", "text": "here", "style": {"bold": True}}
    user = {"type": "user", "user_id": "U1", "style": {"bold": True}}
    bullets = {"type": "rich_text_list", "style": "bullet", "elements": [section(leaf("one", bold=True))]}
    quote = section(leaf("so\nit is", italic=True), kind="rich_text_quote")
    text, styles = said(section(user, leaf(" see "), link), bullets, quote)
    assert text == "@Ben see here (https://a.example)\n• one\n> so\n> it is"
    assert styles == [
        ("here (https://a.example)", "bold"),
        ("one", "bold"),
        ("so\n> it is", "italic"),
    ]


def test_what_looks_like_our_marks_is_only_left_out() -> None:
    assert said(section(leaf("a\x01b\x03c\x02d", bold=True))) == ("abcd", [("abcd", "bold")])
    assert read_message({"text": "a\x01b\x03c\x02 *d*"}, lambda _: None).text == "abc *d*"


@QUICK
@given(leaves=st.lists(LEAF, max_size=5), kind=st.sampled_from(["rich_text_section", "rich_text_quote"]))
def test_styles_never_change_the_words_nor_leave_them(leaves: list[dict[str, Any]], kind: str) -> None:
    bare = [{"type": "text", "text": each["text"]} for each in leaves]
    text, styles = said(section(*leaves, kind=kind))
    assert text == said(section(*bare, kind=kind))[0]
    assert all(words.strip() for words, _ in styles)


def test_each_part_has_its_own_and_of_other_words_nothing_is_said() -> None:
    bold = Style(start=4, length=9, kind=StyleKind.BOLD)
    message = Message(styles=styled.kept("One two three", (bold,)))
    assert shown("two three", styled.of(message, "One two three", "One two three", "two three")) == [
        ("two three", "bold")
    ]
    assert shown("One two ", styled.of(message, "One two three", "One two three", "One two ")) == [
        ("two ", "bold")
    ]
    assert styled.of(message, "One two three", "One two three\na link", "a link") == ()
    assert styled.of(message, "One two four", "One two four", "two four") == ()
    assert styled.of(message, "One two three", "One two three", "another") == ()
    assert styled.kept("One", ()) == {}
    assert styled.of(Message(styles={}), "One", "One", "One") == ()
    assert within((bold,), 13, 5) == ()
