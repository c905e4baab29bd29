"""What the documents promise is what the program does: names, keys, defaults, codes, examples."""

from __future__ import annotations

import ast
import hashlib
import hmac
import json
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic.fields import FieldInfo

from bot.configfile import AccountKeys, FileKeys, place_of, read_file
from bot.environment import Environment
from bot.exits import Exit
from bot.schedules import HoursKeys, RemindersKeys, RouteKeys
from desk import metrics
from desk.settings import Durations
from handlers.visitor_tokens import identity_hash
from networks.base import OutboundPart, WebhookNetwork, WebhookRequest
from networks.capabilities import AccountSettings
from networks.errors import AccountBroken, NoAnswer, PayloadInvalid, SignatureInvalid, Unreachable
from networks.registry import NETWORKS, options
from networks.webchat import WebChat
from tests.project.sources import ROOT, tracked_texts

OPERATORS = (ROOT / "docs" / "operators.md").read_text()
ADDING = (ROOT / "docs" / "adding-a-network.md").read_text()
EXAMPLE = ROOT / "oratio.example.toml"
OF_OTHERS = {"SLACK_", "ORATIO_"}
NAMES = re.compile(r"\b(?:SLACK|ORATIO|LOG)_[A-Z_]+|\b(?:DATABASE_URL|PUBLIC_URL|HOST|PORT)\b")


def rows(text: str, heading: str) -> Iterator[list[str]]:
    """The cells of the table that begins with this heading."""
    table = text.partition(f"| {heading} |")[2].partition("\n\n")[0]
    for line in table.splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("| ").split(" | ")]


def code(text: str, language: str, number: int = 0) -> str:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[number]


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    documented = {name for row in rows(OPERATORS, "variable") for name in re.findall(r"`([A-Z_]+)`", row[0])}
    assert documented == {name.upper() for name in Environment.model_fields}


def test_documented_defaults_are_the_programs() -> None:
    told = {row[0]: row[-1] for row in rows(OPERATORS, "variable") if len(row) > 2}
    plain = Environment.model_fields
    for name in ("slack_api_url", "oratio_config", "oratio_data", "log_level", "log_format"):
        assert told[f"`{name.upper()}`"] == f"`{plain[name].default}`"
    assert told["`HOST`, `PORT`"] == f"`{plain['host'].default}`, `{plain['port'].default}`"


def test_no_document_names_a_variable_that_is_not_read() -> None:
    known = {name.upper() for name in Environment.model_fields} | {"ORATIO_NO_SKIPS", "ORATIO_TORTURE"}
    for path, text in tracked_texts():
        if path.endswith(".md") or path in ("app-manifest.yml", "oratio.example.toml", "Makefile"):
            unknown = set(NAMES.findall(text)) - known - OF_OTHERS
            assert not unknown, f"{path}: {unknown}"


def test_every_duration_is_documented_with_its_default() -> None:
    told = {row[0].strip("`"): float(row[1]) for row in rows(OPERATORS, "duration")}
    assert told == {each.name: getattr(Durations(), each.name).total_seconds() for each in fields(Durations)}


def test_every_key_is_documented_once_with_its_default() -> None:
    top, account = dict(FileKeys.model_fields), dict(AccountKeys.model_fields)
    for key in ("undo_hold", "hours", "reminders"):  # for all accounts, and told of one
        del top[key]
    del account["undo_hold"]
    assert set(TITLES) == set(NETWORKS)
    tables: dict[str, Mapping[str, Any]] = {
        "key at the top of the file": top,
        "key of an account": account | {"undo_hold": FileKeys.model_fields["undo_hold"]},
        "key of `hours`": HoursKeys.model_fields,
        "key of `reminders`": RemindersKeys.model_fields,
        "key of a rule": RouteKeys.model_fields,
        **{f"key of {title}": options(network) for network, title in TITLES.items()},
    }
    for heading, known in tables.items():
        told = [(row[0].strip("`"), row[1].strip("`")) for row in rows(OPERATORS, heading)]
        assert sorted(key for key, _ in told) == sorted(known), heading
        for key, default in told:
            given = known[key]
            must = given.is_required() if isinstance(given, FieldInfo) else given.required
            assert (default == "needed") == (must or key == "accounts"), key
            if default in ("true", "false") or default.isdigit():
                assert json.loads(default) == given.default, key


def test_every_metric_that_is_named_is_measured() -> None:
    named = {name.removesuffix("_total") for name in re.findall(r"`(oratio_[a-z_]+)`", OPERATORS)}
    assert named
    assert named <= {family.name for family in metrics.REGISTRY.collect()}


def test_exit_codes_are_the_documented_ones() -> None:
    assert [int(row[0]) for row in rows(OPERATORS, "code")] == sorted(Exit)


TITLES = {
    "webchat": "the website chat",
    "telegram": "Telegram",
    "viber": "Viber",
    "matrix": "Matrix",
    "twilio": "Twilio",
    "line": "LINE",
    "messenger": "Messenger",
    "instagram": "Instagram",
    "whatsapp": "WhatsApp",
    "email": "e-mail",
}
"""What the tables of keys call each network."""
SECRETS = {
    "WEBCHAT_SECRET": "a" * 32,
    "WEBCHAT_IDENTIFY_SECRET": "b" * 32,
    "TELEGRAM_TOKEN": "123:" + "c" * 32,
    "TELEGRAM_SECRET": "d" * 32,
    "VIBER_TOKEN": "e" * 32,
    "MATRIX_TOKEN": "f" * 32,
    "TWILIO_TOKEN": "0" * 32,
    "TWILIO_KEY_SECRET": "1" * 32,
    "LINE_TOKEN": "2" * 32,
    "LINE_SECRET": "3" * 32,
    "MESSENGER_TOKEN": "2" * 32,
    "INSTAGRAM_TOKEN": "3" * 32,
    "META_APP_SECRET": "4" * 32,
    "INSTAGRAM_APP_SECRET": "5" * 32,
    "META_VERIFY": "6" * 32,
    "WHATSAPP_TOKEN": "7" * 32,
    "WHATSAPP_APP_SECRET": "8" * 32,
    "WHATSAPP_VERIFY": "9" * 32,
    **{
        f"EMAIL_{kind}": "4" * 32
        for kind in ("PASSWORD", "SMTP_PASSWORD", "OAUTH_SECRET", "OAUTH_REFRESH", "TOKEN", "SECRET")
    },
}


