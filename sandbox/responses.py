"""Answers to interactions: what an app posts to a response URL, or says at once to a command."""

import json
from typing import Any

from aiohttp import web

from sandbox import drafts, ephemerals, posting
from sandbox.arguments import Arguments
from sandbox.core import Core, ResponseUrl
from sandbox.faults import Fault
from sandbox.refusal import Json, Refusal
from sandbox.spoilt import after, before
from sandbox.web_api.chat import author

MOST_USES = 5


class Responses:
    """Serves `/actions/…`: five answers within thirty minutes of the interaction."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def routes(self) -> list[web.RouteDef]:
        """Return the route to serve."""
        return [web.post("/actions/{team}/{number}/{token}", self.route)]

    async def route(self, request: web.Request) -> web.StreamResponse:
        """Take one answer; 404 for an address that is unknown, too old or used up."""
        core = self._core
        fault: Fault | None = core.faults.strike("response_url")
        if fault is not None and not fault.carried_out:
            return await before(core, request, fault)
        answer = self._answer(request.match_info["token"], await request.read())
        return answer if fault is None else await after(core, request, fault, answer)

    def _answer(self, token: str, data: bytes) -> web.Response:
        core = self._core
        given: Any = None
        try:
            made = self._usable(token)
            given = _payload(data)
            result: Json = {"ok": True}
            respond(core, made, given)
            answer = web.Response(text="ok")
        except Refusal as refusal:
            result = {"ok": False, "error": refusal.code, **refusal.extra}
            answer = _refused(refusal, result)
        entry = {
            "method": "response_url",
            "args": given,
            "answer": result,
            "at": core.clock.now(),
            "token": "",
        }
        core.calls.append(entry)
        core.changes.touch()
        return answer

    def _usable(self, token: str) -> ResponseUrl:
        core = self._core
        made = core.response_urls.get(token)
        if made is None or made.until < core.clock.now():
            raise Refusal("expired_url")
        if made.uses >= MOST_USES:
            raise Refusal("used_url")
        wait = core.limits.wait("response_url", f"response_url {made.channel}", core.clock.now())
        if wait:
            raise Refusal("ratelimited", wait=wait)
        made.uses += 1
        return made


def _refused(refusal: Refusal, result: Json) -> web.Response:
    if refusal.code == "ratelimited":
        wait = str(result.pop("wait"))
        return web.json_response(result, status=429, headers={"Retry-After": wait})
    return web.json_response(result, status=404 if refusal.code in {"expired_url", "used_url"} else 400)


def _payload(data: bytes) -> Json:
    try:
        given = json.loads(data)
    except ValueError:
        raise Refusal("invalid_payload") from None
    if not isinstance(given, dict):
        raise Refusal("invalid_payload")
    return given


def respond(core: Core, where: ResponseUrl, given: Json) -> None:
    """Carry out an answer: a new message, or another content for the one it came from, or none."""
    arguments = Arguments(given)
    if arguments.flag("delete_original"):
        _delete(core, where)
    elif arguments.flag("replace_original") and where.ts is not None:
        _replace(core, where, given)
    else:
        show_new(core, where, given)


def _body(core: Core, given: Json) -> Json:
    draft = drafts.read(core, Arguments(given))
    if draft.is_empty:
        raise Refusal("no_text")
    return drafts.body_of(core, draft, mrkdwn_on=True)


def show_new(core: Core, where: ResponseUrl, given: Json) -> str:
    """Post a new message, to one person unless `in_channel` is asked for; return its ts. Raises Refusal."""
    body = {**author(core, {}), **_body(core, given)}
    if thread_ts := given.get("thread_ts") or where.thread_ts:
        posting.check_thread(core.channel(where.channel), str(thread_ts))
        body["thread_ts"] = str(thread_ts)
    if given.get("response_type") == "in_channel":
        return posting.post(core, core.channel(where.channel), body, by_app=True).ts
    return ephemerals.show(core, where.channel, where.user, body)


def _replace(core: Core, where: ResponseUrl, given: Json) -> None:
    body = _body(core, given)
    if where.ephemeral:
        ephemerals.replace(core, where.user, str(where.ts), body)
        return
    message = core.message(where.channel, str(where.ts))
    if not message.by_app:
        raise Refusal("cant_update_message")
    posting.change(core, core.channel(where.channel), message, body, removed=("blocks", "attachments"))


def _delete(core: Core, where: ResponseUrl) -> None:
    if where.ts is None:
        raise Refusal("message_not_found")
    if where.ephemeral:
        ephemerals.remove(core, where.user, where.ts)
        return
    message = core.message(where.channel, where.ts)
    if not message.by_app:
        raise Refusal("cant_delete_message")
    posting.delete(core, core.channel(where.channel), message)
