"""What a homeserver says about an account, judged for whoever sets it up or runs it."""

from __future__ import annotations

import contextlib
from urllib.parse import quote

from networks._calling import Caller
from networks._matrix_content import line
from networks._matrix_wire import Wire
from networks._pieces import Raw, as_object
from networks.base import Checked
from networks.errors import DeliveryError, Rejected, UnexpectedResponse


async def findings(caller: Caller, wire: Wire) -> list[Checked]:
    """Whose the token is, where customers find us, how large files may be. Raises `DeliveryError`."""
    try:
        me = await wire.whoami()
    except (Rejected, UnexpectedResponse):
        return [await _elsewhere(caller, wire.homeserver)]
    user = line(me, "user_id", 255)
    if me.get("is_guest") is True:
        return [Checked(words=f"{user} is a guest; take the token of a full account", wrong=True)]
    link = f"https://matrix.to/#/{quote(user, safe='@:')}"
    found = [
        Checked(words=f"the token belongs to {user}"),
        Checked(words=f"customers open {link} and start a room without encryption"),
    ]
    if await wire.encrypts(user):
        words = f"{user} has a client that encrypts, so others start encrypted rooms with it; sign out there"
        found.append(Checked(words=words, note=True))
    if most := await wire.largest_upload():
        found.append(Checked(words=f"the homeserver takes files up to {most // 1_000_000 or 1} MB"))
    return found


async def _elsewhere(caller: Caller, homeserver: str) -> Checked:
    """A server's name is not always where its homeserver is:
    spec.matrix.org/v1.19/client-server-api/#server-discovery
    """
    place: Raw = {}
    with contextlib.suppress(DeliveryError):
        told = (await caller.call("GET", f"{homeserver}/.well-known/matrix/client")).fields()
        place = as_object(told.get("m.homeserver"))
    words = f"there is no Matrix homeserver at {homeserver}"
    if address := line(place, "base_url", 200):
        return Checked(words=f"{words}; it is at {address.rstrip('/')}: change homeserver", wrong=True)
    return Checked(words=words, wrong=True)
