"""The headers that tell a client how often it may ask: `RateLimit-Policy` and `RateLimit`, drafts of HTTP still."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake.rates import Standing

POLICY, STANDING = "RateLimit-Policy", "RateLimit"
RATE_HEADERS = {
    POLICY: "The limit: `q` requests in `w` seconds, for all processes together.",
    STANDING: "`r` requests are left now, as far as is known, and all that were made are forgotten in `t` seconds.",
}


class RateHeaders:
    """Puts on every answer to a counted request what `rate_headers` of the request's state says."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_rate(message: Message) -> None:
            told: Mapping[str, str] = scope["state"].get("rate_headers", {})
            if told and message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(told)
            await send(message)

        await self._app(scope, receive, send_with_rate)


def told_so_far(request: Request) -> Mapping[str, str]:
    """Return what was found out of the rate of this request, which is nothing before its key was known."""
    told: Mapping[str, str] = getattr(request.state, "rate_headers", {})
    return told


def standing_of_key(standing: Standing) -> dict[str, str]:
    """Return the headers of an answer to a request that was let in: all that was used is there again in a second."""
    return rate_headers("key", quota=standing.limit, window=1, left=standing.left, seconds=1)


def refused_key(limit: int, wait: timedelta) -> dict[str, str]:
    """Return the headers of an answer to a request that was not let in."""
    return rate_headers("key", quota=limit, window=1, left=0, seconds=math.ceil(wait.total_seconds()))


def rate_headers(name: str, *, quota: int, window: int, left: int, seconds: int) -> dict[str, str]:
    """Return the headers of a limit of `quota` requests in `window` seconds: `left` now, more in so many `seconds`."""
    return {POLICY: f'"{name}";q={quota};w={window}', STANDING: f'"{name}";r={left};t={seconds}'}
