"""The thread: customers' words, state lines, refusals, the fate of replies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.conversations.judge import Reason
from desk.conversations.queries import words_of
from desk.slack import fates, lines, posts, refusals, voices, wording
from desk.slack.amounts import clock, duration, size, sizes
from desk.slack.drawing import Drawing
from models import Message
from tests.unit.surfaces import ANA, NOON, refusal


def shown(drawing: Drawing) -> str:
    """What the eye reads in rich text, parts joined by lines."""
    parts = [p for b in drawing.blocks if b["type"] == "rich_text" for p in b["elements"]]
    return "\n".join("".join(e.get("text", f"@{e.get('user_id')}") for e in p["elements"]) for p in parts)


def pressed(drawing: Drawing) -> list[tuple[str, str]]:
    rows = [b for b in drawing.blocks if b["type"] == "actions"]
    return [(e["text"]["text"], e["action_id"]) for row in rows for e in row["elements"]]


def words(*pieces: voices.Piece, mention: str | None = None) -> Drawing:
    return voices.words_post(voices.WordsView(name="Mia", pieces=pieces, mention=mention))


def test_a_customers_words_are_literal() -> None:
    drawing = words(voices.Piece(text="<!channel> *hi* @here"))
    assert drawing.blocks[0]["elements"] == [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": "<!channel> *hi* @here"}]}
    ]
    assert drawing.text == "&lt;!channel&gt; *hi* @\u2060here"


def test_a_reply_quotes_what_it_answers_and_ends_in_the_mention() -> None:
    quote = voices.Quoted(author="Ana", words="Which\nsize?")
    drawing = words(voices.Piece(text="Large", quote=quote), mention=ANA.user_id)
    assert shown(drawing) == "Ana: Which size?\nLarge\n@U0ANA00001"
    assert drawing.blocks[0]["elements"][-1]["elements"] == [{"type": "user", "user_id": "U0ANA00001"}]


def test_nothing_to_read_is_said() -> None:
    assert shown(words()) == "Mia sent an empty message."
    assert shown(words(voices.Piece(text=" \x00 "))) == "Mia sent an empty message."
    assert shown(words(voices.Piece(placeholder="Location: 52.5, 13.4"))) == "Location: 52.5, 13.4"


def test_a_places_map_can_be_opened_and_no_other_address() -> None:
    at = "https://www.google.com/maps?q=52.5,-13.4"
    place = f"Location: https://evil.example/ (52.5, -13.4 {at})"
    (section,) = words(voices.Piece(placeholder=place)).blocks[0]["elements"]
    before, link, after = section["elements"]
    assert before["text"] == "Location: https://evil.example/ (52.5, -13.4 "
    assert (link["type"], link["url"], link["text"], after["text"]) == ("link", at, "Map", ")")
    listed = words_of(Message(text="", placeholder=place))
    assert listed == "Location: https://evil.example/ (52.5, -13.4)"
    typed = words(voices.Piece(text=at)).blocks[0]["elements"][0]["elements"]
    assert [each["type"] for each in typed] == ["text"]


@pytest.mark.parametrize(
    ("queue", "said"),
    [
        (("0", 0, 0), "Unassigned: 0."),
        (("4", 4, 0), "Unassigned: 4."),
        (("4", 3, 1), "Unassigned: 4, 3 of them waiting. 1 answer is on its way."),
        (("2", 0, 2), "Unassigned: 2, none of them waiting. 2 answers are on their way."),
    ],
)
def test_the_status_of_an_account_says_what_there_is(queue: tuple[str, int, int], said: str) -> None:
    assert wording.answers.numbers(*queue) == said


def test_how_long_ago_somebody_was_faster() -> None:
    assert wording.refusals.taken_before("Ben", 0.9) == "Ben took this just now."
    assert wording.refusals.closed_before("Ben", 5.2) == "Ben closed this 5 s ago."


def test_which_messages_may_be_posted_as_one() -> None:
    assert voices.fits([voices.Piece(text="a")] * 20)
    assert not voices.fits([voices.Piece(text="a")] * 21)
    assert voices.fits([voices.Piece(text="a" * 1_500)] * 2)
    assert not voices.fits([voices.Piece(text="a" * 1_501)] * 2)
    assert not voices.fits([voices.Piece(text="😀" * 1_490)] * 2)


@pytest.mark.parametrize(
    ("drawing", "text"),
    [
        (lines.taken("Ana"), "Ana took this."),
        (lines.taken_from("Ana", "U0BEN00001"), "Ana took this over from @U0BEN00001."),
        (lines.handed("Ana", "U0BEN00001", "your turn"), "Ana handed this to @U0BEN00001: “your turn”"),
        (lines.handed("Ana", "U0BEN00001"), "Ana handed this to @U0BEN00001."),
        (
            lines.handed("Ana", "U0BEN00001", had="U0CHLOE001"),
            "Ana handed this from @U0CHLOE001 to @U0BEN00001.",
        ),
        (lines.released("Ana"), "Ana moved this back to Unassigned."),
        (lines.released("Ana", "U0BEN00001"), "Ana moved this back to Unassigned. @U0BEN00001"),
        (lines.closed("Ana"), "Ana closed this."),
        (lines.reopened("Ben"), "Ben reopened this."),
        (lines.wrote_again("Mia"), "Mia wrote again, so this is open again."),
        (lines.answered_for("Ben", "Ana"), "Ben answered for Ana."),
        (lines.deleted("Mia", "oops"), "Mia deleted this message.\noops"),
        (lines.reacted("Mia", "👍", "We sent it"), "Mia reacted with 👍 to “We sent it”"),
        (lines.gone("Mia"), "Mia blocked this account. Nothing can be sent until Mia writes again."),
        (
            lines.gone("Mia", "left the room"),
            "Mia left the room. Nothing can be sent until Mia writes again.",
        ),
        (lines.broadcast("Mia"), "Sent to Mia. The whole channel saw it too."),
        (
            fates.not_yet("Telegram isn't answering"),
            "Not sent yet: Telegram isn't answering. Oratio keeps trying.",
        ),
        (
            lines.too_large_inside("Mia", "scan.pdf", 34_000_000, "Telegram", 20_000_000),
            "Mia sent “scan.pdf”, 34 MB. Telegram gives files up to 20 MB, so it can't be fetched. "
            "Ask for a smaller file or a link.",
        ),
    ],
)
def test_lines(drawing: Drawing, text: str) -> None:
    assert shown(drawing) == text


def test_a_hand_over_rings_in_the_notification_too() -> None:
    drawing = lines.handed("Ana", "U0BEN00001", "<!channel>")
    assert drawing.text == "Ana handed this to <@U0BEN00001>: “&lt;!channel&gt;”"


def test_a_long_edit_is_posted_whole() -> None:
    after = "word " * 2_000
    posted = lines.edited("Mia", "before", after)
    said = "".join(p["elements"][0]["text"] for d in posted for p in d.blocks[0]["elements"])
    assert said == "Mia changed this. Before: “before”" + after


def test_a_failed_reply_rings_and_offers_two_ways() -> None:
    drawing = fates.failed("Mia", "WhatsApp refused the picture.", 77, author=ANA.user_id)
    assert shown(drawing).endswith(" Not delivered to Mia: WhatsApp refused the picture. @U0ANA00001")
    assert pressed(drawing) == [("Retry", "delivery.retry"), ("Keep as note", "delivery.keep_note")]
    assert {e["value"] for e in drawing.blocks[1]["elements"]} == {"77"}
    assert drawing.text == "Not delivered to Mia: WhatsApp refused the picture. <@U0ANA00001>"


def test_a_pressed_line_has_no_buttons_and_rings_nobody() -> None:
    drawing = fates.failed("Mia", "no", 77, author=ANA.user_id, settled="Ana pressed Retry.")
    assert pressed(drawing) == []
    assert "U0ANA00001" not in str(drawing)
    assert shown(drawing).endswith("\nAna pressed Retry.")


def test_an_uncertain_reply() -> None:
    drawing = fates.uncertain("Mia", 77)
    assert pressed(drawing) == [
        ("Send again", "delivery.send_again"),
        ("It arrived", "delivery.arrived"),
    ]


def test_what_the_customer_still_reads() -> None:
    drawing = fates.cannot_change("WhatsApp", "Mia", "See you on Monday", 77)
    assert shown(drawing) == "WhatsApp can't change a sent message. Mia still reads:\nSee you on Monday"
    assert [a for _, a in pressed(drawing)] == ["correction.send", "correction.leave"]
    assert pressed(fates.cannot_delete("WhatsApp", "Mia", "x")) == []


def test_a_late_success_is_in_the_readers_zone() -> None:
    drawing = fates.sent_late(NOON, 3)
    assert drawing.text == "Sent at <!date^1795435200^{time}|12:00 UTC>, after 3 tries."


def test_every_reason_has_a_sentence() -> None:
    assert set(refusals.SENTENCES) == {reason.value for reason in Reason}


DETAIL: dict[str, Any] = {
    "file": "invoice-scans.pdf",
    "size": 118_000_000,
    "limit": 100_000_000,
    "kind": "document",
    "formats": "JPG, PNG",
    "mentioned": ["ben"],
    "word": "close",
    "window": 86_400,
}


@pytest.mark.parametrize(
    ("reason", "text", "ids"),
    [
        ("not_yours", "Kept as a note: this is Ana's conversation. Mia didn't get it.",
         ["guard.send", "guard.take_and_send"]),
        ("mention", "Kept as a note, because you mentioned @ben.", ["guard.send_without_mention"]),
        ("forward", "Kept as a note, because it forwards a message of Slack.", ["guard.send"]),
        ("talk", "Kept as a note, because the last words here were inside talk.", ["guard.send"]),
        ("not_agent", "Kept as a note: only the support team answers here.", []),
        ("closed", "Kept as a note: this is closed.", ["guard.reopen_and_send"]),
        ("blocked", "Kept as a note: Mia was blocked before this left. It can be sent once Mia is unblocked.",
         ["guard.reopen_and_send"]),
        ("archived", "Archived on 23 Nov. The customer's next message starts a new conversation.", []),
        ("unknown_command", "Kept as a note: a message that starts with !close never leaves by itself.",
         ["guard.send"]),
        ("too_large",
         "Nothing was sent to Mia. invoice-scans.pdf is 118 MB; WhatsApp takes documents up to 100 MB. "
         "Your text has not gone out either.",
         ["refusal.text_only", "refusal.link", "refusal.note", "files.show"]),
        ("wrong_kind",
         "Nothing was sent to Mia. WhatsApp doesn't take files like invoice-scans.pdf. It takes JPG, PNG. "
         "Your text has not gone out either.",
         ["refusal.text_only", "refusal.link", "refusal.note", "files.show"]),
        ("gone", "Mia blocked this account. Nothing can be sent until Mia writes again.", ["refusal.note"]),
    ],
)  # fmt: skip
def test_refusals(reason: str, text: str, ids: list[str]) -> None:
    view = refusal(reason, "Mia", assignee="Ana", detail=DETAIL)
    assert refusals.sentence(view) == text
    assert [action for _, action in pressed(refusals.kept(view))] == ids
    assert [action for _, action in pressed(refusals.nudge(view))] == ids


def test_without_text_there_is_no_text_to_send() -> None:
    view = refusal("too_large", "Mia", detail=DETAIL, has_text=False)
    assert "Your text" not in refusals.sentence(view)
    assert pressed(refusals.kept(view))[0] == ("Send as a link", "refusal.link")
    bare = refusal("too_large", "Mia", detail=DETAIL, has_text=False, linkable=False)
    assert [a for _, a in pressed(refusals.kept(bare))] == ["refusal.note", "files.show"]


def test_a_limit_of_ours_is_not_called_the_networks() -> None:
    ours = {**DETAIL, "ours": True, "limit": 4_000_000_000, "size": 5_000_000_000}
    view = refusal("too_large", "Mia", detail=ours, has_text=False)
    said = "invoice-scans.pdf is 5 GB; Oratio takes up to 4 GB of files at once."
    assert refusals.sentence(view) == f"Nothing was sent to Mia. {said}"
    view = refusal("too_large", "Mia", detail={**ours, "size": 0}, has_text=False)
    assert "There is no room for invoice-scans.pdf; Oratio takes up to 4 GB" in refusals.sentence(view)


def test_a_nudge_mentions_its_author_once() -> None:
    drawing = refusals.nudge(refusal("closed", "Mia"))
    assert drawing.text == "<@U0ANA00001> Kept as a note: this is closed."
    assert str(drawing.blocks).count("U0ANA00001") == 1
    again = refusals.nudge(refusal("closed", "Mia", open_again=True))
    assert again.text == "<@U0ANA00001> Kept as a note: this was closed when you wrote it."
    assert pressed(again) == [("Send to Mia", "guard.send")]


def test_a_message_in_the_wrong_place() -> None:
    assert pressed(refusals.wrong_place("1042:1.2", "Mia Krüger")) == [("Send to Mia", "wrong_place.send")]
    assert pressed(refusals.wrong_place("1.2", None)) == []


def test_a_return_to_unassigned_links_the_thread() -> None:
    view = posts.ReturnView(
        conversation_id=1042, version=5, name="Mia", network="WhatsApp", account="Acme", url="https://a.b/c",
        why=wording.thread.wrote_again("Mia"), last_agent="Ana",
    )  # fmt: skip
    drawing = posts.returned(view)
    assert drawing.text == (
        "Mia (WhatsApp, Acme) is unassigned again. Mia wrote again, so this is open again. Last: Ana. #1042"
    )
    assert drawing.blocks[1]["elements"][0]["url"] == "https://a.b/c"


def test_an_account_that_waits_for_the_bot() -> None:
    drawing = posts.account_waits(3, "Telegram", "Acme", wording.operators.no_channel("#support"))
    assert "Type /invite @Oratio in #support, then press Check again." in drawing.text
    assert pressed(drawing) == [("Check again", "account.check")]
    assert drawing.blocks[1]["elements"][0]["value"] == "3"


def test_who_wrote_can_never_be_a_colleague() -> None:
    assert wording.general.author("Ana Horvat", "WhatsApp") == "Ana Horvat · WhatsApp"
    assert len(wording.general.author("A" * 500, "W" * 500)) <= 80
    assert wording.general.author("\u200b", "WhatsApp") == "Someone · WhatsApp"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_500, "1.5 KB"), (20_000_000, "20 MB"),
     (999_999, "1 MB"), (118_400_000, "118 MB"), (2_500_000_000, "2.5 GB")],
)  # fmt: skip
def test_sizes_are_read_in_units(number: int, text: str) -> None:
    assert size(number) == text


@pytest.mark.parametrize(
    ("number", "limit", "both"),
    [
        (118_000_000, 100_000_000, ("118 MB", "100 MB")),
        (100_040_000, 100_000_000, ("100.04 MB", "100.00 MB")),
        (100_000_001, 100_000_000, ("100,000,001 bytes", "100,000,000 bytes")),
    ],
)
def test_a_size_never_reads_like_the_limit_it_breaks(number: int, limit: int, both: tuple[str, str]) -> None:
    assert sizes(number, limit) == both


def test_spans_of_time() -> None:
    spans = [
        timedelta(seconds=5),
        timedelta(minutes=2),
        timedelta(hours=1),
        timedelta(hours=24),
        timedelta(days=7),
    ]
    assert [duration(s) for s in spans] == ["5 s", "2 min", "1 hour", "24 hours", "7 days"]
    assert clock(14.2) == "0:14"
