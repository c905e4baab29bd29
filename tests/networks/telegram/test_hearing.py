"""How updates come: asked for, or brought to our webhook; and what `check` says of a bot."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from networks.base import Checked
from networks.capabilities import AccountSettings
from networks.errors import AccountBroken, DeliveryError, NoAnswer, Rejected, Throttled, UnexpectedResponse
from networks.events import ContactGone, InboundEdit, InboundMessage
from networks.telegram import Telegram, secret_of
from tests.networks.telegram.bot_api import CUSTOMER, TOKEN, BotApi

HOOK = "https://oratio.example/hooks/telegram/help"
WANTED = [
    *("message", "edited_message", "message_reaction", "my_chat_member"),
    *("business_message", "edited_business_message", "deleted_business_messages"),
]


async def test_updates_are_asked_for_from_where_the_last_ended(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    message = api.writes("Hello")
    api.changes(message, "Hello!")
    first = await telegram.poll(account, None)
    again = await telegram.poll(account, None)
    assert first == again
    assert [type(event) for event in first.events] == [InboundMessage, InboundEdit]
    api.blocks()
    second = await telegram.poll(account, first.cursor)
    assert [type(event) for event in second.events] == [ContactGone]
    assert second.cursor == str(int(first.cursor or 0) + 1)
    asked = api.asked("getUpdates")
    assert json.loads(asked[0].values["allowed_updates"]) == WANTED
    assert "offset" not in asked[0].values
    assert asked[2].values["offset"] == first.cursor
    assert int(asked[0].values["timeout"]) <= 30


async def test_a_question_waits_for_the_next_words(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    asking = asyncio.create_task(telegram.poll(account, "5"))
    await api.until(lambda: bool(api.asked("getUpdates")))
    api.writes("At last")
    polled = await asking
    assert [event.text for event in polled.events if isinstance(event, InboundMessage)] == ["At last"]
    asking = asyncio.create_task(telegram.poll(account, polled.cursor))
    await api.until(lambda: len(api.asked("getUpdates")) == 2)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_nothing_new_keeps_the_place(api: BotApi, telegram: Telegram, account: AccountSettings) -> None:
    assert (await telegram.poll(account, "5", wait=False)).cursor == "5"
    api.release()
    for cursor in (None, "77"):
        polled = await telegram.poll(account, cursor)
        assert (polled.events, polled.cursor) == ([], cursor)


async def test_what_cannot_be_read_is_set_aside_and_the_rest_is_taken(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    api.writes("Before")
    api.happens("message", {"message_id": "x", "chat": {"id": CUSTOMER}})
    api.writes("After")
    polled = await telegram.poll(account, None)
    assert [event.text for event in polled.events if isinstance(event, InboundMessage)] == ["Before", "After"]
    (unreadable,) = polled.unreadable
    assert json.loads(unreadable.body)["message"]["message_id"] == "x"
    assert unreadable.why
    after = await asyncio.gather(telegram.poll(account, polled.cursor), _release(api))
    assert after[0].events == []


async def _release(api: BotApi) -> None:
    await api.until(lambda: len(api.asked("getUpdates")) == 2)
    api.release()


async def test_a_webhook_that_is_set_is_ended_and_a_fight_is_not_taken_up(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    api.webhook = {"url": "https://old.example/hook"}
    api.happens("message", {})
    await telegram.poll(account, None)
    assert api.webhook == {}
    conflict = "409 Conflict: can't use getUpdates method while webhook is active; use deleteWebhook"
    api.fault(conflict, verb="getUpdates")
    api.fault("", verb="deleteWebhook")
    api.fault(conflict, verb="getUpdates")
    with pytest.raises(AccountBroken) as fight:
        await telegram.poll(account, None)
    assert "another program has Telegram call it" in fight.value.words


async def test_a_second_program_that_asks_stops_the_account(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    ours = asyncio.create_task(telegram.poll(account, None))
    await api.until(lambda: bool(api.asked("getUpdates")))
    theirs = asyncio.create_task(telegram.poll(account, None))
    with pytest.raises(AccountBroken) as stopped:
        await ours
    assert "another program reads this bot's messages" in stopped.value.words
    api.writes("Hello")
    assert len((await theirs).events) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("revoked", AccountBroken),
        ("429", Throttled),
        ("no_answer", NoAnswer),
        ("html", UnexpectedResponse),
        ("no message", UnexpectedResponse),
    ],
)
async def test_what_goes_wrong_while_asking_has_its_error(
    api: BotApi, telegram: Telegram, account: AccountSettings, fault: str, error: type[DeliveryError]
) -> None:
    api.fault(fault)
    with pytest.raises(error):
        await telegram.poll(account, None)


async def test_telegram_is_told_where_to_call_and_calls_with_the_secret(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    assert telegram.polls(account, HOOK)
    called = replace(account, options=api.options(mode="webhook"))
    assert not telegram.polls(called, HOOK)
    await telegram.connect(called, HOOK)
    await telegram.connect(called, HOOK)
    assert api.webhook["url"] == HOOK
    assert api.webhook["secret_token"] == secret_of(called)
    assert json.loads(api.webhook["allowed_updates"]) == WANTED
    assert TOKEN not in api.webhook["secret_token"]
    own = replace(account, options=api.options(mode="webhook", webhook_secret="chosen-by-hand_1"))
    await telegram.connect(own, HOOK)
    assert api.webhook["secret_token"] == "chosen-by-hand_1"
    await telegram.connect(account, None)
    assert api.webhook == {}
    assert "drop_pending_updates" not in api.asked("deleteWebhook")[-1].values


async def test_an_address_telegram_cannot_call_is_said_with_its_reason(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    api.fault("400 Bad Request: bad webhook: Failed to resolve host: Name or service not known")
    with pytest.raises(Rejected) as refused:
        await telegram.connect(account, HOOK)
    assert refused.value.words == (
        "Telegram can't call oratio.example: failed to resolve host: name or service not known"
    )
    api.fault("revoked")
    with pytest.raises(AccountBroken):
        await telegram.connect(account, HOOK)


async def test_check_says_whose_the_token_is_and_how_words_come(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    async def words(settings: AccountSettings, hook: str | None = HOOK) -> list[Checked]:
        first, *others = await telegram.check(settings, hook)
        assert first == Checked(words="the token belongs to @acme_help_bot")
        return others

    called = replace(account, options=api.options(mode="webhook"))
    asks = Checked(words="Oratio asks Telegram for messages; no public address is needed")
    assert await words(account) == [asks]
    will = Checked(words="Telegram will be told to call oratio.example when Oratio starts")
    assert await words(called) == [will]
    api.webhook = {"url": HOOK}
    assert await words(called) == [Checked(words="Telegram calls oratio.example")]
    ends = (
        "Telegram calls oratio.example for this bot now; Oratio ends that when it starts, and asks by itself"
    )
    assert await words(account) == [Checked(words=ends, note=True)]
    api.webhook_trouble = "Connection timed out"
    api._updates.append({"update_id": 1})
    through = "Telegram can't get through to oratio.example: Connection timed out"
    assert await words(called) == [Checked(words=through, wrong=True)]
    (port,) = await words(called, "https://oratio.example:9000/hooks/telegram/help")
    assert port.wrong
    assert "not 9000" in port.words
    api.webhook, api.me = (
        {},
        dict.fromkeys(("can_join_groups", "can_connect_to_business", "can_read_all_group_messages"), True),
    )
    assert [each.words.split(";")[1] for each in (await words(account))[1:]] == [
        " /setjoingroups at @BotFather ends that",
        " Business Mode at @BotFather ends that",
        " /setprivacy at @BotFather ends that",
    ]
    nowhere = replace(account, options=api.options(local_files="/nonexistent/files"))
    unread = "local_files: Oratio can't read the folder /nonexistent/files"
    assert await telegram.check(nowhere, None) == [Checked(words=unread, wrong=True)]
    api.fault("revoked")
    with pytest.raises(AccountBroken):
        await telegram.check(account, None)
    assert {call.method for call in api.calls} == {"getMe", "getWebhookInfo"}


async def test_the_running_program_hears_when_it_is_no_longer_called(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    called = replace(account, options=api.options(mode="webhook"))
    await telegram.connect(called, HOOK)

    async def wrong() -> list[str]:
        return [each.words for each in await telegram.check(called, HOOK) if each.wrong]

    assert await wrong() == []
    for url, calls in {"https://thief.example/x": "calls thief.example", "": "calls nobody"}.items():
        api.webhook = {"url": url}
        assert await wrong() == [f"Telegram {calls} for this bot: another program changed that"]
    await telegram.connect(called, HOOK)
    api.webhook_trouble = "Connection refused"
    assert await wrong() == [], "nothing waits"
    api._updates.append({"update_id": 1})
    assert await wrong() == [], "we were away for a moment"
    assert await wrong() == [], "Telegram has not tried again yet"
    api.trouble_at += 60
    assert await wrong() == ["Telegram can't get through to oratio.example: Connection refused"]
    api._updates.clear()
    assert await wrong() == []
