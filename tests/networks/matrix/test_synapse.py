"""Matrix against a real homeserver: Synapse, started on this machine for this test alone."""

from __future__ import annotations

import asyncio
import hmac
import itertools
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import yaml

from networks._matrix_rooms import NO_ENCRYPTION
from networks.base import Attachment, OutboundPart, Style, StyleKind
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import AccountBroken, ContactUnreachable, Rejected
from networks.events import (
    ContactGone,
    DeliveryReport,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
)
from networks.matrix import Matrix
from tests.samples import PDF

SECRET = "shared-secret-of-the-tests"
PATIENCE = 120
"""Seconds: a busy machine starts it slowly."""
LARGEST = 1_048_576


def settings_of(folder: Path, port: int) -> dict[str, Any]:
    """A homeserver that talks to nobody, and is not slowed by what guards real ones."""
    free = {"per_second": 10_000, "burst_count": 10_000}
    return {
        "server_name": "hs.test",
        "public_baseurl": f"http://127.0.0.1:{port}/",
        "listeners": [
            {
                "port": port,
                "type": "http",
                "bind_addresses": ["127.0.0.1"],
                "resources": [{"names": ["client"], "compress": False}],
            }
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "hs.db")}},
        "media_store_path": str(folder / "media"),
        "pid_file": str(folder / "hs.pid"),
        "signing_key": "ed25519 a_test AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
        "registration_shared_secret": SECRET,
        "macaroon_secret_key": SECRET,
        "form_secret": SECRET,
        "bcrypt_rounds": 4,
        "report_stats": False,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "max_upload_size": LARGEST,
        "rc_message": free,
        "rc_joins": {"local": free},
        "rc_invites": {"per_room": free, "per_user": free, "per_issuer": free},
        "rc_room_creation": free,
    }


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Synapse that runs until the end of the session."""
    folder = tmp_path_factory.mktemp("synapse")
    for _ in range(3):  # another process may take the port that was free a moment ago
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = found.getsockname()[1]
        config = folder / "homeserver.yaml"
        config.write_text(yaml.safe_dump(settings_of(folder, port)))
        command = [sys.executable, "-m", "synapse.app.homeserver", "-c", str(config)]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            if answers(process, port):
                yield f"http://127.0.0.1:{port}"
                return
        finally:
            process.kill()
            process.wait()
    raise AssertionError((folder / "log").read_text()[-4_000:])


def answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until it takes connections; False: it ended instead."""
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False


class Person:
    """A user of the homeserver with a client of their own, which speaks plain HTTP."""

    def __init__(self, session: aiohttp.ClientSession, homeserver: str) -> None:
        self._session = session
        self._homeserver = homeserver
        self._keys = itertools.count(1)
        self.token = ""
        self.id = ""

    async def registers(self, name: str) -> Person:
        path = "/_synapse/admin/v1/register"
        nonce = (await self.does("GET", path))["nonce"]
        signed = "\0".join([nonce, name, "password", "notadmin"]).encode()
        mac = hmac.new(SECRET.encode(), signed, "sha1").hexdigest()
        asked = {"nonce": nonce, "username": name, "password": "password", "admin": False, "mac": mac}
        told = await self.does("POST", path, {**asked, "displayname": name.title()})
        self.token, self.id = told["access_token"], told["user_id"]
        return self

    async def does(self, method: str, path: str, content: Any = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = f"{self._homeserver}{path}"
        async with self._session.request(method, url, json=content, headers=headers, **more) as came:
            assert came.status == 200, (path, await came.text())
            return await came.json()

    async def in_room(self, method: str, room: str, path: str, content: Any = None) -> Any:
        return await self.does(method, f"/_matrix/client/v3/rooms/{quote(room)}/{path}", content)

    async def invites(self, user: str, **more: Any) -> str:
        content = {"invite": [user], "is_direct": True, "preset": "trusted_private_chat", **more}
        return str((await self.does("POST", "/_matrix/client/v3/createRoom", content))["room_id"])

    async def sends(self, room: str, content: Any, kind: str = "m.room.message") -> str:
        sent = await self.in_room("PUT", room, f"send/{kind}/{next(self._keys)}", content)
        return str(sent["event_id"])

    async def uploads(self, name: str, content: bytes, mime: str) -> str:
        path = f"/_matrix/media/v3/upload?filename={quote(name)}"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": mime}
        url = f"{self._homeserver}{path}"
        async with self._session.post(url, data=content, headers=headers) as came:
            return str((await came.json())["content_uri"])

    async def fetches(self, place: str) -> bytes:
        url = f"{self._homeserver}/_matrix/client/v1/media/download/{place.removeprefix('mxc://')}"
        async with self._session.get(url, headers={"Authorization": f"Bearer {self.token}"}) as came:
            assert came.status == 200
            return await came.read()

    async def sees(self, room: str) -> list[dict[str, Any]]:
        """What happened in a room, the newest last."""
        found = await self.in_room("GET", room, "messages?dir=b&limit=200")
        return list(reversed(found["chunk"]))


class Desk:
    """Our network at work, its cursor kept as the core keeps it."""

    def __init__(self, matrix: Matrix, account: AccountSettings) -> None:
        self.matrix = matrix
        self.account = account
        self.cursor: str | None = None
        self.heard: list[InboundEvent] = []

    async def until(self, predicate: Callable[[], object]) -> None:
        """Ask until that is true."""
        async with asyncio.timeout(PATIENCE):
            while not predicate():
                await self.asks()

    async def asks(self) -> None:
        polled = await self.matrix.poll(self.account, self.cursor)
        assert not polled.unreadable
        self.cursor = polled.cursor
        self.heard += polled.events

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.heard if isinstance(event, kind)]

    @property
    def gone(self) -> list[tuple[str, bool]]:
        return [(event.contact_id, event.back) for event in self.of(ContactGone)]

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.of(InboundMessage)]


