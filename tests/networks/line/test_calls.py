"""What goes out to LINE and is fetched from it, over real HTTP."""

from __future__ import annotations

import tracemalloc
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from networks.base import Attachment, Author, OutboundPart
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import (
    AccountBroken,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    UnexpectedResponse,
    Unreachable,
)
from networks.events import Profile, ProfileField
from networks.line import Line
from tests.networks.line.kit import ACCOUNT
from tests.networks.line.messaging_api import CUSTOMER, GROUP, MessagingApi

LINK = "https://oratio.example/files/s/"
SMALL = "https://oratio.example/files/p/preview.jpg"


def part(text: str = "", **more: Any) -> OutboundPart:
    return OutboundPart(**{"idempotency_key": "d1", "contact_id": CUSTOMER, "text": text, **more})


def file(name: str, mime: str, kind: MediaKind, size: int = 1_000, **more: Any) -> Attachment:
    plays: float | None = more.pop("plays", None)

    async def pieces() -> AsyncIterator[bytes]:
        raise AssertionError("LINE fetches files itself")
        yield b""

    async def link() -> str:
        return LINK + name

    async def preview() -> str:
        return SMALL

    async def seconds() -> float | None:
        return plays

    if more.pop("shown", True):
        more |= {"preview": preview, "seconds": seconds}
    return Attachment(name=name, mime_type=mime, size=size, kind=kind, open=pieces, link=link, **more)


PHOTO = file("box.jpg", "image/jpeg", MediaKind.PICTURE)


def model_of(body: Any, verb: str) -> Any:
    """The body as the maker's package reads it; it must say the same when written again."""
    from linebot.v3.messaging import PushMessageRequest, ReplyMessageRequest  # two seconds of processor time

    kind: Any = {"push": PushMessageRequest, "reply": ReplyMessageRequest}[verb]
    read = kind.from_dict(body)
    written = {key: value for key, value in read.to_dict().items() if key != "notificationDisabled"}
    assert written == body
    return read


# Words


async def test_words_go_as_they_are_by_a_push_with_a_key_of_their_own(
    api: MessagingApi, line: Line, account: AccountSettings
) -> None:
    first = await line.send(account, part("1 < 2 & *b* 👋\nsee https://shop.example"))
    second = await line.send(account, part("Again", idempotency_key="d2"))
    assert [shown.texts for shown in api.shown] == [["1 < 2 & *b* 👋\nsee https://shop.example"], ["Again"]]
    assert [first.external_id, second.external_id] == [shown.ids[0] for shown in api.shown]
    keys = [call.headers["X-Line-Retry-Key"] for call in api.calls]
    assert len({str(uuid.UUID(key)) for key in keys}) == 2
    for call in api.calls:
        assert model_of(call.body, call.verb).to == CUSTOMER
        assert call.headers["Authorization"] == f"Bearer {api.token}"


async def test_a_repeat_is_seen_once_whatever_became_of_the_first(
    api: MessagingApi, line: Line, account: AccountSettings
) -> None:
    for fault in ("lost_answer", "no_answer"):
        api.fault(fault, verb="push")
        with pytest.raises(NoAnswer):
            await line.send(account, part("Once", idempotency_key=fault))
        receipt = await line.send(account, part("Once", idempotency_key=fault))
        assert receipt == await line.send(account, part("Once", idempotency_key=fault))
        assert api.shown[-1].ids[0] == receipt.external_id
    assert len(api.shown) == 2
    other = replace(account, name="another")
    await line.send(other, part("Once", idempotency_key="no_answer"))
    assert len(api.shown) == 3


async def test_an_answer_by_token_is_free_and_a_dead_token_makes_a_push(
    api: MessagingApi, line: Line, account: AccountSettings
) -> None:
    api.reply_tokens["t1"] = CUSTOMER
    await line.send(account, part("Free", reply_handle="t1"))
    await line.send(account, part("Paid", reply_handle="t1", idempotency_key="d2"))
    assert [(shown.by, shown.texts) for shown in api.shown] == [("reply", ["Free"]), ("push", ["Paid"])]
    assert [call.verb for call in api.calls] == ["reply", "reply", "push"]
    free = api.calls[0]
    assert "X-Line-Retry-Key" not in free.headers
    assert model_of(free.body, "reply").reply_token == "t1"
    assert set(free.body) == {"replyToken", "messages"}


