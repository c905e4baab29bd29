"""Calls as WhatsApp makes them, and stranger ones, read into events."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from networks.errors import PayloadInvalid
from networks.events import (
    InboundEdit,
    InboundMessage,
    InboundReaction,
    ProfileChanged,
    ReportState,
)
from networks.whatsapp import WhatsApp
from tests.networks.whatsapp.cloud_api import NUMBER_ID, PHONE, USER_ID
from tests.networks.whatsapp.kit import ACCOUNT, CASES, WhatsAppKit, payload


def read(told: Any) -> list[Any]:
    return list(WhatsAppKit().parse(told))


def told(**changed: Any) -> Any:
    """Bruno's text, with other things in its message."""
    made = payload("text")
    message = value_of(made)["messages"][0]
    message.update(changed)
    for key in [key for key, value in changed.items() if value is None]:
        del message[key]
    return made


def value_of(made: Any) -> Any:
    return made["entry"][0]["changes"][0]["value"]


def only(**changed: Any) -> InboundMessage:
    (event,) = read(told(**changed))
    assert isinstance(event, InboundMessage)
    return event


def test_everything_of_one_call_is_read_in_its_order() -> None:
    whole = copy.deepcopy(CASES[0].payload)
    for case in CASES[1:]:
        whole["entry"] += copy.deepcopy(case.payload)["entry"]
    assert read(whole) == [event for case in CASES for event in case.events]


def test_what_cannot_be_read_does_not_hold_up_the_rest() -> None:
    made = told()
    good = value_of(made)["messages"][0]
    value_of(made)["messages"] = [{**good, "timestamp": "soon"}, {**good, "id": ""}, good, {"type": "text"}]
    with pytest.raises(PayloadInvalid) as caught:
        read(made)
    assert [event.event_id for event in caught.value.events] == [good["id"]]


def test_each_event_says_which_number_it_is_about() -> None:
    made = told()
    value_of(made)["metadata"]["phone_number_id"] = "999"
    made["entry"] += payload("reply")["entry"]
    assert [event.recipient for event in read(made)] == ["999", NUMBER_ID]
    assert WhatsApp().serves(ACCOUNT, NUMBER_ID)
    assert not WhatsApp().serves(ACCOUNT, "999")
    del value_of(made)["metadata"]
    assert read(made)[0].recipient is None


def test_what_comes_back_with_our_reference_says_which_part_it_is_about() -> None:
    made = payload("status_delivered")
    status = value_of(made)["statuses"][0]
    assert read(made)[0].key == ""  # another program's
    status["biz_opaque_callback_data"] = "oratio:d1"
    assert read(made)[0].key == "d1"


@pytest.mark.parametrize(
    ("changed", "placeholder"),
    [
        ({"type": "hologram", "hologram": {}}, "Sent something that can't be shown here (hologram)"),
        ({"type": "unsupported"}, "Sent something that can't be shown here"),
        ({"type": "unknown"}, "Sent something that can't be shown here"),
        ({"type": None}, "Sent something that can't be shown here"),
        ({"text": {"body": " "}}, "An empty message"),
        ({"type": "location", "location": {"latitude": "x"}}, "Location: not readable"),
        ({"type": "contacts", "contacts": "x"}, "Contact: not readable"),
        ({"type": "contacts", "contacts": [{}]}, "Contact: not readable"),
        ({"type": "order", "order": {}}, "Order: not readable"),
        ({"type": "image", "image": {"id": "../../x"}}, "Picture: a file that WhatsApp did not name"),
        (
            {"type": "sticker", "sticker": {"animated": True}},
            "Moving sticker: a file that WhatsApp did not name",
        ),
        ({"type": "button", "button": {}}, "Pressed a button"),
        (
            {"type": "interactive", "interactive": {"type": "call_reply"}},
            "Sent something that can't be shown here (call reply)",
        ),
    ],
)
def test_each_strange_kind_is_told_in_words(changed: dict[str, Any], placeholder: str) -> None:
    assert only(**changed).placeholder == placeholder


