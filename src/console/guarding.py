"""Every answer of the console carries the guard's headers and the request's id."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.guard import HEADERS

GUARD = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())
REQUEST_ID = b"x-request-id"


class Guarded:
    """Puts on the headers that an answer has no own ones of."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                added = [pair for pair in GUARD if pair[0] not in own]
                request_id = scope.get("state", {}).get("request_id")
                if request_id is not None and REQUEST_ID not in own:
                    added.append((REQUEST_ID, request_id.encode()))
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self._app(scope, receive, send_guarded)
