"""Events as clients write them, and stranger ones, read into what the desk knows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from networks._matrix_people import Room, profile_of
from networks._matrix_reading import Reactions, events_of, receipts_of
from networks.errors import PayloadInvalid
from networks.events import (
    ContactGone,
    DeliveryReport,
    InboundDeletion,
    InboundEdit,
    InboundMessage,
    InboundReaction,
    Profile,
    ProfileField,
)
from tests.networks.matrix.homeserver import ROOM
from tests.networks.matrix.kit import LENA_PROFILE
from tests.networks.matrix.rooms import LENA, OWN

MAX = "@max:other.example"
ALONE = Room(id=ROOM, own_id=OWN, people={LENA: "Lena"})
GROUP = Room(id=ROOM, own_id=OWN, title="Order\n4711", people={LENA: "Lena", MAX: ""})
EMPTY = Room(id=ROOM, own_id=OWN)


def event(kind: str, content: Any, **more: Any) -> dict[str, Any]:
    common = {"event_id": "$e1", "sender": LENA, "origin_server_ts": 1_793_610_000_000, "unsigned": {}}
    return {**common, "type": kind, "content": content, **more}


def said(content: Any, room: Room = ALONE, **more: Any) -> InboundMessage:
    (found,) = events_of(room, event("m.room.message", content, **more), Reactions())
    assert isinstance(found, InboundMessage)
    return found


def text(body: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, **more}


def test_in_a_group_words_begin_with_who_said_them() -> None:
    assert said(text("Hello"), GROUP).text == "Lena: Hello"
    assert said(text("Hello"), GROUP, sender=MAX).text == "max: Hello"
    assert said({"msgtype": "m.emote", "body": "waits"}, GROUP).text == "* Lena waits"
    picture = {"msgtype": "m.image", "body": "a.png", "url": "mxc://hs.example/a"}
    assert said(picture, GROUP).placeholder == "Lena: a file"
    assert (
        said({"msgtype": "m.location", "geo_uri": "x"}, GROUP).placeholder == "Lena: Location: not readable"
    )
    profile = said(text("Hello"), GROUP).profile
    assert profile is not None
    assert profile.name == "Order 4711 (group)"
    assert said(text("Hello")).profile == LENA_PROFILE
    change = text(
        "* New",
        **{"m.new_content": text("New"), "m.relates_to": {"rel_type": "m.replace", "event_id": "$e0"}},
    )
    (edit,) = events_of(GROUP, event("m.room.message", change), Reactions())
    assert isinstance(edit, InboundEdit)
    assert edit.text == "Lena: New"


def test_what_a_colleague_writes_beside_us_is_an_answer_and_no_customers_word() -> None:
    room = Room(id=ROOM, own_id=OWN, people={LENA: "Lena"}, colleagues={MAX: "Max"})
    assert not room.is_group
    answer = said(text("It left today"), room, sender=MAX)
    assert (answer.text, answer.echo, answer.profile, answer.reply_handle) == (
        "Max: It left today",
        True,
        None,
        None,
    )
    picture = said({"msgtype": "m.image", "body": "a.png", "url": "mxc://hs.example/a"}, room, sender=MAX)
    assert (picture.echo, picture.text, len(picture.attachments)) == (True, "", 1)
    relation = {"rel_type": "m.replace", "event_id": "$e0"}
    silent = [
        event("m.room.message", text("* x", **{"m.new_content": text("x"), "m.relates_to": relation})),
        event("m.room.message", {}, unsigned={"redacted_because": {}}),
        event("m.room.redaction", {"redacts": "$e0"}),
        event("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$e0", "key": "x"}}),
    ]
    assert [events_of(room, {**each, "sender": MAX}, Reactions()) for each in silent] == [[]] * 4
    read = {"type": "m.receipt", "content": {"$e0": {"m.read": {MAX: {"ts": 1}, LENA: {"ts": 2}}}}}
    assert [report.sent_at.microsecond for report in receipts_of(room, read)] == [2_000]
    switched = event("m.room.encryption", {}, state_key="", sender=MAX)
    assert "encryption" in str(events_of(room, switched, Reactions()))


def test_a_room_that_is_replaced_is_told_of() -> None:
    moved = {"body": "This room has been replaced", "replacement_room": "!new:hs.example"}
    (told,) = events_of(ALONE, event("m.room.tombstone", moved, state_key=""), Reactions())
    assert isinstance(told, InboundMessage)
    assert (told.placeholder or "").startswith("Moved to another room")
    assert events_of(ALONE, event("m.room.tombstone", moved), Reactions()) == []


def test_a_change_below_a_file_is_of_its_words() -> None:
    new = {"msgtype": "m.file", "body": "The right bill", "filename": "a.pdf", "url": "mxc://hs.example/a"}
    relation = {"rel_type": "m.replace", "event_id": "$e0"}
    (edit,) = events_of(
        ALONE, event("m.room.message", {**new, "m.new_content": new, "m.relates_to": relation}), Reactions()
    )
    assert isinstance(edit, InboundEdit)
    assert (edit.external_id, edit.text) == ("$e0", "The right bill")


def test_who_is_not_named_is_called_by_their_id_and_who_is_away_is_not_renamed() -> None:
    nameless = Room(id=ROOM, own_id=OWN, people={LENA: " "})
    profile = said(text("Hi"), nameless).profile
    assert profile is not None
    assert profile.name == "lena"
    assert said(text("Hi"), EMPTY).profile is None
    assert said({"msgtype": "m.emote", "body": "is off"}, EMPTY).text == "* lena is off"


@pytest.mark.parametrize(
    ("relation", "answers", "thread"),
    [
        ({}, None, "room"),
        ({"m.in_reply_to": {"event_id": "$e0"}}, "$e0", "room"),
        ({"m.in_reply_to": {"event_id": "nonsense"}}, None, "room"),
        ({"m.in_reply_to": 7}, None, "room"),
        ({"rel_type": "m.thread", "event_id": "$t", "m.in_reply_to": {"event_id": "$e0"}}, "$t", "$t"),
        (
            {
                "rel_type": "m.thread",
                "event_id": "$t",
                "is_falling_back": False,
                "m.in_reply_to": {"event_id": "$e0"},
            },
            "$e0",
            "$t",
        ),
        ({"rel_type": "m.thread", "event_id": 7}, None, "room"),
        ({"rel_type": "org.example.else", "event_id": "$x"}, None, "room"),
    ],
)
def test_what_a_message_answers_and_in_which_thread(
    relation: dict[str, Any], answers: str | None, thread: str
) -> None:
    message = said(text("Yes", **{"m.relates_to": relation}))
    assert (message.reply_to, message.reply_handle) == (answers, thread)


@pytest.mark.parametrize(
    ("content", "placeholder"),
    [
        ({"msgtype": "m.text", "body": "  "}, "An empty message"),
        ({"msgtype": "m.text"}, "An empty message"),
        ({}, "Sent something unknown"),
        (
            {"msgtype": "m.key.verification.request"},
            "Sent something that can't be shown here (m.key.verification.request)",
        ),
        ({"msgtype": "m.image", "body": "a.png"}, "A file that wasn't uploaded: a.png"),
        ({"msgtype": "m.image", "url": "https://thief.example/a.png"}, "A file that wasn't uploaded"),
        ({"msgtype": "m.image", "url": "mxc://hs.example/../a"}, "A file that wasn't uploaded"),
        ({"msgtype": "m.image", "file": {"url": "mxc://a/b"}}, "An encrypted file"),
        (
            {"msgtype": "m.location", "body": "geo:1,2", "geo_uri": "geo:-1.5,2"},
            "Location: -1.5, 2 https://www.google.com/maps?q=-1.5,2",
        ),
    ],
)
def test_what_cannot_be_shown_is_said(content: dict[str, Any], placeholder: str) -> None:
    assert said(content).placeholder == placeholder


def test_files_are_believed_no_more_than_they_can_be() -> None:
    odd = {"mimetype": 7, "size": -1, "duration": "x"}
    (attachment,) = said(
        {"msgtype": "m.file", "body": "a\n.pdf", "url": "mxc://hs.example/a", "info": odd}
    ).attachments
    assert (attachment.name, attachment.mime_type, attachment.size, attachment.duration) == (
        "a .pdf",
        None,
        None,
        None,
    )


def test_reactions_of_their_own_making_have_a_name() -> None:
    for content, emoji in (
        ({"m.relates_to": {"event_id": "$e0", "key": "mxc://a/b"}, "shortcode": ":parrot:"}, ":parrot:"),
        ({"m.relates_to": {"event_id": "$e0", "key": "mxc://a/b"}}, "an emoji of their own"),
        ({"m.relates_to": {"event_id": "$e0"}}, "an emoji of their own"),
    ):
        (reaction,) = events_of(ALONE, event("m.reaction", content), Reactions())
        assert isinstance(reaction, InboundReaction)
        assert reaction.emoji == emoji
    assert events_of(ALONE, event("m.reaction", {}), Reactions()) == []  # taken back meanwhile


def test_a_reaction_that_was_forgotten_is_taken_back_like_what_nobody_knows() -> None:
    reactions = Reactions()
    for number in range(2_001):
        content = {"m.relates_to": {"event_id": "$e0", "key": "👍"}}
        events_of(ALONE, event("m.reaction", content, event_id=f"$r{number}"), reactions)
    for target, kind in (("$r0", InboundDeletion), ("$r2000", InboundReaction)):
        (found,) = events_of(ALONE, event("m.room.redaction", {}, redacts=target, event_id="$x"), reactions)
        assert type(found) is kind


def test_only_the_last_one_who_leaves_is_gone_and_we_are_when_we_are_put_out() -> None:
    leaving = event("m.room.member", {"membership": "leave"}, state_key=LENA)
    (left,) = events_of(EMPTY, leaving, Reactions())
    assert isinstance(left, ContactGone)
    assert left.words == "left the room"
    assert events_of(GROUP, leaving, Reactions()) == []
    banned = event("m.room.member", {"membership": "ban"}, state_key=OWN)
    assert [type(each) for each in events_of(GROUP, banned, Reactions())] == [ContactGone]
    again = event("m.room.member", {"membership": "join"}, state_key=OWN, sender=OWN)
    again["unsigned"] = {"prev_content": {"membership": "join"}}
    assert events_of(ALONE, again, Reactions()) == []


def test_nothing_is_said_of_what_cannot_be_read_in_a_room_we_left() -> None:
    gone = Room(id=ROOM, own_id=OWN, left=True)
    assert events_of(gone, event("m.room.encrypted", {"ciphertext": "x"}), Reactions()) == []
    assert len(events_of(ALONE, event("m.room.encrypted", {"ciphertext": "x"}), Reactions())) == 1


def test_read_marks_are_of_others_and_have_ids_of_a_bearable_length() -> None:
    long = "@" + "x" * 250 + ":a"
    content = {
        "$e1": {"m.read": {LENA: {"ts": 1}, OWN: {"ts": 2}, long: {"ts": 3}}},
        "nonsense": {},
        "$e2": [],
    }
    found = list(receipts_of(ALONE, {"type": "m.receipt", "content": content}))
    assert all(isinstance(each, DeliveryReport) and len(each.event_id) <= 255 for each in found)
    assert [each.sent_at for each in found] == [datetime.fromtimestamp(ms / 1_000, UTC) for ms in (1, 3)]


@pytest.mark.parametrize(
    "given",
    [
        event("m.room.message", text("x"), event_id="e1"),
        event("m.room.message", text("x"), event_id="$" + "x" * 255),
        event("m.room.message", text("x"), event_id="$\ud83d"),
        event("m.room.message", text("x"), origin_server_ts="soon"),
        event("m.room.message", text("x"), origin_server_ts=10**18),
        event("m.room.message", []),
        event("m.room.message", text("x"), sender=None),
        event("m.room.message", {"m.relates_to": {"rel_type": "m.replace", "event_id": "$e0"}}),
        event("m.room.redaction", {}),
        event("m.reaction", {"m.relates_to": {}}),
    ],
)
def test_what_cannot_be_read_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(PayloadInvalid):
        events_of(ALONE, given, Reactions())


def test_a_room_without_a_usable_id_is_refused() -> None:
    for name in ("", "x", "!" + "x" * 255, "!\ud83d"):
        with pytest.raises(PayloadInvalid):
            events_of(Room(id=name, own_id=OWN), event("m.room.message", text("x")), Reactions())


def test_a_profile_has_words_and_where_its_picture_lies() -> None:
    told = {"displayname": "Lena\nKern", "avatar_url": "mxc://hs.example/AVATAR", "m.tz": "Europe/Berlin"}
    fields = (
        ProfileField(label="Matrix ID", value=LENA),
        ProfileField(label="Time zone", value="Europe/Berlin"),
    )
    known = Profile(name="Lena", fields=fields, avatar_ref="mxc://hs.example/AVATAR")
    assert profile_of(ALONE, LENA, told) == known
    assert profile_of(ALONE, LENA, {"m.tz": 7, "avatar_url": "https://evil.example/a.png"}) == LENA_PROFILE
