"""One suite for every network: what the desk relies on, whoever the provider is."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from networks.base import (
    Attachment,
    Author,
    Deletes,
    Edits,
    MarksRead,
    Network,
    OutboundPart,
    PollingNetwork,
    Reacts,
    Receipt,
    Templates,
    Types,
    WebhookNetwork,
)
from networks.capabilities import Capabilities, MediaKind, Support
from networks.errors import DeliveryError, PayloadInvalid, SignatureInvalid, Throttled
from networks.events import DeliveryReport, InboundEvent, InboundMessage
from networks.registry import NETWORKS
from tests.contract.kit import Bench, Effect, Kit
from tests.networks.email.kit import EmailKit
from tests.networks.fake_kit import FAKE_KITS
from tests.networks.instagram.kit import InstagramKit
from tests.networks.line.kit import LineKit
from tests.networks.matrix.kit import MatrixKit
from tests.networks.messenger.kit import MessengerKit
from tests.networks.telegram.kit import TelegramKit
from tests.networks.twilio.kit import TwilioKit
from tests.networks.viber.kit import ViberKit
from tests.networks.webchat.kit import WebChatKit
from tests.networks.whatsapp.kit import WhatsAppKit

KITS: dict[str, Kit] = {
    kit.name: kit
    for kit in (
        WebChatKit(),
        TelegramKit(),
        ViberKit(),
        MatrixKit(),
        TwilioKit(),
        MessengerKit(),
        InstagramKit(),
        LineKit(),
        WhatsAppKit(),
        EmailKit(),
        *FAKE_KITS,
    )
}
EVENTS = InboundEvent.__args__

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=40)
    | st.sampled_from(["", "\x00", "\ud800", "../../x", "a" * 300, "👍", "1e400"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
BOUNDED = settings(
    max_examples=250,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(params=list(KITS))
def kit(request: pytest.FixtureRequest) -> Kit:
    return KITS[request.param]


@pytest.fixture
async def bench(kit: Kit, tmp_path: Path) -> AsyncIterator[Bench]:
    async with kit.bench(tmp_path) as made:
        yield made


def part(contact: str, **more: Any) -> OutboundPart:
    return OutboundPart(
        **{
            "idempotency_key": "d1",
            "contact_id": contact,
            "text": "Grüße 👋 <b>",
            "author": Author(name="Ana"),
            **more,
        }
    )


# What comes in


def test_every_network_has_its_kit() -> None:
    assert set(NETWORKS) <= set(KITS)


def test_payloads_are_read_to_exactly_these_events(kit: Kit) -> None:
    for case in kit.cases:
        assert tuple(kit.parse(copy.deepcopy(case.payload))) == case.events, case.name


def test_a_payload_twice_gives_the_same_ids(kit: Kit) -> None:
    for case in kit.cases:
        ids = [e.event_id for e in kit.parse(case.payload)]
        assert ids == [e.event_id for e in kit.parse(copy.deepcopy(case.payload))], case.name
        assert len(set(ids)) == len(ids)


def test_different_payloads_have_different_event_ids(kit: Kit) -> None:
    ids = [e.event_id for case in kit.cases for e in case.events]
    assert len(set(ids)) == len(ids)


def test_a_genuine_signature_passes(kit: Kit) -> None:
    kit.genuine()


async def test_forged_and_stale_signatures_are_refused(kit: Kit, bench: Bench) -> None:
    forgeries = kit.forgeries()
    only_asked = isinstance(bench.network, PollingNetwork) and not isinstance(bench.network, WebhookNetwork)
    assert only_asked or {"missing", "stale", "truncated", "not ASCII"} <= set(forgeries)
    for name, check in forgeries.items():
        with pytest.raises(SignatureInvalid):
            check()
            pytest.fail(f"{name} passed")


def test_own_echoes_and_unknown_kinds_say_nothing(kit: Kit) -> None:
    assert len(kit.silent) >= 2
    for name, payload in kit.silent.items():
        assert list(kit.parse(payload)) == [], name


@pytest.mark.no_cover
@BOUNDED
@given(data=st.data())
def test_any_json_at_any_field_gives_events_or_a_refusal(data: st.DataObject) -> None:
    """Every network is given the same made-up JSON: making it takes longer than reading it."""
    made = data.draw(JSON)
    for name, kit in KITS.items():
        case = data.draw(st.sampled_from(kit.cases))
        where = data.draw(st.sampled_from(list(places(case.payload))))
        assert readable(kit, planted(case.payload, where, made)), name


@pytest.mark.no_cover
@BOUNDED
@given(payload=JSON)
def test_any_json_at_all_gives_events_or_a_refusal(payload: Any) -> None:
    for name, kit in KITS.items():
        assert readable(kit, payload), name


def test_a_missing_field_gives_events_or_a_refusal(kit: Kit) -> None:
    for case in kit.cases:
        for where in places(case.payload):
            if where and isinstance(where[-1], str):
                assert readable(kit, without(case.payload, where)), (case.name, where)


def readable(kit: Kit, payload: Any) -> bool:
    """Events whose words and ids can be stored, or the one refusal allowed; never another exception."""
    try:
        events = list(kit.parse(payload))
    except PayloadInvalid:
        return True
    for event in events:
        assert isinstance(event, EVENTS)
        assert 0 < len(event.event_id) <= 255
        assert event.sent_at.tzinfo is not None
        if isinstance(event, InboundMessage):
            assert event.text or event.attachments or event.placeholder or kit.name.startswith("fake")
    return True


def places(payload: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value, the whole first."""
    yield at
    inner = (
        payload.items()
        if isinstance(payload, dict)
        else enumerate(payload)
        if isinstance(payload, list)
        else ()
    )
    for key, value in inner:
        yield from places(value, (*at, key))


