"""Was Ana pinged? Whom Slack would notify, and who follows a thread."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox

ROOM = "C0SUPPORT1"
ANA, BEN, CHLOE, DORA = "U0ANA00001", "U0BEN00001", "U0CHLOE001", "U0DORA0001"


def whys(slack: Sandbox, user: str) -> list[str]:
    return [n["why"] for n in slack.notifications(user)]


def rich(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}]


def context(text: str) -> list[dict[str, Any]]:
    return [{"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}]


def section(text: str, **more: Any) -> list[dict[str, Any]]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": text, **more}}]


async def test_an_ordinary_message_notifies_nobody(slack: Sandbox, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=ROOM, text="hello all")
    assert [whys(slack, u) for u in (ANA, BEN, CHLOE)] == [[], [], []]


@pytest.mark.parametrize(
    ("given", "pinged"),
    [
        ({"text": f"<@{ANA}>"}, True),
        ({"text": f"&lt;@{ANA}&gt;"}, False),
        ({"text": "x", "blocks": section(f"<@{ANA}>")}, True),
        ({"text": "x", "blocks": context(f"<@{ANA}>")}, False),
        ({"text": f"<@{ANA}>", "blocks": context("x")}, False),
        ({"text": "x", "blocks": rich({"type": "user", "user_id": ANA})}, True),
        ({"text": "x", "blocks": rich({"type": "text", "text": f"<@{ANA}> @here <!channel>"})}, False),
        ({"text": "x", "blocks": rich({"type": "broadcast", "range": "channel"})}, True),
        ({"text": "x", "blocks": section("@here")}, True),
        ({"text": "x", "blocks": section("@here", verbatim=True)}, False),
        ({"text": "x", "attachments": [{"fallback": "x", "text": f"<@{ANA}>"}]}, False),
        ({"text": f"<@{DORA}>"}, False),
    ],
)
async def test_what_a_message_draws_decides_who_is_mentioned(slack, client, given, pinged: bool) -> None:
    await client.chat_postMessage(channel=ROOM, **given)
    assert whys(slack, ANA) == (["mention"] if pinged else [])
    assert whys(slack, DORA) == []


async def test_an_update_notifies_nobody(slack: Sandbox, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=ROOM, text="x")
    await client.chat_update(channel=ROOM, ts=posted["ts"], text=f"<@{ANA}>")
    assert whys(slack, ANA) == []


async def test_a_group_and_here_reach_those_who_are_there(slack: Sandbox, client: AsyncWebClient) -> None:
    group = (await slack.act("make_group", handle="crew", members=[ANA, DORA]))["group"]
    await client.chat_postMessage(channel=ROOM, text=f"<!subteam^{group}>")
    assert (whys(slack, ANA), whys(slack, DORA)) == (["mention"], [])
    await slack.act("set_active", user=BEN, active=False)
    await client.chat_postMessage(channel=ROOM, text="<!here>")
    assert (whys(slack, BEN), whys(slack, CHLOE)) == ([], ["mention"])


async def test_writing_and_mentions_follow_a_thread_and_presses_do_not(slack, client, app) -> None:
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}

    @app.bolt.action("go")
    async def go(ack) -> None:
        await ack()

    parent = await client.chat_postMessage(
        channel=ROOM, text="card", blocks=[{"type": "actions", "elements": [button]}]
    )
    thread = {"channel": ROOM, "thread_ts": parent["ts"]}
    await slack.act("press", user=CHLOE, channel=ROOM, ts=parent["ts"], action_id="go")
    await slack.act("say", user=ANA, text="I wrote", **thread)
    await client.chat_postMessage(text=f"for <@{BEN}>", **thread)
    await client.chat_postMessage(text="news", **thread)
    assert whys(slack, ANA) == ["thread", "thread"]
    assert whys(slack, BEN) == ["mention", "thread"]
    assert whys(slack, CHLOE) == []


async def test_who_wrote_the_parent_follows_its_thread(slack: Sandbox, client: AsyncWebClient) -> None:
    parent = await slack.act("say", user=ANA, channel=ROOM, text="parent")
    await client.chat_postMessage(channel=ROOM, text="reply", thread_ts=parent["ts"])
    assert slack.notifications(ANA) == [
        {
            "channel": ROOM,
            "thread_ts": parent["ts"],
            "ts": slack.messages(ROOM, parent["ts"])[-1]["ts"],
            "text": "reply",
            "why": "thread",
        }
    ]


async def test_nobody_is_notified_of_their_own_words(slack: Sandbox) -> None:
    await slack.act("say", user=ANA, channel=ROOM, text=f"<@{ANA}> @channel")
    assert (whys(slack, ANA), whys(slack, BEN)) == ([], ["mention"])


async def test_settings_of_a_channel_and_keywords_count(slack: Sandbox, client: AsyncWebClient) -> None:
    await slack.act("notify", user=ANA, channel=ROOM, level="all")
    await slack.act("notify", user=BEN, channel=ROOM, level="nothing")
    await slack.act("keywords", user=CHLOE, words=["refund"])
    parent = await client.chat_postMessage(channel=ROOM, text=f"<@{BEN}> a Refund")
    assert [whys(slack, u) for u in (ANA, BEN, CHLOE)] == [["channel_all"], [], ["keyword"]]
    await client.chat_postMessage(channel=ROOM, text="a reply", thread_ts=parent["ts"])
    assert whys(slack, ANA) == ["channel_all"]


async def test_leaving_ends_following(slack: Sandbox, client: AsyncWebClient) -> None:
    parent = await slack.act("say", user=ANA, channel=ROOM, text="parent")
    await slack.act("leave", user=ANA, channel=ROOM)
    await client.chat_postMessage(channel=ROOM, text="reply", thread_ts=parent["ts"])
    assert whys(slack, ANA) == []


async def test_unread_counts_until_read(slack: Sandbox, client: AsyncWebClient) -> None:
    def listed() -> tuple[int, int]:
        channel = slack.core.world.channels[ROOM]
        return channel.unread.get(ANA, 0), channel.mentions.get(ANA, 0)

    first = await client.chat_postMessage(channel=ROOM, text="one")
    await client.chat_postMessage(channel=ROOM, text=f"two <@{ANA}>")
    assert listed() == (2, 1)
    await slack.act("mark_read", user=ANA, channel=ROOM, ts=first["ts"])
    assert listed() == (1, 1)
    newest = slack.messages(ROOM)[-1]["ts"]
    await slack.act("mark_read", user=ANA, channel=ROOM, ts=newest)
    assert listed() == (0, 0)


async def test_a_mention_in_a_thread_counts_there_and_writing_in_it_reads_no_channel(
    slack: Sandbox, client: AsyncWebClient
) -> None:
    def listed() -> tuple[int, int, int]:
        channel = slack.core.world.channels[ROOM]
        threads = [channel.thread_unread.get(ANA, {}), channel.thread_mentions.get(ANA, {})]
        return (channel.mentions.get(ANA, 0), *(sum(counts.values()) for counts in threads))

    parent = await client.chat_postMessage(channel=ROOM, text="card")
    thread = {"channel": ROOM, "thread_ts": parent["ts"]}
    await client.chat_postMessage(text=f"for <@{ANA}>", **thread)
    reply = await client.chat_postMessage(text="news", **thread)
    assert listed() == (0, 2, 1)
    await slack.act("mark_read", user=ANA, ts=reply["ts"], **thread)
    assert listed() == (0, 0, 0)
    await client.chat_postMessage(text=f"again, <@{ANA}>", **thread)
    await slack.act("say", user=ANA, text="I come", **thread)
    assert listed() == (0, 0, 0)
    assert slack.core.world.channels[ROOM].unread[ANA] == 1
