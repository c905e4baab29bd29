"""Note or reply: every reason, and which one is said where several hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from desk.conversations.judge import (
    MEANT,
    REFUSED,
    SENDABLE,
    TALK,
    Reason,
    Scene,
    Words,
    blocked,
    judge,
    judge_edit,
)
from desk.conversations.keeping import MARKS, state_for
from desk.slack.refusals import SENTENCES
from models import MessageState, Status

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

WORDS = Words(
    author="UANA",
    text="Hello",
    note=False,
    unknown_command=False,
    mentions=False,
    has_files=False,
    sent_at=NOON,
)
SCENE = Scene(
    status=Status.INBOX,
    assignee="UANA",
    author_is_agent=True,
    discussion_guard=True,
    window_ends=NOON + SECOND,
    last_inbound_at=NOON - timedelta(minutes=5),
)
INSIDE = {"last_note_by": "UBEN", "last_note_at": NOON - timedelta(minutes=1)}

ONE_REASON: tuple[tuple[Reason, dict[str, Any], dict[str, Any]], ...] = (
    (Reason.BOT, {"by_bot": True}, {}),
    (Reason.NOT_AGENT, {}, {"author_is_agent": False}),
    (Reason.NOTE, {"note": True}, {}),
    (Reason.COMMAND, {"command": True}, {}),
    (Reason.UNKNOWN_COMMAND, {"unknown_command": True}, {}),
    (Reason.EMPTY, {"text": " \n"}, {}),
    (Reason.NOTES_FIRST, {}, {"notes_first": True}),
    (Reason.ARCHIVED, {}, {"status": Status.ARCHIVED}),
    (Reason.ABSENT, {}, {"account_absent": True}),
    (Reason.CLOSED, {}, {"status": Status.CLOSED}),
    (Reason.MENTION, {"mentions": True}, {}),
    (Reason.FORWARD, {"forwards": True}, {}),
    (Reason.NOT_YOURS, {}, {"assignee": "UBEN"}),
    (Reason.TALK, {}, INSIDE),
    (Reason.GONE, {}, {"contact_gone": True}),
    (Reason.WINDOW, {}, {"window_ends": NOON}),
)
"""What makes each reason hold, in the order in which they are said."""


def test_an_answer_leaves() -> None:
    assert judge(WORDS, SCENE) is None
    assert judge(WORDS, replace(SCENE, status=Status.UNASSIGNED, assignee=None)) is None
    assert judge(replace(WORDS, text="", has_files=True), SCENE) is None


@pytest.mark.parametrize(("reason", "words", "scene"), ONE_REASON)
def test_each_reason_alone(reason: Reason, words: dict[str, Any], scene: dict[str, Any]) -> None:
    assert judge(replace(WORDS, **words), replace(SCENE, **scene)) is reason


@pytest.mark.parametrize(("first", "second"), list(pairwise(ONE_REASON)))
def test_the_weightier_reason_is_said(first: Any, second: Any) -> None:
    reason, words, scene = first
    both = judge(replace(WORDS, **(second[1] | words)), replace(SCENE, **(second[2] | scene)))
    assert both is reason


def test_no_reason_hides_a_graver_one() -> None:
    for at, (reason, words, scene) in enumerate(ONE_REASON):
        said, standing = dict(words), dict(scene)
        for _, more_words, more_scene in ONE_REASON[at + 1 :]:
            said, standing = more_words | said, more_scene | standing
        assert judge(replace(WORDS, **said), replace(SCENE, **standing)) is reason


def test_what_is_judged_by_this_module_is_what_is_tried() -> None:
    elsewhere = {Reason.TOO_LARGE, Reason.WRONG_KIND, Reason.NO_BYTES, Reason.WRONG_PLACE, Reason.BLOCKED}
    assert {reason for reason, _, _ in ONE_REASON} == set(Reason) - elsewhere


@pytest.mark.parametrize(
    ("scene", "kept"),
    [
        (INSIDE, True),
        ({**INSIDE, "last_note_by": "UANA"}, False),
        ({**INSIDE, "discussion_guard": False}, False),
        ({**INSIDE, "last_note_at": NOON - TALK}, False),
        ({**INSIDE, "last_note_at": NOON - TALK + SECOND, "last_inbound_at": NOON - TALK}, True),
        ({**INSIDE, "last_inbound_at": NOON - SECOND}, False),
        ({**INSIDE, "last_inbound_at": None}, True),
    ],
)
def test_inside_talk(scene: dict[str, Any], kept: bool) -> None:
    assert judge(WORDS, replace(SCENE, **scene)) is (Reason.TALK if kept else None)


def test_what_stops_a_reply_however_it_is_sent() -> None:
    ends = NOON + SECOND
    assert blocked(gone=False, window_ends=ends, at=NOON) is None
    assert blocked(gone=False, window_ends=ends, at=ends) is Reason.WINDOW
    assert blocked(gone=False, window_ends=None, at=NOON + timedelta(days=900)) is None
    assert blocked(gone=True, window_ends=ends, at=ends) is Reason.GONE


def test_an_edit_is_judged_by_its_words_alone() -> None:
    assert judge_edit(WORDS) is None
    for reason, words, _ in ONE_REASON:
        judged = judge_edit(replace(WORDS, **words))
        of_words = {Reason.NOTE, Reason.COMMAND, Reason.UNKNOWN_COMMAND, Reason.EMPTY, Reason.MENTION}
        assert judged is (reason if reason in of_words else None)


def test_each_reason_has_its_state_its_mark_and_its_sentence() -> None:
    assert state_for(None) is MessageState.QUEUED
    for reason in Reason:
        state = state_for(reason)
        assert (state is MessageState.REFUSED) is (reason in REFUSED)
        assert MARKS[state] == ("warning" if reason in REFUSED else "memo")
        assert reason.value in SENTENCES
    assert {r for r in SENDABLE if state_for(r) is MessageState.KEPT} == {Reason.NOTE}
    assert not SENDABLE & REFUSED
    assert MEANT <= SENDABLE | REFUSED
