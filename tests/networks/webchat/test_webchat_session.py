"""Who may open the chat, and as whom."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers import visitor_tokens
from handlers.rates import Limits, Rate
from models import Visitor
from networks.events import Profile, ProfileChanged
from tests.networks.webchat.stage import IDENTIFY, ORIGIN, SECRET, Stage, stage

MIA = {
    "user_id": "4711",
    "name": "Mia Krüger",
    "email": "mia@example.org",
    "attributes": {"plan": "gold", "vip": True},
}


def signed(**identity: Any) -> dict[str, Any]:
    return {**identity, "hash": visitor_tokens.identity_hash(IDENTIFY, identity)}


def fields(profile: Profile) -> dict[str, str]:
    return {each.label: each.value for each in profile.fields}


async def test_a_new_browser_gets_a_token_and_leaves_no_row(shop: Stage) -> None:
    found = await shop.session()
    assert found["visitor"].startswith("v_")
    assert found["expires"] == int((shop.clock.now() + timedelta(days=30)).timestamp() * 1000)
    assert await Visitor.all().count() == 0


async def test_a_token_rotates_and_keeps_its_visitor(shop: Stage) -> None:
    first = await shop.session()
    shop.clock.pass_(timedelta(days=29))
    second = await shop.session(token=first["token"])
    assert second["visitor"] == first["visitor"]
    assert second["token"] != first["token"]
    shop.clock.pass_(timedelta(days=29))
    assert (await shop.session(token=second["token"]))["visitor"] == first["visitor"]


@pytest.mark.parametrize("spoil", ["stale", "cut", "forged", "other site", "not ascii"])
async def test_a_bad_token_is_401_everywhere(shop: Stage, spoil: str) -> None:
    token = await shop.token("blog" if spoil == "other site" else "shop")
    if spoil == "stale":
        shop.clock.pass_(timedelta(days=30))
    bad = {
        "cut": token[:-2],
        "forged": visitor_tokens.issue("x" * 32, "shop", "v_1", shop.clock.now())[0],
        "not ascii": token[:-1] + "é",
    }.get(spoil, token)
    assert (await shop.session(token=bad, status=401))["text"]
    if spoil != "not ascii":  # headers cannot carry it
        await shop.upload(bad, b"x", status=401)
        answer = await shop.http.get(
            f"{shop.url}/webchat/shop/socket",
            headers={"Origin": ORIGIN, "Sec-WebSocket-Protocol": f"oratio.v1, token.{bad}"},
        )
        assert answer.status == 401
    assert shop.events == []
    assert list(shop.folder.rglob("*")) == []


async def test_two_tokens_are_no_token(shop: Stage) -> None:
    token = await shop.token()
    headers = [("Origin", ORIGIN), ("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    answer = await shop.http.post(f"{shop.url}/webchat/shop/upload", data=b"", headers=headers)
    assert answer.status == 401


@pytest.mark.parametrize(
    "origin", [None, "https://evil.example", "https://shop.example.evil", "null", "http://shop.example"]
)
async def test_other_sites_are_403_and_may_not_read_the_answer(shop: Stage, origin: str | None) -> None:
    token = await shop.token()
    headers = {"Authorization": f"Bearer {token}"} | ({"Origin": origin} if origin else {})
    for method, path in [("POST", "session"), ("POST", "upload"), ("GET", "socket"), ("OPTIONS", "session")]:
        answer = await shop.http.request(method, f"{shop.url}/webchat/shop/{path}", headers=headers)
        assert answer.status == 403, path
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_allowed_sites_may_read_answers_and_refusals(shop: Stage) -> None:
    for body, status in ((b"{}", 200), (b"[]", 400)):
        answer = await shop.http.post(
            f"{shop.url}/webchat/shop/session", data=body, headers={"Origin": "https://www.shop.example"}
        )
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == "https://www.shop.example"
        assert answer.headers["Vary"] == "Origin"
    asked = await shop.http.options(f"{shop.url}/webchat/shop/upload", headers={"Origin": ORIGIN})
    assert asked.status == 204
    assert "authorization" in asked.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("site", ["nobody", "%00", "..%2fshop", "a" * 500])
async def test_an_unknown_site_is_404(shop: Stage, site: str) -> None:
    for method, path in [("POST", "session"), ("POST", "upload"), ("GET", "socket"), ("GET", "widget.js")]:
        answer = await shop.http.request(
            method, f"{shop.url}/webchat/{site}/{path}", headers={"Origin": ORIGIN}
        )
        assert answer.status == 404, path


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b"null", b'"x"', b"{", b"\xff\xfe", b'{"token": 5}', b'{"identify": 5}', b"[" * 9_000,
        b'{"identify": {"name": ["x"]}}', b'{"identify": {"attributes": {"a": {}}}}',
        b'{"identify": {"attributes": [1]}}',
    ],
)  # fmt: skip
async def test_a_malformed_call_is_400_and_stores_nothing(shop: Stage, body: bytes) -> None:
    answer = await shop.http.post(f"{shop.url}/webchat/shop/session", data=body, headers={"Origin": ORIGIN})
    assert answer.status == 400
    assert (await answer.json())["text"]
    assert await Visitor.all().count() == 0


async def test_a_body_that_is_not_packed_as_it_says_is_400(shop: Stage) -> None:
    for path in ("session", "upload"):
        headers = {"Origin": ORIGIN, "Content-Encoding": "gzip", "Connection": "close"}
        answer = await shop.http.post(f"{shop.url}/webchat/shop/{path}", data=b"{}", headers=headers)
        assert answer.status in (400, 401), path
        assert "Access-Control-Allow-Origin" in answer.headers


async def test_a_large_call_is_413(shop: Stage) -> None:
    answer = await shop.http.post(
        f"{shop.url}/webchat/shop/session", data=b'{"x":"' + b"x" * 20_000 + b'"}', headers={"Origin": ORIGIN}
    )
    assert answer.status == 413


async def test_sessions_are_counted_by_address_and_the_wait_is_told(tables: None, tmp_path: Path) -> None:
    async with stage(tmp_path, limits=Limits(sessions_address=Rate(burst=2, per_second=0.5))) as shop:
        await shop.session()
        await shop.session()
        refused = await shop.session(status=429)
        assert refused["retry_after"] == 2
        answer = await shop.http.post(
            f"{shop.url}/webchat/shop/session",
            json={},
            headers={"Origin": ORIGIN, "X-Test-Address": "192.0.2.2"},
        )
        assert answer.status == 200
        await shop.session(site="blog")
        shop.clock.pass_(timedelta(seconds=2))
        await shop.session()


async def test_a_vouched_identity_is_shown_as_it_is(shop: Stage) -> None:
    found = await shop.session(identify=signed(**MIA))
    assert found["verified"] is True
    (event,) = shop.told()
    assert isinstance(event, ProfileChanged)
    assert event.contact_id == found["visitor"]
    assert event.profile.name == "Mia Krüger"
    assert fields(event.profile) == {
        "E-mail": "mia@example.org",
        "Customer id": "4711",
        "plan": "gold",
        "vip": "yes",
    }


async def test_the_hash_of_the_id_alone_vouches_for_the_id_alone(shop: Stage) -> None:
    await shop.session(
        identify={**MIA, "user_hash": visitor_tokens.identity_hash(IDENTIFY, {"user_id": "4711"})}
    )
    (event,) = shop.told()
    assert isinstance(event, ProfileChanged)
    assert set(fields(event.profile)) == {
        "Name (unverified)",
        "E-mail (unverified)",
        "Customer id",
        "plan (unverified)",
        "vip (unverified)",
    }


@pytest.mark.parametrize(
    "identity",
    [
        MIA,
        {**signed(**MIA), "email": "other@example.org"},
        {**signed(**MIA), "attributes": {"plan": "platinum", "vip": True}},
        {**MIA, "hash": visitor_tokens.identity_hash("another" * 5, MIA)},
        {**MIA, "hash": ""},
        {**MIA, "hash": 7},
        {**MIA, "hash": "é"},
        signed(**{**MIA, "name": "Mia\nemail=boss@example.org"}),
        signed(name="Mia", email="mia@example.org"),
    ],
)
async def test_what_nobody_vouched_for_says_so(shop: Stage, identity: dict[str, Any]) -> None:
    found = await shop.session(identify=identity)
    assert found["verified"] is False
    (event,) = shop.told()
    assert isinstance(event, ProfileChanged)
    assert all(label.endswith("(unverified)") for label in fields(event.profile))
    assert "Name (unverified)" in fields(event.profile)


async def test_the_same_identity_again_is_no_news(shop: Stage) -> None:
    token = (await shop.session(identify=signed(**MIA)))["token"]
    await shop.session(token=token, identify=signed(**MIA))
    assert len(shop.events) == 1


async def test_an_unvouched_identity_never_replaces_a_vouched_one(shop: Stage) -> None:
    token = (await shop.session(identify=signed(**MIA)))["token"]
    await shop.session(token=token, identify={"user_id": "4711", "name": "The Boss"})
    assert len(shop.events) == 1


async def test_a_signed_in_person_has_one_history_in_all_browsers(shop: Stage) -> None:
    phone = await shop.session()
    known = await shop.session(token=phone["token"], identify=signed(**MIA))
    assert known["visitor"] == phone["visitor"]
    laptop = await shop.session(token=await shop.token(), identify=signed(**MIA))
    assert laptop["visitor"] == phone["visitor"]


async def test_a_browser_that_was_anothers_shows_nobody_elses_history(shop: Stage) -> None:
    mia = await shop.session(identify=signed(**MIA))
    ben = await shop.session(token=mia["token"], identify=signed(user_id="4712", name="Ben"))
    assert ben["visitor"] != mia["visitor"]


async def test_the_same_person_of_two_sites_is_two_visitors(shop: Stage) -> None:
    here = await shop.session(identify=signed(**MIA))
    there = await shop.session(site="blog", identify=signed(**MIA))
    assert here["visitor"] != there["visitor"]


async def test_identities_are_kept_short_and_clean(shop: Stage) -> None:
    identity = {
        "name": "M\x00i\ud800a\n" * 40,
        "attributes": {"a" * 500: "b" * 5_000, "\x00": "x", "n": 1e300},
    }
    await shop.session(identify=identity)
    (event,) = shop.told()
    assert isinstance(event, ProfileChanged)
    for each in event.profile.fields:
        assert len(each.label) <= 80
        assert len(each.value) <= 300
        assert "\x00" not in each.label + each.value
        (each.label + each.value).encode()


async def test_the_widget_is_one_script_without_breaking_out(shop: Stage) -> None:
    answer = await shop.http.get(f"{shop.url}/webchat/shop/widget.js")
    text = await answer.text()
    assert answer.status == 200
    assert answer.content_type == "text/javascript"
    assert "</script>" not in text
    assert "Acme Shop" in text
    assert SECRET not in text
    assert IDENTIFY not in text
    again = await shop.http.get(
        f"{shop.url}/webchat/shop/widget.js", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status == 304
