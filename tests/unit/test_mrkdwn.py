"""Slack's messages as plain text, and foreign text made safe for Slack."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.slack.emojis import picture, tinted
from desk.slack.literal import mention
from desk.slack.mrkdwn import (
    Said,
    clean,
    clean_name,
    command_of,
    escape,
    mentioned,
    note_of,
    read_message,
    split_words,
    unescape,
)
from desk.slack.text import POST_BYTES, POST_CHARS, clip, fallback, literal, one_line, weight

NAMES = {"U0BEN00001": "Ben", "S0TEAM0001": "support", "C0SUPPORT1": "support"}
property_test = settings(max_examples=300)
anything = st.text(st.characters(codec=None), max_size=400) | st.text(
    "<>&@!|:#*_ \n\x00\ud800a", max_size=400
)


def from_text(text: str) -> Said:
    return read_message({"text": text}, NAMES.get)


def rich(*elements: dict[str, Any]) -> Said:
    return read_message({"text": "other", "blocks": [{"type": "rich_text", "elements": elements}]}, NAMES.get)


def section(*leaves: dict[str, Any] | str) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": [leaf(x) for x in leaves]}


def leaf(value: dict[str, Any] | str) -> dict[str, Any]:
    return {"type": "text", "text": value} if isinstance(value, str) else value


def items(*texts: str, style: str = "bullet", **more: int) -> dict[str, Any]:
    return {"type": "rich_text_list", "style": style, "elements": [section(t) for t in texts], **more}


BEN = {"type": "user", "user_id": "U0BEN00001"}


@pytest.mark.parametrize(
    ("elements", "text"),
    [
        ([section("Hi ", {"type": "text", "text": "there", "style": {"bold": True}})], "Hi there"),
        ([section("Look:\n"), items("one", "two"), section("Bye")], "Look:\n• one\n• two\nBye"),
        ([items("a", "b", style="ordered")], "1. a\n2. b"),
        ([items("a", style="ordered"), items("x", indent=1), items("b", style="ordered", offset=1)],
         "1. a\n  • x\n2. b"),
        ([items("a", style="ordered"), items("x", style="ordered", indent=1), items("b", style="ordered")],
         "1. a\n  1. x\n2. b"),
        ([items("c", style="ordered", offset=2)], "3. c"),
        ([{"type": "rich_text_quote", "elements": [leaf("one\ntwo")]}, section("me")], "> one\n> two\nme"),
        ([{"type": "rich_text_preformatted", "elements": [leaf("x <= 1 && y")]}], "x <= 1 && y"),
        ([section({"type": "link", "url": "https://a.example/x"})], "https://a.example/x"),
        ([section({"type": "link", "url": "https://a.example", "text": "our shop"})],
         "our shop (https://a.example)"),
        ([section({"type": "link", "url": "https://a.example/", "text": "a.example"})], "https://a.example/"),
        ([section({"type": "link", "url": "mailto:a@b.example", "text": "a@b.example"})], "a@b.example"),
        ([section({"type": "link", "url": "http://acme.com", "text": "acme.com"})], "acme.com"),
        ([section({"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fd", "skin_tone": 4})], "👋🏽"),
        ([section({"type": "emoji", "name": "wave", "unicode": "1f44b", "skin_tone": 4})], "👋🏽"),
        ([section({"type": "emoji", "name": "tada"})], "🎉"),
        ([section({"type": "emoji", "name": "acme_logo"})], ":acme_logo:"),
        ([section({"type": "emoji", "name": "x", "unicode": "d800-zz"})], "❌"),
        ([section("Hi ", BEN, "!")], "Hi @Ben!"),
        ([section({"type": "user", "user_id": "U0STRANGE1"})], "@someone"),
        ([section({"type": "usergroup", "usergroup_id": "S0TEAM0001"})], "@support"),
        ([section({"type": "channel", "channel_id": "C0SUPPORT1"})], "#support"),
        ([section({"type": "broadcast", "range": "channel"})], "@channel"),
        ([section({"type": "date", "timestamp": 1795435200, "format": "{date}", "fallback": "23 Nov"})],
         "23 Nov"),
        ([section({"type": "date", "timestamp": 1795435200})], "2026-11-23 12:00 UTC"),
        ([section({"type": "color", "value": "#25D366"})], "#25D366"),
        ([section({"type": "newer_thing", "text": "kept"})], "kept"),
        ([section("&lt;b&gt; :smile:")], "&lt;b&gt; :smile:"),
    ],
)  # fmt: skip
def test_rich_text(elements: list[dict[str, Any]], text: str) -> None:
    assert rich(*elements).text == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<@U0BEN00001> hi", "@Ben hi"),
        ("<@W0UNKNOWN1|dora>", "@dora"),
        ("<#C0SUPPORT1|> and <#C9|sales>", "#support and #sales"),
        ("<!subteam^S0TEAM0001|@support>", "@support"),
        ("<!here> <!channel|channel> <!everyone>", "@here @channel @everyone"),
        ("<https://a.example?x=1&amp;y=2>", "https://a.example?x=1&y=2"),
        ("<https://a.example|our &lt;shop&gt;>", "our <shop> (https://a.example)"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<tel:+491701|+491701>", "+491701"),
        ("<!date^1795435200^{date}|23 Nov>", "23 Nov"),
        ("<!date^1795435200^{date}>", "2026-11-23 12:00 UTC"),
        (":wave::skin-tone-4: :tada: :acme: 12:30:45", "👋🏽 🎉 :acme: 12:30:45"),
        ("< not closed", "< not closed"),
        ("<>", ""),
        ("", ""),
    ],
)
def test_text_without_rich_text(text: str, plain: str) -> None:
    assert from_text(text).text == plain


def test_who_was_called() -> None:
    said = rich(section("Hi ", BEN, " and ", {"type": "usergroup", "usergroup_id": "S0TEAM0001"}, "!"))
    assert (said.users, said.groups, said.broadcast, said.mentions) == (
        {"U0BEN00001"},
        {"S0TEAM0001"},
        False,
        True,
    )
    assert from_text("<!here>").broadcast
    assert not from_text("@here is plain <#C9|x>").mentions
    assert from_text("<#C9|x>").channels == {"C9"}
    assert mentioned({"text": "<@U0BEN00001> <!subteam^S1> <#C9>"}) == {"U0BEN00001", "S1", "C9"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<@U0BEN00001> please look", "please look"),
        ("Thanks <@U0BEN00001>, it is done", "Thanks, it is done"),
        ("See <@U0BEN00001> <!here> there", "See there"),
        ("<@U0BEN00001>: hello", "hello"),
        ("one\n<@U0BEN00001>\ntwo", "one\n\ntwo"),
        ("no mention  here", "no mention  here"),
    ],
)
def test_the_same_without_mentions(text: str, left: str) -> None:
    assert from_text(text).without_mentions == left


def test_forwarded_messages_are_told_apart_and_their_words_stay_inside() -> None:
    said = read_message({"text": "fyi", "attachments": [{"is_share": True, "text": "secret"}]}, NAMES.get)
    assert said.is_forward
    assert said.text == "fyi"
    assert not from_text("x").is_forward


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "elements", "text", "url", "style", "indent", "offset", "unicode", "blocks"]
            ),
            inner
            | st.sampled_from(["rich_text", "rich_text_list", "rich_text_section", "emoji", "link", "date"]),
            max_size=4,
        )
    ),
    max_leaves=20,
)


@property_test
@given(json_values, json_values)
def test_no_shape_of_a_message_raises(blocks: object, text: object) -> None:
    said = read_message({"text": text, "blocks": blocks, "attachments": blocks}, NAMES.get)
    assert clean(said.text) == said.text


def test_deep_nesting_ends() -> None:
    element: dict[str, Any] = leaf("x")
    for _ in range(5_000):
        element = {"type": "rich_text_section", "elements": [element]}
    assert rich(element).text == "other"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("note: call him", "call him"),
        ("Note : call", "call"),
        ("NOTE:call", "call"),
        ("N: x", "x"),
        ("n :x", "x"),
        ("  n: x", "x"),
        ("📝 x", "x"),
        ("📝x", "x"),
        ("📝: x", "x"),
        (":memo: x", "x"),
        (":Memo:x", "x"),
        ("note：x", "x"),
        ("\u200bnote: x", "x"),
        ("*Note:* x", "x"),
        ("Note\u00a0: x", "x"),
        ("note:", ""),
        ("note:\nline", "line"),
        ("Notes: x", None),
        ("no: x", None),
        ("not n: x", None),
        ("A note: x", None),
        ("", None),
    ],
)
def test_notes(text: str, note: str | None) -> None:
    assert note_of(text) == note


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("!close", ("close", "", False)),
        (" !Assign @ben", ("Assign", " @ben", False)),
        ("！close", ("close", "", False)),
        ("!\u00a0 Close", ("Close", "", True)),
        ("!!", None),
        ("!\nx", None),
        ("a !b", None),
    ],
)
def test_words_that_begin_like_commands(text: str, word: tuple[str, str, bool] | None) -> None:
    assert command_of(text) == word


@property_test
@given(anything)
def test_escaping_loses_nothing(text: str) -> None:
    assert unescape(escape(text)) == text


@property_test
@given(anything)
def test_no_control_form_survives(text: str) -> None:
    for safe in (escape(text), literal(text), fallback(text), mention(text, text)):
        if not re.fullmatch(r"<@[UW][A-Z0-9]{1,30}>", safe):
            assert "<" not in safe
            assert ">" not in safe
    assert not re.search("@(here|channel|everyone|group)", fallback(text), re.IGNORECASE)


@property_test
@given(anything)
def test_what_slack_understands_is_what_the_customer_wrote(text: str) -> None:
    cleaned = clean(text).strip()
    if "\x00" not in text and not re.search(":[a-z0-9_+'-]+:", cleaned):
        assert from_text(escape(cleaned)).text == cleaned


@property_test
@given(anything)
def test_cleaned_text_can_be_stored_and_sent(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert "\x00" not in cleaned
    assert clean(cleaned) == cleaned


@property_test
@given(anything)
def test_names_are_visible_short_and_plain(name: str) -> None:
    shown = clean_name(name)
    assert 1 <= len(shown) <= 80
    assert clean_name(shown) == shown
    assert not re.search("[\x00-\x1f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", shown)
    assert shown == " ".join(shown.split())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Mia \n Krüger ", "Mia Krüger"),
        ("A\u202eb\u200bc", "Abc"),
        ("", "Someone"),
        ("\u200b\u2066 ", "Someone"),
        ("\u0301\u0301", "Someone"),
        ("\u3164", "Someone"),
        ("Z" + "\u0301" * 50, "Z" + "\u0301" * 4),
        ("M" * 81, "M" * 79 + "…"),
        ("🇩🇪" * 41, "🇩🇪" * 39 + "…"),
    ],
)
def test_names(name: str, shown: str) -> None:
    assert clean_name(name) == shown


def test_a_nameless_visitor_can_be_called_so() -> None:
    assert clean_name("\x00", empty="Visitor") == "Visitor"


@property_test
@given(st.text(st.characters(codec="utf-8"), max_size=600), st.integers(2, 40), st.integers(30, 200))
def test_split_pieces_give_the_text_back(text: str, chars: int, size: int) -> None:
    pieces = split_words(text, chars, size)
    assert "".join(pieces) == clean(text)
    assert all(1 <= len(p) <= chars and weight(p) <= size for p in pieces)


@pytest.mark.parametrize("unit", ["word ", "x", "😀", "👩‍👩‍👧 ", '"\\', "line\n", "\u0627\u0644 "])
def test_a_hundred_thousand_characters_fit_into_posts(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    pieces = split_words(text)
    assert "".join(pieces) == text
    assert all(len(p) <= POST_CHARS and weight(p) <= POST_BYTES for p in pieces)
    assert len(pieces) <= 100


def test_a_cut_falls_between_words_and_never_inside_a_character() -> None:
    assert split_words("aaaa bbbb cccc", 10) == ("aaaa bbbb ", "cccc")
    assert split_words("aaaa\nbb cc dd", 10) == ("aaaa\nbb ", "cc dd")
    assert split_words("aa bb\ncc dd", 10) == ("aa bb\n", "cc dd")
    family = "👩‍👩‍👧‍👦"
    for piece in split_words(family * 10, 30):
        assert piece == family * (len(piece) // len(family))


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("ab👍🏽c", 4, "ab…"), ("a  b", 3, "a…")],
)
def test_clipping(text: str, limit: int, shown: str) -> None:
    assert clip(text, limit) == shown


def test_quotes_inside_sentences_stay_on_one_line() -> None:
    assert one_line("a\n\u202eb  c", 10) == "a b c"


BIG = 1_000_000
WORST = {
    "less-than": "<" * 40_000,
    "open forms": "<a" * (BIG // 2),
    "mentions": "<@U0BEN00001>" * (BIG // 13),
    "ampersands": "&" * BIG,
    "entities": "&amp;" * (BIG // 5),
    "colons": ":" * BIG,
    "names": ":a" * (BIG // 2),
    "half skin tones": ":wave::skin-tone-" * (BIG // 17),
    "spaces": " " * BIG,
    "stars": "*" * BIG,
    "at": "@here" * (BIG // 5),
    "combining": "\u0301" * BIG,
    "zero width": "\u200b" * BIG,
    "surrogates": "\ud800" * BIG,
    "line ends": "\r\n" * (BIG // 2),
}
SCANNERS: dict[str, Callable[[str], object]] = {
    "read": from_text,
    "escape": escape,
    "unescape": unescape,
    "clean": clean,
    "name": clean_name,
    "note": note_of,
    "command": command_of,
    "one line": lambda t: one_line(t, 300),
    "literal": literal,
}


def seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def linear(scan: Callable[[str], object], text: str) -> bool:
    """Whether eight times the text takes at most sixteen times as long, give or take a clock tick.

    Tried three times at most: somebody else may have interrupted the work.
    """
    eighth = text[: len(text) // 8]
    return any(seconds(lambda: scan(text)) < 16 * seconds(lambda: scan(eighth)) + 0.02 for _ in range(3))


@pytest.mark.no_cover
@pytest.mark.parametrize("scanner", SCANNERS)
def test_forty_thousand_open_brackets_take_no_time(scanner: str) -> None:
    assert any(seconds(lambda: SCANNERS[scanner](WORST["less-than"])) < 0.05 for _ in range(3))


@pytest.mark.no_cover
@pytest.mark.parametrize("case", [c for c in WORST if c != "less-than"])
@pytest.mark.parametrize("scanner", SCANNERS)
def test_the_time_grows_no_faster_than_the_text(scanner: str, case: str) -> None:
    assert linear(SCANNERS[scanner], WORST[case])


@pytest.mark.no_cover
@pytest.mark.parametrize("text", [WORST["at"], WORST["combining"], "😀" * 250_000, "🇩🇪" * 125_000])
def test_splitting_a_megabyte_is_linear(text: str) -> None:
    assert linear(split_words, text)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("thumbsup", "👍"),
        ("+1", "👍"),
        ("+1::skin-tone-3", "👍🏼"),
        ("flag-hr", "🇭🇷"),
        ("de", "🇩🇪"),
        ("memo", "📝"),
    ],
)
def test_emoji_names(name: str, shown: str) -> None:
    assert picture(name) == shown


def test_unknown_emoji() -> None:
    assert picture("acme_logo") is None
    assert tinted("🎉", 3) == "🎉"


def test_the_fallback_is_short_and_never_empty() -> None:
    assert fallback("\x00 ") == "…"
    assert weight(fallback("<" * 10_000)) <= 2_000
    json.dumps(fallback("\ud800a"))
