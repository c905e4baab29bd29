"""Slack's text: what a person types becomes escaped text, and escaped text becomes rich text."""

import re
from collections.abc import Callable, Iterator

from sandbox import emoji
from sandbox.refusal import Json
from sandbox.world import Kind, World

_MARK = re.compile(
    r"<(@[UW][A-Z0-9]+|#C[A-Z0-9]+|!subteam\^S[A-Z0-9]+|!here|!channel|!everyone)(?:\|[^<>]*)?>"
)
_URL = re.compile(r"https?://[^\s<>|]+[^\s<>|.,;:!?)'\"\]]")
_MAIL = re.compile(r"(?<![\w@])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_SITE = re.compile(
    r"(?<![\w@.:/-])(?:[a-z0-9-]{1,63}\.){1,4}(?:com|org|net|io|de|dev|app|shop)\b(?:/[^\s<>|]*[^\s<>|.,;:!?)'\"\]])?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@<])@([\w.-]*\w)")
_HASH = re.compile(r"(?<![\w#<])#([\w-]+)")
BROADCASTS = ("here", "channel", "everyone")


def escape(text: str) -> str:
    """Replace the three characters Slack's text reserves."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Undo `escape`, once."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed(world: World, text: str) -> str:
    """Return Slack's text for what a person typed: marks for mentions and links, the rest escaped."""
    parts: list[str] = []
    for piece, is_mark in _split(_MARK, text):
        parts.append(piece if is_mark else _plain(world, piece))
    return "".join(parts)


def _plain(world: World, text: str) -> str:
    finders: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]] = [
        (_URL, lambda m: f"<{escape(m[0])}>"),
        (_MAIL, lambda m: f"<mailto:{m[0]}|{m[0]}>"),
        (_SITE, lambda m: f"<http://{escape(m[0])}|{escape(m[0])}>"),
        (_HANDLE, lambda m: mention(world, m[1])),
        (_HASH, lambda m: channel_mark(world, m[1])),
        (emoji.PICTURE, lambda m: emoji.code_of(m[0])),
    ]
    return _replace(text, finders)


def _replace(text: str, finders: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]]) -> str:
    """Replace what the first finder finds; the others look at what lies between; the rest is escaped."""
    if not finders:
        return escape(text)
    (pattern, make), *others = finders
    parts: list[str] = []
    at = 0
    for match in pattern.finditer(text):
        made = make(match)
        if made is not None:
            parts += [_replace(text[at : match.start()], others), made]
            at = match.end()
    return "".join(parts) + _replace(text[at:], others)


def mention(world: World, name: str) -> str | None:
    """Return the mark for `@name`: a person, a group or a broadcast; none when nobody bears it."""
    wanted = name.casefold()
    if wanted in BROADCASTS:
        return f"<!{wanted}>"
    for person in world.people.values():
        if not person.deleted and wanted in {person.name.casefold(), person.display_name.casefold()}:
            return f"<@{person.id}>"
    for group in world.groups.values():
        if group.handle.casefold() == wanted and not group.disabled:
            return f"<!subteam^{group.id}>"
    return None


def channel_mark(world: World, name: str) -> str | None:
    """Return the mark for `#name`; none when there is no such channel."""
    for channel in world.channels.values():
        if channel.kind is not Kind.IM and channel.name == name:
            return f"<#{channel.id}|{channel.name if channel.kind is Kind.PUBLIC else ''}>"
    return None


def rich_text(text: str) -> Json:
    """Return the `rich_text` block (without block_id) Slack makes of escaped text."""
    elements: list[Json] = []
    for piece, is_code in _split(re.compile(r"```(.+?)```\n?", re.DOTALL), text):
        if is_code:
            inner = piece.strip("\n")[3:-3].strip("\n")
            elements.append({"type": "rich_text_preformatted", "elements": list(_inline(inner, {}, False))})
        else:
            elements += _lines(piece)
    return {"type": "rich_text", "elements": elements}


def _split(pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, bool]]:
    at = 0
    for match in pattern.finditer(text):
        if match.start() > at:
            yield text[at : match.start()], False
        yield match[0], True
        at = match.end()
    if at < len(text):
        yield text[at:], False


_BULLET = re.compile(r"^(\s*)(?:•|◦|[-*]) +(.*)$")
_NUMBER = re.compile(r"^(\s*)\d+\. +(.*)$")


def _line_kind(line: str) -> tuple[str, str]:
    if line.startswith("&gt;"):
        return "quote", line[4:].removeprefix(" ")
    if found := _BULLET.match(line):
        return "bullet", found[2]
    if found := _NUMBER.match(line):
        return "ordered", found[2]
    return "section", line


