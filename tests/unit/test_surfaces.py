"""Every drawing is one Slack takes, and no customer can ring, link or format anything."""

from __future__ import annotations

import json

import pytest

from desk.slack.cards import card
from desk.slack.drawing import Drawing
from tests.unit.limits import home_problems, message_problems, view_problems
from tests.unit.surfaces import FOREIGN, card_view, drawings, homes, views


@pytest.mark.parametrize("kind", FOREIGN)
def test_every_post_is_within_slacks_limits(kind: str) -> None:
    for name, drawing in drawings(FOREIGN[kind]):
        assert message_problems(drawing.text, drawing.blocks, drawing.attachments) == [], name


@pytest.mark.parametrize("kind", FOREIGN)
def test_every_modal_is_within_slacks_limits(kind: str) -> None:
    for name, view in views(FOREIGN[kind]):
        assert view_problems(view) == [], name


@pytest.mark.parametrize("kind", FOREIGN)
def test_every_home_is_within_slacks_limits(kind: str) -> None:
    for name, view in homes(FOREIGN[kind]):
        assert home_problems(view) == [], name


NEVER_READ = {"accessibility_label", "action_id", "block_id", "value"}


def read_as_markup(value: object) -> list[str]:
    """The strings Slack would look for markup in: mrkdwn, legacy attachments and the fallback."""
    if isinstance(value, dict):
        if value.get("type") in {"text", "plain_text", "date"}:
            return []
        return [s for key, inner in value.items() if key not in NEVER_READ for s in read_as_markup(inner)]
    if isinstance(value, list | tuple):
        return [s for inner in value for s in read_as_markup(inner)]
    return [value] if isinstance(value, str) else []


def test_no_foreign_text_rings_or_links() -> None:
    for name, drawing in drawings(FOREIGN["calls"]):
        for text in read_as_markup([drawing.text, *drawing.blocks, *drawing.attachments]):
            for form in ("<!c", "<!h", "@here", "@channel", "<https://x.example"):
                assert form not in text, (name, text)


def test_only_our_own_mentions_are_left_in_hostile_text() -> None:
    def rung(text: str) -> dict[str, tuple[int, int]]:
        counts = {}
        for name, drawing in drawings(text):
            read = "".join(read_as_markup([drawing.text, *drawing.blocks, *drawing.attachments]))
            counts[name] = (read.count("<@U0ANA00001>"), read.count("<@"))
        return counts

    assert rung(FOREIGN["calls"]) == rung("Mia")


def test_a_drawing_survives_the_database() -> None:
    for _, drawing in drawings("Mia"):
        assert Drawing.from_json(json.loads(json.dumps(drawing.to_json()))) == drawing


def test_the_checker_reports_what_slack_would_refuse() -> None:
    good = card(card_view(), 1)
    doubled = [*good.blocks, good.blocks[0]]
    assert any("stands twice" in p for p in message_problems(good.text, doubled))
    assert message_problems("", good.blocks) == ["text has 0 characters"]
    assert message_problems("<!channel>", ()) == ["text holds <!channel>", "text holds a bare < or >"]
    assert any("51 blocks" in p for p in message_problems("x", [{"type": "divider"}] * 51))
    loud = [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}]}]
    assert message_problems("x", loud) == ["context is not verbatim"]
    wide = {
        "type": "button",
        "action_id": "a",
        "value": "v",
        "text": {"type": "plain_text", "text": "x" * 19},
    }
    assert message_problems("x", [{"type": "actions", "elements": [wide]}]) == ["button has 19 characters"]
