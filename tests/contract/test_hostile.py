"""Whatever comes, from whomever: events that can be stored, a refusal, and never anything else."""

from __future__ import annotations

import copy
import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from networks.base import WebhookRequest
from networks.errors import PayloadInvalid, SignatureInvalid
from networks.registry import NETWORKS
from tests.contract.hostile import (
    ANYTHING,
    PICKS,
    UNSTORABLE,
    WORST,
    as_text,
    at_a_spot,
    mangled,
    places,
    planted,
    spots,
    without,
)
from tests.contract.kit import CalledKit, Kit
from tests.contract.kits import KITS
from tests.contract.sound import check, heard

FULL = bool(os.environ.get("ORATIO_TORTURE"))
EACH = settings(max_examples=10_000 if FULL else 500, suppress_health_check=list(HealthCheck))
"""So many for each network: all are given the same made-up value, since making it takes longest."""
LATIN = st.text(st.characters(max_codepoint=255), max_size=40)
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(params=list(NETWORKS))
def kit(request: pytest.FixtureRequest) -> Kit:
    return KITS[request.param]


@pytest.mark.no_cover
@EACH
@given(value=ANYTHING, pick=PICKS)
def test_anything_at_any_field_gives_events_or_a_refusal(value: Any, pick: int) -> None:
    for name in NETWORKS:
        tried(KITS[name], pick, value)


@pytest.mark.no_cover
@EACH
@given(junk=st.binary(max_size=60), length=st.integers(0, 60), pick=PICKS, alone=st.integers(0, 9))
def test_any_bytes_as_a_body_give_events_or_a_refusal(
    junk: bytes, length: int, pick: int, alone: int
) -> None:
    for name in NETWORKS:
        heard(KITS[name], junk if alone == 0 else mangled(KITS[name], pick, junk, length))


@pytest.mark.no_cover
@settings(EACH, max_examples=1_000 if FULL else 60)
@given(
    method=st.sampled_from(["GET", "POST", "HEAD", ""]),
    url=st.text(max_size=40) | st.sampled_from(["https://[", "https://a:b@c:99999/?x=%ff#", "//"]),
    named=st.lists(LATIN, max_size=3),
    given_=LATIN,
    query=st.dictionaries(st.sampled_from(["part", "hub.mode", "hub.challenge", "hub.verify_token"]), LATIN),
    body=st.binary(max_size=40),
)
def test_a_call_of_any_kind_is_refused_and_would_do_no_harm(
    method: str, url: str, named: list[str], given_: str, query: dict[str, str], body: bytes
) -> None:
    for name in NETWORKS:
        if not isinstance(kit := KITS[name], CalledKit):
            continue
        network, known = kit.network(), dict.fromkeys([*kit.call(b"").headers, *named], given_)
        call = WebhookRequest(method=method, url=url, headers=known, query=query, body=body, received_at=NOW)
        with pytest.raises(SignatureInvalid):
            network.verify(kit.account, call)
        with suppress(PayloadInvalid):
            for event in network.parse(kit.account, call):
                check(event)
        assert network.answer(kit.account, call).status == 200


def test_the_worst_there_is_at_each_field_gives_events_or_a_refusal(kit: Kit) -> None:
    """At one field a text that can't be stored, at the next one of the rest; all at all in the full run."""
    for spot in range(len(spots(kit.name))):
        some = UNSTORABLE if spot % 2 else WORST
        for value in WORST if FULL else (some[spot // 2 % len(some)],):
            tried(kit, spot, value)


def tried(kit: Kit, pick: int, value: Any) -> None:
    try:
        body = at_a_spot(kit, pick, value)
    except (PayloadInvalid, RecursionError):
        return  # nothing that could travel
    try:
        heard(kit, body)
    except Exception as error:
        number, where = spots(kit.name)[pick % len(spots(kit.name))]
        error.add_note(f"{kit.name}, {kit.cases[number].name}, {where}: {as_text(value)}")
        raise


def test_a_missing_field_gives_events_or_a_refusal(kit: Kit) -> None:
    for case in kit.cases:
        for where in places(case.payload):
            if where and isinstance(where[-1], str):
                with suppress(PayloadInvalid):  # what is no mail any more
                    heard(kit, kit.body(without(case.payload, where)))


def test_what_is_put_into_a_payload_leaves_it_as_it_was(kit: Kit) -> None:
    payload = kit.cases[0].payload
    before = copy.deepcopy(payload)
    for where in places(payload):
        planted(payload, where, "other")
        if where:
            without(payload, where)
    assert payload == before
