"""The `rich_text` block and what stands in it."""

from sandbox.blockkit.rules import Rule, anything, by_type, flag, items, number, one_of, record, string

_STYLE = record(
    {},
    {
        **dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), flag),
        **dict.fromkeys(("client_highlight", "unlink"), flag),
    },
)
_MOST = 1000


def _inline(fields: dict[str, Rule], more: dict[str, Rule] | None = None) -> Rule:
    return record({"type": anything, **fields}, {"style": _STYLE, **(more or {})})


_ID = string(20, 1)
_ELEMENTS: dict[str, Rule] = {
    "text": _inline({"text": string(40_000, 1)}),
    "link": _inline({"url": string(3000, 1)}, {"text": string(40_000), "unsafe": flag}),
    "user": _inline({"user_id": _ID}),
    "usergroup": _inline({"usergroup_id": _ID}),
    "channel": _inline({"channel_id": _ID}),
    "team": _inline({"team_id": _ID}),
    "broadcast": _inline({"range": one_of("here", "channel", "everyone")}),
    "emoji": _inline(
        {"name": string(100, 1)}, {"unicode": string(200), "url": string(3000), "skin_tone": number(2, 6)}
    ),
    "date": _inline(
        {"timestamp": number(0, 9_999_999_999), "format": string(1000, 1)},
        {"url": string(3000), "fallback": string(1000)},
    ),
    "color": _inline({"value": string(20, 1)}),
}
_ANY = items(by_type(_ELEMENTS, "element type"), 0, _MOST)
_PREFORMATTED = items(by_type({k: _ELEMENTS[k] for k in ("text", "link")}, "element type"), 0, _MOST)
_SECTION = record({"type": one_of("rich_text_section"), "elements": _ANY}, {})
_CONTAINERS: dict[str, Rule] = {
    "rich_text_section": _SECTION,
    "rich_text_quote": record({"type": anything, "elements": _ANY}, {"border": number(0, 1)}),
    "rich_text_preformatted": record(
        {"type": anything, "elements": _PREFORMATTED}, {"border": number(0, 1), "language": string(50)}
    ),
    "rich_text_list": record(
        {"type": anything, "style": one_of("bullet", "ordered"), "elements": items(_SECTION, 1, _MOST)},
        {"indent": number(0, 8), "offset": number(0, 10_000), "border": number(0, 1)},
    ),
}

CONTENT: dict[str, Rule] = {"elements": items(by_type(_CONTAINERS, "element type"), 1, _MOST)}
RICH_TEXT = record({"type": one_of("rich_text"), **CONTENT}, {"block_id": string(255)})
