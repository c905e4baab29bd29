"""An agent's files at the customer: whole and in order, or not at all, with a sentence and ways out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from models import Workspace, WorkspaceState
from tests.samples import EXE, FILM, JPEG, PDF, PNG, VOICE
from tests.scenario.files import hands_in, received, spooled, whispered
from tests.scenario.hands import press
from tests.scenario.world import ANA, BEN, FAST, SUPPORT, World, database_url, the_world

SOON = replace(FAST, slow_notice=timedelta(milliseconds=200), nudge_after=timedelta(milliseconds=300))


async def until_received(world: World, number: int) -> list[tuple[str, tuple[str, bytes] | None]]:
    """What the customer has, once it is so much and nothing waits here any more."""
    await world.provider.until(lambda: len(received(world)) >= number)
    await world.until(lambda: not spooled(world))
    return received(world)


async def until_refused(world: World, ts: str, sentence: str) -> dict[str, Any]:
    """The ephemeral that says why nothing was sent; the message bears ⚠️, and nothing stays here."""
    await world.until(lambda: sentence in whispered(world))
    await world.until(lambda: "warning" in world.reactions(ts))
    await world.until(lambda: not spooled(world))
    return next(e for e in world.slack.ephemerals(ANA) if sentence in str(e))


def buttons(shown: dict[str, Any]) -> list[str]:
    rows = [b["elements"] for b in shown["blocks"] if b["type"] == "actions"]
    return [e["text"]["text"] for row in rows for e in row]


async def test_every_kind_reaches_the_customer_as_it_was(world: World) -> None:
    ts = await world.conversation("mia", "Hello?")
    large = PNG + bytes(6_000_000)
    await world.slack.act("say", user=ANA, channel=SUPPORT, thread_ts=ts, text="before")
    await hands_in(world, ts, "your *plan*", {"name": "a.png", "content": PNG})
    await hands_in(world, ts, "", {"name": "b.mp4", "content": FILM}, {"name": "c.ogg", "content": VOICE})
    await hands_in(
        world, ts, "w" * 3000, {"name": "d.pdf", "content": PDF}, {"name": "e.jpg", "content": JPEG}
    )
    await hands_in(world, ts, "", {"name": "large.png", "content": large})
    last = await world.slack.act("say", user=ANA, channel=SUPPORT, thread_ts=ts, text="after")
    assert await until_received(world, 9) == [
        ("before", None),
        ("your plan", ("a.png", PNG)),
        ("", ("b.mp4", FILM)),
        ("", ("c.ogg", VOICE)),
        ("w" * 3000, None),
        ("", ("d.pdf", PDF)),
        ("", ("e.jpg", JPEG)),
        ("", ("large.png", large)),
        ("after", None),
    ]
    calls = [body["file"] for verb, body in world.provider.calls if verb == "send" and "file" in body]
    sent = {file["name"]: file["kind"] for file in calls}
    assert sent == {
        "a.png": "picture",
        "b.mp4": "document",
        "c.ogg": "document",
        "d.pdf": "document",
        "e.jpg": "picture",
        "large.png": "document",
    }
    await world.until(lambda: "white_check_mark" in world.reactions(last["ts"]))


async def test_names_are_harmless_and_content_decides(tmp_path: Path) -> None:
    names = {
        "../../etc/passwd": "passwd.png",
        "x" * 300 + ".png": "x" * 146 + ".png",
        "\u202egnp.exe.png": "gnp.exe.png",
        "no extension": "no extension.png",
    }
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        await hands_in(world, ts, "", *[{"name": name, "content": PNG} for name in names])
        sent = await until_received(world, len(names))
        assert [file[0] for _, file in sent if file] == list(names.values())
        await hands_in(world, ts, "", {"name": "holiday.png", "content": EXE, "mimetype": "image/png"})
        await until_received(world, len(names) + 1)
        assert world.provider.calls[-1][1]["file"]["kind"] == "document"


async def test_too_large_is_refused_whole_with_both_numbers_and_ways_out(world: World) -> None:
    ts = await world.conversation("mia", "Hello?")
    both = "Nothing was sent to Mia"
    said = await hands_in(
        world, ts, "see both", {"name": "a.png", "content": PNG}, {"name": "scans.pdf", "size": 118_000_000}
    )
    refusal = await until_refused(world, said, "scans.pdf is 118 MB; Fake takes documents up to 10 MB.")
    assert both in str(refusal) and "Your text has not gone out either." in str(refusal)
    assert buttons(refusal) == ["Send text only", "Keep as note", "Supported files"]
    await world.slack.act("press", user=ANA, channel=SUPPORT, ts=refusal["ts"], action_id="files.show")
    await world.until(lambda: world.slack.views(ANA))
    assert "10 MB" in str(world.slack.views(ANA)[-1])
    lying = await hands_in(world, ts, "", {"name": "liar.pdf", "content": bytes(10_100_000), "size": 1000})
    refusal = await until_refused(world, lying, "liar.pdf is 10.1 MB; Fake takes documents up to 10.0 MB.")
    assert buttons(refusal) == ["Keep as note", "Supported files"]
    assert received(world) == []
    assert not world.provider.typing.get("mia")
    await _choose(world, said, "refusal.text_only")
    assert await until_received(world, 1) == [("see both", None)]
    await world.until(lambda: world.reactions(said) == {"white_check_mark"})
    await _choose(world, lying, "refusal.note")
    await world.until(lambda: world.reactions(lying) == {"memo"})
    await world.provider.until(lambda: len(received(world)) == 1)


async def _choose(world: World, ts: str, action: str) -> None:
    """Press the button of the ephemeral that belongs to the message."""
    for shown in world.slack.ephemerals(ANA):
        answer = await world.slack.act("press", user=ANA, channel=SUPPORT, ts=shown["ts"], action_id=action)
        if answer["ok"] and not any(shown["ts"] == e["ts"] for e in world.slack.ephemerals(ANA)):
            return


async def test_a_kind_that_is_not_taken_and_a_network_without_files(tmp_path: Path) -> None:
    async with the_world(
        tmp_path, database_url(tmp_path), durations=SOON, options={"kinds": ("picture",)}
    ) as world:
        ts = await world.conversation("mia", "Hello?")
        said = await hands_in(world, ts, "", {"name": "holiday.png", "content": EXE, "mimetype": "image/png"})
        await until_refused(world, said, "Fake doesn't take files like holiday.png. It takes JPG, PNG.")
        large = await hands_in(world, ts, "", {"name": "a.png", "content": PNG + bytes(5_200_000)})
        await until_refused(world, large, "a.png is 5.2 MB; Fake takes pictures up to 5 MB.")
        await world.until(lambda: any("Nothing was sent to Mia" in s for s in world.said(ts)))
        nudge = next(m for m in world.thread(ts) if "holiday.png" in m["text"] and f"<@{ANA}>" in m["text"])
        assert buttons(nudge) == ["Keep as note", "Supported files"]
        assert received(world) == []
    none = tmp_path / "none"
    none.mkdir()
    async with the_world(none, database_url(none), options={"kinds": ()}) as world:
        ts = await world.conversation("mia", "Hello?")
        said = await hands_in(world, ts, "words", {"name": "a.png", "content": PNG})
        await until_refused(world, said, "Fake doesn't take files like a.png.")
        assert received(world) == []


async def test_files_slack_has_no_bytes_of(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        link = {"name": "plan.gdoc", "mode": "external", "is_external": True}
        elsewhere = {**link, "external_url": "https://docs.example.com/plan"}
        for file in (elsewhere, {"name": "old.pdf", "mode": "hidden_by_limit"}):
            said = await hands_in(world, ts, "look", file)
            await until_refused(
                world, said, "is kept outside Slack or was deleted, so there is no file to send."
            )
        void = await hands_in(world, ts, "look", {"name": "void.txt", "content": b""})
        await until_refused(world, void, "void.txt is empty, so there is no file to send.")
        await world.until(lambda: not spooled(world))
        world.slack.fault("download", "500", times=None)
        gone = await hands_in(world, ts, "", {"name": "gone.pdf", "content": PDF})
        await world.until(lambda: world.slack.message(SUPPORT, gone))
        file = world.slack.message(SUPPORT, gone)["files"][0]["id"]  # type: ignore[index]
        await world.slack.act("delete_file", user=ANA, file=file)
        world.slack.clear_faults()
        await until_refused(world, gone, "gone.pdf is kept outside Slack or was deleted")
        assert received(world) == []
        guarded = await hands_in(world, ts, f"look <@{BEN}>", elsewhere)
        await world.until(lambda: "you mentioned" in whispered(world))
        await _choose(world, guarded, "guard.send_without_mention")
        await until_refused(world, guarded, "plan.gdoc is kept outside Slack or was deleted")
        shared = {"name": "shared.png", "content": PNG, "file_access": "check_file_info"}
        await hands_in(world, ts, "", shared)
        assert await until_received(world, 1) == [("", ("shared.png", PNG))]


async def test_a_missing_scope_is_named_and_what_waited_leaves_in_order(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), durations=SOON) as world:
        ts = await world.conversation("mia", "Hello?")
        for number, sign_in_page in enumerate((True, False)):
            if sign_in_page:
                world.slack.fault("download", "sign_in", times=None)
            else:
                world.slack.core.world.scopes.remove("files:read")
            said = await hands_in(world, ts, f"look {number}", {"name": "a.png", "content": PNG})
            await hands_in(world, ts, f"after {number}")
            await world.until(lambda n=number: _naming(world, ts) == n + 1)  # type: ignore[misc]
            row = await Workspace.get(id=world.app.desk.workspace.id)
            assert row.state is WorkspaceState.BROKEN and "files:read" in row.reason
            assert len(received(world)) == 2 * number and not world.reactions(said)
            world.slack.clear_faults()
            world.slack.core.world.scopes[:] = world.slack.core.app.spec.scopes
            sent = await until_received(world, 2 * number + 2)
            assert sent[-2:] == [(f"look {number}", ("a.png", PNG)), (f"after {number}", None)]
        assert (await Workspace.get(id=world.app.desk.workspace.id)).state is WorkspaceState.READY


def _naming(world: World, ts: str) -> int:
    """How often the thread says which permission is missing."""
    said = "Not sent yet: Slack doesn't let Oratio read this file. The app needs the permission files:read"
    return sum(said in words for words in world.said(ts))


async def test_slack_is_asked_again_and_the_customer_sees_typing_meanwhile(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        for kind in ("500", "html503", "lost_answer"):
            world.slack.fault("download", kind)
        world.slack.fault("download", "late_answer", times=None, seconds=0.5)
        await hands_in(world, ts, "look", {"name": "a.pdf", "content": PDF * 20_000})
        await world.provider.until(lambda: world.provider.typing.get("mia") is True)
        assert received(world) == []
        assert await until_received(world, 1) == [("look", ("a.pdf", PDF * 20_000))]
        assert world.provider.faults_left == 0


async def test_what_is_taken_back_within_the_hold_sends_no_file(tmp_path: Path) -> None:
    account = {"undo_hold": timedelta(seconds=1)}
    async with the_world(tmp_path, database_url(tmp_path), account=account) as world:
        ts = await world.conversation("mia", "Hello?")
        said = await hands_in(world, ts, "wrong", {"name": "a.png", "content": PNG})
        await world.until(lambda: spooled(world))
        await world.slack.act("delete", user=ANA, channel=SUPPORT, ts=said)
        edited = await hands_in(world, ts, "first", {"name": "b.png", "content": PNG})
        await world.slack.act("edit", user=ANA, channel=SUPPORT, ts=edited, text="second")
        noted = await hands_in(world, ts, "note: for us", {"name": "c.png", "content": PNG})
        await world.until(lambda: "memo" in world.reactions(noted))
        await world.provider.until(lambda: bool(received(world)))
        assert received(world) == [("second", ("b.png", PNG))]
        await world.slack.act("shortcut", user=ANA, callback_id="send_to_customer", channel=SUPPORT, ts=noted)
        assert (await until_received(world, 2))[1] == ("for us", ("c.png", PNG))

        lost = await hands_in(world, ts, "mine", {"name": "private.png", "content": PNG})
        await world.until(lambda: any(not path.suffix for path in spooled(world)))
        files = (world.slack.message(SUPPORT, lost) or {})["files"]
        await world.slack.act("delete_file", user=ANA, file=files[0]["id"])
        await until_refused(world, lost, "private.png is kept outside Slack or was deleted")
        await _choose(world, lost, "refusal.text_only")
        assert (await until_received(world, 3))[2] == ("mine", None)


async def test_what_failed_is_fetched_again_and_goes_as_what_it_was(tmp_path: Path) -> None:
    """Nothing that failed lies about here: Slack has it. The text that arrived is not repeated."""
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        large = PNG + bytes(6_000_000)
        world.provider.fault("", verb="send")
        world.provider.fault("refused", verb="send")
        said = await hands_in(world, ts, "w" * 2000, {"name": "large.png", "content": large})
        line = await _failed(world, ts, 1)
        await world.until(lambda: "warning" in world.reactions(said) and not spooled(world))
        world.provider.fault("refused", verb="send")
        await press(world, ANA, line, "delivery.retry")
        line = await _failed(world, ts, 2)
        await press(world, ANA, line, "delivery.retry")
        assert await until_received(world, 2) == [("w" * 2000, None), ("", ("large.png", large))]
        assert world.provider.calls[-1][1]["file"]["kind"] == "document"
        message = str(world.provider.shown[-1].id)
        await world.tells("report", "mia", message, state="failed")
        line = await _failed(world, ts, 3)
        files = (world.slack.message(SUPPORT, said) or {})["files"]
        await world.slack.act("delete_file", user=ANA, file=files[0]["id"])
        await press(world, ANA, line, "delivery.retry")
        await world.until(
            lambda: any(
                "Not delivered to Mia: “large.png” is no longer in Slack." in s for s in world.said(ts)
            )
        )


async def _failed(world: World, ts: str, number: int) -> str:
    """The newest line that says that something did not arrive, once there are so many."""

    def lines() -> list[str]:
        return [m["ts"] for m in world.thread(ts) if "Not delivered to Mia" in (m.get("text") or "")]

    await world.until(lambda: len(lines()) == number)
    return lines()[-1]


async def test_a_full_spool_is_said_and_the_answer_leaves_later(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), durations=SOON, spool_max_bytes=900_000) as world:
        first = await world.conversation("mia", "Hello?")
        second = await world.conversation("ben", "Hello?")
        world.provider.fault("500", 10_000, verb="send")
        await hands_in(world, first, "", {"name": "a.bin", "content": b"a" * 600_000})
        await world.until(lambda: spooled(world))
        await hands_in(world, second, "", {"name": "b.bin", "content": b"b" * 600_000})
        full = "Not sent yet: The folder for files on their way is full: it may hold 900 kB."
        await world.until(lambda: any(full in words for words in world.said(second)))
        world.provider.clear_faults()
        await world.provider.until(lambda: len(received(world, "ben")) == 1)
        await until_received(world, 1)
        assert received(world, "ben") == [("", ("b.bin", b"b" * 600_000))]


async def test_what_there_is_never_room_for_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), spool_max_bytes=900_000) as world:
        ts = await world.conversation("mia", "Hello?")
        ours = "Oratio takes up to 900 KB of files at once."
        said = await hands_in(world, ts, "", {"name": "large.bin", "content": b"a" * 1_200_000})
        await until_refused(world, said, f"large.bin is 1.2 MB; {ours}")
        lying = await hands_in(world, ts, "", {"name": "liar.bin", "content": b"a" * 1_300_000, "size": 1000})
        await until_refused(world, lying, f"liar.bin is 1.3 MB; {ours}")
        two = [{"name": f"{n}.bin", "content": b"a" * n * 1000} for n in (500, 600)]
        both = await hands_in(world, ts, "both", *two)
        await until_refused(world, both, f"600.bin is 600 KB; {ours}")
        both = await hands_in(world, ts, "both", *({**file, "size": 1000} for file in reversed(two)))
        await until_refused(world, both, f"500.bin is 500 KB; {ours}")
        assert received(world) == []
        await hands_in(world, ts, "fits", {"name": "a.bin", "content": b"a" * 900_000})
        assert await until_received(world, 1) == [("fits", ("a.bin", b"a" * 900_000))]
