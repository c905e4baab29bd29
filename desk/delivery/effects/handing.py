"""An agent's file as a network is given it: its bytes, or addresses where the network fetches them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from desk import copies, pictures
from desk.context import ConnectedAccount, Desk
from desk.conversations import linked
from desk.conversations.converting import CONVERTED
from desk.delivery.deciding import deciding
from desk.delivery.effects import fitting, preparing
from desk.links import Use
from desk.media import safe_name
from models import Attachment, AttachmentState, Delivery, Message
from networks.base import Attachment as SentFile
from networks.capabilities import MediaKind
from networks.errors import DeliveryError, ProviderFault, Rejected


async def of(desk: Desk, account: ConnectedAccount, row: Delivery, message: Message) -> list[SentFile]:
    """The part's files. Their bytes are fetched again for what is sent once more."""
    wanted = [row.payload.get("attachment"), *row.payload.get("others", ())]
    handed = [await _handed(desk, account, row, message, number) for number in wanted if number]
    return [file for file in handed if file is not None]


async def _handed(
    desk: Desk, account: ConnectedAccount, row: Delivery, message: Message, number: int
) -> SentFile | None:
    file = await Attachment.get_or_none(id=number)
    if file is None:
        return None
    converted = str(file.id) in (message.detail.get(CONVERTED) or {})
    if not await _is_here(desk, file):
        file.state = AttachmentState.WANTED
        refused = await preparing.check(desk, account, file, convert=converted)
        if refused is not None and not (converted and await _convert(desk, account, row, file.id)):
            raise Rejected(f"“{file.name}” is no longer in Slack", code="file_gone")
        file = await Attachment.get(id=file.id)
    if file.voice:  # in the form that the network takes, whatever it was called in Slack
        file.name = safe_name(Path(file.name).stem, file.mime_type)
    handed = _Handed(desk, file, kept=file.voice or converted)
    return SentFile(
        name=file.name,
        mime_type=file.mime_type,
        size=file.size or 0,
        kind=MediaKind(file.kind),
        open=lambda: desk.spool.open(file.path),
        link=handed.link,
        preview=handed.preview,
        seconds=handed.seconds,
        voice=file.voice,
        duration=file.duration,
    )


async def _convert(desk: Desk, account: ConnectedAccount, row: Delivery, file_id: int) -> bool:
    """Do again what an agent chose for this picture."""
    file = await Attachment.get(id=file_id)
    way = pictures.way(account.capabilities.send, file.mime_type, file.size or 0) if file.path else None
    made = await fitting.fit(desk, file, way) if way else None
    if not isinstance(made, fitting.Made):
        return False

    async def unit() -> None:
        async with deciding(row):
            await fitting.put(desk, await Message.get(id=file.message_id), [made])

    await desk.units.run(unit)
    return True


async def _is_here(desk: Desk, file: Attachment) -> bool:
    return bool(file.path) and await asyncio.to_thread(desk.spool.path(file.path).is_file)


class _Handed:
    """What a network may ask of a spooled file."""

    def __init__(self, desk: Desk, file: Attachment, *, kept: bool) -> None:
        self._desk = desk
        self._file = file
        self._kept = kept
        """It may have been given another form, which Slack doesn't have."""
        self._path = desk.spool.path(file.path)

    async def link(self) -> str:
        """Where the file is fetched, also when its bytes are no longer here."""
        self._check()
        if self._kept:
            await self._keep(copies.form_of(self._file.mime_type), self._path)
        return linked.fetched(self._desk, self._file, Use.NETWORK)

    async def preview(self) -> str:
        """Where a small picture of it is fetched."""
        self._check()
        async with self._desk.recoding.made(self._path, self._file.mime_type, "jpg") as made:
            if made is None:
                raise Rejected(f"no preview can be made of “{self._file.name[:60]}”", code="no_preview")
            await self._keep(copies.PREVIEW, made.path)
        return linked.fetched(self._desk, self._file, Use.PREVIEW)

    async def seconds(self) -> float | None:
        """How long it plays."""
        return self._file.duration or await self._desk.recoding.seconds(self._path, self._file.mime_type)

    def _check(self) -> None:
        if not linked.possible(self._desk):
            raise DeliveryError("no public link can be made for this file")

    async def _keep(self, form: str, source: Path) -> None:
        try:
            await self._desk.copies.keep(self._file.id, form, source)
        except OSError as error:
            words = "this server's disk takes no more files just now"
            raise ProviderFault(words, code=type(error).__name__) from None
