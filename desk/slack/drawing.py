"""What a post of ours looks like, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Block = dict[str, Any]
"""One Block Kit block, element or object."""

View = dict[str, Any]
"""One modal, as `views.open` takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teammate:
    """A person of the workspace."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A post: `text` is what a notification and a screen reader say, the rest what the eye sees.

    `text` is escaped mrkdwn and never empty; it can be passed to Slack as it is.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    attachments: tuple[Block, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON values, to be kept on a delivery."""
        return {"text": self.text, "blocks": list(self.blocks), "attachments": list(self.attachments)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Drawing:
        """The drawing that `to_json` gave."""
        return cls(
            text=str(stored["text"]),
            blocks=tuple(stored.get("blocks", ())),
            attachments=tuple(stored.get("attachments", ())),
        )