def _lines(text: str) -> list[Json]:
    groups: list[tuple[str, list[str]]] = []
    for line in text.removesuffix("\n").split("\n"):
        kind, inner = _line_kind(line)
        if groups and groups[-1][0] == kind:
            groups[-1][1].append(inner)
        else:
            groups.append((kind, [inner]))
    return [_group(kind, lines) for kind, lines in groups]


def _group(kind: str, lines: list[str]) -> Json:
    if kind in {"bullet", "ordered"}:
        items = [{"type": "rich_text_section", "elements": list(_inline(line, {}))} for line in lines]
        return {"type": "rich_text_list", "style": kind, "indent": 0, "elements": items, "border": 0}
    name = "rich_text_quote" if kind == "quote" else "rich_text_section"
    return {"type": name, "elements": list(_inline("\n".join(lines), {}))}


# What stands between the marks; a style opens after a space or an opening sign, and closes before one.
_STYLED = re.compile(
    r"(?P<mark><[^<>\n]+>)|(?P<code>`[^`\n]+`)"
    r"|(?<![\w*_~])(?P<styled>(?P<sign>[*_~])(?=\S)[^\n]{1,2000}?(?<=\S)(?P=sign))(?![\w])"
    r"|(?P<emoji>:[a-z0-9_+'-]{1,100}:(?::skin-tone-[2-6]:)?)"
)
_STYLES = {"*": "bold", "_": "italic", "~": "strike"}


def _inline(text: str, style: dict[str, bool], marked: bool = True) -> Iterator[Json]:
    at = 0
    for match in _STYLED.finditer(text) if marked else ():
        made = list(_token(match, style))
        if not made:
            continue
        yield from _text(text[at : match.start()], style)
        yield from made
        at = match.end()
    yield from _text(text[at:], style)


def _token(match: re.Match[str], style: dict[str, bool]) -> Iterator[Json]:
    if mark := match["mark"]:
        yield _styled(of_mark(mark[1:-1]), style)
    elif code := match["code"]:
        yield from _text(code[1:-1], {**style, "code": True})
    elif match["styled"]:
        inner = match["styled"][1:-1]
        if inner.strip(match["sign"]):
            yield from _inline(inner, {**style, _STYLES[match["sign"]]: True})
    elif (found := emoji.CODE.match(match["emoji"])) and emoji.is_known(found[1]):
        yield _styled(dict(emoji.element(found[1], found[2])), style)


def _text(text: str, style: dict[str, bool]) -> Iterator[Json]:
    if text:
        yield _styled({"type": "text", "text": unescape(text)}, style)


def _styled(element: Json, style: dict[str, bool]) -> Json:
    return {**element, "style": dict(style)} if style else element


def of_mark(inner: str) -> Json:
    """Return the rich text element of what stands between `<` and `>`."""
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return {"type": "user", "user_id": target[1:]}
    if target.startswith("#"):
        return {"type": "channel", "channel_id": target[1:]}
    if target.startswith("!subteam^"):
        return {"type": "usergroup", "usergroup_id": target.removeprefix("!subteam^")}
    if target.startswith("!date^"):
        return _date(target, label)
    if target[1:] in BROADCASTS and target[0] == "!":
        return {"type": "broadcast", "range": target[1:]}
    link: Json = {"type": "link", "url": unescape(target)}
    if label and label != target:
        link["text"] = unescape(label)
    return link


def _date(target: str, fallback: str) -> Json:
    parts = target.split("^")
    if len(parts) < 3 or not parts[1].isdigit():
        return {"type": "text", "text": unescape(fallback)}
    made: Json = {
        "type": "date",
        "timestamp": int(parts[1]),
        "format": parts[2],
        "fallback": unescape(fallback),
    }
    if len(parts) > 3:
        made["url"] = parts[3]
    return made


def server_side(world: World, text: str, *, parse: str, link_names: bool) -> str:
    """Return an app's `text` as Slack's own parser leaves it: unless told not to, it links bare names."""
    parts: list[str] = []
    for piece, is_mark in _split(re.compile(r"<[^<>\n]*>"), text):
        parts.append(piece if is_mark or parse == "none" else _linked(world, piece, parse, link_names))
    return "".join(parts)


def _linked(world: World, text: str, parse: str, link_names: bool) -> str:
    def handle(match: re.Match[str]) -> str:
        everyone = match[1] in BROADCASTS
        found = mention(world, match[1]) if everyone or link_names or parse == "full" else None
        return found or match[0]

    text = _URL.sub(lambda m: f"<{m[0]}>", text)
    text = _HANDLE.sub(handle, text)
    return _HASH.sub(lambda m: channel_mark(world, m[1]) or m[0], text)
