"""Every answer of the console carries the guard's headers and the request's id."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.guard import HEADERS


class Guarded:
    """Puts on the headers that an answer has no own ones of."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if (request_id := scope.get("state", {}).get("request_id")) is not None:
                    headers.setdefault("X-Request-Id", request_id)
            await send(message)

        await self._app(scope, receive, send_guarded)
