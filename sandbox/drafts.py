"""What an app asks to post, checked and made into a message's body."""

import json
import re
from dataclasses import dataclass
from typing import Any

from sandbox import mrkdwn
from sandbox.arguments import Arguments
from sandbox.blockkit import check_attachments, check_blocks
from sandbox.blockkit.settled import settled, short_id
from sandbox.core import Core
from sandbox.refusal import Json, Refusal

LONGEST_TEXT = 40_000
LONGEST_UPDATE = 4_000
LARGEST_METADATA = 1_024  # Slack publishes no number; apps are told to stay under this


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Checked content. None for blocks or attachments means that the app left them out."""

    text: str
    blocks: list[Json] | None
    attachments: list[Json] | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.text.strip() or self.blocks or self.attachments)


def read(core: Core, arguments: Arguments) -> Draft:
    """Return the checked content of a call. Raises Refusal as Slack does for what it will not take."""
    blocks = arguments.structure("blocks", "invalid_blocks_format")
    attachments = arguments.structure("attachments", "invalid_attachments")
    text = arguments.text("text")
    if markdown := arguments.text("markdown_text"):
        blocks = _markdown(markdown, text, blocks)
        text = markdown
    if blocks is not None:
        check_blocks(blocks)
    if attachments is not None:
        check_attachments(attachments)
    parse = arguments.text("parse")
    return Draft(
        text=mrkdwn.server_side(core.world, text, parse=parse, link_names=arguments.flag("link_names")),
        blocks=None if blocks is None else settled(blocks, core.random),
        attachments=None
        if attachments is None
        else [_attachment(core, a, n) for n, a in enumerate(attachments)],
    )


def _markdown(markdown: str, text: str, blocks: Any) -> list[Json]:
    if text or blocks:
        raise Refusal("markdown_text_conflict")
    if len(markdown) > 12_000:
        raise Refusal("msg_too_long")
    return [{"type": "markdown", "text": markdown}]


def _attachment(core: Core, attachment: Json, index: int) -> Json:
    made: Json = {"id": index + 1, **{k: v for k, v in attachment.items() if v is not None}}
    if "blocks" in made:
        made["blocks"] = settled(made["blocks"], core.random)
        made.setdefault("fallback", "[no preview available]")
    if "color" in made:
        named = {"good": "2eb886", "warning": "daa038", "danger": "a30200"}
        made["color"] = named.get(made["color"], str(made["color"]).removeprefix("#"))
    return made


def body_of(core: Core, draft: Draft, *, mrkdwn_on: bool) -> Json:
    """Return text, blocks and attachments of a new message; plain text becomes rich text as in Slack."""
    body: Json = {"text": draft.text[:LONGEST_TEXT]}
    if draft.blocks:
        body["blocks"] = draft.blocks
    elif draft.text.strip() and mrkdwn_on and not draft.attachments:
        body["blocks"] = [_rich(core, body["text"])]
    if draft.attachments:
        body["attachments"] = draft.attachments
    return body


def _rich(core: Core, text: str) -> Json:
    made = mrkdwn.rich_text(text)
    return {"type": "rich_text", "block_id": short_id(core.random), "elements": made["elements"]}


def typed_blocks(core: Core, text: str) -> list[Json]:
    """Return the blocks of a message somebody typed."""
    return [_rich(core, text)] if text else []


def metadata_of(arguments: Arguments) -> Json | None:
    """Return checked metadata. Raises Refusal `invalid_metadata_format`, `…_schema`, `metadata_too_large`."""
    value = arguments.structure("metadata", "invalid_metadata_format")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refusal("invalid_metadata_format")
    kind, payload = value.get("event_type"), value.get("event_payload")
    if set(value) - {"event_type", "event_payload", "entities"} or not isinstance(payload, dict):
        raise Refusal("invalid_metadata_schema")
    if not isinstance(kind, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,254}", kind):
        raise Refusal("invalid_metadata_schema")
    if not all(_is_flat(v) for v in payload.values()):
        raise Refusal("invalid_metadata_schema")
    if len(json.dumps(value)) > LARGEST_METADATA:
        raise Refusal("metadata_too_large")
    return {"event_type": kind, "event_payload": payload}


def _is_flat(value: Any) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return all(isinstance(v, str | int | float | bool) for v in value)
    return isinstance(value, str | int | float | bool)
