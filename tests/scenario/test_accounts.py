"""Where accounts post and who answers there: what is missing is named, and the others go on."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from desk import metrics
from desk.conversations import housekeeping
from desk.reminders import Reminders, Step
from models import Account, AccountAgent
from tests.samples import PNG
from tests.scenario.hands import command, more, offered, press, rung, says, state, whispers
from tests.scenario.world import (
    ANA,
    BEN,
    CHLOE,
    DORA,
    SUPPORT,
    World,
    database_url,
    running,
    stopped,
    the_world,
)

VIP = "C0PRIVATE1"
GUS, ERIN, FAY, HUGO = "U0GUEST001", "U0GONE0001", "U0FOREIGN1", "U0HUGO0001"
LED = Reminders(after={Step.LEAD: timedelta(hours=1)}, lead=ERIN)
PEOPLE = [
    {"id": ANA, "name": "ana", "real_name": "Ana Horvat", "display_name": "Ana", "is_admin": True},
    {"id": BEN, "name": "ben", "real_name": "Ben Adler", "display_name": "Ben"},
    {"id": CHLOE, "name": "chloe", "real_name": "Chloe Martin", "display_name": "Chloe"},
    {"id": DORA, "name": "dora", "real_name": "Dora Novak", "display_name": "Dora"},
    {"id": GUS, "name": "gus", "real_name": "Gus Guest", "display_name": "Gus", "is_restricted": True},
    {"id": ERIN, "name": "erin", "real_name": "Erin Gone", "display_name": "Erin", "deleted": True},
    {"id": FAY, "name": "fay", "real_name": "Fay Far", "display_name": "Fay", "team_id": "T0OTHER001"},
]
HOME = {"id": SUPPORT, "name": "support", "members": [ANA, BEN, CHLOE, DORA, GUS]}


async def agents(name: str) -> set[str]:
    """Who answers the customers of an account."""
    row = await Account.get(name=name)
    return set(await AccountAgent.filter(account_id=row.id).values_list("user_id", flat=True))  # type: ignore[arg-type]


def channel(world: World, where: str = SUPPORT) -> list[str]:
    """What stands in a channel, as text."""
    return [m.get("text") or "" for m in world.slack.messages(where)]


def home(world: World, user: str) -> str:
    return str((world.slack.home(user) or {}).get("blocks"))


async def look(world: World, user: str) -> str:
    """Open Home; what it shows."""
    before = len(world.slack.calls("views.publish"))
    await world.slack.act("open_home", user=user)
    await world.until(lambda: len(world.slack.calls("views.publish")) > before)
    return home(world, user)


async def test_a_private_channel_waits_for_the_invitation(tmp_path: Path) -> None:
    private = {"id": VIP, "name": "vip", "private": True, "members": [ANA, BEN, GUS, ERIN, FAY]}
    seed = {"people": PEOPLE, "channels": [HOME, private]}
    vip = {"name": "vip", "title": "VIP", "channel": "#vip", "agents": ()}
    async with the_world(tmp_path, database_url(tmp_path), seed=seed, others=[vip]) as world:
        invite = "Type /invite @Oratio in #vip, then press Check again."
        waits = f"Fake · VIP has to wait. Oratio sees no channel #vip. If it is private: {invite}"
        await world.until(lambda: waits in channel(world))
        await world.writes("leo", "Anybody here?", account="vip")
        await world.conversation("mia")
        assert [m["text"].split(":")[1] for m in world.cards()] == [" Mia (Fake, Acme Shop)"]
        assert waits in await look(world, ANA)
        assert "VIP" not in await look(world, BEN)
        assert await agents("vip") == set()

        post = next(m for m in world.slack.messages(SUPPORT) if m.get("text") == waits)
        await press(world, DORA, post["ts"], "account.check")
        await world.until(lambda: whispers(world, DORA) == ["Only the support team can do this."])
        await press(world, ANA, post["ts"], "account.check")
        await world.until(lambda: whispers(world, ANA) == [waits])

        invited = await world.slack.act("command", user=ANA, channel=VIP, text="/invite @Oratio")
        assert invited["ok"], invited
        await world.until(lambda: any("Leo (Fake, VIP)" in words for words in channel(world, VIP)))
        await world.until(lambda: any("Messages to Fake · VIP" in words for words in channel(world, VIP)))
        assert not any("works again" in words for words in channel(world))
        pressed = await world.slack.act("press", user=ANA, view_id="home", action_id="account.check")
        assert pressed["ok"], pressed
        await world.until(lambda: "has to wait" not in home(world, ANA))
        assert "No conversation is assigned to you." in home(world, ANA)
        await press(world, ANA, post["ts"], "account.check")
        await world.until(lambda: whispers(world, ANA)[1:] == ["Fake · VIP works."])
        assert await agents("vip") == {ANA, BEN}

        await world.slack.act("leave", user=BEN, channel=VIP)
        await until_agents("vip", {ANA})
        await world.slack.act("invite", user=DORA, by=ANA, channel=VIP)
        await until_agents("vip", {ANA, DORA})


async def until_agents(name: str, wanted: set[str]) -> None:
    """Wait until just these answer there."""
    async with asyncio.timeout(10):
        while await agents(name) != wanted:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.02)


async def test_missing_shared_and_archived_channels_stop_their_account_alone(tmp_path: Path) -> None:
    shared = {"id": "C0SHARED01", "name": "partners", "shared": True}
    sales = {"id": "C0SALES001", "name": "sales"}
    seed = {"people": PEOPLE, "channels": [HOME, shared, sales]}
    others = [
        {"name": name, "title": name.title(), "channel": f"#{name}"}
        for name in ("later", "partners", "sales")
    ]
    async with the_world(tmp_path, database_url(tmp_path), seed=seed, others=others) as world:
        await world.until(lambda: any("Oratio sees no channel #later" in words for words in channel(world)))
        shared_words = "Its channel is shared with another company, whose people would read the customers."
        await world.until(lambda: f"Fake · Partners has to wait. {shared_words}" in channel(world))
        await world.writes("kim", "To partners", account="partners")
        await world.writes("lea", "To later", account="later")
        await world.conversation("mia")
        await world.writes("sam", "To sales", account="sales")
        await world.until(lambda: any("Sam (Fake, Sales)" in words for words in channel(world, "C0SALES001")))
        assert channel(world, "C0SHARED01") == []

        await world.slack.act("rename_channel", channel="C0SALES001", name="selling")
        await world.writes("sue", "Still there?", account="sales")
        await world.until(lambda: any("Sue (Fake, Sales)" in words for words in channel(world, "C0SALES001")))
        assert not any("Sales has to wait" in words for words in channel(world))

        await world.slack.act("archive", channel="C0SALES001")
        closed = "This channel was archived or deleted, so no card can be posted there."
        await world.until(lambda: f"Fake · Sales has to wait. {closed}" in channel(world))
        await world.writes("tom", "Hello?", account="sales")
        assert closed in await look(world, ANA)
        pressed = await world.slack.act(
            "press", user=ANA, view_id="home", action_id="account.check", value=str(await number("sales"))
        )
        assert pressed["ok"], pressed
        await world.until(lambda: world.slack.calls("views.publish")[-1]["args"]["user_id"] == ANA)
        await world.slack.act("unarchive", channel="C0SALES001")
        await world.until(lambda: "Fake · Sales works again." in channel(world, "C0SALES001"))
        await world.until(lambda: any("Tom (Fake, Sales)" in words for words in channel(world, "C0SALES001")))
        assert channel(world).count(f"Fake · Sales has to wait. {closed}") == 1

        made = await world.slack.act("make_channel", name="later", members=[ANA])
        post = next(m for m in world.slack.messages(SUPPORT) if "#later" in (m.get("text") or ""))
        await press(world, ANA, post["ts"], "account.check")
        await world.until(lambda: any("Lea (Fake, Later)" in w for w in channel(world, made["channel"])))
        await world.until(lambda: whispers(world, ANA)[-1:] == ["Fake · Later works."])


async def number(name: str) -> int:
    """An account's number."""
    return (await Account.get(name=name)).id


