"""How Meta is told where to call, and what `check` says of an account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from networks._instagram_token import Prolonging
from networks.base import Checked, WebhookRequest
from networks.capabilities import AccountSettings
from networks.errors import AccountBroken, Rejected, SignatureInvalid
from networks.instagram import FIELDS, OWN_API, PAGE_FIELDS, Instagram
from networks.messenger import Messenger
from tests.networks.instagram.kit import ACCOUNT as INSTA_ACCOUNT
from tests.networks.messenger.kit import ACCOUNT as PAGE_ACCOUNT
from tests.networks.meta.graph_api import APP_ID, INSTA, INSTAGRAM, MESSENGER, PAGE, GraphApi

HOOK = "https://oratio.example/hooks/messenger/page"
INSTA_HOOK = "https://oratio.example/hooks/instagram/insta"


@asynccontextmanager
async def answering(network: Messenger | Instagram, account: AccountSettings) -> AsyncIterator[str]:
    """Our address, which answers Meta's first question."""

    async def serve(request: web.Request) -> web.Response:
        query = dict(request.query)
        asked = WebhookRequest(method="GET", url=str(request.url), headers={}, query=query, body=b"")
        try:
            network.verify(account, asked)
        except SignatureInvalid:
            return web.Response(status=401)
        return web.Response(body=network.answer(account, asked).body)

    app = web.Application()
    app.router.add_get("/", serve)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


@pytest.fixture
async def messenger() -> AsyncIterator[Messenger]:
    network = Messenger(answer=5)
    yield network
    await network.close()


@pytest.fixture
async def instagram() -> AsyncIterator[Instagram]:
    network = Instagram(answer=5)
    yield network
    await network.close()


def settled(account: AccountSettings, api: GraphApi, **more: object) -> AccountSettings:
    return replace(account, options={**account.options, "api_url": api.url, **more})


def said(found: Sequence[Checked]) -> list[tuple[str, bool]]:
    return [(each.words, each.wrong) for each in found]


async def test_a_page_is_switched_on_and_watched(messenger: Messenger) -> None:
    async with GraphApi(MESSENGER) as api, answering(messenger, PAGE_ACCOUNT) as api.calls_to:
        account = settled(PAGE_ACCOUNT, api)
        api.about["me"] = {"name": "Acme", "id": PAGE}
        assert said(await messenger.check(account, HOOK)) == [
            ("the token belongs to the Page Acme", False),
            ("its messages will be passed to the app when Oratio starts", False),
            ("Meta will be told to call oratio.example when Oratio starts", False),
        ]
        await messenger.connect(account, HOOK)
        assert api.hooks["page"]["callback_url"] == HOOK
        assert "message_echoes" in api.passed
        assert all(call.query == {} or "access_token" not in call.query for call in api.calls)
        assert said(await messenger.check(account, HOOK)) == [
            ("the token belongs to the Page Acme", False),
            ("its messages are passed to the app", False),
            ("Meta calls oratio.example", False),
        ]
        api.passed, api.hooks["page"]["callback_url"] = [], "https://thief.example/hook"
        assert [each.wrong for each in await messenger.check(account, HOOK)] == [False, True, True]
        await messenger.connect(account, HOOK)
        assert [each.wrong for each in await messenger.check(account, HOOK)] == [False, False, False]
        assert [each.wrong for each in await messenger.check(account, None)] == [False, False, True]


async def test_a_second_page_of_the_app_leaves_the_address_as_it_is(messenger: Messenger) -> None:
    async with GraphApi(MESSENGER) as api, answering(messenger, PAGE_ACCOUNT) as api.calls_to:
        account = settled(PAGE_ACCOUNT, api)
        await messenger.connect(account, HOOK)
        await messenger.connect(replace(account, name="second"), HOOK.replace("page", "second"))
        assert api.hooks["page"]["callback_url"] == HOOK
        assert sum(call.method == "POST" and call.path.endswith("/subscriptions") for call in api.calls) == 1


@pytest.mark.parametrize(
    "odd", [5, [5], [{"subscribed_fields": 5}], [{"object": "page", "fields": [[1], 2]}]]
)
async def test_an_odd_answer_is_no_more_than_not_switched_on(messenger: Messenger, odd: Any) -> None:
    async with GraphApi(MESSENGER) as api, answering(messenger, PAGE_ACCOUNT) as api.calls_to:
        account = settled(PAGE_ACCOUNT, api)
        api.about |= {"me": {"id": PAGE, "name": [1]}}
        api.odd = odd
        found = await messenger.check(account, HOOK)
        assert [each.wrong for each in found] == [False, False, False]


