"""Block Kit as Slack checks it: each limit at its edge and one beyond."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Refusal, Sandbox
from sandbox.blockkit import Surface, check_attachments, check_blocks, check_view

ROOM = "C0SUPPORT1"


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(number: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": f"a{number}", "text": plain("Go"), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def options(count: int) -> list[dict[str, Any]]:
    return [{"text": plain(f"o{n}"), "value": str(n)} for n in range(count)]


def select(count: int, **more: Any) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "s", "options": options(count), **more}


def entry(**element: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": "i", "label": plain("L"), "element": {"action_id": "e", **element}}


def confirm(**more: Any) -> dict[str, Any]:
    made = {"title": plain("T"), "text": plain("x"), "confirm": plain("Yes"), "deny": plain("No")}
    return {**made, **more}


def _rich(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


# (what fits, what is one too much, and where Slack points)
EDGES = [
    ([section("x" * 3000)], [section("x" * 3001)], "/blocks/0/text/text"),
    ([section("x")], [section("")], "/blocks/0/text/text"),
    ([section(fields=[plain("x")] * 10)], [section(fields=[plain("x")] * 11)], "/blocks/0/fields"),
    ([section(fields=[plain("x" * 2000)])], [section(fields=[plain("x" * 2001)])], "/blocks/0/fields/0/text"),
    ([section(block_id="b" * 255)], [section(block_id="b" * 256)], "/blocks/0/block_id"),
    (
        [{"type": "header", "text": plain("x" * 150)}],
        [{"type": "header", "text": plain("x" * 151)}],
        "/blocks/0/text/text",
    ),
    (
        [{"type": "context", "elements": [plain("x")] * 10}],
        [{"type": "context", "elements": [plain("x")] * 11}],
        "/blocks/0/elements",
    ),
    ([actions(*map(button, range(25)))], [actions(*map(button, range(26)))], "/blocks/0/elements"),
    (
        [actions(button(value="v" * 2000))],
        [actions(button(value="v" * 2001))],
        "/blocks/0/elements/0/value",
    ),
    (
        [actions(button(text=plain("x" * 75)))],
        [actions(button(text=plain("x" * 76)))],
        "/blocks/0/elements/0/text/text",
    ),
    (
        [actions(button(accessibility_label="x" * 75))],
        [actions(button(accessibility_label="x" * 76))],
        "/blocks/0/elements/0/accessibility_label",
    ),
    ([actions(button(style="danger"))], [actions(button(style="blue"))], "/blocks/0/elements/0/style"),
    ([actions(select(100))], [actions(select(101))], "/blocks/0/elements/0/options"),
    (
        [actions({"type": "overflow", "action_id": "o", "options": options(5)})],
        [actions({"type": "overflow", "action_id": "o", "options": options(6)})],
        "/blocks/0/elements/0/options",
    ),
    (
        [actions({"type": "radio_buttons", "action_id": "o", "options": options(10)})],
        [actions({"type": "radio_buttons", "action_id": "o", "options": options(11)})],
        "/blocks/0/elements/0/options",
    ),
    (
        [actions(select(1, options=[{"text": plain("x" * 75), "value": "v" * 150}]))],
        [actions(select(1, options=[{"text": plain("x" * 75), "value": "v" * 151}]))],
        "/blocks/0/elements/0/options/0/value",
    ),
    (
        [actions(select(1, placeholder=plain("x" * 150)))],
        [actions(select(1, placeholder=plain("x" * 151)))],
        "/blocks/0/elements/0/placeholder/text",
    ),
    (
        [actions(button(confirm=confirm(title=plain("x" * 100))))],
        [actions(button(confirm=confirm(title=plain("x" * 101))))],
        "/blocks/0/elements/0/confirm/title/text",
    ),
    (
        [actions(button(confirm=confirm(text=plain("x" * 300))))],
        [actions(button(confirm=confirm(text=plain("x" * 301))))],
        "/blocks/0/elements/0/confirm/text/text",
    ),
    (
        [actions(button(confirm=confirm(deny=plain("x" * 30))))],
        [actions(button(confirm=confirm(deny=plain("x" * 31))))],
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    (
        [{"type": "image", "image_url": "https://x.example/a.png", "alt_text": "x" * 2000}],
        [{"type": "image", "image_url": "https://x.example/a.png", "alt_text": "x" * 2001}],
        "/blocks/0/alt_text",
    ),
    (
        [{"type": "image", "image_url": "https://x.example/a.png", "alt_text": ""}],
        [{"type": "image", "image_url": "data:image/png;base64,AA", "alt_text": ""}],
        "/blocks/0/image_url",
    ),
    (
        [section(accessory={"type": "image", "image_url": "https://x.example/a.png", "alt_text": "x"})],
        [section(accessory={"type": "image", "image_url": "http://localhost:3000/a.png", "alt_text": "x"})],
        "/blocks/0/accessory/image_url",
    ),
    (
        [{"type": "image", "image_url": "https://9.9.9.9/a.png", "alt_text": "x"}],
        [{"type": "image", "image_url": "https://10.0.0.1/a.png", "alt_text": "x"}],
        "/blocks/0/image_url",
    ),
    (
        [actions(select(1, options=[{"text": plain("x"), "value": "v"}]))],
        [actions(select(1, options=[{"text": plain("x"), "value": ""}]))],
        "/blocks/0/elements/0/options/0/value",
    ),
    ([section(fields=[plain("x")])], [section(fields=[{**plain("x"), "verbatim": True}])], "fields/0"),
    ([section()] * 50, [section()] * 51, "/blocks"),
    ([_rich([{"type": "text", "text": "x"}])], [_rich([{"type": "text", "text": ""}])], "elements/0/text"),
    ([_rich([{"type": "emoji", "name": "x"}])], [_rich([{"type": "picture"}])], "elements/0/elements/0/type"),
    (
        [section(accessory=button())],
        [section(accessory={"type": "plain_text_input"})],
        "/blocks/0/accessory/type",
    ),
    ([entry(type="plain_text_input")], [actions({"type": "plain_text_input"})], "/blocks/0/elements/0/type"),
    ([section()], [{"type": "alert", "text": plain("x")}], "/blocks/0/type"),
    ([section()], [{"type": "sectoin"}], "/blocks/0/type"),
    ([section()], [{"type": "section"}], "/blocks/0"),
    ([section()], [section(colour="red")], "/blocks/0"),
    ([section(block_id="a"), section(block_id="b")], [section(block_id="a")] * 2, "/blocks/1/block_id"),
    ([actions(button(1), button(2))], [actions(button(1), button(1))], "/blocks/0/elements/1/action_id"),
    ([entry(type="plain_text_input")], [entry(type="file_input")], "/blocks/0/element/type"),
    (
        [actions(select(2, initial_option=options(2)[1]))],
        [actions(select(2, initial_option=options(3)[2]))],
        "/blocks/0/elements/0",
    ),
]


@pytest.mark.parametrize(("fits", "too_much", "at"), EDGES, ids=lambda v: v if isinstance(v, str) else "")
def test_each_limit_holds_at_its_edge(fits: list[Any], too_much: list[Any], at: str) -> None:
    check_blocks(fits)
    with pytest.raises(Refusal) as caught:
        check_blocks(too_much)
    assert caught.value.code == "invalid_blocks"
    assert f"{at}]" in caught.value.extra["response_metadata"]["messages"][0]


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ({"type": "section"}, "invalid_blocks_format"),
        ([section("x" * 3000)] * 5, "msg_blocks_too_long"),
        ([{"type": "markdown", "text": "x" * 7000}] * 2, "msg_blocks_too_long"),
        ([{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2, "only_one_table_allowed"),
    ],
)
def test_whole_messages_have_limits_too(blocks: Any, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_blocks(blocks)
    assert caught.value.code == code


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("T"), "blocks": list(blocks), **more}


@pytest.mark.parametrize(
    ("view", "at"),
    [
        (modal({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}), "/view/blocks/0/type"),
        (modal({"type": "markdown", "text": "x"}), "/view/blocks/0/type"),
        (modal({"type": "context_actions", "elements": []}), "/view/blocks/0/type"),
        (modal(section(), title=plain("x" * 25)), "/view/title/text"),
        (modal(section(), submit=plain("x" * 25)), "/view/submit/text"),
        (modal(section(), close=plain("x" * 25)), "/view/close/text"),
        (modal(section(), private_metadata="x" * 3001), "/view/private_metadata"),
        (modal(section(), callback_id="x" * 256), "/view/callback_id"),
        (modal(entry(type="plain_text_input")), "/view/submit"),
        (modal(*[section()] * 101), "/view/blocks"),
        ({"type": "home", "blocks": []}, "/view/type"),
        ({"type": "modal", "blocks": []}, "/view"),
    ],
)
def test_modals_refuse_what_modals_cannot_hold(view: dict[str, Any], at: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_view(view, Surface.MODAL)
    assert caught.value.code == "invalid_arguments"
    assert f"json-pointer:{at}]" in caught.value.extra["response_metadata"]["messages"][0]


def test_modals_hold_alerts_inputs_and_a_hundred_blocks() -> None:
    alert = {"type": "alert", "text": plain("Careful")}
    check_view(modal(alert, entry(type="file_input"), submit=plain("Send")), Surface.MODAL)
    check_view(modal(*[section()] * 100), Surface.MODAL)


@pytest.mark.parametrize(
    ("blocks", "at"),
    [
        ([{"type": "alert", "text": plain("x")}], "/view/blocks/0/type"),
        ([{"type": "markdown", "text": "x"}], "/view/blocks/0/type"),
        ([{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}], "/view/blocks/0/type"),
        ([entry(type="file_input")], "/view/blocks/0/element/type"),
        ([section()] * 101, "/view/blocks"),
        ([section(block_id="a")] * 2, "/view/blocks/1/block_id"),
    ],
)
def test_home_refuses_what_it_cannot_hold(blocks: list[Any], at: str) -> None:
    check_view({"type": "home", "blocks": [section()] * 100}, Surface.HOME)
    check_view({"type": "home", "blocks": [entry(type="plain_text_input")]}, Surface.HOME)
    with pytest.raises(Refusal) as caught:
        check_view({"type": "home", "blocks": blocks}, Surface.HOME)
    assert f"json-pointer:{at}]" in caught.value.extra["response_metadata"]["messages"][0]


def test_a_view_has_a_largest_size() -> None:
    with pytest.raises(Refusal, match="view_too_large"):
        check_view(modal(*[section("x" * 2900)] * 100), Surface.MODAL)


def test_attachments_are_checked_with_their_blocks() -> None:
    check_attachments([{"color": "#229ED9", "fallback": "x", "blocks": [section()]}])
    cases = [
        ([{"blocks": [section("")]}], "invalid_attachments", "/attachments/0/blocks/0/text/text"),
        ([{"footer": "x" * 301}], "invalid_attachments", "/attachments/0/footer"),
        ([{"image_url": "javascript:alert(1)"}], "invalid_attachments", "/attachments/0/image_url"),
        ([{"blocks": [section()], "text": "x"}], "invalid_attachments", "/attachments/0"),
        ([{"blocks": [section()], "callback_id": "x"}], "invalid_attachments", "/attachments/0"),
    ]
    for attachments, code, at in cases:
        with pytest.raises(Refusal) as caught:
            check_attachments(attachments)
        assert caught.value.code == code
        assert f"json-pointer:{at}]" in caught.value.extra["response_metadata"]["messages"][0]
    with pytest.raises(Refusal, match="too_many_attachments"):
        check_attachments([{"text": "x"}] * 101)


async def test_a_refused_post_names_the_place_and_posts_nothing(
    slack: Sandbox, client: AsyncWebClient, refused
) -> None:
    before = len(slack.messages(ROOM))
    answer = await refused(client.chat_postMessage(channel=ROOM, text="x", blocks=[section("x" * 3001)]))
    assert answer["error"] == "invalid_blocks"
    pointer = "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["response_metadata"]["messages"] == [pointer]
    assert answer["errors"] == [pointer.removeprefix("[ERROR] ")]
    assert len(slack.messages(ROOM)) == before


async def test_missing_ids_and_defaults_are_filled_in(slack: Sandbox, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(
        channel=ROOM, text="x", blocks=[section(), actions({"type": "button", "text": plain("Go")})]
    )
    first, second = slack.message(ROOM, posted["ts"])["blocks"]
    assert len(first["block_id"]) == 5 and first["text"]["verbatim"] is False
    assert second["elements"][0]["action_id"] and second["elements"][0]["text"]["emoji"] is True