async def test_agents_by_group_by_name_and_nobody(tmp_path: Path) -> None:
    group = {"id": "S0SUPPORT1", "handle": "support", "members": [ANA, GUS, ERIN]}
    seed = {"people": PEOPLE, "channels": [HOME], "groups": [group]}
    others: list[dict[str, Any]] = [
        {"name": "open", "title": "Open", "agents": ()},
        {"name": "lost", "title": "Lost", "agents": (), "agents_group": "@nobody"},
        {"name": "named", "title": "Named", "agents": (GUS, ERIN, FAY, HUGO)},
        {"name": "led", "title": "Led", "agents": (ANA,), "reminders": LED},
    ]
    account = {"agents": (CHLOE,), "agents_group": "@support"}
    where = (tmp_path, database_url(tmp_path))
    wanted = {"seed": seed, "account": account, "others": others, "admin_channel": "#ops"}
    async with the_world(*where, **wanted) as world:
        assert await agents("shop") == {ANA, CHLOE}
        assert await agents("named") == {GUS, FAY}
        assert await agents("open") == await agents("lost") == set()
        faults = (
            "Fake · Open needs a hand. Nobody may answer its customers: #support is public, so name people "
            "in agents, or a user group in agents_group.",
            "Fake · Lost needs a hand. Nobody may answer its customers: there is no user group @nobody.",
            "Fake · Led needs a hand. The last reminder of its customers reaches nobody: lead names "
            "U0GONE0001, who is not in the workspace.",
            "What concerns operators is told here, because Oratio is not in #ops (admin_channel). If it is "
            "there, type /invite @Oratio in it, then start Oratio anew.",
        )
        await world.until(lambda: set(faults) <= set(channel(world)))
        shown = await look(world, ANA)
        assert all(fault in shown for fault in faults[:3])

        ts = await world.conversation()
        assert await offered(world, ANA, ts) == ["Ana", "Chloe"]
        await housekeeping.measure(world.app.desk)
        assert b'oratio_customers_waiting{account="shop"} 1.0' in metrics.exposition()
        assert b'oratio_customers_waiting{account="open"} 0.0' in metrics.exposition()
        await world.slack.act("update_group", group="S0SUPPORT1", members=[ANA, BEN])
        await until_agents("shop", {ANA, BEN, CHLOE})
        await world.slack.act("update_person", user=BEN, is_restricted=True)
        await until_agents("shop", {ANA, CHLOE})
        assert (await command(world, BEN, "/inbox"))["text"] == "Only the support team can do this."

        await press(world, CHLOE, ts, "conversation.assign_me")
        await world.until(lambda: f"<@{CHLOE}>" in state(world, ts))
        await world.slack.act("update_person", user=CHLOE, display_name="Cleo", real_name="Cleo Martin")
        await world.until(lambda: not world.slack.events_under_way)
        await press(world, CHLOE, ts, "conversation.close")
        await world.until(lambda: "Cleo closed this." in world.said(ts))
        assert await offered(world, ANA, ts, "cleo") == ["Cleo"]
        await world.slack.act("update_person", user=CHLOE, deleted=True)
        await until_agents("shop", {ANA})

        scopes = [s for s in world.slack.core.world.scopes if s != "usergroups:read"]
        await world.slack.act("set_scopes", scopes=scopes)
        post = next(m for m in world.slack.messages(SUPPORT) if (m.get("text") or "") == faults[1])
        await press(world, ANA, post["ts"], "account.check")
        await world.until(lambda: any("usergroups:read" in words for words in channel(world)))
        assert await agents("shop") == {ANA}
        await world.conversation("leo")


