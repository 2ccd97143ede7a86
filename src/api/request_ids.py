"""Every request has an id, the client's if it gave a proper one, in the answer, in problems and in the log."""

from __future__ import annotations

import re
from secrets import token_hex

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)


class RequestIds:
    """Puts `request_id` into the request's state and the header into its answer."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _proper(headers.get(HEADER)) or f"req_{token_hex(12)}"
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id, **_trace(headers)):
            await self._app(scope, receive, send_with_id)


def _proper(given: str | None) -> str | None:
    return given if given is not None and _REQUEST_ID.fullmatch(given) else None


def _trace(headers: Headers) -> dict[str, str]:
    match = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return {} if match is None else {"trace_id": match[1]}
