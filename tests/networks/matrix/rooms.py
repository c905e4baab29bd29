"""A homeserver's rooms: who is in them, what happened there, and what each of us is told of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

OWN = "@helpdesk:hs.example"
LENA = "@lena:hs.example"
_ids = itertools.count(1)


@dataclass(slots=True)
class Room:
    """One room. `at` of an event is its place in the homeserver's stream."""

    id: str
    events: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    state: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    receipts: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def membership(self, user: str) -> str:
        return str(self.state.get(("m.room.member", user), {}).get("content", {}).get("membership", ""))

    def members(self) -> dict[str, Any]:
        named = {key[1]: event["content"] for key, event in self.state.items() if key[0] == "m.room.member"}
        joined = {who: each for who, each in named.items() if each["membership"] == "join"}
        return {
            who: {"display_name": each.get("displayname"), "avatar_url": None} for who, each in joined.items()
        }

    def find(self, event_id: str) -> dict[str, Any] | None:
        return next((event for _, event in self.events if event["event_id"] == event_id), None)

    def happens(self, at: int, kind: str, sender: str, content: Any, state_key: str | None = None) -> str:
        """Something happens; the event's id."""
        event = {
            "type": kind,
            "event_id": f"$e{next(_ids):04}",
            "sender": sender,
            "origin_server_ts": int(datetime.now(UTC).timestamp() * 1_000),
            "content": content,
            "unsigned": {},
        }
        if state_key is not None:
            event["state_key"] = state_key
            before = self.state.get((kind, state_key))
            if before:
                event["unsigned"] = {"prev_content": before["content"]}
            self.state[kind, state_key] = event
        self.events.append((at, event))
        return str(event["event_id"])

    def redact(self, event_id: str, because: str) -> None:
        """What a server keeps of an event that was taken back."""
        if event := self.find(event_id):
            event["content"] = {}
            event["unsigned"] = {"redacted_because": {"event_id": because}}

    def reactions(self, event_id: str) -> Iterator[dict[str, Any]]:
        """Those to a message that stand, the newest first."""
        for _, event in reversed(self.events):
            relation = event["content"].get("m.relates_to") or {}
            if event["type"] == "m.reaction" and relation.get("event_id") == event_id:
                yield event

    def told(self, since: int, limit: int) -> dict[str, Any] | None:
        """What somebody in it is told of what came after `since`; None: nothing."""
        new = [(at, event) for at, event in self.events if at > since]
        read = [receipt for at, receipt in self.receipts if at > since]
        if not new and not read:
            return None
        came = next((at for at, e in new if e.get("state_key") == OWN and _joins(e)), None)
        if came is not None:  # whoever has just come is told of the last of all that they may see
            new = self.events
        shown = new[-limit:] if limit else []
        cut = shown[0][0] if shown else (new[-1][0] + 1 if new else since)
        earlier = [e for at, e in new if at < cut and e["type"] == "m.room.encryption"]
        return {
            "timeline": {
                "events": [event for _, event in shown],
                "limited": len(new) > len(shown),
                "prev_batch": f"t{cut}",
            },
            "state": {"events": earlier},
            "ephemeral": {"events": [{"type": "m.receipt", "content": each} for each in read]},
        }

    def before(self, start: int, end: int, limit: int) -> dict[str, Any]:
        """A page of what came before, the newest first."""
        found = [(at, event) for at, event in reversed(self.events) if end < at < start]
        page = found[:limit]
        more = {"end": f"t{page[-1][0]}"} if len(found) > len(page) else {}
        return {"start": f"t{start}", "chunk": [event for _, event in page], **more}


def _joins(event: dict[str, Any]) -> bool:
    before = event["unsigned"].get("prev_content", {}).get("membership")
    return event["type"] == "m.room.member" and event["content"]["membership"] == "join" and before != "join"
