"""The configuration: what is read, and the one sentence for each thing that is wrong."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, database_url, load
from bot.configfile import command_prefix
from bot.environment import Environment, Given, read_environment
from bot.exits import ConfigError, Exit
from bot.places import line_of, shown

SECRET = "0123456789abcdef0123456789abcdef"
ACCOUNT = """
[[accounts]]
network = "webchat"
name = "shop"
title = "Acme Shop"
channel = "#support"
agents = ["U0ANA00001", "U0BEN00001"]
origins = ["https://shop.example.com"]
secret = "env:CHAT_SECRET"
"""

Read = Callable[..., Config]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(text: str = ACCOUNT, environ: dict[str, str] | None = None, **variables: Any) -> Config:
        path = tmp_path / "oratio.toml"
        path.write_text(text, encoding="utf-8")
        given = {"slack_bot_token": "xoxb-1-token", "slack_app_token": "xapp-1-token"} | variables
        environment = Given(oratio_config=path, **given)
        return load(environment, {"CHAT_SECRET": SECRET} if environ is None else environ)

    return read


def refusal(read: Read, text: str = ACCOUNT, **variables: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text, **variables)
    words = caught.value.words
    assert caught.value.exit is Exit.CONFIG == 2
    assert "\n" not in words
    assert words.endswith((".", "?"))
    assert SECRET not in words
    return words


def test_an_account_with_its_networks_own_keys(read: Read) -> None:
    account = read().desk.accounts[0]
    assert (account.network, account.name, account.title) == ("webchat", "shop", "Acme Shop")
    assert account.channel == "#support"
    assert account.agents == ("U0ANA00001", "U0BEN00001")
    assert account.undo_hold == timedelta(seconds=5)
    assert account.options["origins"] == ("https://shop.example.com",)
    assert account.options["secret"] == SECRET
    assert account.options["max_upload"] == 20_000_000


def test_what_is_not_said_has_its_default(read: Read) -> None:
    config = read()
    assert (config.host, config.port) == ("127.0.0.1", 8080)
    assert config.slack_api_url == "https://slack.com/api/"
    assert config.socket_mode
    assert config.database_url.startswith("sqlite://data/oratio.db?synchronous=FULL")
    assert config.desk.data == Path("data")
    assert config.trusted_proxies == config.metrics_allow == ()
    assert config.desk.durations.kept_closed == timedelta(days=14)


def test_the_top_of_the_file_reaches_the_desk(read: Read) -> None:
    config = read(
        """
