"""Slack's text: what is typed, what it becomes, and what it never becomes."""

from typing import Any

import pytest

from sandbox import mrkdwn
from sandbox.manifest import read
from sandbox.seed import add_group, world_of
from sandbox.world import World


@pytest.fixture
def world() -> World:
    made = world_of({}, read({}), 0)
    add_group(made, {"id": "S0CREW0001", "handle": "crew", "members": []})
    return made


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("1 < 2 && 3 > 2", "1 &lt; 2 &amp;&amp; 3 &gt; 2"),
        ("@Ben and @ana", "<@U0BEN00001> and <@U0ANA00001>"),
        ("@benjamin", "@benjamin"),
        ("mail ana@acme.example", "mail <mailto:ana@acme.example|ana@acme.example>"),
        ("<@U0BEN00001> <!here> <b>", "<@U0BEN00001> <!here> &lt;b&gt;"),
        ("@crew @here", "<!subteam^S0CREW0001> <!here>"),
        ("in #support or #none", "in <#C0SUPPORT1|support> or #none"),
        ("see https://x.example/a?b=1&c=2.", "see <https://x.example/a?b=1&amp;c=2>."),
        (
            "acme.com, see Www.Acme.de/a?b.",
            "<http://acme.com|acme.com>, see <http://Www.Acme.de/a?b|Www.Acme.de/a?b>.",
        ),
        ("v1.2 a.command e.g.", "v1.2 a.command e.g."),
        ("👍 ✅ 👋🏽 ©", ":+1: :white_check_mark: :wave::skin-tone-4: ©"),
        ("&lt; stays", "&amp;lt; stays"),
    ],
)
def test_typed_text_is_escaped_and_marked(world: World, typed: str, text: str) -> None:
    assert mrkdwn.typed(world, typed) == text


def _flat(text: str) -> list[Any]:
    inner = mrkdwn.rich_text(text)["elements"][0]["elements"]
    return [{k: v for k, v in e.items() if k != "type"} for e in inner]


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        (
            "a *b* _c_ ~d~ `e`",
            ["a ", ("b", "bold"), " ", ("c", "italic"), " ", ("d", "strike"), " ", ("e", "code")],
        ),
        ("2*3*4 snake_case_name", ["2*3*4 snake_case_name"]),
        ("&lt;b&gt; &amp;amp;", ["<b> &amp;"]),
        ("`*x*`", [("*x*", "code")]),
    ],
)
def test_styles_open_and_close_at_words(text: str, elements: list[Any]) -> None:
    wanted = [{"text": e} if isinstance(e, str) else {"text": e[0], "style": {e[1]: True}} for e in elements]
    assert _flat(text) == wanted


def test_marks_become_elements() -> None:
    text = "<@U1> <#C1|x> <!subteam^S1> <!channel> <https://x.example|a &amp; b> <!date^5^{ago}|then> :tada:"
    kinds = [e for e in mrkdwn.rich_text(text)["elements"][0]["elements"] if e["type"] != "text"]
    assert kinds == [
        {"type": "user", "user_id": "U1"},
        {"type": "channel", "channel_id": "C1"},
        {"type": "usergroup", "usergroup_id": "S1"},
        {"type": "broadcast", "range": "channel"},
        {"type": "link", "url": "https://x.example", "text": "a & b"},
        {"type": "date", "timestamp": 5, "format": "{ago}", "fallback": "then"},
        {"type": "emoji", "name": "tada", "unicode": "1f389"},
    ]


def test_quotes_lists_and_code_are_blocks_of_their_own() -> None:
    text = "first\n&gt; quoted\n• one\n• two\n1. three\n```\nx = *1*\n```\nlast"
    kinds = [e["type"] for e in mrkdwn.rich_text(text)["elements"]]
    assert kinds == [
        "rich_text_section",
        "rich_text_quote",
        "rich_text_list",
        "rich_text_list",
        "rich_text_preformatted",
        "rich_text_section",
    ]
    assert mrkdwn.rich_text(text)["elements"][4]["elements"] == [{"type": "text", "text": "x = *1*"}]


@pytest.mark.parametrize(
    "hostile",
    ["<" * 40_000, "_a " * 13_000, "`" * 40_000, "*" * 40_000, "a." * 6_000 + "@", "a.com/" * 6_000],
)
def test_hostile_text_is_read_in_no_time(world: World, hostile: str) -> None:
    """Within what a test may take at all; a quadratic scan of 40,000 characters would take minutes."""
    assert mrkdwn.rich_text(hostile)["type"] == "rich_text"
    assert mrkdwn.typed(world, hostile[:12_000])
