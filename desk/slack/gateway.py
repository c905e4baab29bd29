"""The only way to Slack's Web API.

Every method raises `desk.slack.errors.SlackError` only. A text given here is Slack's
mrkdwn: what a customer wrote has been made literal before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from desk.slack import errors
from desk.slack.files import Files
from desk.slack.reading import Auth, Reading
from desk.slack.transport import BROKEN, NOT_SENT, Patience, pause_of

__all__ = ["Auth", "Gateway", "Patience", "ViewRef"]

Blocks = Sequence[Mapping[str, Any]]

_GONE = ("expired_url", "used_url", "invalid_url")


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRef:
    """An open view, and the hash of what it shows."""

    id: str
    hash: str


class Gateway(Files, Reading):
    """Slack, as one app in one workspace sees it."""

    async def post(
        self,
        channel: str,
        text: str,
        blocks: Blocks = (),
        attachments: Blocks = (),
        *,
        thread_ts: str | None = None,
        username: str | None = None,
        icon_url: str | None = None,
        icon_emoji: str | None = None,
        metadata: tuple[str, Mapping[str, Any]] | None = None,
    ) -> str:
        """Post a message; return its `ts`. After `Uncertain` look with `find_post` first."""
        answer = await self._write(
            "chat.postMessage",
            channel=channel,
            text=_shown_text(text, blocks, attachments),
            blocks=list(blocks) or None,
            attachments=list(attachments) or None,
            thread_ts=thread_ts,
            username=username,
            icon_url=icon_url,
            icon_emoji=icon_emoji,
            metadata={"event_type": metadata[0], "event_payload": dict(metadata[1])} if metadata else None,
            unfurl_links=False,
            unfurl_media=False,
            parse="none",
        )
        return _ts(answer)

    async def update(
        self, channel: str, ts: str, text: str, blocks: Blocks = (), attachments: Blocks = ()
    ) -> None:
        """Draw one of our posts anew: what is not given is taken away. At most 4,000 characters."""
        await self._write(
            "chat.update",
            repeatable=True,
            channel=channel,
            ts=ts,
            text=_shown_text(text, blocks, attachments),
            blocks=list(blocks),
            attachments=list(attachments),
            parse="none",
        )

    async def delete(self, channel: str, ts: str) -> None:
        """Delete one of our posts."""
        await self._write("chat.delete", repeatable=True, channel=channel, ts=ts)

    async def ephemeral(
        self, channel: str, user: str, text: str, blocks: Blocks = (), *, thread_ts: str | None = None
    ) -> None:
        """Show something to one person, for now."""
        await self._write(
            "chat.postEphemeral",
            channel=channel,
            user=user,
            text=text,
            blocks=list(blocks) or None,
            thread_ts=thread_ts,
            parse="none",
        )

    async def react(self, channel: str, ts: str, name: str) -> None:
        """Set our mark on a message. Raises `Pointless` when it is there already."""
        await self._form("reactions.add", repeatable=True, channel=channel, timestamp=ts, name=name)

    async def unreact(self, channel: str, ts: str, name: str) -> None:
        """Take our mark off a message. Raises `Pointless` when it isn't there."""
        await self._form("reactions.remove", repeatable=True, channel=channel, timestamp=ts, name=name)

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> ViewRef:
        """Open a modal within 3 s of the press. Raises `Expired` after that."""
        return _view(await self._write("views.open", trigger_id=trigger_id, view=dict(view)))

    async def push_view(self, trigger_id: str, view: Mapping[str, Any]) -> ViewRef:
        """Put a modal on top of the open one; at most three lie on each other."""
        return _view(await self._write("views.push", trigger_id=trigger_id, view=dict(view)))

    async def update_view(self, view_id: str, view: Mapping[str, Any], *, hash: str | None = None) -> ViewRef:  # noqa: A002 - Slack's word
        """Draw a modal anew. With `hash`, raises `Stale` if it was changed meanwhile."""
        return _view(
            await self._write("views.update", repeatable=True, view_id=view_id, view=dict(view), hash=hash)
        )

    async def publish_home(self, user: str, view: Mapping[str, Any], *, hash: str | None = None) -> ViewRef:  # noqa: A002 - Slack's word
        """Draw a person's Home. With `hash`, raises `Stale` if it was changed meanwhile."""
        return _view(
            await self._write("views.publish", repeatable=True, user_id=user, view=dict(view), hash=hash)
        )

    async def join(self, channel: str) -> None:
        """Join a public channel; being in it already is fine."""
        await self._write("conversations.join", repeatable=True, channel=channel)

    async def open_dm(self, user: str) -> str:
        """The id of the app's direct messages with a person."""
        answer = await self._write("conversations.open", repeatable=True, users=user)
        channel = answer.get("channel")
        found = channel.get("id") if isinstance(channel, Mapping) else None
        if not isinstance(found, str):
            raise errors.no_answer("unreadable_answer", write=True, repeatable=True)
        return found

    async def respond(
        self,
        response_url: str,
        text: str = "",
        blocks: Blocks = (),
        *,
        replace_original: bool = False,
        delete_original: bool = False,
    ) -> None:
        """Answer a press or command, visible to that person only: 5 times within 30 minutes.

        The address is a secret and is only called on Slack's own host for it. Raises
        `Expired` when it no longer counts.
        """
        url = self._hosts.hook(response_url)
        if url is None:
            raise errors.Refused("This answer can't be delivered.", code="foreign_response_url")
        body: dict[str, Any] = {"delete_original": True}
        if not delete_original:
            body = {"text": text, "response_type": "ephemeral", "replace_original": replace_original}
            body |= {"blocks": list(blocks)} if blocks else {}
        try:
            async with self._session.post(
                url, json=body, allow_redirects=False, proxy=self._client.proxy
            ) as answer:
                said = (await answer.content.read(4096)).decode("utf-8", "replace")
                _check_response(answer, said)
        except NOT_SENT as error:
            raise errors.Unreachable("Slack can't be reached.", code=type(error).__name__) from None
        except BROKEN as error:
            raise errors.no_answer(type(error).__name__, write=True) from None