@asynccontextmanager
async def meeting(homeserver: str) -> AsyncIterator[tuple[Desk, Person, Person]]:
    matrix = Matrix()
    async with aiohttp.ClientSession() as session:
        us, lena = [await Person(session, homeserver).registers(name) for name in ("helpdesk", "lena")]
        options = {"homeserver": homeserver, "token": us.token}
        account = AccountSettings(network="matrix", name="help", title="Acme Help", options=options)
        try:
            yield Desk(matrix, account), us, lena
        finally:
            await matrix.close()


def part(room: str, text: str = "", key: str = "k1", **more: Any) -> OutboundPart:
    return OutboundPart(idempotency_key=key, contact_id=room, text=text, **more)


def file(content: bytes, **more: Any) -> Attachment:
    async def pieces() -> AsyncIterator[bytes]:
        yield content

    async def link() -> str:
        raise AssertionError("Matrix needs no link")

    given = {"name": "Rechnung März.pdf", "mime_type": "application/pdf", "kind": MediaKind.DOCUMENT, **more}
    return Attachment(size=len(content), open=pieces, link=link, **given)


async def test_a_customer_of_a_real_homeserver_is_answered(homeserver: str) -> None:
    async with meeting(homeserver) as (desk, us, lena):
        matrix, account = desk.matrix, desk.account
        await matrix.connect(account, None)
        assert matrix.capabilities_for(account).send[MediaKind.PICTURE].max_bytes == LARGEST
        found = await matrix.check(account, None)
        assert [each.wrong for each in found] == [False] * 3
        assert us.id in found[0].words
        first = await matrix.poll(account, None, wait=False)
        assert first.events == []
        desk.cursor = first.cursor

        # Invited and spoken to before we came
        room = await lena.invites(us.id)
        hello = await lena.sends(room, {"msgtype": "m.text", "body": "Hello?"})
        await desk.until(lambda: desk.texts == ["Hello?"])
        message = desk.of(InboundMessage)[0]
        assert (message.contact_id, message.external_id) == (room, hello)
        assert message.profile.name == "Lena"
        profile = await matrix.profile(account, room)
        assert profile is not None
        assert (profile.name, profile.fields[0].value) == ("Lena", lena.id)

        # More at once than one answer holds
        for number in range(22):
            await lena.sends(room, {"msgtype": "m.text", "body": str(number)})
        await desk.until(lambda: "21" in desk.texts)
        assert desk.texts == ["Hello?", *map(str, range(22))]

        # A file, a change, a reaction, and all of it taken back
        place = await lena.uploads("bill.pdf", PDF, "application/pdf")
        info = {"mimetype": "application/pdf", "size": len(PDF)}
        bill = {"msgtype": "m.file", "body": "Here", "filename": "bill.pdf", "url": place, "info": info}
        await lena.sends(room, bill)
        new = {"msgtype": "m.text", "body": "Hello!"}
        relation = {"rel_type": "m.replace", "event_id": hello}
        await lena.sends(room, {**new, "body": "* Hello!", "m.new_content": new, "m.relates_to": relation})
        relation = {"rel_type": "m.annotation", "event_id": hello, "key": "👍"}
        thumb = await lena.sends(room, {"m.relates_to": relation}, "m.reaction")
        await desk.until(lambda: desk.of(InboundReaction))
        await lena.in_room("PUT", room, f"redact/{quote(thumb)}/r1", {})
        await lena.in_room("PUT", room, f"redact/{quote(hello)}/r2", {"reason": "oops"})
        await desk.until(lambda: desk.of(InboundDeletion))
        (attachment,) = desk.of(InboundMessage)[-1].attachments
        assert b"".join([piece async for piece in matrix.download(account, attachment.ref)]) == PDF
        assert [(e.external_id, e.text) for e in desk.of(InboundEdit)] == [(hello, "Hello!")]
        assert [(e.external_id, e.emoji, e.removed) for e in desk.of(InboundReaction)] == [
            (hello, "👍", False),
            (hello, "👍", True),
        ]
        assert [e.external_id for e in desk.of(InboundDeletion)] == [hello]
        with pytest.raises(Rejected):
            async for _ in matrix.download(account, "mxc://hs.test/AAAAAAAAAAAAAAAAAAAAAAAA"):
                pytest.fail("there was something")

        # Our answers, each once whatever is repeated
        bold = Style(start=3, length=4, kind=StyleKind.BOLD)
        answer = part(room, "We look into <it>", styles=(bold,), reply_to=message.external_id)
        receipt = await matrix.send(account, answer)
        assert await matrix.send(account, answer) == receipt
        sent = await matrix.send(account, part(room, "The bill", "k2", attachment=file(PDF)))
        recording = file(b"OggS", name="a.ogg", mime_type="audio/ogg", kind=MediaKind.AUDIO, voice=True)
        await matrix.send(account, part(room, key="k3", attachment=recording))
        await matrix.edit(account, room, receipt.external_id, "We have it", "k4")
        await matrix.edit(account, room, sent.external_id, "The right bill", "k5")
        await matrix.react(account, room, desk.of(InboundMessage)[-1].external_id, "🎉", "k6")
        mine = [e for e in await lena.sees(room) if e["sender"] == us.id and "state_key" not in e]
        assert [e["type"] for e in mine] == ["m.room.message"] * 5 + ["m.reaction"]
        words, bill, voice, change, caption, _ = (e["content"] for e in mine)
        assert words["formatted_body"] == "We <strong>look</strong> into &lt;it&gt;"
        assert words["m.relates_to"]["m.in_reply_to"]["event_id"] == hello
        assert (bill["body"], bill["filename"]) == ("The bill", "Rechnung März.pdf")
        assert await lena.fetches(bill["url"]) == PDF
        assert "org.matrix.msc3245.voice" in voice
        assert change["m.new_content"]["body"] == "We have it"
        assert caption["m.new_content"] == {**bill, "body": "The right bill"}

        # One reaction of ours at a time, read marks both ways, and one message taken back
        await matrix.react(account, room, sent.external_id, "👍", "k7")
        await matrix.react(account, room, sent.external_id, "👍", "k8")
        await matrix.react(account, room, sent.external_id, "❤️", "k9")
        await matrix.react(account, room, sent.external_id, "", "k10")
        await matrix.mark_read(account, room, message.external_id, "k11")
        await matrix.typing(account, room, True)
        await matrix.typing(account, room, False)
        await lena.in_room("POST", room, f"receipt/m.read/{quote(sent.external_id)}", {})
        await matrix.delete(account, room, receipt.external_id, "k12")
        await desk.until(lambda: desk.of(DeliveryReport))
        assert desk.of(DeliveryReport)[0].external_id == sent.external_id
        seen = {e["event_id"]: e for e in await lena.sees(room)}
        assert seen[receipt.external_id]["content"] == {}
        hearts = [e for e in seen.values() if e["type"] == "m.reaction" and e["sender"] == us.id]
        assert len(hearts) == 3
        assert [e["content"] == {} for e in hearts] == [False, True, True]

        # Too large, encrypted, gone, revoked
        with pytest.raises(Rejected) as large:
            await matrix.send(account, part(room, key="k13", attachment=file(bytes(LARGEST + 1))))
        assert "too large" in large.value.words
        state = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        secret = await lena.invites(us.id, initial_state=[{**state, "state_key": ""}])
        await lena.in_room("POST", room, "leave", {})
        await desk.until(lambda: (room, False) in desk.gone)
        assert desk.gone == [(room, True), (room, False)]
        other = await lena.invites(us.id, preset="private_chat")
        await desk.until(lambda: (other, True) in desk.gone)
        await lena.in_room("POST", other, "kick", {"user_id": us.id})
        await desk.until(lambda: (other, False) in desk.gone)
        with pytest.raises(ContactUnreachable):
            await matrix.send(account, part(room, "Still there?", "k14"))
        while secret in (await us.does("GET", "/_matrix/client/v3/joined_rooms"))["joined_rooms"]:
            await desk.asks()
        said = [e["content"].get("body") for e in await lena.sees(secret) if e["sender"] == us.id]
        assert [each for each in said if each] == [NO_ENCRYPTION]
        assert secret not in {e.contact_id for e in desk.of(InboundMessage)}
        await us.does("POST", "/_matrix/client/v3/logout", {})
        with pytest.raises(AccountBroken):
            await matrix.poll(account, desk.cursor, wait=False)
