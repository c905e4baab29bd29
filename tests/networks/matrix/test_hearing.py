"""How customers get to us and what we hear of them; and what `check` says of an account."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from networks._matrix_rooms import NO_ENCRYPTION
from networks.base import Checked, Polled
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import (
    AccountBroken,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
    Unreachable,
)
from networks.events import ContactGone, InboundMessage
from networks.matrix import USUAL_UPLOAD, Matrix
from tests.networks.matrix.homeserver import LARGEST, ROOM, TOKEN, Homeserver
from tests.networks.matrix.rooms import LENA, OWN

OTHER = "!second:hs.example"
MAX = "@max:hs.example"


def texts(polled: Polled) -> list[str]:
    return [event.text for event in polled.events if isinstance(event, InboundMessage)]


def gone(polled: Polled) -> list[tuple[str, bool]]:
    return [(event.contact_id, event.back) for event in polled.events if isinstance(event, ContactGone)]


async def arrived(matrix: Matrix, account: AccountSettings) -> str:
    """The first answer, and what is told after it; returns the cursor."""
    first = await matrix.poll(account, None, wait=False)
    assert first.events == []
    second = await matrix.poll(account, first.cursor, wait=False)
    return str(second.cursor)


async def test_the_past_is_skipped_and_words_are_asked_for_from_where_the_last_ended(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.opened()
    hs.writes("Long ago")
    first = await matrix.poll(account, None)
    assert first.events == []
    hs.writes("Now")
    second = await matrix.poll(account, first.cursor)
    assert texts(second) == ["Now"]
    assert await matrix.poll(account, first.cursor) == second
    assert (await matrix.poll(account, second.cursor, wait=False)).events == []
    asked = hs.asked("sync")
    assert [call.query.get("since") for call in asked] == [None, first.cursor, first.cursor, second.cursor]
    assert [json.loads(call.query["filter"])["room"]["timeline"]["limit"] for call in asked] == [
        0,
        20,
        20,
        20,
    ]
    assert [call.query["timeout"] for call in asked] == ["25000", "25000", "25000", "0"]


async def test_a_question_waits_for_the_next_words(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.opened()
    cursor = await arrived(matrix, account)
    asking = asyncio.create_task(matrix.poll(account, cursor))
    await hs.until(lambda: len(hs.asked("sync")) == 3)
    hs.writes("At last")
    polled = await asking
    assert texts(polled) == ["At last"]
    asking = asyncio.create_task(matrix.poll(account, polled.cursor))
    await hs.until(lambda: len(hs.asked("sync")) == 4)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_an_invitation_is_followed_and_what_was_said_since_is_heard(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    cursor = await arrived(matrix, account)
    room = hs.invites()
    for number in range(30):
        hs.writes(str(number))
    first = await matrix.poll(account, cursor)
    assert room.membership(OWN) == "join"
    second = await matrix.poll(account, first.cursor)
    assert texts(second) == [str(number) for number in range(30)]
    assert gone(second) == [(ROOM, True)]
    assert texts(await matrix.poll(account, cursor)) == texts(second)  # asked again, after a crash
    hs.joins(ROOM, OWN, displayname="Acme Support")
    hs.writes("More")
    assert texts(await matrix.poll(account, second.cursor)) == ["More"]


async def test_what_was_said_before_we_were_asked_is_none_of_our_business(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    cursor = await arrived(matrix, account)
    room = hs.opened()
    hs.leaves(user=OWN)
    hs.writes("Among themselves")
    hs.happens("m.room.member", {"membership": "invite"}, state_key=OWN)
    hs.writes("Are you there?")
    await matrix.poll(account, cursor)
    assert room.membership(OWN) == "join"
    assert texts(await matrix.poll(account, cursor)) == ["Are you there?"]
    public = hs.opened(OTHER)
    del public.state["m.room.member", OWN]
    public.events = [each for each in public.events if each[1].get("state_key") != OWN]
    hs.writes("Before", OTHER)
    hs.joins(OTHER, OWN)  # by hand, in another client
    hs.writes("After", OTHER)
    assert "Before" not in texts(await matrix.poll(account, cursor))
    assert "After" in texts(await matrix.poll(account, cursor))


async def test_a_gap_is_filled_and_a_flood_is_cut_and_told(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.opened()
    cursor = await arrived(matrix, account)
    for number in range(250):
        hs.writes(str(number))
    polled = await matrix.poll(account, cursor)
    assert texts(polled) == [str(number) for number in range(250)]
    assert not polled.unreadable
    for number in range(2_020):
        hs.writes(str(number))
    just = await matrix.poll(account, polled.cursor)
    assert (len(just.events), just.unreadable) == (2_020, [])
    hs.writes("One more")
    flood = await matrix.poll(account, polled.cursor)
    assert texts(flood) == [*map(str, range(1, 2_020)), "One more"]
    (aside,) = flood.unreadable
    assert "more than 2000 events" in aside.why
    assert (await matrix.poll(account, flood.cursor, wait=False)).events == []


async def test_an_encrypted_room_is_refused_once_and_left(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    cursor = await arrived(matrix, account)
    room = hs.invites(encrypted=True)
    hs.happens("m.room.encrypted", {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"})
    first = await matrix.poll(account, cursor)
    hs.fault("500 M_UNKNOWN", verb="leave")
    with pytest.raises(ProviderFault):
        await matrix.poll(account, first.cursor)
    assert (await matrix.poll(account, first.cursor)).events == []
    assert room.membership(OWN) == "leave"
    assert (await matrix.poll(account, first.cursor)).events == []
    assert hs.texts() == [NO_ENCRYPTION]
    hs.happens("m.room.member", {"membership": "invite"}, state_key=OWN)
    await matrix.poll(account, first.cursor)
    await matrix.poll(account, first.cursor)
    assert hs.texts() == [NO_ENCRYPTION] * 2  # asked anew, told anew


async def test_a_room_that_becomes_encrypted_is_told_so_and_stays(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    room = hs.opened()
    cursor = await arrived(matrix, account)
    hs.happens("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, state_key="")
    hs.happens("m.room.encrypted", {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"})
    for _ in range(2):
        polled = await matrix.poll(account, cursor)
        told = [event.placeholder or "" for event in polled.events if isinstance(event, InboundMessage)]
        assert ["encryption" in each for each in told] == [True, True]
    assert hs.texts() == [NO_ENCRYPTION]
    assert room.membership(OWN) == "join"


async def test_a_room_with_a_colleague_is_one_customers_and_left_with_them(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    ours = replace(account, options={**account.options, "colleagues": (MAX,)})
    room = hs.opened(ROOM, MAX)
    cursor = await arrived(matrix, ours)
    hs.writes("Hi")
    hs.writes("Hello", who=MAX)
    first = await matrix.poll(ours, cursor)
    told = [(e.text, e.echo) for e in first.events if isinstance(e, InboundMessage)]
    assert told == [("Hi", False), ("max: Hello", True)]
    assert await matrix.profile(ours, ROOM) is not None
    hs.leaves()
    second = await matrix.poll(ours, first.cursor)
    assert gone(second) == [(ROOM, False)]
    assert room.membership(OWN) == "leave"


async def test_whoever_leaves_is_gone_and_the_room_is_left_with_the_last(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    room = hs.opened(ROOM, MAX)
    cursor = await arrived(matrix, account)
    hs.writes("Hi", who=MAX)
    hs.leaves(user=MAX)
    first = await matrix.poll(account, cursor)
    assert texts(first) == ["Hi"]
    assert gone(first) == []
    hs.writes("Bye")
    hs.leaves()
    second = await matrix.poll(account, first.cursor)
    assert texts(second) == ["Bye"]
    assert gone(second) == [(ROOM, False)]
    assert room.membership(OWN) == "leave"
    again = await matrix.poll(account, first.cursor)  # after a crash: told of a room that we left
    assert texts(again) == ["Bye"]
    assert gone(again)[0] == (ROOM, False)


async def test_being_put_out_of_a_room_is_heard(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.opened()
    cursor = await arrived(matrix, account)
    hs.writes("Never mind")
    hs.leaves(user=OWN, by=LENA)
    polled = await matrix.poll(account, cursor)
    assert texts(polled) == ["Never mind"]
    assert gone(polled) == [(ROOM, False)]


async def test_a_second_room_is_another_contact_and_a_group_is_one(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.opened()
    hs.opened(OTHER, MAX)
    hs.happens("m.room.name", {"name": "Order 4711"}, OTHER, state_key="")
    cursor = await arrived(matrix, account)
    hs.writes("Here")
    hs.writes("And here", OTHER)
    polled = await matrix.poll(account, cursor)
    told = [
        (each.contact_id, each.text, each.profile.name if each.profile else "")
        for each in polled.events
        if isinstance(each, InboundMessage)
    ]
    assert told == [(ROOM, "Here", "Lena"), (OTHER, "Lena: And here", "Order 4711 (group)")]
    group = await matrix.profile(account, OTHER)
    assert group is not None
    assert group.name == "Order 4711 (group)"


async def test_what_cannot_be_read_is_set_aside_and_the_rest_is_taken(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    room = hs.opened()
    cursor = await arrived(matrix, account)
    hs.writes("Before")
    hs.writes("Odd")
    room.events[-1][1]["origin_server_ts"] = "soon"
    hs.writes("After")
    polled = await matrix.poll(account, cursor)
    assert texts(polled) == ["Before", "After"]
    (aside,) = polled.unreadable
    assert json.loads(aside.body)[ROOM]["content"]["body"] == "Odd"


@pytest.mark.parametrize(
    ("fault", "error", "told"),
    [
        ("403 M_FORBIDDEN", None, 0),  # the invitation was taken back
        ("400 M_UNSUPPORTED_ROOM_VERSION", None, 1),
        ("404 M_NOT_FOUND", None, 1),
        ("502 M_UNKNOWN", ProviderFault, 1),
        ("no_answer", NoAnswer, 1),
        ("html 200", UnexpectedResponse, 1),
    ],
)
async def test_an_invitation_that_cannot_be_followed_holds_up_nobody(
    fault: str,
    error: type[Exception] | None,
    told: int,
    hs: Homeserver,
    matrix: Matrix,
    account: AccountSettings,
) -> None:
    hs.opened(OTHER)
    cursor = await arrived(matrix, account)
    hs.invites()
    hs.writes("Hello", OTHER)
    hs.fault(fault, 3 if error else 1, verb="join")
    for _ in range(2 if error else 0):
        with pytest.raises(error or Exception):
            await matrix.poll(account, cursor)
    polled = await matrix.poll(account, cursor)
    assert texts(polled) == ["Hello"]
    assert len(polled.unreadable) == told
    assert all("invitation" in each.why for each in polled.unreadable)
    assert hs.faults_left == 0


async def test_a_room_that_cannot_be_looked_at_holds_up_nobody_for_long(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.opened()
    cursor = await arrived(matrix, account)
    hs.writes("Hello")
    hs.fault("html 200", 3, verb="members")
    for _ in range(2):
        with pytest.raises(UnexpectedResponse):
            await matrix.poll(account, cursor)
    assert texts(await matrix.poll(account, cursor)) == ["Hello"]
    hs.fault("403 M_FORBIDDEN", verb="members")
    assert texts(await matrix.poll(account, cursor)) == ["Hello"]


async def test_an_answer_that_broke_off_is_asked_for_smaller(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.opened()
    cursor = await arrived(matrix, account)
    for number in range(5):
        hs.writes(str(number))
    hs.fault("html 200", verb="sync")
    with pytest.raises(UnexpectedResponse):
        await matrix.poll(account, cursor)
    polled = await matrix.poll(account, cursor)
    assert texts(polled) == ["0", "1", "2", "3", "4"]
    await matrix.poll(account, polled.cursor, wait=False)
    limits = [json.loads(call.query["filter"])["room"]["timeline"]["limit"] for call in hs.asked("sync")]
    assert limits == [0, 20, 20, 1, 20]


async def test_a_homeserver_that_forgot_the_place_is_begun_with_anew_and_that_is_told(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.opened()
    polled = await matrix.poll(account, "s-of-another-homeserver")
    assert polled.events == []
    (lost,) = polled.unreadable
    assert lost.body == b"s-of-another-homeserver"
    hs.writes("Hello")
    assert texts(await matrix.poll(account, polled.cursor)) == ["Hello"]
    hs.fault("400 M_UNKNOWN", verb="sync")
    with pytest.raises(Rejected):
        await matrix.poll(account, None)
    for fault in ("html 404", "html 403", "404 M_UNRECOGNIZED"):  # a proxy's, while the homeserver is away
        hs.fault(fault, verb="sync")
        with pytest.raises(Rejected):
            await matrix.poll(account, polled.cursor)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("401 M_UNKNOWN_TOKEN", AccountBroken),
        ("429 M_LIMIT_EXCEEDED", Throttled),
        ("html 502", NoAnswer),
        ("200", UnexpectedResponse),
        ("500 M_UNKNOWN", ProviderFault),
    ],
)
async def test_what_goes_wrong_with_a_question_is_said(
    fault: str, error: type[DeliveryError], hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.fault(fault, verb="sync")
    with pytest.raises(error):
        await matrix.poll(account, None)
    assert matrix.polls(account, None)
    assert matrix.polls(account, "https://oratio.example/hooks/matrix/help")


# Connecting and checking


@pytest.mark.parametrize("old", [False, True])
async def test_connecting_learns_how_large_files_may_be(
    old: bool, hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    hs.old = old
    assert matrix.capabilities_for(account).send[MediaKind.VIDEO].max_bytes == USUAL_UPLOAD
    await matrix.connect(account, None)
    capabilities = matrix.capabilities_for(account)
    assert {rule.max_bytes for rule in capabilities.send.values()} == {LARGEST}
    assert {rule.max_bytes for rule in capabilities.receive.values()} == {LARGEST}


async def test_check_says_whose_the_token_is_and_where_customers_go(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    link = "https://matrix.to/#/@helpdesk:hs.example"
    assert await matrix.check(account, None) == [
        Checked(words="the token belongs to @helpdesk:hs.example"),
        Checked(words=f"customers open {link} and start a room without encryption"),
        Checked(words="the homeserver takes files up to 52 MB"),
    ]
    hs.devices = {"ELEMENT": {"keys": {}}}
    told = [each.words for each in await matrix.check(account, None)]
    assert "has a client that encrypts" in told[2]
    hs.guest = True
    (guest,) = await matrix.check(account, None)
    assert guest.wrong
    hs.token = f"{TOKEN}-new"
    with pytest.raises(AccountBroken) as revoked:
        await matrix.check(account, None)
    assert revoked.value.words == "the homeserver no longer accepts the access token; take a new one"


async def test_check_finds_the_homeserver_of_a_name(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    elsewhere = replace(account, options={**account.options, "homeserver": f"{hs.url}/elsewhere"})
    (nowhere,) = await matrix.check(elsewhere, None)
    assert nowhere == Checked(words=f"there is no Matrix homeserver at {hs.url}/elsewhere", wrong=True)
    with pytest.raises(AccountBroken):
        await matrix.poll(elsewhere, None)
    hs.fault("html 200", verb="whoami")
    hs.well_known = {"m.homeserver": {"base_url": "https://matrix.example.com/"}}
    (moved,) = await matrix.check(account, None)
    assert moved.wrong
    assert moved.words.endswith("it is at https://matrix.example.com: change homeserver")
    away = replace(account, options={**account.options, "homeserver": "http://127.0.0.1:9"})
    with pytest.raises(Unreachable):
        await matrix.check(away, None)


async def test_whatever_an_answer_says_nothing_but_a_refusal_comes_of_it(
    hs: Homeserver, matrix: Matrix, account: AccountSettings
) -> None:
    """And what can be read beside it is."""
    hs.opened()
    cursor = await arrived(matrix, account)
    texts: tuple[Any, ...] = ("\x00", "\ud800", "x" * 9_000)
    odd: tuple[Any, ...] = (*texts, None, True, 10**30, [], [1], {}, {"": 1}, {"\ud800": {}})
    kinds = {"timeline": "events", "state": "events", "ephemeral": "events"}
    for each in odd:
        rooms = [
            each,
            *({kind: each} for kind in ("invite", "join", "leave")),
            *({kind: {str(each): each}} for kind in ("invite", "join", "leave")),
            *({"join": {ROOM: {kind: told}}} for kind in kinds for told in (each, {"events": each})),
            *({"join": {ROOM: {"timeline": {"events": [each]}}}, kind: each} for kind in ("invite", "leave")),
            {"join": {ROOM: {"timeline": {"events": [], "limited": True, "prev_batch": each}}}},
            {"join": {ROOM: {"timeline": {"events": [{"type": each, "sender": LENA, "event_id": "$1Qm"}]}}}},
        ]
        for told in rooms:
            hs.tells = {"next_batch": "s9", "rooms": told}
            polled = await matrix.poll(account, cursor)
            assert polled.cursor == "s9", told
            assert all(isinstance(each.body, bytes) for each in polled.unreadable)
        if each not in (None, "x" * 9_000):
            hs.tells = {"next_batch": each}
            with pytest.raises(UnexpectedResponse):
                await matrix.poll(account, cursor)