admin_channel = "#ops"
admins = ["U0ANA00001"]
help_contact = "Ana"
command_prefix = "acme-"
kept_closed_days = 7
undo_hold = 2.5
trusted_proxies = ["10.0.0.0/8"]
metrics_allow = ["192.168.1.7", "fd00::/8"]
"""
        + ACCOUNT
        + "\n[durations]\nlook_again = 0.5\n"
    )
    assert config.desk.admin_channel == "#ops"
    assert config.desk.admins == ("U0ANA00001",)
    assert config.desk.help_contact == "Ana"
    assert config.desk.command_prefix == "acme-"
    assert config.desk.durations.kept_closed == timedelta(days=7)
    assert config.desk.durations.look_again == timedelta(seconds=0.5)
    assert config.desk.accounts[0].undo_hold == timedelta(seconds=2.5)
    assert config.trusted_proxies == (ipaddress.ip_network("10.0.0.0/8"),)
    assert len(config.metrics_allow) == 2


def test_the_manifests_prefix_needs_no_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "oratio.toml"
    assert command_prefix(path) == ""
    path.write_text("[[accounts]]\nnetwork = 3\n")
    assert command_prefix(path) == ""
    path.write_text("command_prefix = 'acme-'\nadmins = 3\n")
    assert command_prefix(path) == "acme-"
    path.write_text("\ncommand_prefix = 'Ä'\n")
    with pytest.raises(ConfigError, match="line 2: .* up to 15 of a-z"):
        command_prefix(path)


def test_an_account_may_hold_longer_than_the_others(read: Read) -> None:
    config = read("undo_hold = 2\n" + ACCOUNT + "undo_hold = 0\n")
    assert config.desk.accounts[0].undo_hold == timedelta(0)


def test_the_environment_overrules_the_files_durations(read: Read) -> None:
    config = read(ACCOUNT + "[durations]\nlease = 9\n", oratio_durations={"lease": 3, "shutdown": 1})
    assert config.desk.durations.lease == timedelta(seconds=3)
    assert config.desk.durations.shutdown == timedelta(seconds=1)


def test_without_an_app_token_slack_is_heard_over_http(read: Read) -> None:
    config = read(slack_app_token=None, slack_signing_secret="signing-secret")
    assert not config.socket_mode
    assert config.signing_secret == "signing-secret"


def test_no_secret_in_what_is_printed(read: Read) -> None:
    config = read(slack_signing_secret="signing-secret", database_url="postgres://me:hunter2@db/oratio")
    printed = repr(config)
    for secret in ("xoxb-1-token", "xapp-1-token", "signing-secret", "hunter2", SECRET):
        assert secret not in printed


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (None, "sqlite://data/oratio.db?synchronous=FULL&busy_timeout=5000&journal_size_limit=67108864"),
        (
            "sqlite:///var/o.db?synchronous=NORMAL",
            "sqlite:///var/o.db?synchronous=NORMAL&busy_timeout=5000&journal_size_limit=67108864",
        ),
        ("postgres://me:pw@db/oratio", "asyncpg://me:pw@db/oratio"),
        ("postgresql://me:pw@db/oratio?maxsize=9", "asyncpg://me:pw@db/oratio?maxsize=9"),
        ("asyncpg://db/oratio", "asyncpg://db/oratio"),
    ],
)
def test_database_urls(given: str | None, url: str) -> None:
    assert database_url(given, Path("data")) == url


@pytest.mark.parametrize(
    "given",
    [
        "mysql://db/oratio",
        "oratio.db",
        "sqlite://",
        "postgres://me:p/w@db/mysql",
        "postgres://db:x/o",
        "postgres://",
    ],
)
def test_other_databases_are_refused_without_showing_the_url(given: str) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL must be sqlite://path or postgres") as caught:
        database_url(given, Path("data"))
    assert "mysql" not in caught.value.words


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (
            ACCOUNT + 'chanel = "x"',
            'line 10, [[accounts]] "shop"',
            'unknown key "chanel"; did you mean "channel"?',
        ),
        (ACCOUNT + 'colur = "#ffffff"', "line 10", 'did you mean "colour"?'),
        (
            ACCOUNT.replace('"webchat"', '"webcaht"'),
            "line 3",
            'unknown network "webcaht"; did you mean "webchat"?',
        ),
        (ACCOUNT.replace('network = "webchat"', ""), 'line 2, [[accounts]] "shop"', '"network" is missing'),
        (ACCOUNT.replace('secret = "env:CHAT_SECRET"', ""), "line 2", '"secret" is missing: it signs'),
        (ACCOUNT.replace("env:CHAT_SECRET", "open"), "line 9", 'write "env:NAME"'),
        (
            ACCOUNT.replace("env:CHAT_SECRET", "env:OTHER"),
            "line 9",
            "environment variable OTHER, which is not set",
        ),
        (ACCOUNT.replace('"shop"', '"The Shop"'), "line 4", '"name" must be'),
        (ACCOUNT.replace('"#support"', '"support"'), "line 6", "a channel id such as C0123ABCD, or #name"),
        (ACCOUNT.replace('"U0BEN00001"', '"ben"'), "line 7", 'user ids such as U0123ABCD, not "ben"'),
        (ACCOUNT + "undo_hold = 31", "line 10", "a number of seconds from 0 to 30, not 31"),
        (ACCOUNT + "hide_words = 1", "line 10", "true or false, not 1"),
        (
            ACCOUNT + 'max_upload = "big"',
            "line 10",
            'a whole number of 1 to 1000000000 such as 20000000, not "big"',
        ),
        (ACCOUNT + "max_upload = true", "line 10", "a whole number"),
        (ACCOUNT + 'colour = "red"', "line 10", 'such as #2f6f4f, not "red"'),
        (ACCOUNT + f'greeting = "{"x" * 400}"', "line 10", "a text of 1 to 300 characters"),
        (ACCOUNT.replace('["https://shop.example.com"]', "[]"), "line 8", "a list of texts"),
        (ACCOUNT + ACCOUNT, "line 13", 'the name "shop" is given to two accounts'),
        ("admin_chanel = 3\n" + ACCOUNT, "line 1", 'did you mean "admin_channel"?'),
        ('trusted_proxies = ["ten"]\n' + ACCOUNT, "line 1", 'networks such as 10.0.0.0/8, not "ten"'),
        ("accounts = 3\n", "line 1", "written as [[accounts]] tables, not 3"),
        (ACCOUNT + "[durations]\nleese = 1", "line 11, [durations]", 'did you mean "lease"?'),
        (
            ACCOUNT + "[durations]\nlease = -1",
            "line 11, [durations]",
            '"lease" must be a number of seconds, not -1',
        ),
        (ACCOUNT + "[durations]\nlease = true", "line 11, [durations]", "a number of seconds, not true"),
        (ACCOUNT + "[hour]\nzone = 'UTC'", "line 10", 'unknown key "hour"; did you mean "hours"?'),
        (
            ACCOUNT + "admins = []",
            "line 10",
            '"admins" belongs at the top of the file, above its first table',
        ),
        (
            ACCOUNT + "[accounts.hours]\nnotify = '@support'",
            'line 11, [accounts.hours] of "shop"',
            '"notify" belongs to the account, so it must stand above [accounts.hours]',
        ),
        ("command_prefix = '/Acme '\n" + ACCOUNT, "line 1", "up to 15 of a-z, 0-9, - and _, not"),
        ("help_contact = \n" + ACCOUNT, "oratio.toml", "not valid TOML"),
        ("help_contact = 'Ana'\n", "oratio.toml", "no [[accounts]] table"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(read: Read, text: str, where: str, what: str) -> None:
    words = refusal(read, text)
    assert "oratio.toml" in words
    assert where in words
    assert what in words


def test_a_short_secret_is_refused_unseen(tmp_path: Path, read: Read) -> None:
    with pytest.raises(
        ConfigError, match="the secret in CHAT_SECRET must have at least 16 characters"
    ) as caught:
        read(environ={"CHAT_SECRET": "short-one"})
    assert "short-one" not in caught.value.words


BOT = """
[[accounts]]
network = "telegram"
name = "{name}"
title = "Acme Help"
channel = "#support"
token = "env:TELEGRAM_TOKEN"
"""
BOTS_TOKEN = f"110201543:{SECRET}"


@pytest.mark.parametrize(
    ("more", "token", "what"),
    [
        (
            "",
            f"{BOTS_TOKEN} ",
            'line 7, [[accounts]] "help": "token": the secret in TELEGRAM_TOKEN must be what',
        ),
        (
            BOT.format(name="two"),
            BOTS_TOKEN,
            'line 14, [[accounts]]: "two" and "help" have the same token; each',
        ),
        (
            'webhook_secret = "env:ODD"',
            BOTS_TOKEN,
            "the secret in ODD must be of A-Z, a-z, 0-9, _ and - alone.",
        ),
        (
            'local_files = "/srv/files"',
            BOTS_TOKEN,
            '"local_files" needs "api_url" beside it, which is the address',
        ),
        ('mode = "webhooks"', BOTS_TOKEN, 'such as polling or webhook, not "webhooks"'),
        ("api_url = 8081", BOTS_TOKEN, "http://127.0.0.1:8081, not 8081: write it in quotes."),
        ('api_url = "http://127.0.0.1:99999"', BOTS_TOKEN, '"api_url" must be a text such as http://'),
    ],
)
def test_what_is_wrong_with_a_bot_shows_no_secret(read: Read, more: str, token: str, what: str) -> None:
    environ = {"TELEGRAM_TOKEN": token, "ODD": f"{SECRET}!"}
    assert what in refusal(read, BOT.format(name="help") + more, environ=environ)


def test_no_token_no_start(read: Read) -> None:
    assert "SLACK_BOT_TOKEN is not set" in refusal(read, slack_bot_token=None)
    assert "SLACK_APP_TOKEN (Socket Mode)" in refusal(read, slack_app_token=None)


def test_tokens_do_not_travel_in_the_clear(read: Read) -> None:
    assert "SLACK_API_URL must be an https" in refusal(read, slack_api_url="http://slack.example.com/api/")
    assert "SLACK_API_URL must be an address" in refusal(read, slack_api_url="https://me:pw@slack.com/api/")
    assert read(slack_api_url="http://127.0.0.1:9/api/").slack_api_url == "http://127.0.0.1:9/api/"
    assert read(slack_api_url="http://localhost:9/api/").slack_api_url == "http://localhost:9/api/"
    assert "PUBLIC_URL must be an https" in refusal(read, public_url="http://chat.example.com")


def test_a_file_that_is_not_there(read: Read, tmp_path: Path) -> None:
    environment = Environment(
        slack_bot_token="xoxb-1", slack_app_token="xapp-1", oratio_config=tmp_path / "none.toml"
    )
    with pytest.raises(ConfigError, match="copy oratio.example.toml there"):
        load(environment, {})


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "oratio.toml"
    path.write_bytes(b"\xff\xfe")
    environment = Environment(slack_bot_token="xoxb-1", slack_app_token="xapp-1", oratio_config=path)
    with pytest.raises(ConfigError, match="cannot be read: it is no UTF-8 text"):
        load(environment, {})
    path.write_bytes(b"\xef\xbb\xbf" + ACCOUNT.encode())
    assert load(environment, {"CHAT_SECRET": SECRET}).desk.accounts[0].name == "shop"
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(Environment(slack_bot_token="xoxb-1", slack_app_token="xapp-1", oratio_config=tmp_path), {})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "eighty", 'must be a number from 0 (any free one) to 65535, not "eighty".'),
        ("PORT", "70000", "must be a number from 0"),
        ("SLACK_BOT_TOKEN", "xapp-mixed-up", "must be a bot token, xoxb-…."),
        ("SLACK_APP_TOKEN", "xoxb-mixed-up", "must be an app-level token"),
        ("SLACK_API_URL", "https://slack.com/api", "an address that ends in /api/"),
        ("PUBLIC_URL", "chat.example.com", "an address such as https://chat.example.com"),
        ("ORATIO_DURATIONS", "{", "a JSON object of seconds"),
        ("ORATIO_DURATIONS", '{"lease": "x"}', "a JSON object of seconds"),
        ("LOG_LEVEL", "LOUD", "one of DEBUG, INFO, WARNING and ERROR"),
    ],
)
def test_variables_that_are_wrong(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        read_environment()
    assert caught.value.words.startswith(f"The environment variable {name} must be ")
    assert words in caught.value.words
    assert "mixed-up" not in caught.value.words


def test_variables_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "oratio.toml"
    path.write_text(ACCOUNT)
    variables = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "signing-secret",
        "SLACK_APP_TOKEN": "",
        "ORATIO_CONFIG": str(path),
        "ORATIO_DATA": str(tmp_path / "kept"),
        "PORT": "9000",
        "PUBLIC_URL": "https://chat.example.com/",
        "ORATIO_DURATIONS": '{"lease": 1}',
        "CHAT_SECRET": SECRET,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    config = load()
    assert not config.socket_mode
    assert config.port == 9000
    assert config.desk.public_url == "https://chat.example.com"
    assert config.desk.durations.lease == timedelta(seconds=1)
    assert str(tmp_path / "kept" / "oratio.db") in config.database_url


def test_an_unknown_duration_of_the_environment(read: Read) -> None:
    words = refusal(read, oratio_durations={"leas": 1})
    assert words == 'The environment variable ORATIO_DURATIONS: unknown key "leas"; did you mean "lease"?'


def test_lines_are_found_in_the_right_table() -> None:
    text = 'a = 1\n[[accounts]]\nname = "x"\n[[accounts]]\n"name" = "y"\n[durations]\nname = 3\n'
    assert line_of(text, None, 0, "a") == 1
    assert line_of(text, "accounts", 0, "name") == 3
    assert line_of(text, "accounts", 1, "name") == 5
    assert line_of(text, "accounts", 1, "title") == 4
    assert line_of(text, "durations", 0, "name") == 7
    assert line_of(text, None, 0, "name") is None


def test_long_values_are_cut() -> None:
    assert len(shown("x" * 500)) == 40
