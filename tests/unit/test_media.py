"""Files: what they are, whether they pass, how they are called, and where they wait."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.filenames import extension_of
from desk.filetypes import disguise
from desk.media import (
    Outcome,
    Spool,
    SpoolFull,
    TooLarge,
    decide,
    human_size,
    kind_of,
    largest,
    safe_name,
    sniff,
)
from networks.capabilities import MediaKind, MediaRule
from tests.samples import EXE, OLE, PNG, box, mp4, ogg, webm, zipped
from tests.scenario.files import growing_up_to

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
P, V, A, D = MediaKind.PICTURE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.DOCUMENT


class TestSniffing:
    @pytest.mark.parametrize(
        ("name", "content", "expected"),
        [
            ("a.png", PNG, ("image/png", P, False)),
            ("a.jpg", PNG, ("image/png", P, False)),
            ("", PNG, ("image/png", P, False)),
            ("holiday.png", EXE, ("application/vnd.microsoft.portable-executable", D, True)),
            ("setup.exe", EXE, ("application/vnd.microsoft.portable-executable", D, False)),
            ("a.png", b"%PDF-1.7\n1 0 obj\n", ("application/pdf", D, True)),
            (
                "a.svg",
                b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
                ("image/svg+xml", D, False),
            ),
            ("a.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', ("image/svg+xml", D, True)),
            ("a.html", b"<!doctype html><html><body>x</body></html>", ("text/html", D, False)),
            ("a.pdf", b"<!doctype html><html><body>x</body></html>", ("text/html", D, True)),
            ("log.txt", b"<!doctype html><html><body>x</body></html>", ("text/plain", D, False)),
            ("a.txt", b"", ("application/x-empty", D, False)),
            ("a.txt", b"hello there\n", ("text/plain", D, False)),
            ("a.txt", "Grüße aus Köln\n".encode(), ("text/plain", D, False)),
            ("a.txt", b"a,b,c\n1,2,3\n4,5,6\n", ("text/plain", D, False)),
            ("a.csv", b"a,b,c\n1,2,3\n4,5,6\n", ("text/csv", D, False)),
            ("a.csv", b"just one line\n", ("text/csv", D, False)),
            ("a.txt", b"#!/usr/bin/env python\nimport os\n", ("text/plain", D, False)),
            ("a.png", b"#!/bin/sh\necho\n", ("text/x-shellscript", D, True)),
            ("a.json", b'{"a": 1}', ("application/json", D, False)),
            ("a.docx", zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml"), (DOCX, D, False)),
            ("a.docx", zipped("a.txt"), (DOCX, D, False)),
            ("a.zip", zipped("a.txt"), ("application/zip", D, False)),
            ("a.zip", zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml"), (DOCX, D, False)),
            ("a.png", zipped("a.txt"), ("application/zip", D, True)),
            ("a.doc", OLE, ("application/msword", D, False)),
            ("a", OLE, ("application/x-ole-storage", D, False)),
            ("a.mp4", mp4(b"vide", b"soun"), ("video/mp4", V, False)),
            ("a.mp4", mp4(b"soun"), ("audio/mp4", A, False)),
            ("a.mp4", mp4(), ("video/mp4", V, False)),
            ("a.mp4", mp4(b"vide")[:5100], ("video/mp4", V, False)),
            ("a.m4a", mp4(b"soun", brand=b"M4A "), ("audio/mp4", A, False)),
            ("a.webm", webm(b"V_VP9", b"A_OPUS"), ("video/webm", V, False)),
            ("a.webm", webm(b"A_OPUS"), ("audio/webm", A, False)),
            ("a.ogg", ogg(b"OpusHead\1\2"), ("audio/ogg", A, False)),
            ("a.ogv", ogg(b"\x80theora\3\2"), ("video/ogg", V, False)),
            (
                "a.mp3",
                b"ID3\x03\0\0\0\0\0\x0a" + b"\0" * 10 + b"\xff\xfb\x90\0" + b"\0" * 99,
                ("audio/mpeg", A, False),
            ),
            (
                "a.wav",
                b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xac\0\0" + b"\0" * 20,
                ("audio/wav", A, False),
            ),
            ("a.aac", b"\xff\xf1\x50\x80" + b"\0" * 100, ("audio/aac", A, False)),
            ("a.webp", b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 20, ("image/webp", P, False)),
            ("a.tif", b"II*\0\x08\0\0\0", ("image/tiff", D, False)),
            ("a.png", b"\x01\x02\x03\xfe" * 30, ("application/octet-stream", D, False)),
        ],
    )
    async def test_the_bytes_decide(
        self, tmp_path: Path, name: str, content: bytes, expected: tuple[str, MediaKind, bool]
    ) -> None:
        path = tmp_path / "0123"
        path.write_bytes(content)
        found = await sniff(path, name)
        deceptive = disguise(found.mime, extension_of(name)) is not None
        assert (found.mime, found.kind, deceptive) == expected

    @pytest.mark.parametrize(
        "boxes",
        [
            box(b"moov", b"\0\0\0\0trak" * 3),
            box(b"moov", (1).to_bytes(4, "big") + b"trak" + (2**63).to_bytes(8, "big")),
            box(b"moov", box(b"trak", b"\0\0\0\x08free" * 5000)),
            b"\0\0\0\0moov" * 4000,
            b"\0\0\0\1mo",
        ],
    )
    async def test_twisted_boxes_end_and_say_nothing(self, tmp_path: Path, boxes: bytes) -> None:
        path = tmp_path / "0123"
        path.write_bytes(box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + boxes)
        assert (await sniff(path, "a.mp4")).mime == "video/mp4"

    @pytest.mark.parametrize(
        ("mime", "kind"),
        [
            ("image/png", P),
            ("IMAGE/PNG; charset=binary", P),
            ("image/svg+xml", D),
            ("image/vnd.adobe.photoshop", D),
            ("audio/x-wav", A),
            ("video/quicktime", V),
            ("", D),
            ("nonsense", D),
        ],
    )
    def test_a_claimed_type_has_a_kind(self, mime: str, kind: MediaKind) -> None:
        assert kind_of(mime) is kind


RULES = {
    P: MediaRule(max_bytes=10, mime_types=frozenset({"image/png"}), formats="PNG"),
    D: MediaRule(max_bytes=100, mime_types=frozenset({"application/pdf", "image/*"}), formats="PDF"),
    A: MediaRule(max_bytes=50),
}


class TestDeciding:
    @pytest.mark.parametrize(
        ("mime", "kind", "size", "expected"),
        [
            ("image/png", P, 10, (Outcome.FITS, P, 10)),
            ("image/png", P, 11, (Outcome.FITS, D, 100)),
            ("image/png", P, 101, (Outcome.TOO_LARGE, D, 100)),
            ("image/gif", P, 5, (Outcome.FITS, D, 100)),
            ("application/pdf", D, 100, (Outcome.FITS, D, 100)),
            ("application/pdf", D, 101, (Outcome.TOO_LARGE, D, 100)),
            ("application/zip", D, 1, (Outcome.WRONG_KIND, D, None)),
            ("video/mp4", V, 1, (Outcome.WRONG_KIND, V, None)),
            ("audio/anything", A, 50, (Outcome.FITS, A, 50)),
            ("audio/anything", A, 51, (Outcome.TOO_LARGE, A, 50)),
            ("audio/anything", A, None, (Outcome.FITS, A, 50)),
            ("application/zip", D, None, (Outcome.WRONG_KIND, D, None)),
        ],
    )
    def test_verdicts_have_both_numbers(
        self,
        mime: str,
        kind: MediaKind,
        size: int | None,
        expected: tuple[Outcome, MediaKind, int | None],
    ) -> None:
        verdict = decide(RULES, mime, kind, size)
        assert (verdict.outcome, verdict.kind, verdict.limit) == expected
        assert verdict.size == size
        assert verdict.ok is (expected[0] is Outcome.FITS)

    def test_the_ending_of_a_name_may_be_refused_whatever_is_inside(self) -> None:
        rules = {P: MediaRule(max_bytes=9), D: MediaRule(max_bytes=9, refused=frozenset({"exe", "js"}))}
        for name in ("a.exe", "b.JS", "c.pdf.js"):
            assert decide(rules, "text/plain", D, 1, name).outcome is Outcome.WRONG_KIND
        assert all(decide(rules, "text/plain", D, 1, name).ok for name in ("exe", "c.exe.txt", ""))
        assert decide(rules, "image/png", P, 1, "a.exe").kind is P

    @pytest.mark.parametrize(
        ("rules", "claimed", "expected"),
        [
            ({P: 5, D: 100}, "image/png", (D, 100)),
            ({P: 5, V: 25}, "image/png", (V, 25)),
            ({P: 20, V: 20, D: 20}, "video/mp4", (V, 20)),
            ({P: 20, V: 20, D: 20}, "", (D, 20)),
            ({P: 20, A: 20}, "application/pdf", (P, 20)),
            ({}, "image/png", None),
        ],
    )
    def test_the_largest_file_of_all_is_of_a_kind_that_may_be_so_large(
        self, rules: dict[MediaKind, int], claimed: str, expected: tuple[MediaKind, int] | None
    ) -> None:
        assert largest({kind: MediaRule(max_bytes=most) for kind, most in rules.items()}, claimed) == expected

    def test_a_network_without_files_takes_none(self) -> None:
        assert decide({}, "image/png", P, 1).outcome is Outcome.WRONG_KIND

    @given(st.integers(0, 300), st.sampled_from(["image/png", "image/gif", "application/pdf"]))
    def test_what_fits_is_within_its_limit(self, size: int, mime: str) -> None:
        verdict = decide(RULES, mime, kind_of(mime), size)
        assert verdict.limit is not None
        assert verdict.ok is (size <= verdict.limit)


class TestNames:
    @pytest.mark.parametrize(
        ("name", "mime", "safe"),
        [
            ("report.pdf", "", "report.pdf"),
            ("../../etc/passwd", "", "passwd"),
            ("C:\\Users\\ana\\a.png", "", "a.png"),
            ("..", "", "file"),
            ("", "image/jpeg", "file.jpg"),
            (None, "", "file"),
            ("photo", "image/png", "photo.png"),
            ("a\x00b\nc.txt", "", "ab c.txt"),
            ("invoice\u202efdp.exe", "", "invoicefdp.exe"),
            ("\u200b\u2066.png", "", "png"),
            ("CON.txt", "", "_CON.txt"),
            ("nul", "", "_nul"),
            ("com1.tar.gz", "", "_com1.tar.gz"),
            ("a<b>:c?.txt", "", "a_b__c_.txt"),
            ("name. . ", "", "name"),
            ("dir/", "", "dir"),
            ("Grüße 👋.pdf", "", "Grüße 👋.pdf"),
            ("a.unknownextension", "", "a.unknownextension"),
            (".htaccess", "", "htaccess"),
        ],
    )
    def test_examples(self, name: str | None, mime: str, safe: str) -> None:
        assert safe_name(name, mime) == safe

    def test_a_long_name_keeps_its_extension(self) -> None:
        name = safe_name("ü" * 5000 + ".docx")
        assert len(name.encode()) <= 150
        assert name.endswith("ü.docx")

    @given(st.text(st.characters(), max_size=400), st.sampled_from(["", "image/png", "text/plain", "x/y"]))
    def test_any_name_is_harmless(self, name: str, mime: str) -> None:
        safe = safe_name(name, mime)
        assert safe.strip(". ")
        assert 0 < len(safe.encode()) <= 150
        assert not set(safe) & set('/\\<>:"|?*\0\n\r\u202e\u2066\u200f')
        assert safe not in (".", "..")
        assert safe_name(safe, mime) == safe


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1500, "1.5 kB"),
        (999_499, "999 kB"),
        (999_600, "1 MB"),
        (9_960_000, "10 MB"),
        (20_000_000, "20 MB"),
        (118_300_000, "118 MB"),
        (1_100_000_000, "1.1 GB"),
        (5_000_000_000_000, "5000 GB"),
    ],
)
def test_sizes_are_said_as_providers_say_them(size: int, shown: str) -> None:
    assert human_size(size) == shown


async def stream(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


class TestSpool:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "media" / "spool"

    async def test_what_is_taken_can_be_read_any_number_of_times(self, folder: Path) -> None:
        spool = Spool(folder, 10**9)
        parts = [os.urandom(300_000) for _ in range(7)]
        taken = await spool.take(stream(*parts), 10**8)
        assert taken.size == 2_100_000
        for _ in range(2):
            assert b"".join([block async for block in spool.open(taken.name)]) == b"".join(parts)
        assert spool.path(taken.name).stat().st_mode & 0o077 == 0
        await spool.remove(taken.name)
        await spool.remove(taken.name)
        assert list(folder.iterdir()) == []

    async def test_an_empty_file_is_a_file(self, folder: Path) -> None:
        spool = Spool(folder, 10)
        taken = await spool.take(stream(), 10)
        assert taken.size == 0
        assert [block async for block in spool.open(taken.name)] == []

    async def test_the_limit_holds_while_streaming(self, folder: Path) -> None:
        read = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal read
            while True:
                read += 1000
                yield b"x" * 1000

        with pytest.raises(TooLarge) as raised:
            await Spool(folder, 10**9).take(endless(), 10_500)
        assert (raised.value.limit, raised.value.at_least) == (10_500, 11_000)
        assert read == 11_000
        assert list(folder.iterdir()) == []

    async def test_exactly_the_limit_passes(self, folder: Path) -> None:
        assert (await Spool(folder, 10**9).take(stream(b"x" * 100), 100)).size == 100

    async def test_the_stream_is_closed_when_it_is_not_read_to_its_end(self, folder: Path) -> None:
        closed = asyncio.Event()

        async def large() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x" * 100
            finally:
                closed.set()

        with pytest.raises(TooLarge):
            await Spool(folder, 10**9).take(large(), 50)
        assert closed.is_set()

    async def test_a_full_folder_says_so_and_has_room_again(self, folder: Path) -> None:
        spool = Spool(folder, 1000)
        first = await spool.take(stream(b"x" * 600), 10**6)
        with pytest.raises(SpoolFull) as raised:
            await spool.take(stream(b"x" * 600), 10**6)
        assert raised.value.words.endswith(".")
        await spool.remove(first.name)
        assert (await spool.take(stream(b"x" * 600), 10**6)).size == 600

    async def test_what_lies_there_at_start_counts(self, folder: Path) -> None:
        await Spool(folder, 1000).take(stream(b"x" * 600), 10**6)
        with pytest.raises(SpoolFull):
            await Spool(folder, 1000).take(stream(b"x" * 600), 10**6)

    async def test_a_full_disk_says_so(self, folder: Path) -> None:
        async def full() -> AsyncIterator[bytes]:
            yield b"x"
            raise OSError(errno.ENOSPC, "No space left on device")

        with pytest.raises(SpoolFull, match="disk is full"):
            await Spool(folder, 10**9).take(full(), 100)
        assert list(folder.iterdir()) == []

    async def test_what_a_full_disk_refused_takes_no_room(self, folder: Path) -> None:
        spool = Spool(folder, 1_000_000)
        with growing_up_to(300_000):
            for _ in range(5):
                with pytest.raises(SpoolFull, match="disk is full"):
                    await spool.take(stream(b"x" * 900_000), 900_000)
                assert list(folder.iterdir()) == []
        assert (await spool.take(stream(b"x" * 900_000), 900_000)).size == 900_000

    async def test_a_broken_stream_leaves_nothing(self, folder: Path) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield b"x" * 2_000_000
            raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            await Spool(folder, 10**9).take(broken(), 10**9)
        assert list(folder.iterdir()) == []

    async def test_a_cancelled_take_leaves_nothing(self, folder: Path) -> None:
        began = asyncio.Event()

        async def stuck() -> AsyncIterator[bytes]:
            yield b"x" * 2_000_000
            began.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(Spool(folder, 10**9).take(stuck(), 10**9))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize("name", ["", "..", "../x", "/etc/passwd", "A" * 32, "0" * 31, "0" * 32 + "\n"])
    async def test_only_names_of_our_own_are_opened(self, folder: Path, name: str) -> None:
        spool = Spool(folder, 100)
        with pytest.raises(FileNotFoundError):
            spool.path(name)
        with pytest.raises(FileNotFoundError):
            await spool.remove(name)

    async def test_sweeping_keeps_what_is_wanted_young_or_not_ours(self, folder: Path) -> None:
        spool = Spool(folder, 10**6)
        kept, gone = [await spool.take(stream(b"x"), 10) for _ in range(2)]
        (folder / "marker").write_text("x")
        (folder / ("0" * 32 + ".part")).write_text("left by a crash")
        assert await spool.sweep({kept.name}, before=datetime.now(UTC) - timedelta(hours=1)) == 0
        assert await spool.sweep({kept.name}) == 2
        assert {path.name for path in folder.iterdir()} == {kept.name, "marker"}
        assert not spool.path(gone.name).exists()

    async def test_sweeping_a_folder_that_is_not_there_is_fine(self, folder: Path) -> None:
        assert await Spool(folder, 10).sweep(set()) == 0