def test_the_example_shows_every_key_and_each_is_accepted(tmp_path: Any) -> None:
    whole = re.sub(r"^# (?=(?:[a-z_]+ = |\[))", "", EXAMPLE.read_text(), flags=re.MULTILINE)
    path = tmp_path / "oratio.toml"
    path.write_text(whole)
    keys, (account, *_) = read_file(place_of(path), SECRETS)
    assert keys.model_fields_set == set(FileKeys.model_fields)
    assert account.keys.model_fields_set == set(AccountKeys.model_fields)
    shown = set(re.findall(r"^([a-z_]+) = ", whole, re.MULTILINE))
    for network in NETWORKS:
        assert shown >= set(options(network)), network


def test_what_the_example_says_of_defaults_is_true() -> None:
    text = EXAMPLE.read_text()
    told = dict(re.findall(r"^# ([a-z_]+) = ([0-9.]+)\b", text, re.MULTILINE))
    assert float(told["kept_closed_days"]) == FileKeys.model_fields["kept_closed_days"].default
    assert float(told["undo_hold"]) == FileKeys.model_fields["undo_hold"].default
    assert int(told["max_upload"]) == WebChat.OPTIONS["max_upload"].default
    assert f'greeting = "{WebChat.OPTIONS["greeting"].default}"' in text


def test_the_files_a_document_names_exist() -> None:
    named = re.compile(r"`((?:bot|handlers|desk|networks|models|sandbox|tests|docs)/[\w./*-]*[\w*/])`")
    for path, text in tracked_texts():
        if path.endswith(".md"):
            for name in named.findall(text):
                assert list(ROOT.glob(name.rstrip("/"))), f"{path}: {name}"


def test_the_signature_in_the_documents_is_the_one_we_check() -> None:
    given = {"user_id": "42", "name": "Mia", "email": "mia@example.com", "attributes": {"plan": "gold"}}
    environ = {"WEBCHAT_IDENTIFY_SECRET": "0123456789abcdef"}
    scope: dict[str, Any] = {"hmac": hmac, "os": types.SimpleNamespace(environ=environ)}
    exec(compile(code(OPERATORS, "python"), "docs/operators.md", "exec"), scope)  # noqa: S102 - our own document
    assert scope["hash"] == identity_hash("0123456789abcdef", given)
    bare = hmac.new(b"0123456789abcdef", b"42", hashlib.sha256).hexdigest()
    assert bare == identity_hash("0123456789abcdef", {"user_id": "42"})


@pytest.fixture
def pigeon() -> Any:
    """The network that the document builds."""
    source = code(ADDING, "python")
    ast.parse(source)
    scope: dict[str, Any] = {"__name__": "pigeon"}
    exec(compile(source, "docs/adding-a-network.md", "exec"), scope)  # noqa: S102 - our own document
    return scope["Pigeon"](None)


def settings(url: str) -> AccountSettings:
    return AccountSettings(
        network="pigeon", name="loft", title="Loft", options={"api_url": url, "token": "feather"}
    )


def hook(body: bytes, signature: str) -> WebhookRequest:
    headers = {"x-loft-signature": signature}
    return WebhookRequest(
        method="POST", url="https://x/hooks/pigeon/loft", headers=headers, query={}, body=body
    )


def test_the_network_in_the_document_hears(pigeon: Any) -> None:
    assert isinstance(pigeon, WebhookNetwork)
    account = settings("http://127.0.0.1:9")
    body = json.dumps({"id": 7, "from": "mia", "text": "Coo", "at": 1_700_000_000}).encode()
    signed = hmac.new(b"feather", body, "sha256").hexdigest()
    pigeon.verify(account, hook(body, signed))
    (event,) = pigeon.parse(account, hook(body, signed))
    assert (event.external_id, event.contact_id, event.text) == ("7", "mia", "Coo")
    with pytest.raises(SignatureInvalid):
        pigeon.verify(account, hook(body, signed[:-1] + "ü"))
    for broken in (b"", b"[]", b"null", b'{"id": 1}', b"\xff", b'{"id":1,"from":2,"text":3,"at":1e99}'):
        with pytest.raises(PayloadInvalid):
            pigeon.parse(account, hook(broken, ""))


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [(200, '{"id": 1}', None), (200, "<html>", NoAnswer), (403, "", AccountBroken)],
)
async def test_the_network_in_the_document_sends(
    pigeon: Any, status: int, body: str, error: type[Exception] | None
) -> None:
    async def fly(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type="application/json")

    app = web.Application()
    app.router.add_post("/fly", fly)
    part = OutboundPart(idempotency_key="k", contact_id="mia", text="Hello")
    async with TestServer(app) as server:
        account = settings(str(server.make_url("")).rstrip("/"))
        if error is None:
            assert (await pigeon.send(account, part)).external_id == "1"
        else:
            with pytest.raises(error):
                await pigeon.send(account, part)
    with pytest.raises(Unreachable):
        await pigeon.send(account, part)