def test_what_stands_around_a_message_is_told() -> None:
    context = {"frequently_forwarded": True, "referred_product": {"product_retailer_id": "shoe-7"}}
    event = only(context=context, group_id="g1")
    assert event.placeholder == (
        "Forwarded many times · About the product shoe-7 · "
        "Written in a group; an answer goes to this person alone"
    )
    assert (event.text, event.reply_to) == ("Olá! My *order* 4711 is late.", None)


def test_half_characters_and_nulls_are_taken_out() -> None:
    event = only(text={"body": "a\ud800b\0c"})
    assert event.text == "a\ufffdbc"


def test_who_wrote_is_found_by_either_id() -> None:
    assert (only().contact_id, only().known_as) == (USER_ID, PHONE)
    made = told(from_user_id=None)
    assert [(e.contact_id, e.known_as) for e in read(made)] == [(USER_ID, PHONE)]  # told beside
    del value_of(made)["contacts"]
    (event,) = read(made)
    assert (event.contact_id, event.known_as, event.profile) == (PHONE, None, None)
    other = told()
    value_of(other)["contacts"] = [{"profile": {"name": "Eve"}, "wa_id": "4915112345678"}]
    assert read(other)[0].profile is None or read(other)[0].profile.name != "Eve"
    with pytest.raises(PayloadInvalid):
        read(told(**{"from": "Bruno", "from_user_id": "bruno"}))


@pytest.mark.parametrize(
    ("system", "now", "before"),
    [
        ({"type": "user_changed_user_id", "user_id": "BR.2", "previous_user_id": "BR.1"}, "BR.2", "BR.1"),
        ({"type": "user_changed_user_id", "user_id": "BR.2"}, "BR.2", USER_ID),
        ({"type": "user_changed_number", "wa_id": "5511900001111"}, "5511900001111", USER_ID),
        ({"type": "user_changed_number", "wa_id": "5511900001111", "user_id": "BR.2"}, "BR.2", USER_ID),
    ],
)
def test_another_id_is_the_same_person(system: dict[str, str], now: str, before: str) -> None:
    (event,) = read(told(type="system", system=system, text=None))
    assert isinstance(event, ProfileChanged)
    assert (event.contact_id, event.known_as) == (now, before)


def test_the_sentence_alone_tells_who_it_was() -> None:
    made = payload("id_changed")
    del value_of(made)["messages"][0]["from_user_id"]
    assert read(made)[0].known_as == USER_ID
    value_of(made)["messages"][0]["system"]["body"] = "Somebody changed"
    assert read(made) == []


def test_changes_without_a_target_cannot_be_read() -> None:
    for kind in ("edit", "revoke", "reaction"):
        with pytest.raises(PayloadInvalid):
            read(told(**{"type": kind, kind: {}}))


def test_what_a_colleague_changes_in_the_app_is_a_line_of_its_own() -> None:
    made = payload("echo")
    echo = value_of(made)["message_echoes"][0]
    echo |= {"type": "revoke", "revoke": {"original_message_id": "wamid.1"}}
    assert read(made)[0].placeholder == "Took a message back in the WhatsApp app"
    echo |= {"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": "👍"}}
    assert read(made)[0].placeholder == "Reacted with 👍"
    echo["reaction"] = {"message_id": "wamid.1"}
    assert read(made)[0].placeholder == "Took a reaction back"


def test_the_same_status_twice_is_one_event_and_each_of_its_own() -> None:
    ids = {read(payload(f"status_{name}"))[0].event_id for name in ("sent", "delivered", "read", "played")}
    assert len(ids) == 4
    assert read(payload("status_played"))[0].state is ReportState.READ
    assert isinstance(read(payload("edit"))[0], InboundEdit)
    assert isinstance(read(payload("reaction"))[0], InboundReaction)