def planted(payload: Any, where: tuple[str | int, ...], value: Any) -> Any:
    if not where:
        return value
    changed = copy.deepcopy(payload)
    _parent(changed, where)[where[-1]] = value
    return changed


def without(payload: Any, where: tuple[str | int, ...]) -> Any:
    changed = copy.deepcopy(payload)
    del _parent(changed, where)[where[-1]]
    return changed


def _parent(payload: Any, where: tuple[str | int, ...]) -> Any:
    for key in where[:-1]:
        payload = payload[key]
    return payload


# What goes out


async def test_an_accepted_part_is_shown_exactly_once(bench: Bench) -> None:
    receipt = await bench.network.send(bench.account, part(bench.contact))
    assert await bench.effects() == [
        Effect(verb="send", contact=bench.contact, message=receipt.external_id, text="Grüße 👋 <b>")
    ]


async def test_a_file_goes_with_its_text_in_one_message(bench: Bench) -> None:
    capabilities = bench.network.capabilities_for(bench.account)
    kind = MediaKind.DOCUMENT if MediaKind.DOCUMENT in capabilities.send else next(iter(capabilities.send))
    captioned = capabilities.caption_limit is not None and kind in capabilities.captioned
    text = "Grüße 👋 <b>" if captioned else ""
    receipt = await bench.network.send(
        bench.account, part(bench.contact, text=text, attachment=attachment(b"x" * 70_000, kind))
    )
    assert await bench.effects() == [
        Effect(
            verb="send",
            contact=bench.contact,
            message=receipt.external_id,
            text=text,
            files=(("a b.txt", 70_000),),
        )
    ]


async def test_parts_of_different_keys_have_different_receipts(bench: Bench) -> None:
    first = await bench.network.send(bench.account, part(bench.contact))
    second = await bench.network.send(bench.account, part(bench.contact, idempotency_key="d2"))
    assert isinstance(first, Receipt)
    assert first.external_id != second.external_id
    assert len(await bench.effects()) == 2


async def test_repeating_a_key_is_seen_once_where_declared(bench: Bench) -> None:
    once = await bench.network.send(bench.account, part(bench.contact))
    again = await bench.network.send(bench.account, part(bench.contact))
    if bench.network.capabilities_for(bench.account).idempotent_send:
        assert again == once
        assert len(await bench.effects()) == 1
    else:
        assert again != once
        assert len(await bench.effects()) == 2


async def test_what_goes_wrong_at_the_provider_has_its_error(kit: Kit, bench: Bench) -> None:
    if bench.fault is None:
        assert not kit.faults
    for fault, error in kit.faults.items():
        assert bench.fault is not None
        bench.fault(fault)
        with pytest.raises(DeliveryError) as caught:
            await bench.network.send(bench.account, part(bench.contact, idempotency_key=fault))
        assert type(caught.value) is error, fault
        assert is_clause(caught.value.words), fault
        assert not any(secret in f"{caught.value!r} {caught.value.words}" for secret in kit.secrets), fault
        if isinstance(caught.value, Throttled):
            assert caught.value.retry_after > 0
    await bench.network.send(bench.account, part(bench.contact, idempotency_key="after"))


