"""The gateway against a small server that answers as Slack does, well and badly."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from desk.clock import Clock
from desk.media import TooLarge
from desk.slack import errors
from desk.slack.gateway import Gateway, Patience

TOKEN = "xoxb-secret-canary"
AT = datetime(2026, 11, 3, 12, tzinfo=UTC)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Call:
    method: str
    args: dict[str, Any]
    token: str | None
    headers: dict[str, str]
    body: bytes


@dataclass
class Slack:
    """Answers each method from its list of answers, the last one for ever."""

    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    calls: list[Call] = field(default_factory=list)
    url: str = ""

    def on(self, method: str, *answers: Answer | dict[str, Any]) -> None:
        self.answers[method] = [a if callable(a) else says(a) for a in answers]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        method = request.path.removeprefix("/api/").strip("/")
        body = await request.read()
        self.calls.append(
            Call(method, await _args(request, body), _token(request), dict(request.headers), body)
        )
        waiting = self.answers[method] or [says({"ok": True})]
        return await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request)

    def one(self, method: str) -> Call:
        (call,) = [call for call in self.calls if call.method == method]
        return call


async def _args(request: web.Request, body: bytes) -> dict[str, Any]:
    if request.method == "GET":
        return dict(request.query)
    if request.content_type == "application/json":
        return dict(json.loads(body))
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(await request.post())
    return {}


def _token(request: web.Request) -> str | None:
    header = request.headers.get("Authorization")
    return header.removeprefix("Bearer ") if header else None


def says(data: object, status: int = 200, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(data, status=status, headers=headers)

    return answer


def raw(body: bytes, status: int = 200, content_type: str = "text/html", **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, content_type=content_type, headers=headers)

    return answer


async def hangs_up(request: web.Request) -> web.StreamResponse:
    """The connection is dropped after the call arrived."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def breaks_off(request: web.Request) -> web.StreamResponse:
    """The answer stops in the middle."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"ok": tr')
    assert request.transport is not None
    request.transport.close()
    return response


async def never(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    stand_in = Slack()
    app = web.Application(client_max_size=10**9)
    app.router.add_route("*", "/{path:.*}", stand_in.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stand_in.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield stand_in
    await runner.cleanup()


class Waits(Clock):
    """Sleeps at once and remembers for how long."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30, connect=5)) as made:
        yield made


@pytest.fixture
def clock() -> Waits:
    return Waits()


@pytest.fixture
def gateway(slack: Slack, session: aiohttp.ClientSession, clock: Waits) -> Gateway:
    return Gateway(TOKEN, f"{slack.url}/api/", session, clock=clock)