@pytest.mark.parametrize(
    "fault", ["lost_answer", "no_answer", "500", "html 502", "html 503", "504", "html", "empty"]
)
async def test_whether_an_answer_by_token_arrived_is_not_guessed_and_no_push_follows(
    api: MessagingApi, line: Line, account: AccountSettings, fault: str
) -> None:
    api.reply_tokens["t1"] = CUSTOMER
    api.fault(fault, verb="reply")
    with pytest.raises(DeliveryError) as doubt:
        await line.send(account, part("Once", reply_handle="t1"))
    assert not doubt.value.certain
    assert [call.verb for call in api.calls] == ["reply"]


async def test_it_is_told_whether_what_failed_was_by_token(
    api: MessagingApi, line: Line, account: AccountSettings
) -> None:
    api.reply_tokens["t1"] = CUSTOMER
    told = []
    for token, verb in (("t1", "reply"), ("dead", "push"), (None, "push")):
        api.fault("no_answer", verb=verb)
        with pytest.raises(NoAnswer) as lost:
            await line.send(account, part("Once", reply_handle=token, idempotency_key=str(token)))
        told.append(lost.value.without_token)
        api.clear_faults()
    assert told == [False, True, True]


@pytest.mark.parametrize(("fault", "retry"), [("429", True), ("long", False), ("401", False)])
async def test_what_line_refuses_by_token_is_certain_and_no_push_follows(
    api: MessagingApi, line: Line, account: AccountSettings, fault: str, retry: bool
) -> None:
    api.reply_tokens["t1"] = CUSTOMER
    api.fault(fault, verb="reply")
    with pytest.raises(DeliveryError) as refused:
        await line.send(account, part("Once", reply_handle="t1"))
    assert (refused.value.certain, refused.value.retry) == (True, retry)
    assert [call.verb for call in api.calls] == ["reply"]


async def test_a_repeat_that_line_tells_no_id_of_has_that_of_the_first_call(
    api: MessagingApi, line: Line, account: AccountSettings
) -> None:
    api.fault("409 The retry key is already accepted", verb="push")
    with pytest.raises(UnexpectedResponse):
        await line.send(account, part("Hello"))
    api.fault("409 accepted", verb="push")
    assert (await line.send(account, part("Hello"))).external_id == "request:7f3c0e5a-1d2b"


async def test_an_answer_quotes_what_it_answers_and_goes_without_where_that_is_refused(
    api: MessagingApi, line: Line, account: AccountSettings
) -> None:
    api.quotable.add("q-1")
    api.reply_tokens["t1"] = CUSTOMER
    await line.send(
        account, part("Yes", reply_to_handle='{"quote": "q-1", "read": "mr-1"}', reply_handle="t1")
    )
    assert api.shown[0].messages[0]["quoteToken"] == "q-1"
    assert model_of(api.calls[0].body, "reply").messages[0].quote_token == "q-1"
    for at, handle in enumerate(('{"quote": "q-old"}', '{"read": "mr-1"}', None)):
        await line.send(account, part("Yes", reply_to_handle=handle, idempotency_key=f"k{at}"))
        assert "quoteToken" not in api.shown[-1].messages[0]
    assert [call.verb for call in api.calls] == ["reply", "push", "push", "push", "push"]
    api.fault("quote", 2, verb="push")
    with pytest.raises(Rejected):
        await line.send(account, part("Yes", reply_to_handle='{"quote": "q-1"}', idempotency_key="k9"))