async def test_what_only_a_person_can_mend_is_said(messenger: Messenger) -> None:
    async with GraphApi(MESSENGER) as api, answering(messenger, PAGE_ACCOUNT) as api.calls_to:
        account = settled(PAGE_ACCOUNT, api)
        with pytest.raises(AccountBroken) as app:
            await messenger.connect(settled(PAGE_ACCOUNT, api, app_secret="e" * 32), HOOK)
        assert "app_id and app_secret" in app.value.words
        other = replace(account, options={**account.options, "verify_token": "another-000"})
        with pytest.raises(Rejected) as unheard:
            await messenger.connect(other, HOOK)
        assert "PUBLIC_URL" in unheard.value.words
        with pytest.raises(AccountBroken):
            await messenger.check(settled(PAGE_ACCOUNT, api, token="x" * 30), HOOK)
        api.about["me"] = {"id": "122100", "name": "Oratio’s system user"}
        (whose,) = await messenger.check(account, HOOK)
        assert whose.wrong
        assert whose.words.startswith(f"the token is not that of Page {PAGE} but of Oratio’s system user")


async def test_instagrams_own_login_needs_a_person_for_the_address(instagram: Instagram) -> None:
    async with GraphApi(INSTA) as api:
        account = settled(INSTA_ACCOUNT, api)
        api.about["me"] = {"user_id": INSTAGRAM, "username": "acme"}
        await instagram.connect(account, INSTA_HOOK)
        assert api.passed == list(FIELDS)
        assert api.hooks == {}
        owner, passed, token, address = await instagram.check(account, INSTA_HOOK)
        assert token.words == "its token is good for 59 days, and is prolonged each week"
        assert (owner.words, passed.words) == (
            "the token belongs to @acme",
            "its messages are passed to the app",
        )
        for words in (INSTA_HOOK, "verify_token", "https://developers.facebook.com/apps/ →"):
            assert words in address.words
        assert not address.wrong
        api.about["me"] = {"user_id": "17841400000000000", "username": "other"}
        (wrong,) = await instagram.check(account, INSTA_HOOK)
        assert wrong == Checked(
            words="account_id is not the account of this token, which is 17841400000000000", wrong=True
        )


async def test_a_token_that_ends_is_prolonged_each_week_while_the_program_runs(instagram: Instagram) -> None:
    async with GraphApi(INSTA) as api:
        account, at = settled(INSTA_ACCOUNT, api), [1_000.0]
        tokens = Prolonging(instagram._graph, now=lambda: at[0])

        async def days(number: float) -> int:
            """How often Meta was asked by then."""
            at[0] = 1_000.0 + number * 86_400
            await tokens.look(account)
            return len(api.calls)

        api.about["me"] = {"user_id": INSTAGRAM, "username": "acme"}
        found = await instagram.check(account, INSTA_HOOK)  # as `oratio check` does
        assert "while Oratio runs it is given 60 more each week" in str(found)
        api.calls.clear()
        api.fault("100", verb="refresh_access_token")  # it is younger than a day
        assert [await days(n) for n in (0, 0.1, 0.3)] == [1, 1, 2]
        assert [await days(n) for n in (7, 7.4, 14.5)] == [2, 3, 4]
        assert tokens.found(account).words == "its token is good for 59 days, and is prolonged each week"
        api.given = "IGAAanother00000000000"
        assert await days(22) == 5
        assert "another token" in tokens.found(account).words


async def test_an_account_linked_to_a_page_is_reached_through_it(instagram: Instagram) -> None:
    more = {"page_id": PAGE, "app_id": APP_ID}
    linked = replace(INSTA_ACCOUNT, options={**INSTA_ACCOUNT.options, **more})
    async with GraphApi(INSTA, page=PAGE) as api, answering(instagram, linked) as api.calls_to:
        account = settled(linked, api)
        api.about[PAGE] = {"instagram_business_account": {"id": INSTAGRAM, "username": "acme"}}
        await instagram.connect(account, INSTA_HOOK)
        assert api.passed == list(PAGE_FIELDS)
        assert api.hooks["instagram"]["callback_url"] == INSTA_HOOK
        assert said(await instagram.check(account, INSTA_HOOK)) == [
            ("the token belongs to @acme", False),
            ("its messages are passed to the app", False),
            ("Meta calls oratio.example", False),
        ]


def test_each_way_to_instagram_has_its_own_address() -> None:
    network = Instagram()
    bare = replace(INSTA_ACCOUNT, options={**INSTA_ACCOUNT.options, "api_url": None})
    assert network._there(bare).options["api_url"] == OWN_API
    paged = replace(bare, options={**bare.options, "page_id": PAGE})
    assert network._there(paged).options["api_url"] == "https://graph.facebook.com"
