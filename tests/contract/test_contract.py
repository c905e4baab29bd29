"""One suite for every network: what the desk relies on, whoever the provider is."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from desk.spool import Spool, TooLarge
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
from networks.errors import DeliveryError, SignatureInvalid, Throttled
from networks.events import DeliveryReport
from networks.registry import NETWORKS
from tests.contract.kit import Bench, Effect, Kit
from tests.contract.kits import KITS

LARGEST_PIECE = 1_048_576


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


async def test_a_file_is_fetched_in_pieces_and_no_further_than_it_may_be_large(
    bench: Bench, tmp_path: Path
) -> None:
    size, spool = 3_000_000, Spool(tmp_path / "spool", 10_000_000)
    ref = await bench.lay(size)
    pieces = [len(piece) async for piece in bench.network.download(bench.account, ref)]
    assert (sum(pieces), max(pieces) <= LARGEST_PIECE) == (size, True)
    with pytest.raises(TooLarge) as caught:
        await spool.take(bench.network.download(bench.account, ref), size // 3)
    assert caught.value.at_least <= size // 3 + LARGEST_PIECE
    assert (await spool.take(bench.network.download(bench.account, ref), size)).size == size


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