@pytest.mark.parametrize(
    ("author", "sender"),
    [
        (Author(name="Ana"), {"name": "Ana"}),
        (
            Author(name="Ana", avatar_url="https://a.example/a.png"),
            {"name": "Ana", "iconUrl": "https://a.example/a.png"},
        ),
        (Author(name="Ana", avatar_url="http://a.example/a.png"), {"name": "Ana"}),
        (Author(name="  Anastasia Featherstonehaugh"), {"name": "Anastasia Featherston"[:20]}),
        (Author(name="Caroline"), None),  # LINE takes no name with its own in it
        (Author(name=" "), None),
        (None, None),
    ],
)
async def test_the_agent_stands_above_the_message_as_far_as_line_allows(
    api: MessagingApi,
    line: Line,
    account: AccountSettings,
    author: Author | None,
    sender: dict[str, str] | None,
) -> None:
    await line.send(account, part("Hello", author=author, attachment=PHOTO))
    assert [message.get("sender") for message in api.shown[-1].messages] == [sender, sender]
    quiet = replace(account, options=api.options(agent_names=False))
    await line.send(quiet, part("Hello", author=author, idempotency_key="d2"))
    assert "sender" not in api.shown[-1].messages[0]


# Files


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            PHOTO,
            {"type": "image", "originalContentUrl": LINK + "box.jpg", "previewImageUrl": LINK + "box.jpg"},
        ),
        (
            file("box.png", "image/png", MediaKind.PICTURE, 1_000_001),
            {"type": "image", "originalContentUrl": LINK + "box.png", "previewImageUrl": SMALL},
        ),
        (
            file("v.mp4", "video/mp4", MediaKind.VIDEO, duration=9.0),
            {"type": "video", "originalContentUrl": LINK + "v.mp4", "previewImageUrl": SMALL},
        ),
        (
            file("a.m4a", "audio/mp4", MediaKind.AUDIO, voice=True, duration=6.5),
            {"type": "audio", "originalContentUrl": LINK + "a.m4a", "duration": 6_500},
        ),
        (
            file("a.mp3", "audio/mpeg", MediaKind.AUDIO, plays=0.0001),
            {"type": "audio", "originalContentUrl": LINK + "a.mp3", "duration": 1},
        ),
    ],
    ids=lambda given: given.name if isinstance(given, Attachment) else "",
)
async def test_a_file_goes_by_its_address_below_the_words_in_one_call(
    api: MessagingApi, line: Line, account: AccountSettings, given: Attachment, message: dict[str, Any]
) -> None:
    await line.send(account, part(attachment=given))
    assert list(api.shown[0].messages) == [message]
    receipt = await line.send(account, part("Look", attachment=given, idempotency_key="d2"))
    assert list(api.shown[1].messages) == [{"type": "text", "text": "Look"}, message]
    assert receipt.external_id == api.shown[1].ids[0]
    assert len(api.calls) == 2
    assert len(model_of(api.calls[1].body, "push").messages) == 2


async def test_what_line_could_not_show_is_refused_before_anything_leaves(
    api: MessagingApi, line: Line, account: AccountSettings
) -> None:
    for given in (
        part(attachment=file("a.mp3", "audio/mpeg", MediaKind.AUDIO)),
        part("Look", attachment=file("a.pdf", "application/pdf", MediaKind.DOCUMENT)),
        part(attachment=file("box.jpg", "image/jpeg", MediaKind.PICTURE, 2_000_000, shown=False)),
        part(" \n"),
    ):
        with pytest.raises(Rejected) as refused:
            await line.send(account, given)
        assert refused.value.words
    assert api.calls == []


# What passes


async def test_typing_is_shown_to_people_and_reading_by_its_token(
    api: MessagingApi, line: Line, account: AccountSettings
) -> None:
    api.readable["mr-1"] = CUSTOMER
    await line.typing(account, CUSTOMER, True)
    await line.typing(account, CUSTOMER, False)
    await line.typing(account, GROUP, True)
    await line.mark_read(account, CUSTOMER, "1", "k", '{"quote": "q", "read": "mr-1"}')
    await line.mark_read(account, CUSTOMER, "1", "k", '{"quote": "q"}')
    await line.mark_read(account, CUSTOMER, "1", "k")
    assert api.done == [("typing", CUSTOMER, "True"), ("read", CUSTOMER, "mr-1")]
    assert len(api.calls) == 2
    with pytest.raises(Rejected):
        await line.mark_read(account, CUSTOMER, "1", "k", '{"read": "mr-old"}')
    api.fault("500", verb="typing")
    with pytest.raises(ProviderFault):
        await line.typing(account, CUSTOMER, True)


# What is fetched


async def fetched(line: Line, account: AccountSettings, ref: str) -> bytes:
    return b"".join([piece async for piece in line.download(account, ref)])