def _check_response(answer: aiohttp.ClientResponse, said: str) -> None:
    if answer.status == 429:
        raise errors.throttled(pause_of(answer.headers))
    if answer.status >= 500:
        raise errors.no_answer(f"http_{answer.status}", write=True)
    code = _code_of(said)
    if answer.status in (404, 410) or code in _GONE:
        raise errors.Expired("That took too long. Please press again.", code=code or f"http_{answer.status}")
    if answer.status != 200 or code:
        raise errors.from_code(code or f"http_{answer.status}")


def _code_of(said: str) -> str:
    """Slack answers `ok`, a bare word, or an object with `error`."""
    try:
        data = json.loads(said)
    except ValueError:
        word = said.strip()
        return "" if word in ("ok", "") or not word.replace("_", "").isalnum() else word[:80]
    return str(data.get("error") or "")[:80] if isinstance(data, dict) and not data.get("ok") else ""


def _shown_text(text: str, blocks: Blocks, attachments: Blocks) -> str | None:
    """Beside blocks the text is only the fallback; above bare attachments Slack would show it,
    and their own fallback already says the same."""
    return None if attachments and not blocks else text


def _ts(answer: Mapping[str, Any]) -> str:
    ts = answer.get("ts")
    if not isinstance(ts, str) or not ts:
        raise errors.no_answer("unreadable_answer", write=True)
    return ts


def _view(answer: Mapping[str, Any]) -> ViewRef:
    view = answer.get("view")
    view = view if isinstance(view, Mapping) else {}
    return ViewRef(id=str(view.get("id") or ""), hash=str(view.get("hash") or ""))
