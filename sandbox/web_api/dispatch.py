"""The Web API: who calls, may they, how often, and what came of it."""

import json
from collections.abc import Awaitable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox import spoilt
from sandbox.arguments import Arguments
from sandbox.core import Core
from sandbox.faults import Fault
from sandbox.refusal import Json, Refusal
from sandbox.web_api import chat, conversations, files, people, views
from sandbox.web_api.membership import missing
from sandbox.web_api.method import Method

METHODS: dict[str, Method] = {
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **people.METHODS,
    **views.METHODS,
}


class WebApi:
    """Serves `/api/<method>` as Slack does: always 200 with `ok`, save for rate limits and faults."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to serve."""
        return [web.post("/api/{method}", self.route), web.get("/api/{method}", self.route)]

    async def route(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, spoilt by a fault if one is switched on for it."""
        core = self._core
        name = request.match_info["method"]
        body = await request.read()
        fault = core.faults.strike(name)
        if fault is not None and not fault.carried_out:
            self._record(name, _arguments(request, body, True)[0], _note(fault), "")
            return await spoilt.before(core, request, fault)
        answer = await self._answer(name, request, body)
        return answer if fault is None else await spoilt.after(core, request, fault, answer)

    async def _answer(self, name: str, request: web.Request, body: bytes) -> web.Response:
        method = METHODS.get(name)
        values, problem = _arguments(request, body, method is None or method.json)
        token = _token(request, values)
        values.pop("token", None)
        status, headers = 200, {"X-OAuth-Scopes": ",".join(self._core.world.scopes)}
        try:
            if problem:
                raise Refusal(problem)
            if method is None:
                raise Refusal("unknown_method", req_method=name)
            self._authorize(method, token)
            answer = await self._run(name, method, Arguments(values))
        except Refusal as refusal:
            answer = {"ok": False, "error": refusal.code, **refusal.extra}
            if refusal.code == "ratelimited":
                status = 429
                headers["Retry-After"] = str(answer.pop("wait"))
        if method is not None:
            headers["X-Accepted-OAuth-Scopes"] = ",".join(method.scopes)
        self._record(name, values, answer, token)
        return web.json_response(answer, status=status, headers=headers)

    async def _run(self, name: str, method: Method, arguments: Arguments) -> Json:
        channel = self._posted_to(arguments) if name == "chat.postMessage" else None
        wait = self._core.limits.wait(name, channel or None, self._core.clock.now())
        if wait:
            raise Refusal("ratelimited", wait=wait)
        done = method.run(self._core, arguments)
        return {"ok": True, **(await done if isinstance(done, Awaitable) else done)}

    def _posted_to(self, arguments: Arguments) -> str:
        """Return the conversation a post goes to: a person's id stands for the app's messages with them."""
        world, given = self._core.world, arguments.text("channel")
        return world.direct.get(world.direct_key(self._core.app.bot_user_id, given), given)

    def _authorize(self, method: Method, token: str) -> None:
        core = self._core
        if not token:
            raise Refusal("not_authed")
        if token == core.app.app_token:
            if not method.app_token:
                raise Refusal("not_allowed_token_type")
            return
        if token != core.app.bot_token:
            raise Refusal("invalid_auth")
        if method.app_token:
            raise Refusal("not_allowed_token_type")
        if core.world.revoked:
            raise Refusal(core.world.revoked)
        if method.scopes and not any(scope in core.world.scopes for scope in method.scopes):
            raise missing(core, *method.scopes)

    def _record(self, name: str, values: Json, answer: Json, token: str) -> None:
        core = self._core
        entry = {"method": name, "args": values, "answer": answer, "at": core.clock.now(), "token": token}
        core.calls.append(entry)
        core.changes.touch()


def _note(fault: Fault) -> Json:
    return {"ok": False, "fault": fault.kind}


def _token(request: web.Request, values: Json) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind == "Bearer":
        return token.strip()
    return "" if request.content_type == "application/json" else str(values.get("token", ""))


def _arguments(request: web.Request, body: bytes, reads_json: bool) -> tuple[Json, str]:
    """Return the arguments and, when the body cannot be read, Slack's error for that."""
    values: Json = {k: v for k, v in request.query.items() if k != "token"}  # no token is taken from there
    if not body:
        return values, ""
    if request.content_type == "application/json":
        return _of_json(values, body) if reads_json else (values, "")
    if request.content_type == "application/x-www-form-urlencoded":
        return _of_form(values, body)
    if request.content_type == "multipart/form-data":
        return values, "invalid_form_data"
    return values, "invalid_post_type"


def _of_json(values: Json, body: bytes) -> tuple[Json, str]:
    try:
        given: Any = json.loads(body)
        if b"\\ud" in body.lower():
            json.dumps(given, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except ValueError:
        return values, "invalid_json"
    return (values | given, "") if isinstance(given, dict) else (values, "json_not_object")


def _of_form(values: Json, body: bytes) -> tuple[Json, str]:
    try:
        return values | dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)), ""
    except ValueError:
        return values, "invalid_form_data"