async def test_files_come_from_their_own_host_with_the_token_in_pieces(
    api: MessagingApi, line: Line, account: AccountSettings
) -> None:
    async with MessagingApi() as data:
        data.files |= {"1": b"x" * 700_000, "2": 60_000_000}
        account = replace(account, options=api.options(data_url=data.url))
        assert await fetched(line, account, "content:1") == b"x" * 700_000
        tracemalloc.start()
        try:
            size = 0
            async for piece in line.download(account, "prepared:2"):
                size += len(piece)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert size == 60_000_000
        assert peak < 16_000_000
        assert [call.verb for call in data.calls] == ["file", "prepare", "file"]
        assert all(call.headers["Authorization"] == f"Bearer {api.token}" for call in data.calls)
    assert api.calls == []


async def test_what_line_still_prepares_is_asked_for_again_and_what_is_gone_is_not(
    api: MessagingApi, line: Line, account: AccountSettings
) -> None:
    api.files |= {"1": b"film"}
    for ref in ("prepared:1", "content:1"):
        api.transcoding["1"] = "processing"
        with pytest.raises(ProviderFault):
            await fetched(line, account, ref)
    api.transcoding["1"] = "failed"
    with pytest.raises(Rejected):
        await fetched(line, account, "prepared:1")
    api.transcoding["1"] = "succeeded"
    assert await fetched(line, account, "prepared:1") == b"film"
    for fault, error in {
        "404 Not found": Rejected,
        "410 Gone": Rejected,
        "401": AccountBroken,
        "500": ProviderFault,
        "redirect": Rejected,
    }.items():
        api.fault(fault, verb="file")
        with pytest.raises(error):
            await fetched(line, account, "content:1")
    api.fault("500", verb="prepare")
    assert await fetched(line, account, "prepared:1") == b"film"


@pytest.mark.parametrize(
    "ref",
    [
        "https://127.0.0.1/a.jpg",
        "https://169.254.169.254/a",
        "https://[::1]/a",
        "https://user@host.example/a",
    ],
)
async def test_addresses_in_payloads_lead_to_public_places_only_and_never_see_the_token(
    api: MessagingApi, line: Line, account: AccountSettings, ref: str
) -> None:
    with pytest.raises(Rejected) as refused:
        await fetched(line, account, ref)
    assert refused.value.code == "address"


async def test_a_profile_is_what_line_knows_of_people_and_groups(
    api: MessagingApi, line: Line, account: AccountSettings
) -> None:
    known = {"displayName": "さくら", "userId": CUSTOMER, "language": "ja"}
    picture = {"pictureUrl": "https://profile.line-scdn.net/0hEXAMPLE", "statusMessage": "よろしく\nね"}
    api.profiles |= {CUSTOMER: known | picture, GROUP: {"groupId": GROUP, "groupName": "Fans"}}
    assert await line.profile(account, CUSTOMER) == Profile(
        name="さくら",
        fields=(
            ProfileField(label="Status", value="よろしく ね"),
            ProfileField(label="Language", value="Japanese"),
        ),
        avatar_url="https://profile.line-scdn.net/0hEXAMPLE",
        locale="ja",
    )
    group = await line.profile(account, GROUP)
    assert group and group.name == "Fans (group)"
    api.profiles[CUSTOMER] = {"displayName": "Olga", "pictureUrl": "http://profile.example/a"}
    assert await line.profile(account, CUSTOMER) == Profile(name="Olga")
    assert await line.profile(account, "U" + "0" * 32) is None
    assert await line.profile(account, "R" + "0" * 32) is None
    api.fault("list", verb="profile")
    with pytest.raises(UnexpectedResponse):
        await line.profile(account, CUSTOMER)


async def test_no_connection_is_certain_and_no_secret_is_told(line: Line) -> None:
    away = replace(ACCOUNT, options={**ACCOUNT.options, "api_url": "http://127.0.0.1:9"})
    with pytest.raises(Unreachable) as failed:
        await line.send(away, part("Hello"))
    assert str(ACCOUNT.options["channel_token"]) not in f"{failed.value!r} {failed.value.code} {away!r}"