@pytest.fixture
async def hasty(slack: Slack, clock: Waits) -> AsyncIterator[Gateway]:
    """A gateway that soon loses patience, for answers that never come."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as session:
        yield Gateway(TOKEN, f"{slack.url}/api/", session, clock=clock, patience=Patience(silence=0.3))


class TestPosting:
    async def test_a_post_is_literal_unfurls_nothing_and_carries_its_key(
        self, slack: Slack, gateway: Gateway
    ) -> None:
        slack.on("chat.postMessage", {"ok": True, "ts": "1.000100"})
        ts = await gateway.post(
            "C01",
            "hello",
            [{"type": "divider"}],
            thread_ts="1.000001",
            username="Mia · Web",
            icon_emoji=":globe:",
            metadata=("oratio_delivery", {"key": "k1"}),
        )
        call = slack.one("chat.postMessage")
        assert ts == "1.000100"
        assert call.token == TOKEN
        assert call.args == {
            "channel": "C01",
            "text": "hello",
            "blocks": [{"type": "divider"}],
            "thread_ts": "1.000001",
            "username": "Mia · Web",
            "icon_emoji": ":globe:",
            "metadata": {"event_type": "oratio_delivery", "event_payload": {"key": "k1"}},
            "unfurl_links": False,
            "unfurl_media": False,
            "parse": "none",
        }

    async def test_an_update_takes_away_what_is_not_given(self, slack: Slack, gateway: Gateway) -> None:
        await gateway.update("C01", "1.1", "text")
        args = slack.one("chat.update").args
        assert (args["blocks"], args["attachments"]) == ([], [])
        assert "link_names" not in args

    async def test_an_ok_without_ts_is_uncertain(self, slack: Slack, gateway: Gateway) -> None:
        slack.on("chat.postMessage", {"ok": True})
        with pytest.raises(errors.Uncertain):
            await gateway.post("C01", "x")

    async def test_small_calls_name_what_slack_expects(self, slack: Slack, gateway: Gateway) -> None:
        slack.on("views.open", {"ok": True, "view": {"id": "V1", "hash": "h"}})
        slack.on("conversations.open", {"ok": True, "channel": {"id": "D1"}})
        await gateway.react("C01", "1.1", "memo")
        await gateway.unreact("C01", "1.1", "memo")
        await gateway.delete("C01", "1.1")
        await gateway.ephemeral("C01", "U1", "psst", thread_ts="1.0")
        await gateway.publish_home("U1", {"type": "home"})
        await gateway.join("C01")
        view = await gateway.open_view("T1", {"type": "modal"})
        assert (view.id, view.hash) == ("V1", "h")
        assert await gateway.open_dm("U1") == "D1"
        assert slack.one("reactions.add").args == {"channel": "C01", "timestamp": "1.1", "name": "memo"}
        assert slack.one("chat.postEphemeral").args["user"] == "U1"
        assert slack.one("views.publish").args == {"user_id": "U1", "view": {"type": "home"}}


class TestFate:
    """Whether a broken write may have been carried out decides between silence and a double."""

    @pytest.mark.parametrize("broken", [hangs_up, breaks_off])
    async def test_a_post_whose_connection_broke_is_uncertain_and_made_once(
        self, slack: Slack, gateway: Gateway, broken: Answer
    ) -> None:
        slack.on("chat.postMessage", {"ok": True, "ts": "1.1"}, broken)
        await gateway.post("C01", "over a connection that is kept and used again")
        with pytest.raises(errors.Uncertain) as raised:
            await gateway.post("C01", "x")
        assert not raised.value.repeatable
        assert len(slack.calls) == 2

    async def test_a_post_without_an_answer_in_time_is_uncertain(self, slack: Slack, hasty: Gateway) -> None:
        slack.on("chat.postMessage", never)
        with pytest.raises(errors.Uncertain):
            await hasty.post("C01", "x")
        assert len(slack.calls) == 1

    @pytest.mark.parametrize("broken", [hangs_up, breaks_off])
    async def test_a_question_without_an_answer_may_be_asked_again(
        self, slack: Slack, gateway: Gateway, broken: Answer
    ) -> None:
        slack.on("users.info", broken)
        with pytest.raises(errors.Unreachable):
            await gateway.user("U1")

    async def test_a_question_without_an_answer_in_time_may_be_asked_again(
        self, slack: Slack, hasty: Gateway
    ) -> None:
        slack.on("users.info", never)
        with pytest.raises(errors.Unreachable):
            await hasty.user("U1")

    @pytest.mark.parametrize(
        "odd",
        [
            raw(b"<html>busy</html>", 503),
            raw(b"<html>hello</html>"),
            raw(b"{not json", content_type="application/json"),
            raw(b"\xff\xfe\xff", content_type="application/json"),
            raw(b"fine", content_type="text/plain"),
            raw(b"\x1f\x8b", content_type="application/gzip"),
            raw(b"", 500),
            says([]),
            says([1]),
            says(None),
            says("ok"),
            says({"ok": False}),
            says({"ok": False, "error": 7}),
            says({"ok": True, "ts": "1.1"}, 502),
            says({"ok": False, "error": "internal_error"}),
            says({"ok": False, "error": "fatal_error"}),
            says({"ok": False, "error": "request_timeout"}),
        ],
    )
    async def test_odd_answers_to_a_post_are_uncertain(
        self, slack: Slack, gateway: Gateway, odd: Answer
    ) -> None:
        slack.on("chat.postMessage", odd)
        slack.on("users.info", odd)
        with pytest.raises(errors.Uncertain):
            await gateway.post("C01", "x")
        with pytest.raises(errors.Unreachable):
            await gateway.user("U1")

    async def test_no_connection_means_nothing_was_sent(
        self, session: aiohttp.ClientSession, unused_tcp_port: int
    ) -> None:
        gateway = Gateway(TOKEN, f"http://127.0.0.1:{unused_tcp_port}/api/", session)
        with pytest.raises(errors.Unreachable):
            await gateway.post("C01", "x")

    async def test_what_may_be_repeated_says_so(self, slack: Slack, gateway: Gateway) -> None:
        slack.on("chat.update", hangs_up)
        with pytest.raises(errors.Uncertain) as raised:
            await gateway.update("C01", "1.1", "x")
        assert raised.value.repeatable and raised.value.retry

    async def test_redirects_are_not_followed(self, slack: Slack, gateway: Gateway) -> None:
        slack.on("chat.postMessage", raw(b"", 307, Location=f"{slack.url}/elsewhere"))
        with pytest.raises(errors.Unreachable):
            await gateway.post("C01", "a customer's words")
        assert [call.method for call in slack.calls] == ["chat.postMessage"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("channel_not_found", errors.ChannelFault),
            ("is_archived", errors.ChannelFault),
            ("thread_not_found", errors.ThreadGone),
            ("cannot_reply_to_message", errors.ThreadGone),
            ("restricted_action_thread_locked", errors.ChannelFault),
            ("token_revoked", errors.WorkspaceFault),
            ("invalid_blocks", errors.BadRequest),
            ("invalid_blocks_format", errors.BadRequest),
            ("msg_too_long", errors.BadRequest),
            ("message_not_found", errors.Pointless),
            ("already_reacted", errors.Pointless),
            ("expired_trigger_id", errors.Expired),
            ("hash_conflict", errors.Stale),
            ("user_not_found", errors.Refused),
            ("never_heard_of", errors.Refused),
        ],
    )
    async def test_each_code_has_its_kind(
        self, slack: Slack, gateway: Gateway, code: str, kind: type[errors.SlackError]
    ) -> None:
        slack.on("chat.postMessage", {"ok": False, "error": code})
        with pytest.raises(errors.SlackError) as raised:
            await gateway.post("C01", "x")
        assert type(raised.value) is kind
        assert raised.value.code == code
        assert raised.value.certain
        assert raised.value.words.endswith(".")

    @pytest.mark.parametrize(
        ("answer", "seconds"),
        [
            (raw(b"", 429, **{"Retry-After": "17"}), 17),
            (says({"ok": False, "error": "ratelimited"}, 429), 1),
            (raw(b"wait", 429, "text/plain", **{"Retry-After": "soon"}), 1),
            (says({"ok": False, "error": "ratelimited"}, 200, **{"Retry-After": "3"}), 3),
            (says({"ok": False, "error": "message_limit_exceeded"}), 60),
        ],
    )
    async def test_a_pause_is_told_in_seconds(
        self, slack: Slack, gateway: Gateway, answer: Answer, seconds: float
    ) -> None:
        slack.on("chat.postMessage", answer)
        with pytest.raises(errors.Throttled) as raised:
            await gateway.post("C01", "x")
        assert raised.value.retry_after == seconds
        assert len(slack.calls) == 1

    async def test_several_scopes_of_which_one_would_do_are_named(
        self, slack: Slack, gateway: Gateway
    ) -> None:
        lacks = {"ok": False, "error": "missing_scope", "needed": "channels:read,groups:read"}
        slack.on("conversations.info", lacks)
        with pytest.raises(errors.WorkspaceFault) as caught:
            await gateway.channel("C1")
        assert "has none of the permissions channels:read, groups:read." in caught.value.words

    async def test_a_missing_scope_is_named(self, slack: Slack, gateway: Gateway) -> None:
        slack.on("chat.postMessage", {"ok": False, "error": "missing_scope", "needed": "chat:write"})
        with pytest.raises(errors.WorkspaceFault) as raised:
            await gateway.post("C01", "x")
        assert raised.value.needed == "chat:write"
        assert "chat:write" in raised.value.words

    async def test_slacks_pointers_are_kept_for_the_log(self, slack: Slack, gateway: Gateway) -> None:
        said = ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]
        slack.on(
            "chat.postMessage",
            {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": said}},
        )
        with pytest.raises(errors.BadRequest) as raised:
            await gateway.post("C01", "x")
        assert raised.value.messages == tuple(said)


class TestReading:
    async def test_auth_tells_the_scopes(self, slack: Slack, gateway: Gateway) -> None:
        who = {"ok": True, "team_id": "T1", "team": "Acme", "url": "https://a.slack.com/", "user_id": "U9"}
        slack.on("auth.test", says({**who, "bot_id": "B9"}, **{"x-oauth-scopes": "chat:write, files:read"}))
        auth = await gateway.auth_test()
        assert (auth.team_id, auth.bot_id) == ("T1", "B9")
        assert auth.scopes == {"chat:write", "files:read"}

    async def test_pages_are_read_to_the_end_and_wait_for_slacks_pace(
        self, slack: Slack, gateway: Gateway, clock: Waits
    ) -> None:
        slack.on(
            "users.list",
            {"ok": True, "members": [{"id": "U1"}], "response_metadata": {"next_cursor": "c2"}},
            raw(b"", 429, **{"Retry-After": "20"}),
            {"ok": True, "members": [{"id": "U2"}], "response_metadata": {"next_cursor": ""}},
        )
        assert [user["id"] for user in await gateway.users()] == ["U1", "U2"]
        assert clock.slept == [20]
        assert slack.calls[-1].args["cursor"] == "c2"

    async def test_a_list_that_never_ends_is_refused(self, slack: Slack, gateway: Gateway) -> None:
        turn = iter(range(10_000))

        async def more(_: web.Request) -> web.StreamResponse:
            page = {"ok": True, "members": [], "response_metadata": {"next_cursor": f"c{next(turn)}"}}
            return web.json_response(page)

        slack.on("users.list", more)
        with pytest.raises(errors.Refused):
            await gateway.users()

    async def test_channels_people_and_groups(self, slack: Slack, gateway: Gateway) -> None:
        slack.on("conversations.list", {"ok": True, "channels": [{"id": "C1", "name": "support"}]})
        slack.on("conversations.members", {"ok": True, "members": ["U1"]})
        slack.on("usergroups.list", {"ok": True, "usergroups": [{"id": "S1", "handle": "support"}]})
        slack.on("usergroups.users.list", {"ok": True, "users": ["U1", "U2"]})
        slack.on("conversations.info", {"ok": True, "channel": {"id": "C1"}})
        found = await gateway.find_channel("#support")
        assert found and found["id"] == "C1"
        assert await gateway.find_channel("supp") is None
        assert await gateway.members("C1") == ["U1"]
        assert [group["id"] for group in await gateway.groups()] == ["S1"]
        assert await gateway.group_members("S1") == ["U1", "U2"]
        assert (await gateway.channel("C1"))["id"] == "C1"

    async def test_threads_come_in_order_without_their_parent(self, slack: Slack, gateway: Gateway) -> None:
        messages = [{"ts": "10.000000"}, {"ts": "30.000000"}, {"ts": "20.000000"}, {"ts": "9.5"}, {"ts": "x"}]
        slack.on("conversations.replies", {"ok": True, "messages": messages})
        slack.on(
            "conversations.history",
            {"ok": True, "messages": [{"ts": "8.1", "latest_reply": "8.9"}, {"ts": "8.0"}]},
        )
        since = await gateway.thread_since("C1", "10.000000", "9.900000")
        assert [message["ts"] for message in since] == ["20.000000", "30.000000"]
        assert [parent["ts"] for parent in await gateway.channel_threads("C1", "8.0")] == ["8.1"]
        assert slack.calls[-1].args["inclusive"] == "true"


class TestFindPost:
    def post(self, **changes: Any) -> dict[str, Any]:
        metadata = {"event_type": "oratio_delivery", "event_payload": {"key": "k1"}}
        return {"ts": "5.000001", "bot_id": "B9", "metadata": metadata, **changes}

    @pytest.fixture(autouse=True)
    def known(self, slack: Slack) -> None:
        slack.on("auth.test", {"ok": True, "bot_id": "B9"})

    async def find(self, gateway: Gateway, thread_ts: str | None = "1.0") -> str | None:
        return await gateway.find_post("C1", thread_ts, "oratio_delivery", "k1", AT)

    async def test_found_on_a_later_page(self, slack: Slack, gateway: Gateway) -> None:
        slack.on(
            "conversations.replies",
            {
                "ok": True,
                "messages": [{"ts": "1.0"}],
                "has_more": True,
                "response_metadata": {"next_cursor": "n"},
            },
            {"ok": True, "messages": [self.post()]},
        )
        assert await self.find(gateway) == "5.000001"
        asked = slack.calls[-1].args
        assert (asked["ts"], asked["include_all_metadata"]) == ("1.0", "true")
        assert float(asked["oldest"]) == AT.timestamp() - 60

    async def test_a_parent_is_looked_for_in_the_channel(self, slack: Slack, gateway: Gateway) -> None:
        slack.on("conversations.history", {"ok": True, "messages": [self.post()]})
        assert await self.find(gateway, None) == "5.000001"

    @pytest.mark.parametrize(
        "foreign",
        [
            {"bot_id": "B1"},
            {"bot_id": None},
            {"metadata": {"event_type": "other", "event_payload": {"key": "k1"}}},
            {"metadata": {"event_type": "oratio_delivery", "event_payload": {"key": "k2"}}},
            {"metadata": "k1"},
            {"metadata": {"event_type": "oratio_delivery", "event_payload": ["key"]}},
        ],
    )
    async def test_somebody_elses_post_is_not_ours(
        self, slack: Slack, gateway: Gateway, foreign: dict[str, Any]
    ) -> None:
        slack.on("conversations.replies", {"ok": True, "messages": [self.post(**foreign)]})
        assert await self.find(gateway) is None

    async def test_a_pause_while_looking_is_raised(
        self, slack: Slack, gateway: Gateway, clock: Waits
    ) -> None:
        slack.on("conversations.replies", raw(b"", 429, **{"Retry-After": "5"}))
        with pytest.raises(errors.Throttled):
            await self.find(gateway)
        assert clock.slept == []


class TestRespond:
    async def test_answers_without_the_token(self, slack: Slack, gateway: Gateway) -> None:
        slack.on("hook", raw(b"ok", content_type="text/plain"))
        await gateway.respond(f"{slack.url}/hook", "done", [{"type": "divider"}], replace_original=True)
        call = slack.one("hook")
        assert call.token is None
        assert call.args == {
            "text": "done",
            "response_type": "ephemeral",
            "replace_original": True,
            "blocks": [{"type": "divider"}],
        }

    async def test_deleting_sends_nothing_else(self, slack: Slack, gateway: Gateway) -> None:
        slack.on("hook", {"ok": True})
        await gateway.respond(f"{slack.url}/hook", delete_original=True)
        assert slack.one("hook").args == {"delete_original": True}

    @pytest.mark.parametrize(
        "address",
        [
            "https://evil.example/hook",
            "https://hooks.slack.com.evil.example/x",
            "http://hooks.slack.com/x",
            "https://hooks.slack.com@evil.example/x",
            "https://u:p@hooks.slack.com/x",
            "https://slack.com/x",
            "https://hooks.slack.com:8443/x",
            "http://127.0.0.1:1/hook",
            "file:///etc/passwd",
            "",
            "//hooks.slack.com/x",
            "https://[::1",
        ],
    )
    async def test_foreign_addresses_are_never_called(
        self, gateway: Gateway, address: str, left_machine: list[str]
    ) -> None:
        with pytest.raises(errors.Refused) as raised:
            await gateway.respond(address, "x")
        assert raised.value.code == "foreign_response_url"
        assert "evil" not in str(raised.value)
        assert left_machine == []

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (raw(b"no_service", 404, "text/plain"), errors.Expired),
            (says({"ok": False, "error": "expired_url"}, 200), errors.Expired),
            (raw(b"used_url", 404, "text/plain"), errors.Expired),
            (raw(b"", 429, **{"Retry-After": "2"}), errors.Throttled),
            (raw(b"", 500), errors.Uncertain),
            (hangs_up, errors.Uncertain),
            (raw(b"invalid_blocks", 400, "text/plain"), errors.BadRequest),
            (raw(b"", 302, Location="http://127.0.0.1:1/"), errors.Refused),
        ],
    )
    async def test_what_goes_wrong_is_told(
        self, slack: Slack, gateway: Gateway, answer: Answer, kind: type[errors.SlackError]
    ) -> None:
        slack.on("hook", answer)
        with pytest.raises(kind):
            await gateway.respond(f"{slack.url}/hook", "x")
        assert len(slack.calls) == 1


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


class TestUploading:
    async def test_three_steps_and_the_token_in_two(self, slack: Slack, gateway: Gateway) -> None:
        slot = {"ok": True, "upload_url": f"{slack.url}/up/1", "file_id": "F1"}
        slack.on("files.getUploadURLExternal", slot)
        slack.on("up/1", raw(b"OK - 6", content_type="text/plain"))
        slack.on("files.completeUploadExternal", {"ok": True, "files": [{"id": "F1"}]})
        url, file_id = await gateway.upload_slot("a.png", 6)
        await gateway.put_file(url, chunks(b"abc", b"def"), 6)
        ts = await gateway.complete_upload(
            [(file_id, "a.png")], "C1", thread_ts="1.0", blocks=[{"type": "divider"}], username="Mia"
        )
        assert ts is None
        assert slack.one("files.getUploadURLExternal").args == {"filename": "a.png", "length": "6"}
        put = slack.one("up/1")
        assert (put.body, put.token) == (b"abcdef", None)
        assert put.headers["Content-Length"] == "6"
        assert "Transfer-Encoding" not in put.headers
        done = slack.one("files.completeUploadExternal").args
        assert json.loads(done["files"]) == [{"id": "F1", "title": "a.png"}]
        assert json.loads(done["blocks"]) == [{"type": "divider"}]
        assert (done["channel_id"], done["thread_ts"], done["username"]) == ("C1", "1.0", "Mia")

    @pytest.mark.parametrize("parts", [(b"abc",), (b"abc", b"defg"), ()])
    async def test_a_wrong_length_is_never_completed(
        self, slack: Slack, gateway: Gateway, parts: tuple[bytes, ...]
    ) -> None:
        with pytest.raises(errors.BadRequest) as raised:
            await gateway.put_file(f"{slack.url}/up/1", chunks(*parts), 6)
        assert raised.value.code == "wrong_length"

    @pytest.mark.parametrize("broken", [hangs_up, raw(b"", 500)])
    async def test_bytes_that_got_lost_may_be_sent_again(
        self, slack: Slack, gateway: Gateway, broken: Answer
    ) -> None:
        slack.on("up/1", broken)
        with pytest.raises(errors.Uncertain) as raised:
            await gateway.put_file(f"{slack.url}/up/1", chunks(b"abc"), 3)
        assert raised.value.repeatable

    async def test_an_upload_ends_when_nothing_moves(self, slack: Slack, hasty: Gateway) -> None:
        slack.on("up/1", never)
        with pytest.raises(errors.Uncertain):
            await hasty.put_file(f"{slack.url}/up/1", chunks(b"abc"), 3)

    async def test_an_upload_may_take_longer_than_a_call(self, slack: Slack, hasty: Gateway) -> None:
        async def slow() -> AsyncIterator[bytes]:
            for _ in range(5):
                await asyncio.sleep(0.1)  # the time-outs under test are of real time
                yield b"x"

        await hasty.put_file(f"{slack.url}/up/1", slow(), 5)
        assert slack.one("up/1").body == b"xxxxx"

    async def test_empty_files_and_foreign_slots_make_no_call(self, slack: Slack, gateway: Gateway) -> None:
        with pytest.raises(errors.BadRequest):
            await gateway.upload_slot("a", 0)
        with pytest.raises(errors.Refused):
            await gateway.put_file("https://files.slack.com.evil.example/up", chunks(b"a"), 1)
        assert slack.calls == []

    async def test_a_completion_without_an_answer_is_uncertain(self, slack: Slack, gateway: Gateway) -> None:
        slack.on("files.completeUploadExternal", hangs_up)
        with pytest.raises(errors.Uncertain) as raised:
            await gateway.complete_upload([("F1", "a")], "C1")
        assert not raised.value.repeatable

    async def test_shares_tell_where_a_file_stands(self, slack: Slack, gateway: Gateway) -> None:
        shares = {"private": {"C1": [{"ts": "2.0", "thread_ts": "1.0"}, {"ts": "3.0", "thread_ts": "1.5"}]}}
        slack.on("files.info", {"ok": True, "file": {"id": "F1", "shares": shares}})
        assert await gateway.file_shares("F1", "C1") == "2.0"
        assert await gateway.file_shares("F1", "C1", "1.5") == "3.0"
        assert await gateway.file_shares("F1", "C1", "9.9") is None
        assert await gateway.file_shares("F1", "C2") is None

    @pytest.mark.parametrize("shares", [None, [], {}, {"public": []}, {"public": {"C1": [None, {"ts": 5}]}}])
    async def test_missing_shares_mean_not_yet(self, slack: Slack, gateway: Gateway, shares: object) -> None:
        slack.on("files.info", {"ok": True, "file": {"id": "F1", "shares": shares}})
        assert await gateway.file_shares("F1", "C1") is None


async def read(stream: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in stream])


class TestDownloading:
    async def test_bytes_come_with_the_token(self, slack: Slack, gateway: Gateway) -> None:
        slack.on("f/1", raw(b"x" * 700_000, content_type="image/png"))
        assert len(await read(gateway.download(f"{slack.url}/f/1"))) == 700_000
        assert slack.one("f/1").token == TOKEN

    @pytest.mark.parametrize("heeds", [True, False])
    async def test_it_can_begin_later_and_tells_how_long_the_whole_is(
        self, slack: Slack, gateway: Gateway, heeds: bool
    ) -> None:
        content = bytes(range(256)) * 2_000

        async def serve(request: web.Request) -> web.Response:
            assert request.headers.get("Range") == "bytes=300000-"
            if not heeds:
                return web.Response(body=content, content_type="image/png")
            said = {"Content-Range": f"bytes 300000-{len(content) - 1}/{len(content)}"}
            return web.Response(status=206, body=content[300_000:], headers=said, content_type="image/png")

        slack.on("f/1", serve)
        told: list[int] = []
        stream = gateway.download(f"{slack.url}/f/1", start=300_000, told=told.append)
        assert await read(stream) == content[300_000:]
        assert told == [len(content)]

    @pytest.mark.parametrize(
        "answer",
        [
            raw(b"", 302, Location="/login"),
            raw(b"<html>Sign in</html>"),
            raw(b"", 403),
            raw(b"", 401),
        ],
    )
    async def test_a_sign_in_page_is_a_missing_scope_not_a_file(
        self, slack: Slack, gateway: Gateway, answer: Answer
    ) -> None:
        slack.on("f/1", answer)
        with pytest.raises(errors.WorkspaceFault) as raised:
            await read(gateway.download(f"{slack.url}/f/1", mimetype="image/png"))
        assert raised.value.needed == "files:read"
        assert len(slack.calls) == 1

    async def test_a_real_page_is_a_file(self, slack: Slack, gateway: Gateway) -> None:
        slack.on("f/1", raw(b"<html>mine</html>"))
        assert await read(gateway.download(f"{slack.url}/f/1", mimetype="text/html")) == b"<html>mine</html>"

    @pytest.mark.parametrize("declared", [True, False])
    async def test_nothing_is_read_beyond_the_limit(
        self, slack: Slack, gateway: Gateway, declared: bool
    ) -> None:
        async def large(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "image/png"})
            if declared:
                response.content_length = 3_000_000
            await response.prepare(request)
            for _ in range(30):
                await response.write(b"x" * 100_000)
            return response

        slack.on("f/1", large)
        with pytest.raises(TooLarge) as raised:
            await read(gateway.download(f"{slack.url}/f/1", limit=1_000_000))
        assert raised.value.limit == 1_000_000
        assert 1_000_000 < raised.value.at_least <= (3_000_000 if declared else 1_400_000)

    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (raw(b"", 404), errors.Pointless),
            (raw(b"", 503), errors.Unreachable),
            (raw(b"", 429, **{"Retry-After": "2"}), errors.Throttled),
            (hangs_up, errors.Unreachable),
            (breaks_off, errors.Unreachable),
        ],
    )
    async def test_what_goes_wrong_is_told(
        self, slack: Slack, gateway: Gateway, answer: Answer, kind: type[errors.SlackError]
    ) -> None:
        slack.on("f/1", answer)
        with pytest.raises(kind):
            await read(gateway.download(f"{slack.url}/f/1"))

    async def test_a_download_ends_when_nothing_moves(self, slack: Slack, hasty: Gateway) -> None:
        slack.on("f/1", never)
        with pytest.raises(errors.Unreachable):
            await read(hasty.download(f"{slack.url}/f/1"))

    @pytest.mark.parametrize(
        "address",
        [
            "https://evil.example/f",
            "https://files.slack.com@evil.example/f",
            "https://evilslack.com/f",
            "http://files.slack.com/f",
            "http://127.0.0.1:1/f",
            "http://localhost/f",
            "https://files.slack.com:444/f",
            "https://slack.com.evil.example/f",
            "ftp://files.slack.com/f",
            "https://evil.example\\@files.slack.com/f",
        ],
    )
    async def test_the_token_goes_nowhere_else(
        self, gateway: Gateway, address: str, left_machine: list[str]
    ) -> None:
        with pytest.raises(errors.Refused):
            await read(gateway.download(address))
        assert left_machine == []


class TestAddress:
    @pytest.mark.parametrize(
        "address",
        [
            "https://slack.com/api/",
            "https://slack-gov.com/api/",
            "http://127.0.0.1:9/api/",
            "https://proxy.test/api",
        ],
    )
    async def test_right_ones_are_taken(self, session: aiohttp.ClientSession, address: str) -> None:
        assert TOKEN not in repr(Gateway(TOKEN, address, session))

    @pytest.mark.parametrize(
        "address",
        [
            "http://slack.com/api/",
            "slack.com/api",
            "",
            "ftp://slack.com/",
            "https://u:p@slack.com/api/",
            "https://",
        ],
    )
    async def test_wrong_ones_are_refused_at_once(self, session: aiohttp.ClientSession, address: str) -> None:
        with pytest.raises(ValueError, match=r"Slack's API address must"):
            Gateway(TOKEN, address, session)


async def test_neither_token_nor_words_are_in_errors_or_logs(
    slack: Slack, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    slack.on("chat.postMessage", says({"ok": False, "error": "channel_not_found"}), hangs_up)
    slack.on("f/1", hangs_up)
    for attempt in (
        lambda: gateway.post("C01", "canary words"),
        lambda: gateway.post("C01", "canary words"),
        lambda: read(gateway.download(f"{slack.url}/f/1?t=canary")),
    ):
        with pytest.raises(errors.SlackError) as raised:
            await attempt()
        assert "canary" not in f"{raised.value!r} {raised.value}"
    assert "canary" not in caplog.text