def is_clause(words: str) -> bool:
    """For "Not delivered to Mia: {words}." """
    return 5 < len(words) < 120 and not words.endswith(".") and "{" not in words


class Verb(Protocol):
    async def __call__(self, bench: Bench, message: str) -> None: ...


async def _edit(bench: Bench, message: str) -> None:
    await bench.network.edit(bench.account, bench.contact, message, "Better", "k1")


async def _delete(bench: Bench, message: str) -> None:
    await bench.network.delete(bench.account, bench.contact, message, "k2")


async def _react(bench: Bench, message: str) -> None:
    await bench.network.react(bench.account, bench.contact, message, "👍", "k3")


async def _typing(bench: Bench, message: str) -> None:
    await bench.network.typing(bench.account, bench.contact, True)


async def _mark_read(bench: Bench, message: str) -> None:
    more = {"handle": bench.handle} if bench.handle else {}
    await bench.network.mark_read(bench.account, bench.contact, message, "k4", **more)


VERBS: dict[str, tuple[type[Any], str, Verb, str]] = {
    "edit": (Edits, "edits", _edit, "Better"),
    "delete": (Deletes, "deletions", _delete, ""),
    "react": (Reacts, "reactions", _react, "👍"),
    "typing": (Types, "typing", _typing, "True"),
    "mark_read": (MarksRead, "marks_read", _mark_read, ""),
}


async def test_optional_verbs_exist_exactly_where_declared(bench: Bench) -> None:
    capabilities: Capabilities = bench.network.capabilities_for(bench.account)
    assert isinstance(bench.network, Network)
    for verb, (protocol, declared, _, _) in VERBS.items():
        native = getattr(capabilities, declared) is Support.NATIVE
        assert isinstance(bench.network, protocol) is native, verb


@pytest.mark.parametrize("verb", list(VERBS))
async def test_an_optional_verb_makes_its_one_effect(bench: Bench, verb: str) -> None:
    protocol, _, act, text = VERBS[verb]
    if not isinstance(bench.network, protocol):
        assert not hasattr(bench.network, verb)
        return
    receipt = await bench.network.send(bench.account, part(bench.contact))
    before = len(await bench.effects())
    await act(bench, receipt.external_id)
    made = (await bench.effects())[before:]
    message = "" if verb == "typing" else receipt.external_id
    assert made == [Effect(verb=verb, contact=bench.contact, message=message, text=text)]


async def test_a_download_of_what_is_gone_is_a_refusal(bench: Bench) -> None:
    with pytest.raises(DeliveryError) as caught:
        async for _ in bench.network.download(bench.account, "gone"):
            pytest.fail("there was something")
    assert not caught.value.retry
    assert is_clause(caught.value.words)


# What is declared


async def test_capabilities_are_whole(bench: Bench) -> None:
    capabilities = bench.network.capabilities_for(bench.account)
    assert capabilities.text_limit.length > 0
    assert capabilities.checked
    assert capabilities.templates == isinstance(bench.network, Templates)
    assert capabilities.reply_window or not capabilities.templates
    for rules in (capabilities.send, capabilities.receive):
        assert rules
        assert all(rule.max_bytes > 0 and rule.formats for rule in rules.values())
    assert bench.network.title
    assert len(bench.network.colour) == 7


async def test_no_secret_in_reprs(kit: Kit, bench: Bench) -> None:
    secrets = [*kit.secrets, *(v for k, v in bench.account.options.items() if "secret" in k or k == "token")]
    shown = f"{bench.account!r} {bench.network!r} {part(bench.contact)!r}"
    assert not any(str(secret) in shown for secret in secrets)


async def test_reports_only_speak_of_our_messages(kit: Kit, bench: Bench) -> None:
    reports = [e for case in kit.cases for e in case.events if isinstance(e, DeliveryReport)]
    told = bench.network.capabilities_for(bench.account).receipts is Support.NATIVE
    assert reports or not told
    assert all(bool(report.external_id) is not report.up_to for report in reports)


def attachment(content: bytes, kind: MediaKind = MediaKind.DOCUMENT) -> Attachment:
    """A file. Players of providers that would fetch it read its size and name off its link."""

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 10_000):
            yield content[start : start + 10_000]

    async def link() -> str:
        return f"https://files.example/{len(content)}/a%20b.txt"

    return Attachment(
        name="a b.txt",
        mime_type="text/plain",
        size=len(content),
        kind=kind,
        open=chunks,
        link=link,
    )
