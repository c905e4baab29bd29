"""The widget: its parts joined into the one script a page includes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from aiohttp import web

from handlers.webchat_site import Chat, Site

_FOLDER = Path(__file__).parent / "widget"
_SCRIPT = """(() => {{
"use strict";
const SCRIPT = document.currentScript;
const SITE = {site};
const STYLE = {style};
{parts}
}})();
"""


async def widget(chat: Chat, site: Site, request: web.Request) -> web.StreamResponse:
    """The script, with the account's looks written into it; browsers keep it for five minutes."""
    script = script_for(site)
    tag = f'"{hashlib.sha256(script.encode()).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "public, max-age=300",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=headers)
    return web.Response(text=script, content_type="text/javascript", charset="utf-8", headers=headers)


def script_for(site: Site) -> str:
    """The parts in the order of their names, in a scope of their own."""
    parts = sorted(_FOLDER.glob("*.js"))
    return _SCRIPT.format(
        site=_literal(_looks(site)),
        style=_literal((_FOLDER / "style.css").read_text("utf-8")),
        parts="\n".join(part.read_text("utf-8") for part in parts),
    )


def _looks(site: Site) -> dict[str, object]:
    options = site.account.settings.options
    return {
        "title": site.account.config.title,
        "colour": options.get("colour") or "#2f6f4f",
        "greeting": options.get("greeting") or "",
        "maxUpload": site.max_upload,
    }


def _literal(value: object) -> str:
    """A JavaScript literal that is safe wherever a script may stand, whatever the title holds."""
    return json.dumps(value, ensure_ascii=True).replace("<", "\\u003c")
