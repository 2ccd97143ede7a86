"""A request to an ASGI application in this process, without a socket: one message there, one back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message

HOST = "console"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What is asked: `path` is not escaped yet, `body` is empty when there is none."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    def scope(self) -> dict[str, Any]:
        """Return it as applications are shown requests."""
        headers = {"Host": HOST, "Content-Length": str(len(self.body)), **self.headers}
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": self.path,
            "raw_path": quote(self.path).encode(),
            "query_string": urlencode(self.query).encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
            "root_path": "",
            "server": (HOST, None),
            "client": None,
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whole."""

    status: int
    headers: Headers
    body: bytes


class _Exchange:
    """The two ends that an application is given for one request."""

    def __init__(self, body: bytes) -> None:
        self._unread: bytes | None = body
        self._is_over = asyncio.Event()
        self._parts: list[bytes] = []
        self._start: Message | None = None

    async def receive(self) -> Message:
        """Give the body, at once; whoever asks on waits for the end."""
        if self._unread is None:
            await self._is_over.wait()
            return {"type": "http.disconnect"}
        body, self._unread = self._unread, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            self._is_over.set()

    def reply(self) -> Reply | None:
        """Return the answer, None when there is no whole one."""
        if self._start is None or not self._is_over.is_set():
            return None
        return Reply(self._start["status"], Headers(raw=list(self._start["headers"])), b"".join(self._parts))


async def exchanged(program: ASGIApp, scope: Mapping[str, Any], body: bytes) -> Reply:
    """Have the application answer a request, and return the whole answer.

    What it raises is raised here, unless it has answered: then it has told of its failure, and written it down.
    """
    exchange = _Exchange(body)
    try:
        await program(dict(scope), exchange.receive, exchange.send)
    except Exception:
        if exchange.reply() is None:
            raise
    reply = exchange.reply()
    if reply is None:
        message = f"{scope['method']} {scope['path']} was not answered"
        raise RuntimeError(message)
    return reply
