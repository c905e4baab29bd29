"""What goes out to a homeserver and is fetched from it, over real HTTP."""

from __future__ import annotations

import json
import logging
import tracemalloc
from dataclasses import replace
from typing import Any

import pytest

from networks.base import Attachment, OutboundPart, Style, StyleKind
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
    Unreachable,
)
from networks.events import Profile, ProfileField
from networks.matrix import Matrix
from tests.networks.matrix.homeserver import LARGEST, ROOM, TOKEN, Homeserver
from tests.networks.matrix.kit import ACCOUNT
from tests.networks.matrix.rooms import LENA, OWN
from tests.networks.sent import file

_QUOTED = "/_matrix/client/v3/rooms/!Kq3vZbExample:hs.example"
BOLD = Style(start=0, length=4, kind=StyleKind.BOLD)


@pytest.fixture(autouse=True)
def room(hs: Homeserver) -> Any:
    return hs.opened()


def part(text: str = "", **more: Any) -> OutboundPart:
    return OutboundPart(**{"idempotency_key": "d1", "contact_id": ROOM, "text": text, **more})


# Words


async def test_words_go_as_they_are_with_html_where_it_says_more(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    await matrix.send(account, part("1 < 2 & so\nhttps://shop.example", idempotency_key="k/1?"))
    (call,) = hs.calls
    assert (call.method, call.path) == ("PUT", f"{_QUOTED}/send/m.room.message/k%2F1%3F")
    assert call.headers["Authorization"] == f"Bearer {TOKEN}"
    assert call.content == {"msgtype": "m.text", "body": "1 < 2 & so\nhttps://shop.example", "m.mentions": {}}
    await matrix.send(account, part("1 < 2", styles=(replace(BOLD, length=1),), idempotency_key="k2"))
    assert hs.sent()[-1] == {
        "msgtype": "m.text",
        "body": "1 < 2",
        "format": "org.matrix.custom.html",
        "formatted_body": "<strong>1</strong> &lt; 2",
        "m.mentions": {},
    }


async def test_the_longest_text_goes_and_its_ornament_only_where_there_is_room(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    limit = matrix.capabilities.text_limit.length
    for number, letter in enumerate("a&\n👋"):
        longest = letter * (limit // len(letter.encode()))
        sent = await matrix.send(account, part(longest, styles=(BOLD,), idempotency_key=f"k{number}"))
        assert hs.sent()[-1]["body"] == longest
        await matrix.edit(account, ROOM, sent.external_id, longest, f"e{number}", (BOLD,))
        assert hs.sent()[-1]["m.new_content"]["body"] == longest
    assert "formatted_body" in hs.sent()[0]
    assert "formatted_body" not in hs.sent()[2]  # "&" five times as long


@pytest.mark.parametrize(
    ("reply_to", "handle", "relation"),
    [
        (None, None, None),
        (None, "room", None),
        ("$e0", "room", {"m.in_reply_to": {"event_id": "$e0"}}),
        (
            None,
            "$t",
            {
                "rel_type": "m.thread",
                "event_id": "$t",
                "is_falling_back": True,
                "m.in_reply_to": {"event_id": "$t"},
            },
        ),
        (
            "$e0",
            "$t",
            {
                "rel_type": "m.thread",
                "event_id": "$t",
                "is_falling_back": False,
                "m.in_reply_to": {"event_id": "$e0"},
            },
        ),
    ],
)
async def test_an_answer_stands_below_what_it_answers_and_in_its_thread(
    reply_to: str | None,
    handle: str | None,
    relation: Any,
    hs: Homeserver,
    matrix: Matrix,
    account: AccountSettings,
) -> None:
    await matrix.send(account, part("Yes", reply_to=reply_to, reply_handle=handle))
    assert hs.sent()[-1].get("m.relates_to") == relation


# Files


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (file("a.jpg", "image/jpeg", MediaKind.PICTURE), "m.image"),
        (file("a.mp4", "video/mp4", MediaKind.VIDEO), "m.video"),
        (file("a.mp3", "audio/mpeg", MediaKind.AUDIO), "m.audio"),
        (file("a.json", "application/json"), "m.file"),
        (file("Rechnung März & 发票.pdf"), "m.file"),
        (file("a\r\nb.pdf"), "m.file"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.mime_type,
)
async def test_each_kind_of_file_goes_as_what_it_is(
    given: Attachment, kind: str, hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    await matrix.send(account, part("Look", attachment=given))
    name = " ".join(given.name.split())
    (place, upload), content = next(iter(hs.uploads.items())), hs.sent()[-1]
    assert upload == (name, given.mime_type, 1_000)
    assert content == {
        "msgtype": kind,
        "body": "Look",
        "filename": name,
        "url": place,
        "info": {"mimetype": given.mime_type, "size": 1_000},
        "m.mentions": {},
    }
    await matrix.send(account, part(attachment=given, idempotency_key="d2"))
    assert hs.sent()[-1]["body"] == name


async def test_a_recording_goes_as_a_voice_message(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    recording = file("a.ogg", "audio/ogg", MediaKind.AUDIO, voice=True, duration=6.6)
    await matrix.send(account, part(attachment=recording))
    content = hs.sent()[-1]
    assert content["org.matrix.msc3245.voice"] == {}
    assert content["org.matrix.msc1767.audio"] == {"duration": 6_600}
    assert content["info"]["duration"] == 6_600

    async def told() -> float | None:
        return 12.3

    for kind, seconds in ((MediaKind.VIDEO, 12_300), (MediaKind.DOCUMENT, None)):
        film = file("a.mp4", "video/mp4", kind, seconds=told)
        await matrix.send(account, part("", idempotency_key=kind, attachment=film))
        assert hs.sent()[-1]["info"].get("duration") == seconds


async def test_a_file_streams_with_its_length_said_and_little_memory(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    await matrix.send(account, part(attachment=file()))
    tracemalloc.start()
    try:
        await matrix.send(account, part(attachment=file(size=50_000_000), idempotency_key="d2"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16_000_000
    assert [int(call.headers["Content-Length"]) for call in hs.asked("upload")] == [1_000, 50_000_000]


async def test_what_happens_to_a_file_before_it_is_shown_is_certain(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    for fault, error in {
        "lost_answer": ProviderFault,
        "html 200": ProviderFault,
        "200": ProviderFault,
        "413 M_TOO_LARGE": Rejected,
        "403 M_FORBIDDEN": ContactUnreachable,
        "429 M_LIMIT_EXCEEDED": Throttled,
    }.items():
        hs.fault(fault, verb="upload")
        with pytest.raises(error) as failed:
            await matrix.send(account, part(attachment=file()))
        assert failed.value.certain, fault
    with pytest.raises(Rejected) as large:
        await matrix.send(account, part(attachment=file(size=LARGEST + 1)))
    assert large.value.words == "this is too large for the homeserver"
    with pytest.raises(ProviderFault) as unreadable:
        await matrix.send(account, part(attachment=file(size=2_000_000, fault=OSError(5, "gone"))))
    assert "disk" in unreadable.value.words
    assert hs.sent() == []


# Changes


async def test_an_edit_is_of_the_text_or_of_what_stands_below_a_file(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    words = await matrix.send(account, part("Helo", reply_to="$e0"))
    picture = file("a.png", "image/png", MediaKind.PICTURE)
    shown = await matrix.send(account, part("Lok", attachment=picture, idempotency_key="d2"))
    before = hs.sent()[-1]
    for _ in range(2):
        await matrix.edit(account, ROOM, words.external_id, "Hello", "k1", (BOLD,))
    await matrix.edit(account, ROOM, shown.external_id, "Look", "k2")
    text, caption = hs.sent()[2:]
    assert text == {
        "msgtype": "m.text",
        "body": "* Hello",
        "m.mentions": {},
        "m.new_content": {
            "msgtype": "m.text",
            "body": "Hello",
            "format": "org.matrix.custom.html",
            "formatted_body": "<strong>Hell</strong>o",
            "m.mentions": {},
        },
        "m.relates_to": {"rel_type": "m.replace", "event_id": words.external_id},
    }
    assert caption["m.new_content"] == {**before, "body": "Look"}
    assert caption["body"] == "* Look"
    with pytest.raises(Rejected) as gone:
        await matrix.edit(account, ROOM, "$nothing", "x", "k3")
    assert gone.value.words == "the homeserver no longer finds this room or message"


async def test_a_message_is_taken_back_and_one_that_is_gone_is_fine(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    sent = await matrix.send(account, part("Oops"))
    for _ in range(2):
        await matrix.delete(account, ROOM, sent.external_id, "k1")
    await matrix.delete(account, ROOM, "$nothing", "k2")
    assert [verb for verb, *_ in hs.done] == ["send", "delete"]
    assert hs.sent() == [{}]
    hs.fault("403 M_FORBIDDEN", verb="redact")
    with pytest.raises(ContactUnreachable):
        await matrix.delete(account, ROOM, sent.external_id, "k3")


async def test_there_is_one_reaction_of_ours_at_a_time(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    asked = hs.writes("Thanks")
    hs.happens("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": asked, "key": "👍"}})
    for number, emoji in enumerate(["👍", "👍", "❤️", "❤", "🎉", "", ""]):
        await matrix.react(account, ROOM, asked, emoji, f"k{number}")
    done = [(verb, text) for verb, _, _, text, _ in hs.done]
    assert done == [
        ("react", "👍"),
        ("unreact", ""),
        ("react", "❤️"),
        ("unreact", ""),
        ("react", "🎉"),
        ("unreact", ""),
    ]
    hs.old = True  # and cannot say which there are
    await matrix.react(account, ROOM, asked, "🎉", "k8")
    await matrix.react(account, ROOM, asked, "🎉", "k9")
    hs.fault("400 M_BAD_JSON", verb="send")
    with pytest.raises(Rejected):
        await matrix.react(account, ROOM, asked, "🎉", "k10")


async def test_typing_and_read_marks_are_shown(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    asked = hs.writes("Hello?")
    await matrix.typing(account, ROOM, True)
    await matrix.typing(account, ROOM, False)
    await matrix.mark_read(account, ROOM, asked, "k1")
    assert [call.content for call in hs.asked("typing")] == [
        {"typing": True, "timeout": 30_000},
        {"typing": False},
    ]
    assert [(call.method, call.content) for call in hs.asked("read")] == [("POST", {})]
    assert [verb for verb, *_ in hs.done] == ["typing", "typing", "mark_read"]


# What is fetched


async def fetched(matrix: Matrix, account: AccountSettings, ref: str) -> bytes:
    return b"".join([chunk async for chunk in matrix.download(account, ref)])


@pytest.mark.parametrize("old", [False, True])
async def test_a_file_is_fetched_in_pieces_from_wherever_the_homeserver_has_it(
    old: bool, hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.old = old
    hs.files |= {"f1": b"x" * 700_000}
    assert await fetched(matrix, account, "mxc://other.example:8448/f1") == b"x" * 700_000


async def test_what_cannot_be_fetched_is_said(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.files |= {"f1": b"x"}
    for ref in (
        "mxc://hs.example/gone",
        "mxc://hs.example/../f1",
        "https://hs.example/f1",
        "mxc://hs.example/f1/x",
    ):
        with pytest.raises(Rejected) as refused:
            await fetched(matrix, account, ref)
        assert refused.value.words == "Matrix no longer has this file"
    for fault, error in {
        "401 M_UNKNOWN_TOKEN": AccountBroken,
        "403 M_FORBIDDEN": Rejected,
        "504 M_NOT_YET_UPLOADED": ProviderFault,
        "429 M_LIMIT_EXCEEDED": Throttled,
    }.items():
        hs.fault(fault, verb="download")
        with pytest.raises(error) as failed:
            await fetched(matrix, account, "mxc://hs.example/f1")
        assert TOKEN not in f"{failed.value!r} {failed.value.code}"


async def test_a_profile_is_asked_of_the_room_and_of_their_homeserver(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    known = ProfileField(label="Matrix ID", value=LENA)
    assert await matrix.profile(account, ROOM) == Profile(name="Lena", fields=(known,))
    hs.profiles[LENA] = {
        "displayname": "Lena K.",
        "avatar_url": "mxc://hs.example/A",
        "m.tz": "Europe/Berlin",
    }
    zone = ProfileField(label="Time zone", value="Europe/Berlin")
    seen = Profile(name="Lena", fields=(known, zone), avatar_ref="mxc://hs.example/A")
    assert await matrix.profile(account, ROOM) == seen
    hs.leaves()
    assert await matrix.profile(account, ROOM) is None
    with pytest.raises(ContactUnreachable):
        await matrix.profile(account, "!nowhere:hs.example")


# What goes wrong


async def test_the_same_client_serves_after_each_fault_and_shows_nothing_twice(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    for fault, pause in {"429 M_LIMIT_EXCEEDED": 3.0, "429 older": 2.0, "429": 5.0}.items():
        hs.fault(fault)
        with pytest.raises(Throttled) as paused:
            await matrix.send(account, part("Hello"))
        assert paused.value.retry_after == pause
    hs.fault("lost_answer", 2)
    with pytest.raises(NoAnswer):
        await matrix.send(account, part("Hello"))
    again = await matrix.send(account, part("Hello"))
    assert hs.texts() == ["Hello"]
    assert again.external_id


async def test_a_silent_homeserver_is_uncertain_and_an_absent_one_is_not(hs: Homeserver) -> None:
    silent = Matrix(answer=0.3)
    account = replace(ACCOUNT, options=hs.options())
    hs.fault("held")
    with pytest.raises(NoAnswer) as lost:
        await silent.send(account, part("Hello"))
    assert not lost.value.certain
    nowhere = replace(ACCOUNT, options={"token": TOKEN, "homeserver": "http://127.0.0.1:9"})
    for call in (
        silent.send(nowhere, part("Hello")),
        silent.send(nowhere, part(attachment=file())),
        silent.profile(nowhere, ROOM),
    ):
        with pytest.raises(Unreachable) as away:
            await call
        assert away.value.certain
    await silent.close()


async def test_what_answers_like_no_homeserver_is_told_apart(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.fault("200", verb="whoami")
    with pytest.raises(AccountBroken):
        await matrix.typing(account, ROOM, True)
    hs.fault("403 M_BAD_STATE", verb="whoami")
    with pytest.raises(Rejected):
        await matrix.typing(account, ROOM, True)
    for fault in ("html 200", "302"):
        hs.fault(fault, verb="whoami")
        with pytest.raises(UnexpectedResponse):
            await matrix.typing(account, ROOM, True)


async def test_no_log_line_names_the_token_or_the_words(
    hs: Homeserver, matrix: Matrix, account: AccountSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for fault in ("html 200", "500 M_UNKNOWN", "401 M_UNKNOWN_TOKEN", "403 M_FORBIDDEN"):
        hs.fault(fault)
        with pytest.raises(DeliveryError) as failed:
            await matrix.send(account, part("Sesame"))
        assert TOKEN not in repr(failed.value.__cause__)
    assert TOKEN not in caplog.text
    assert "Sesame" not in caplog.text
    assert OWN not in json.dumps([call.content for call in hs.asked("send")])