async def test_words_can_be_kept_off_lock_screens(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), account={"hide_words": True}) as world:
        await world.slack.act("notify", user=BEN, channel=SUPPORT, level="all")
        ts = await world.conversation("mia", "My PIN is 4711")
        assert rung(world, BEN) == [f"New: Mia (Fake, Acme Shop). #{1}"]
        await press(world, ANA, ts, "conversation.assign_me")
        await world.until(lambda: f"<@{ANA}>" in state(world, ts))
        sent = await world.writes("mia", "Or 0815")
        await world.until(lambda: rung(world, ANA) == ["Mia wrote."])
        assert "Or 0815" in str(world.thread(ts)[-1]["blocks"])
        await says(world, ANA, ts, "Never tell your PIN")
        await world.provider.until(lambda: world.shown() == ["Never tell your PIN"])
        await world.tells("edit", "mia", sent, text="Or 0816")
        await world.tells("reaction", "mia", sent, emoji="👍")
        await world.until(lambda: len(rung(world, ANA)) == 3)
        assert rung(world, ANA)[1:] == ["Mia changed a message.", "Mia reacted with 👍 to a message"]
        assert "Or 0816" in str(world.thread(ts)[-2]["blocks"])
        assert not any("081" in n["text"] for n in world.slack.notifications(ANA))
        world.provider.files["a"] = PNG
        await world.writes("mia", "PIN 99", files=[{"ref": "a", "name": "a.png"}])
        await world.until(lambda: world.thread(ts)[-1].get("files"))
        assert not any("PIN 99" in words for words in rung(world, ANA))
        assert "PIN 99" in str(world.thread(ts)[-2]["blocks"])


async def test_an_account_that_was_taken_out_says_so(tmp_path: Path) -> None:
    others = [{"name": "old", "title": "Old Shop"}]
    async with stopped(tmp_path, database_url(tmp_path), others=others) as world:
        async with running(world):
            ts = await world.conversation("mia", account="old")
        world.told(accounts=world.config.desk.accounts[:1])
        async with running(world):
            await more(world, ANA, ts, "files:")
            await world.until(lambda: whispers(world, ANA) == ["Old Shop is no longer connected."])
            (row,) = await Account.filter(name="old")
            assert row.network_title == "Fake", "cards of its customers go on saying it"
            await press(world, ANA, ts, "conversation.close")
            await world.until(lambda: "Ana closed this." in world.said(ts))
            assert world.slack.views(ANA) == []


async def test_a_broken_account_is_tried_again_by_a_press_and_says_when_it_works(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation()
        world.provider.fault("revoked", verb="send")
        await says(world, ANA, ts, "On its way")
        await world.until(lambda: any("Fake · Acme Shop stopped at" in words for words in channel(world)))
        post = next(m for m in world.slack.messages(SUPPORT) if "stopped at" in (m.get("text") or ""))
        waiting = "Fake no longer accepts the token. 1 answer is waiting and goes out once it works."
        assert waiting in post["text"]
        assert f"Fake · Acme Shop stopped: {waiting}" in await look(world, BEN)
        assert world.shown() == []
        await press(world, BEN, post["ts"], "account.check")
        await world.provider.until(lambda: world.shown() == ["On its way"])
        await world.until(lambda: "Fake · Acme Shop works again." in channel(world))
        assert "Acme Shop stopped" not in await look(world, BEN)
