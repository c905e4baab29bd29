"""The demo's own parts: ports, configuration, pages."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from rich.console import Console

from bot.demo import _alone, _ports, show
from bot.demo.customer import MIA, vouched
from bot.demo.ports import HOST, is_free, next_free
from bot.demo.settings import demo_config, kept_secret
from bot.demo.site import Addresses, Site, site_app
from bot.demo.stand_in import Told
from bot.exits import Exit, PortTaken
from handlers import visitor_tokens

TOLD = Told(
    url="http://127.0.0.1:9002",
    api_url="http://127.0.0.1:9002/api/",
    bot_token="xoxb-sandbox-bot",
    app_token="xapp-sandbox-app",
)
ADDRESSES = Addresses(slack="http://127.0.0.1:9002", oratio="http://127.0.0.1:9001")


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert next_free(port) > port
        assert port not in _ports(port)
        assert len(set(_ports(port))) == 3


def test_no_port_is_left() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 65535))
        taken.listen()
        with pytest.raises(PortTaken, match="No port from 65535"):
            next_free(65535)


def test_the_configuration_is_the_demos_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-real-workspace")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-real-workspace")
    monkeypatch.setenv("DATABASE_URL", "postgres://real/database")
    monkeypatch.setenv("ORATIO_DURATIONS", '{"lease": 1}')
    config = demo_config(TOLD, data=tmp_path, port=9001)
    assert (config.bot_token, config.app_token) == ("xoxb-sandbox-bot", "xapp-sandbox-app")
    assert config.slack_api_url == TOLD.api_url
    assert str(tmp_path / "oratio.db") in config.database_url
    assert config.desk.durations.lease.total_seconds() == 60
    assert config.desk.accounts[0].name == "shop"
    assert config.desk.public_url == "http://127.0.0.1:9001"


def test_the_secret_stays_and_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "webchat.secret"
    first = kept_secret(path)
    assert kept_secret(path) == first
    assert len(first) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_the_page_shows_both_sides() -> None:
    async with TestClient(TestServer(site_app(ADDRESSES, "{}"))) as client:
        page = await (await client.get("/", headers={"Host": "127.0.0.1:8080"})).text()
        assert 'src="/shop/"' in page
        assert 'src="http://127.0.0.1:9002/"' in page
        assert "{{" not in page
        for name in ("split.css", "split.js"):
            assert (await client.get(f"/page/{name}")).status == 200


async def test_frames_use_the_name_the_browser_used() -> None:
    async with TestClient(TestServer(site_app(ADDRESSES, "{}"))) as client:
        local = await (await client.get("/", headers={"Host": "localhost:8080"})).text()
        other = await (await client.get("/", headers={"Host": "evil.example"})).text()
    assert 'src="http://localhost:9002/"' in local
    assert "evil.example" not in other


async def test_the_shop_loads_the_widget_of_its_account() -> None:
    async with TestClient(TestServer(site_app(ADDRESSES, "{}"))) as client:
        shop = await client.get("/shop/", headers={"Host": "127.0.0.1:8080"})
        assert shop.status == 200
        assert "http://127.0.0.1:9001/webchat/shop/widget.js" in await shop.text()


async def test_the_shop_vouches_for_its_customer_as_the_chat_wants_it() -> None:
    signed = json.loads(vouched(MIA, "s" * 32))
    assert visitor_tokens.vouched("s" * 32, MIA, signed.pop("hash"))
    assert signed == dict(MIA)


async def test_a_port_that_was_just_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        with pytest.raises(PortTaken, match="taken just now"):
            async with Site(ADDRESSES, "{}", port=taken.getsockname()[1]):
                raise AssertionError("it listened")


async def test_two_demos_in_one_folder_are_refused(tmp_path: Path) -> None:
    with _alone(tmp_path), pytest.raises(PortTaken, match="already runs") as caught:
        await show(port=8080, data=tmp_path, console=Console(quiet=True))
    assert caught.value.exit is Exit.PORT
    with _alone(tmp_path):
        assert (tmp_path / "lock").exists()
