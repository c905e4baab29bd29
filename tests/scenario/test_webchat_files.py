"""Files between a shop's visitor and the agents, through the whole program and over HTTP."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from models import DeliveryKind
from tests.samples import EXE, FILM, PDF, PNG, VOICE
from tests.scenario.files import content, growing_up_to, hands_in, posts, spooled, waiting_row, whispered
from tests.scenario.world import World, database_url, the_world

ORIGIN = "https://shop.example"
SITE: Mapping[str, Any] = {"origins": (ORIGIN,), "secret": "s" * 32, "max_upload": 5_000_000}


_numbers = itertools.count(1)


class Visitor:
    """A browser on the shop's page."""

    def __init__(self, url: str, http: aiohttp.ClientSession, token: str) -> None:
        self.url, self._http, self._token = url, http, token
        self.frames: list[dict[str, Any]] = []

    @property
    def headers(self) -> dict[str, str]:
        """What the widget's calls bear."""
        return {"Origin": ORIGIN, "Authorization": f"Bearer {self._token}"}

    async def upload(self, name: str, data: bytes) -> tuple[int, dict[str, Any]]:
        """The status and the answer."""
        form = aiohttp.FormData(quote_fields=False)  # as browsers do
        form.add_field("file", data, filename=name)
        async with self._http.post(f"{self.url}/upload", data=form, headers=self.headers) as answer:
            return answer.status, await answer.json()

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        protocols = ("oratio.v1", f"token.{self._token}")
        async with self._http.ws_connect(
            f"{self.url}/socket", protocols=protocols, headers={"Origin": ORIGIN}
        ) as ws:
            await ws.send_json({"v": 1, "type": "resume", "last_seq": 0})
            yield ws

    async def writes(self, ws: aiohttp.ClientWebSocketResponse, text: str, *files: tuple[str, bytes]) -> None:
        ids = [{"upload_id": (await self.upload(*file))[1]["upload_id"]} for file in files]
        client_id = f"client-{next(_numbers):04}"
        await ws.send_json(
            {"v": 1, "type": "message.create", "client_id": client_id, "text": text, "files": ids}
        )

    async def until(self, ws: aiohttp.ClientWebSocketResponse, number: int) -> list[dict[str, Any]]:
        """The agents' messages, once there are so many."""
        while len(self.answers()) < number:
            self.frames.append(json.loads(await ws.receive_str(timeout=10)))
        return self.answers()

    def answers(self) -> list[dict[str, Any]]:
        return [f for f in self.frames if f["type"] == "message" and f["author"]["kind"] == "agent"]

    async def get(self, path: str) -> tuple[bytes, Mapping[str, str]]:
        async with self._http.get(self.url.partition("/webchat/")[0] + path) as answer:
            assert answer.status == 200
            return await answer.read(), answer.headers


@asynccontextmanager
async def visiting(world: World) -> AsyncIterator[Visitor]:
    url = f"{world.app.url}/webchat/shop"
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{url}/session", json={"v": 1}, headers={"Origin": ORIGIN}) as answer,
    ):
        yield Visitor(url, http, (await answer.json())["token"])


async def test_files_pass_between_the_widget_and_the_thread(tmp_path: Path, database: str) -> None:
    account = {"network": "webchat"}
    async with (
        the_world(tmp_path, database, account=account, options=SITE) as world,
        visiting(world) as visitor,
        visitor.socket() as ws,
    ):
        await visitor.writes(ws, "Is this mine?", ("box.png", PNG), ("../film.mp4", FILM))
        await visitor.writes(ws, "", ("voice.ogg", VOICE), ("holiday.png", EXE))
        await world.until(world.cards)
        ts = world.cards()[0]["ts"]
        await world.until(lambda: len(posts(world, ts)) == 2)
        first, second = posts(world, ts)
        assert (content(world, first), content(world, second)) == ([PNG, FILM], [VOICE, EXE])
        assert [f["name"] for f in first["files"]] == ["box.png", "film.mp4"]
        assert "Is this mine?" in str(first["blocks"])
        await world.until(lambda: any("holiday.png” from" in said for said in world.said(ts)))
        await hands_in(world, ts, "Yes!", {"name": "plan.png", "content": PNG})
        await hands_in(world, ts, "", {"name": "a b.pdf", "content": PDF}, {"name": "c.mp4", "content": FILM})
        await hands_in(world, ts, "Bye")
        answers = await visitor.until(ws, 4)
        assert [a["text"] for a in answers] == ["Yes!", "", "", "Bye"]
        got = [await visitor.get(file["url"]) for a in answers for file in a.get("files", ())]
        assert [data for data, _ in got] == [PNG, PDF, FILM]
        how = [headers["Content-Disposition"] for _, headers in got]
        assert how[0].startswith("inline") and how[1] == "attachment; filename*=UTF-8''a%20b.pdf"
        assert any(f["type"] == "typing" and f["on"] for f in visitor.frames)
        await world.until(lambda: not spooled(world))
        assert [m["url"] for m in answers[0]["files"]]


async def test_limits_and_full_disks_are_said_to_both_sides(tmp_path: Path) -> None:
    account = {"network": "webchat", "undo_hold": timedelta(milliseconds=500)}
    async with (
        the_world(tmp_path, database_url(tmp_path), account=account, options=SITE) as world,
        visiting(world) as visitor,
        visitor.socket() as ws,
    ):
        status, answer = await visitor.upload("large.bin", bytes(5_000_001))
        assert (status, answer["text"]) == (413, "This file is too large. Files may have up to 5 MB.")
        status, answer = await visitor.upload("empty.txt", b"")
        assert (status, answer["text"]) == (400, "This file is empty.")
        with growing_up_to(4_500_000):
            status, answer = await visitor.upload("a.bin", bytes(4_900_000))
        assert (status, answer["code"]) == (503, "try_again")
        assert not [p for p in (tmp_path / "media").rglob("*") if p.is_file()]
        await visitor.writes(ws, "here", ("a.bin", bytes(4_900_000)))
        await world.until(world.cards)
        ts = world.cards()[0]["ts"]
        await world.until(lambda: posts(world, ts))
        await hands_in(world, ts, "all", {"name": "scans.zip", "size": 118_000_000})
        await world.until(
            lambda: "scans.zip is 118 MB; Web chat takes documents up to 105 MB." in whispered(world)
        )
        await world.until(lambda: not spooled(world))
        await hands_in(world, ts, "film", {"name": "f.bin", "content": bytes(4_900_000)})
        await world.until(lambda: any(not path.suffix for path in spooled(world)))
        with growing_up_to(4_500_000):
            part = await waiting_row(DeliveryKind.PART)
            assert part.words == "the chat's history couldn't be written just now"
            assert not visitor.answers()
        (shown,) = await visitor.until(ws, 1)
        assert (shown["text"], shown["files"][0]["size"]) == ("film", 4_900_000)
