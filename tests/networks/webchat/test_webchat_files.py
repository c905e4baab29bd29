"""Files, both ways: counted, named by us, typed by their bytes, shown to whoever holds the link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from handlers import visitor_tokens
from handlers.rates import Limits, Rate
from models import VisitorFile
from networks.base import Attachment, OutboundPart
from networks.capabilities import MediaKind
from networks.events import InboundMessage
from tests.networks.webchat.stage import MAX_UPLOAD, ORIGIN, SECRET, Stage, stage

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


async def send(shop: Stage, token: str, *files: Any, client_id: str = "client-0001") -> dict[str, Any]:
    async with shop.socket(token, last_seq=None) as browser:
        await browser.send(
            type="message.create", client_id=client_id, files=[{"upload_id": f["upload_id"]} for f in files]
        )
        return await browser.any()


async def shown(shop: Stage, token: str) -> dict[str, Any]:
    """The first file of the newest message, with its link."""
    async with shop.socket(token) as browser:
        found: dict[str, Any] = (await browser.next("message"))["files"][0]
        return found


def left(shop: Stage) -> list[Path]:
    return [path for path in shop.folder.rglob("*") if path.is_file()]


async def test_an_uploaded_file_goes_with_a_message(shop: Stage) -> None:
    token = await shop.token()
    kept = await shop.upload(token, PNG, "box.jpg")
    assert (kept["name"], kept["mime"], kept["kind"], kept["size"]) == (
        "box.jpg",
        "image/png",
        "picture",
        len(PNG),
    )
    assert (await send(shop, token, kept))["type"] == "ack"
    (event,) = shop.told()
    assert isinstance(event, InboundMessage)
    (attachment,) = event.attachments
    assert (attachment.mime_type, attachment.kind, attachment.size) == (
        "image/png",
        MediaKind.PICTURE,
        len(PNG),
    )
    assert b"".join([c async for c in shop.network.download(shop.account, attachment.ref)]) == PNG


async def test_a_picture_shows_and_anything_else_is_saved(shop: Stage) -> None:
    token = await shop.token()
    page = b"<!doctype html><script>alert(1)</script>"
    await send(shop, token, await shop.upload(token, PNG, "box.png"), client_id="client-0001")
    picture = await shop.http.get(shop.url + (await shown(shop, token))["url"])
    assert await picture.read() == PNG
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.headers["Content-Disposition"].startswith("inline")
    other = await shop.token()
    await send(shop, other, await shop.upload(other, page, "page.png"), client_id="client-0002")
    saved = await shop.http.get(shop.url + (await shown(shop, other))["url"])
    assert await saved.read() == page
    assert saved.headers["Content-Type"] == "application/octet-stream"
    assert saved.headers["Content-Disposition"].startswith("attachment")
    for got in (picture, saved):
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in got.headers["Content-Security-Policy"]


async def test_links_are_signed_and_end(shop: Stage) -> None:
    token = await shop.token()
    await send(shop, token, await shop.upload(token, PNG, "box.png"))
    url = shop.url + (await shown(shop, token))["url"]
    signed = url.split("/file/")[1].split("/")[0]
    now, upload_id = shop.clock.now(), visitor_tokens.read_link(SECRET, "shop", signed, shop.clock.now())
    for bad in (
        signed[:-1],
        "x.y",
        signed.partition(".")[0],
        token,
        visitor_tokens.sign_link(SECRET, "blog", upload_id, now),
        visitor_tokens.sign_link("x" * 32, "shop", upload_id, now),
    ):
        assert (await shop.http.get(f"{shop.url}/webchat/shop/file/{bad}/box.png")).status == 403
    on_blog = visitor_tokens.sign_link(SECRET, "blog", upload_id, now)
    assert (await shop.http.get(f"{shop.url}/webchat/blog/file/{on_blog}/box.png")).status == 404
    gone = visitor_tokens.sign_link(SECRET, "shop", "u_gone", now)
    assert (await shop.http.get(f"{shop.url}/webchat/shop/file/{gone}/box.png")).status == 404
    shop.clock.pass_(timedelta(days=7))
    assert (await shop.http.get(url)).status == 200
    shop.clock.pass_(timedelta(days=1))
    assert (await shop.http.get(url)).status == 403


async def test_the_largest_file_passes_and_one_more_byte_leaves_nothing(shop: Stage) -> None:
    token = await shop.token()
    await shop.upload(token, b"x" * MAX_UPLOAD)
    assert len(left(shop)) == 1
    refused = await shop.upload(token, b"x" * (MAX_UPLOAD + 1), status=413)
    assert "100 kB" in refused["text"]
    assert len(left(shop)) == 1


async def test_bytes_are_counted_whatever_was_declared(shop: Stage) -> None:
    async def form() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Length: 3\r\n\r\n'
        for _ in range(40):
            yield b"x" * 10_000
        yield b"\r\n--b--\r\n"

    headers = {
        "Origin": ORIGIN,
        "Authorization": f"Bearer {await shop.token()}",
        "Content-Type": "multipart/form-data; boundary=b",
    }
    answer = await shop.http.post(f"{shop.url}/webchat/shop/upload", data=form(), headers=headers)
    assert answer.status in (400, 413)
    assert left(shop) == []
    assert await VisitorFile.all().count() == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"garbage"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n--b--\r\n',
        ),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n\r\n--b--\r\n',
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncut off',
        ),
    ],
)
async def test_a_malformed_upload_is_400_and_leaves_nothing(shop: Stage, kind: str, body: bytes) -> None:
    headers = {"Origin": ORIGIN, "Authorization": f"Bearer {await shop.token()}", "Content-Type": kind}
    answer = await shop.http.post(f"{shop.url}/webchat/shop/upload", data=body, headers=headers)
    assert answer.status == 400
    assert (await answer.json())["text"].endswith(".")
    assert left(shop) == []
    assert await VisitorFile.all().count() == 0


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "C:\\x\\y.txt",
        "\u202egpj.exe",
        "." * 300,
        "x" * 5_000,
        "<b>.txt",
        "",
    ],
)
async def test_names_are_made_harmless(shop: Stage, name: str) -> None:
    kept = await shop.upload(await shop.token(), b"hello", name)
    assert kept["name"]
    assert not set(kept["name"]) & set("/\\\x00<>\u202e")
    assert len(kept["name"].encode()) <= 255
    (path,) = left(shop)
    assert path.parent == shop.folder / "7"
    assert path.name == kept["upload_id"]


async def test_a_file_of_another_visitor_cannot_be_sent(shop: Stage) -> None:
    kept = await shop.upload(await shop.token(), PNG)
    other = await shop.token()
    await shop.upload(other, b"mine")
    refused = await send(shop, other, kept)
    assert (refused["type"], refused["code"]) == ("error", "unknown_file")
    assert shop.events == []


async def test_uploads_are_counted(tables: None, tmp_path: Path) -> None:
    async with stage(tmp_path, limits=Limits(uploads_visitor=Rate(burst=1, per_second=0.1))) as shop:
        token = await shop.token()
        await shop.upload(token, b"1")
        await shop.upload(token, b"2", status=429)
        await shop.upload(await shop.token(), b"3")


async def test_an_agents_file_is_kept_once_and_shown(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as browser:
        await browser.say("Hello")
        visitor = (await shop.session(token=token))["visitor"]
        part = OutboundPart(
            idempotency_key="d1",
            contact_id=visitor,
            text="The guide",
            attachment=_attachment(b"%PDF-1.4 " * 100),
        )
        first = await shop.network.send(shop.account, part)
        assert await shop.network.send(shop.account, part) == first
        message = await browser.next("message")
    assert message["text"] == "The guide"
    (file,) = message["files"]
    assert (file["name"], file["mime"], file["size"]) == ("guide.pdf", "application/pdf", 900)
    assert len(left(shop)) == 1
    got = await shop.http.get(shop.url + file["url"])
    assert await got.read() == b"%PDF-1.4 " * 100


async def test_a_dropped_upload_leaves_nothing(shop: Stage) -> None:
    token = await shop.token()

    async def form() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + b"x" * 30_000
        raise ConnectionAbortedError

    headers = {
        "Origin": ORIGIN,
        "Authorization": f"Bearer {token}",
        "Content-Type": "multipart/form-data; boundary=b",
    }
    with pytest.raises((aiohttp.ClientError, ConnectionAbortedError)):
        await shop.http.post(f"{shop.url}/webchat/shop/upload", data=form(), headers=headers)
    await shop.upload(token, b"next")
    assert await VisitorFile.all().count() == 1


def _attachment(content: bytes) -> Attachment:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    async def link() -> str:
        return "https://files.example/guide.pdf"

    return Attachment(
        name="guide.pdf",
        mime_type="application/pdf",
        size=len(content),
        kind=MediaKind.DOCUMENT,
        open=chunks,
        link=link,
    )
