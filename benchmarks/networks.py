"""What networks cost: a call verified and read, and a file of 50 MB through, both ways.

`python -m benchmarks.networks NAME` is the program whose memory is measured: the network and the player of
its provider together, which says by how much they grew.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from importlib import import_module
from mimetypes import guess_extension
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from benchmarks.figures import Figure, mebibytes
from benchmarks.processes import running
from networks.base import Attachment, OutboundPart
from networks.capabilities import MediaKind
from networks.registry import NETWORKS
from tests.contract.kit import Bench, Kit

ENOUGH = 830
"""Calls a second: a hundred times what one workspace of Slack takes."""
SIZE = 50_000_000
MOST = 16_000_000
"""Bytes that memory may grow by while a file of `SIZE` goes through."""
_WARM = 1_000_000
_PIECE = 512 * 1024


def kits() -> Mapping[str, Kit]:
    """What each network's tests bring: recorded calls, and its provider at work."""
    return cast(Mapping[str, Kit], import_module("tests.contract.test_contract").KITS)


async def reading(*, seconds: float) -> list[Figure]:
    """Each recorded call of each network, verified and read again and again."""
    return [_rate(name, kits()[name], seconds) for name in NETWORKS]


def _rate(name: str, kit: Kit, seconds: float) -> Figure:
    """By this process's own time: others beside it don't count."""
    payloads = [case.payload for case in kit.cases]
    for payload in payloads:
        _take(kit, payload)
    calls, began = 0, time.process_time()
    while (took := time.process_time() - began) < seconds:
        for payload in payloads:
            _take(kit, payload)
        calls += len(payloads)
    return Figure(
        bar="networks",
        what=f"{name}: {len(payloads)} recorded calls, each verified and read",
        measured=f"{calls / took:,.0f}/s",
        must=f"≥ {ENOUGH}/s",
        holds=calls / took >= ENOUGH,
    )


def _take(kit: Kit, payload: Any) -> None:
    kit.genuine()
    kit.parse(payload)


async def files() -> list[Figure]:
    """A large file through each network."""
    found: list[Figure] = []
    for name in NETWORKS:
        async with running("benchmarks.networks", name) as (_, told):
            found += [_grown(name, way, grown) for way, grown in told.items()]
    return found


def _grown(name: str, way: str, grown: int) -> Figure:
    return Figure(
        bar="networks",
        what=f"{name}: memory while {way}",
        measured=mebibytes(grown),
        must=f"< {mebibytes(MOST)}",
        holds=grown < MOST,
        binds=True,
    )


# The program that is measured


def _largest(bench: Bench) -> tuple[MediaKind, str, int]:
    """The largest file the network takes, up to `SIZE`: kind, type, bytes."""
    rules = bench.network.capabilities_for(bench.account).send
    kind = max(rules, key=lambda each: rules[each].max_bytes)
    mime = min(rules[kind].mime_types, default="application/pdf")
    return kind, mime, min(rules[kind].max_bytes, SIZE)


async def _send(bench: Bench, size: int) -> None:
    """A file of zeros, in the pieces the spool gives; also by a link, where the provider fetches it."""
    kind, mime, _ = _largest(bench)
    name = f"large{guess_extension(mime) or '.bin'}"

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, size, _PIECE):
            yield bytes(min(_PIECE, size - at))

    async def link() -> str:
        return f"https://files.example/{size}/{name}"

    file = Attachment(name=name, mime_type=mime, size=size, kind=kind, open=pieces, link=link, preview=link)
    part = OutboundPart(idempotency_key=f"f{size}", contact_id=bench.contact, attachment=file)
    await bench.network.send(bench.account, part)


async def _fetch(bench: Bench, size: int) -> None:
    taken = 0
    async for chunk in bench.network.download(bench.account, await bench.lay(size)):
        taken += len(chunk)
    if taken != size:
        raise RuntimeError(f"{taken} bytes came of {size}")


async def _growth(way: Callable[[Bench, int], Awaitable[None]], bench: Bench, size: int) -> int:
    """By how many bytes we grew at most, after a small file has warmed everything up."""
    await way(bench, _WARM)
    gc.collect()
    _forget_peak()
    before = _memory("VmRSS")
    await way(bench, size)
    return max(_memory("VmHWM") - before, 0)


def _forget_peak() -> None:
    """From here on `VmHWM` is the highest: man 5 proc, clear_refs."""
    Path("/proc/self/clear_refs").write_text("5")


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


async def _measured(bench: Bench) -> dict[str, int]:
    most = _largest(bench)[2]
    return {
        f"{most // 10**6} MB are sent": await _growth(_send, bench, most),
        f"{SIZE // 10**6} MB are fetched": await _growth(_fetch, bench, SIZE),
    }


async def main(name: str) -> None:
    """Measure one network; say what was found, and wait to be ended."""
    with TemporaryDirectory(prefix="oratio-bench-") as folder:
        async with kits()[name].bench(Path(folder)) as bench:
            print(json.dumps(await _measured(bench)), flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
