"""A customer's files in Slack: the same bytes, in their place, or a sentence that says why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from models import Delivery, DeliveryKind
from tests.samples import EXE, FILM, JPEG, PDF, PNG, VOICE
from tests.scenario.files import content, files_from, growing_up_to, posts, spooled, waiting_row
from tests.scenario.test_hostile import flat
from tests.scenario.world import ANA, FAST, SUPPORT, World, database_url, running, the_world

LIMIT = 10_000_000


async def sends(world: World, text: str = "", **files: Any) -> None:
    """Mia sends files: each is bytes, or how the provider describes it, with `data` for its bytes."""
    described = []
    for ref, file in files.items():
        told = file if isinstance(file, dict) else {"data": file}
        if "data" in told:
            world.provider.files[ref] = told["data"]
        about = {k: v for k, v in told.items() if k != "data"}
        described.append({"ref": ref, "name": ref, **about})
    await world.writes("mia", text, files=described)


async def until_said(world: World, ts: str, words: str) -> None:
    await world.until(lambda: any(words in said for said in world.said(ts)))


async def test_every_kind_arrives_as_it_was_in_its_place(world: World) -> None:
    ts = await world.conversation("mia", "Hello?")
    await world.writes("mia", "before")
    await sends(world, "My *order* <!channel>", **{"a.png": PNG})
    await sends(world, **{"b.mp4": FILM})
    await sends(world, **{"c.ogg": {"data": VOICE, "duration": 14.4, "voice": True}})
    await sends(world, "three", **{"d.pdf": PDF, "e.jpg": JPEG, "f.bin": bytes(range(256)) * 300})
    await world.writes("mia", "after")
    picture, film, voice, three = await files_from(world, ts, 4)
    assert [content(world, p) for p in (picture, film, voice)] == [[PNG], [FILM], [VOICE]]
    assert content(world, three) == [PDF, JPEG, bytes(range(256)) * 300]
    assert "My *order* <!channel>" in str(picture["blocks"])
    assert "Voice message, 0:14" in str(voice["blocks"]), "no program can turn this one into another form"
    assert [f["name"] for f in three["files"]] == ["d.pdf", "e.jpg", "f.bin"]
    assert {p["username"] for p in posts(world, ts)} == {"Mia · Fake"}
    await until_said(world, ts, "after")
    said = [(m["ts"], m.get("text") or "") for m in world.thread(ts) if m.get("username")]
    order = [next(n for n, (_, t) in enumerate(said) if w in t) for w in ("before", "after")]
    mine = [n for n, (at, _) in enumerate(said) if at in {p["ts"] for p in posts(world, ts)}]
    assert mine == list(range(order[0] + 1, order[1])), said
    assert len(world.slack.calls("files.completeUploadExternal")) == 4


async def test_long_words_stand_before_their_files(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        words = " ".join(f"w{n}" for n in range(1500))
        ts = await world.conversation("mia", "Hello?")
        await sends(world, words, **{"a.png": PNG})
        (post,) = await files_from(world, ts, 1)
        read = [flat(b) for m in world.thread(ts) if m.get("username") for b in m.get("blocks") or []]
        assert " ".join(read[1:]).split() == words.split()
        assert world.thread(ts)[-1]["ts"] == post["ts"]


NAMES = {
    "../../etc/passwd": "passwd.png",
    "x" * 300 + ".png": "x" * 146 + ".png",
    "\u202egnp.exe.png": "gnp.exe.png",
    "nul\x00here.png": "nulhere.png",
    "": "picture.png",
    "<!channel> *a*.png": "_!channel_ _a_.png",
}


async def test_names_are_harmless_and_programs_are_called_so(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        files = {f"n{i}": {"data": PNG, "name": name} for i, name in enumerate(NAMES)}
        await sends(world, **files, unnamed={"data": PDF, "name": None})
        (post,) = await files_from(world, ts, 1)
        assert [f["name"] for f in post["files"]] == [*NAMES.values(), "document.pdf"]
        await sends(world, "Look!", **{"holiday.png": EXE})
        await files_from(world, ts, 2)
        await until_said(
            world, ts, "Careful: “holiday.png” from Mia isn't what its name says. It is a program."
        )
        assert sum("Careful" in said for said in world.said(ts)) == 1


async def test_what_cannot_be_had_is_said_and_the_rest_arrives(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        await sends(world, "claims", **{"huge.zip": {"size": 34_000_000}, "fits.png": PNG})
        await until_said(
            world, ts, "Mia sent “huge.zip”, 34 MB. Fake gives files up to 10 MB, so it can't be fetched."
        )
        await sends(world, **{"liar.zip": {"data": 50_000_000, "size": 1000}})
        await until_said(
            world, ts, "Mia sent “liar.zip”. Fake gives files up to 10 MB, so it can't be fetched."
        )
        assert world.provider.file_bytes["liar.zip"] < 30_000_000, "it was cut while it came"
        await sends(world, "lost words", **{"gone.pdf": {}})
        await until_said(
            world, ts, "“gone.pdf”, but it can't be fetched: Fake no longer has this file. Ask for it again."
        )
        await sends(world, "void words", **{"void.txt": b""})
        await until_said(world, ts, "“void.txt”, but it can't be fetched: it is empty.")
        (post,) = await files_from(world, ts, 1)
        assert content(world, post) == [PNG]
        assert "huge.zip" not in world.provider.file_bytes
        for words in ("claims", "lost words", "void words"):
            assert sum(words in str(m.get("blocks")) for m in world.thread(ts)) == 1, words


async def test_words_keep_their_place_when_their_file_is_lost(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        world.slack.fault("chat.postMessage", "500", times=3)
        await sends(world, "one", **{"gone.pdf": {}})
        for words in ("two", "three"):
            await world.writes("mia", words)
        await until_said(world, ts, "three")
        said = [m["text"] for m in world.thread(ts) if m.get("username")]
        assert said[-3:] == ["one", "two", "three"]


async def test_a_provider_that_is_away_holds_back_no_words(tmp_path: Path) -> None:
    """Its files are late, which is said; they come when it is back, and the words of others before."""
    spans = replace(FAST, slow_notice=timedelta(milliseconds=150))
    async with the_world(tmp_path, database_url(tmp_path), durations=spans) as world:
        ts = await world.conversation("mia", "Hello?")
        world.provider.fault("500", 10_000, verb="file")
        await sends(world, "look", **{"a.png": PNG, "b.pdf": PDF})
        await world.writes("mia", "are you there?")
        await until_said(
            world, ts, "Mia sent “b.pdf”, which isn't here yet: Fake isn't answering. Oratio keeps trying."
        )
        await until_said(world, ts, "are you there?")
        said = world.said(ts)
        assert said.index("look") < said.index("are you there?")
        assert not posts(world, ts)
        world.provider.clear_faults()
        (post,) = await files_from(world, ts, 1)
        assert content(world, post) == [PNG, PDF]
        await world.until(lambda: not world.app.worker.busy)
        assert sum("isn't here yet" in said for said in world.said(ts)) == 2


async def test_a_revoked_token_parks_the_files_alone(tmp_path: Path) -> None:
    spans = replace(FAST, slow_notice=timedelta(milliseconds=300))
    async with the_world(tmp_path, database_url(tmp_path), durations=spans) as world:
        ts = await world.conversation("mia", "Hello?")
        world.provider.fault("revoked", 10_000, verb="file")
        await sends(world, **{"a.png": PNG})
        await world.writes("mia", "still here")
        await until_said(world, ts, "which isn't here yet: Fake no longer accepts the token.")
        await until_said(world, ts, "still here")
        world.provider.clear_faults()
        (post,) = await files_from(world, ts, 1)
        assert content(world, post) == [PNG]


LOST = [
    *[("files.completeUploadExternal", kind) for kind in ("lost_answer", "internal_error_done", "500")],
    ("files.getUploadURLExternal", "lost_answer"),
    *[("upload", kind) for kind in ("lost_answer", "html503")],
]


async def test_a_lost_answer_doubles_no_file(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        for number, (call, kind) in enumerate(LOST):
            world.slack.fault(call, kind)
            data = PNG + bytes([number])
            await sends(world, f"here {number}", **{f"{number}.png": data})
            await world.writes("mia", f"after {number}")
            await until_said(world, ts, f"after {number}")
            mine = [p for p in posts(world, ts) if content(world, p) == [data]]
            assert len(mine) == 1, (call, kind)
            assert world.thread(ts)[-2]["ts"] == mine[0]["ts"], (call, kind)
        assert len(posts(world, ts)) == len(LOST)


async def test_without_our_own_event_the_place_is_asked_for(tmp_path: Path) -> None:
    """`shares` is empty at first and the event is lost: what comes after still stands after."""
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        world.slack.events_fault(drop=True)
        await sends(world, "here", **{"a.png": PNG})
        message = await world.writes("mia", "after")
        await until_said(world, ts, "after")
        (post,) = await files_from(world, ts, 1)
        assert world.said(ts)[-1] == "after"
        assert world.slack.calls("files.info")
        row = await Delivery.get(kind=DeliveryKind.FILES)
        assert row.result["ts"] == post["ts"]
        assert message


async def test_the_assignee_is_rung_by_the_files_themselves(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        await world.slack.act("press", user=ANA, channel=SUPPORT, ts=ts, action_id="conversation.assign_me")
        await world.until(lambda: "Assigned to Ana" in str(world.cards()[0]["blocks"]))
        await sends(world, "look", **{"a.png": PNG})
        (post,) = await files_from(world, ts, 1)
        rung = [n for n in world.slack.notifications(ANA) if n["why"] == "mention"]
        assert [n["ts"] for n in rung] == [post["ts"]]
        await sends(world, **{"gone.png": {}})
        await until_said(world, ts, "“gone.png”, but it can't be fetched")
        await world.until(
            lambda: len([n for n in world.slack.notifications(ANA) if n["why"] == "mention"]) == 2
        )


async def test_a_missing_scope_holds_back_the_files_alone(tmp_path: Path) -> None:
    spans = replace(FAST, slow_notice=timedelta(milliseconds=300))
    async with the_world(tmp_path, database_url(tmp_path), durations=spans) as world:
        ts = await world.conversation("mia", "Hello?")
        world.slack.core.world.scopes.remove("files:write")
        await sends(world, "look", **{"a.png": PNG})
        await world.writes("mia", "still here")
        await until_said(world, ts, "isn't here yet: The Slack app lacks the permission files:write.")
        await until_said(world, ts, "still here")
        said = world.said(ts)
        assert said.index("look") < said.index("still here")
        world.slack.core.world.scopes[:] = world.slack.core.app.spec.scopes
        (post,) = await files_from(world, ts, 1)
        assert content(world, post) == [PNG]
        assert sum("isn't here yet" in words for words in world.said(ts)) == 1


async def test_a_full_spool_waits_for_room(tmp_path: Path) -> None:
    spans = replace(FAST, slow_notice=timedelta(milliseconds=150))
    async with the_world(tmp_path, database_url(tmp_path), durations=spans, spool_max_bytes=900_000) as world:
        ts = await world.conversation("mia", "Hello?")
        world.slack.fault("upload", "500", times=None)
        await sends(world, **{"a.bin": b"a" * 600_000})
        await world.until(lambda: spooled(world))
        await sends(world, "second", **{"b.bin": b"b" * 600_000})
        row = await waiting_row(DeliveryKind.FETCH)
        assert row.words == "The folder for files on their way is full: it may hold 900 kB."
        assert sum(p.stat().st_size for p in spooled(world)) <= 900_000
        world.slack.clear_faults()
        first, second = await files_from(world, ts, 2)
        assert content(world, first) == [b"a" * 600_000]
        assert content(world, second) == [b"b" * 600_000]


async def test_what_there_is_never_room_for_is_said_and_not_waited_for(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), spool_max_bytes=900_000) as world:
        ts = await world.conversation("mia", "Hello?")
        await sends(world, "large", **{"large.bin": b"a" * 1_200_000})
        await until_said(world, ts, "“large.bin”. Oratio takes up to 900 KB of files at once, so it can't be")
        await sends(world, "both", **{"a.bin": b"a" * 500_000, "b.bin": b"b" * 600_000})
        (post,) = await files_from(world, ts, 1)
        assert content(world, post) == [b"a" * 500_000]
        await until_said(world, ts, "“b.bin”. Oratio takes up to 900 KB of files at once")
        await sends(world, "next", **{"c.bin": b"c" * 600_000})
        assert content(world, (await files_from(world, ts, 2))[1]) == [b"c" * 600_000]


async def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """The system refuses to let a file grow, as a full disk does; later it does not."""
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        with growing_up_to(4_500_000):
            await sends(world, **{"a.bin": b"a" * 6_000_000})
            row = await waiting_row(DeliveryKind.FETCH)
            assert row.words == "The disk is full: no file can be taken until there is room."
        (post,) = await files_from(world, ts, 1)
        assert content(world, post) == [b"a" * 6_000_000]


async def test_what_was_on_its_way_survives_a_restart_and_what_was_not_is_swept(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "Hello?")
        world.slack.fault("upload", "500", times=None)
        await sends(world, "here", **{"a.png": PNG})
        await world.until(lambda: spooled(world))
        await world.app.__aexit__()
        (kept,) = spooled(world)
        for stray in ("0" * 32, "1" * 32 + ".part"):
            kept.with_name(stray).write_bytes(b"left behind")
        world.slack.clear_faults()
        async with running(world):
            (post,) = await files_from(world, ts, 1)
            assert content(world, post) == [PNG]
