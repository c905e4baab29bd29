"""Who wrote to the shop before a newcomer looks: made-up people, on the ways that real ones take.

They write through the shop's chat, and the team presses the buttons of its cards; nothing is put
into the database from the side.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.demo.customer import vouched
from bot.demo.settings import ACCOUNT
from bot.demo.site import Addresses
from desk.clock import Clock

SUPPORT = "C0SUPPORT1"
ANA, BEN = "U0ANA00001", "U0BEN00001"
PATIENCE = 30.0
"""Seconds in which a card or a mark appears; later the guests give up."""
LOOK_EVERY = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """One customer, and what the team did: `agent` takes it, says `answer`, and closes it or not."""

    name: str
    words: str
    agent: str = ""
    answer: str = ""
    closed: bool = False


GUESTS = (
    Guest(
        name="Ella Fischer",
        words="Is the Pebble lamp coming back?",
        agent=BEN,
        answer="Yes, in March. Shall I write to you then?",
        closed=True,
    ),
    Guest(
        name="Emil Novak",
        words="I need the invoice for order 4655 again, please.",
        agent=BEN,
        answer="Of course, Emil. Is the old address still right?",
    ),
    Guest(name="Sofia Marić", words="The parcel came, but one pendant is missing 😕", agent=ANA),
    Guest(name="Noah Brandt", words="Do you ship to Split, and how long does it take?"),
    Guest(name="Luka Horvatić", words="Which bulb fits the Harvest pendant?"),
)


class Guests:
    """Their coming, beside everything else. What goes wrong with them disturbs nobody."""

    def __init__(self, addresses: Addresses, secret: str) -> None:
        """`secret` is the shop's, which vouches for their names."""
        self._addresses = addresses
        self._secret = secret
        self._task: asyncio.Task[None] | None = None

    def come(self) -> None:
        """Begin; returns at once."""
        self._task = asyncio.create_task(self._all())

    async def leave(self) -> None:
        """End, whatever is still to be said."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _all(self) -> None:
        with suppress(aiohttp.ClientError, TimeoutError, TypeError, ValueError, KeyError):
            async with aiohttp.ClientSession() as http:
                for number, guest in enumerate(GUESTS):
                    await _write(http, self._addresses.oratio, guest, number, self._secret)
                taken = [guest for guest in GUESTS if guest.agent]
                await asyncio.gather(*(_answer(http, self._addresses.slack, guest) for guest in taken))


async def _write(http: aiohttp.ClientSession, oratio: str, guest: Guest, number: int, secret: str) -> None:
    chat, origin = f"{oratio}/webchat/{ACCOUNT}", {"Origin": oratio}
    known = {"user_id": f"guest-{number}", "name": guest.name, "attributes": {}}
    asked = {"v": 1, "identify": json.loads(vouched(known, secret))}
    async with http.post(f"{chat}/session", json=asked, headers=origin) as answer:
        token = (await answer.json())["token"]
    said = {"v": 1, "type": "message.create", "client_id": f"guest-{number:08}", "text": guest.words}
    async with http.ws_connect(
        f"{chat}/socket", protocols=("oratio.v1", f"token.{token}"), headers=origin
    ) as socket:
        await socket.send_json(said)
        await socket.receive(timeout=PATIENCE)


async def _answer(http: aiohttp.ClientSession, slack: str, guest: Guest) -> None:
    """What a colleague does; a newcomer who was faster has the better right, so refusals are no matter."""

    async def act(verb: str, **more: str) -> dict[str, Any]:
        body = {"verb": verb, "user": guest.agent, "channel": SUPPORT, **more}
        async with http.post(f"{slack}/sandbox/act", json=body) as answer:
            return dict(await answer.json())

    card = await _message(http, slack, guest.name)
    await act("press", ts=card, action_id="conversation.assign_me")
    if guest.answer:
        said = await act("say", thread_ts=card, text=guest.answer)
        await _message(http, slack, '"white_check_mark"', thread=card, ts=said["ts"])
    if guest.closed:
        await act("press", ts=card, action_id="conversation.close")


async def _message(
    http: aiohttp.ClientSession, slack: str, words: str, *, thread: str = "", ts: str = ""
) -> str:
    """Wait until a message of the channel, or that one of the thread, holds these words; its `ts`."""
    asked = {"channel": SUPPORT, **({"thread_ts": thread} if thread else {})}
    async with asyncio.timeout(PATIENCE):
        while True:
            async with http.get(f"{slack}/sandbox/messages", params=asked) as answer:
                found = await answer.json()
            for message in found["messages"]:
                if ts in {"", message["ts"]} and words in json.dumps(message, ensure_ascii=False):
                    return str(message["ts"])
            await Clock().sleep(LOOK_EVERY)
