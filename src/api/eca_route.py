"""What holds for every request about a link: how often one address may ask, what a refusal looks like, the headers."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Coroutine
from time import time
from typing import Any

from fastapi.routing import APIRoute
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.requests import Request
from starlette.responses import Response

from api.eca_page import notice_page
from api.parts import parts_of
from api.problems import problem, problem_of, status_of
from api.rate_headers import rate_headers
from intake.denials import Denial, EngineUnreachable
from lifecycle.refusals import LinkDead, Refusal

A_MINUTE = 30
IPV6_NETWORK = 64
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class AddressRates:
    """How often each address asks, counted in this process."""

    def __init__(self, item: RateLimitItem) -> None:
        """Take the limit."""
        self._item = item
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def count(self, address: str) -> tuple[dict[str, str], int]:
        """Count a request; return the headers of its answer, and the seconds until the next is welcome.

        They are zero when this one is.
        """
        is_welcome = await self._limiter.hit(self._item, address)
        window = await self._limiter.get_window_stats(self._item, address)
        seconds = max(1, math.ceil(window.reset_time - time()))
        quota, length = self._item.amount, self._item.get_expiry()
        told = rate_headers("address", quota=quota, window=length, left=window.remaining, seconds=seconds)
        return told, 0 if is_welcome else seconds


class EcaRoute(APIRoute):
    """A route whose every answer, refusals too, is fit for a person with a browser, and is kept nowhere."""

    def get_route_handler(self) -> Handler:
        """Return the endpoint with the rules of this file around it."""
        endpoint = super().get_route_handler()

        async def handler(request: Request) -> Response:
            told, seconds = await _rates(request).count(_network(client_address(request)))
            response = _refused(request, seconds) if seconds else await _answered(request, endpoint)
            response.headers.update({**HEADERS, **told})
            return response

        return handler


def wants_page(request: Request) -> bool:
    """Return whether the request comes from a browser."""
    return "text/html" in request.headers.get("accept", "")


def client_address(request: Request) -> str:
    """Return the network address that the request came from, empty when it is not known."""
    return request.client.host if request.client else ""


async def _answered(request: Request, endpoint: Handler) -> Response:
    try:
        return await endpoint(request)
    except (Refusal, Denial) as refused:
        return _refusal_page(refused) if wants_page(request) else problem_of(request, refused)


def _refusal_page(refused: Refusal | Denial) -> Response:
    status = status_of(refused)
    match refused:
        case LinkDead(code="eca_link_replaced"):
            says = "A newer mail with another link was sent, to you or to somebody else who should decide."
            return notice_page("This link was replaced", says, status=status)
        case LinkDead():
            says = "It may be incomplete, its time may have passed, or the order may have ended."
            return notice_page("This link is not valid", says, "Please ask whoever ordered for you.", status=status)
        case EngineUnreachable():
            says = "Nothing was recorded. Please go back and try again in a few minutes."
            return notice_page("Your decision cannot be recorded now", says, status=status)
        case _:
            return notice_page("This cannot be done", refused.detail, status=status)


def _refused(request: Request, seconds: int) -> Response:
    headers = {"Retry-After": str(seconds)}
    if wants_page(request):
        page = notice_page("Too many requests", f"Please try again in {seconds} seconds.", status=429)
        page.headers.update(headers)
        return page
    return problem(request, 429, "rate_limited", "Too many requests from this address.", headers=headers)


def _rates(request: Request) -> AddressRates:
    state, parts = request.app.state, parts_of(request)
    if getattr(state, "eca_rates", None) is None:
        # A sandbox's acceptors are programs, all on one address.
        a_minute = parts.rate_limit_per_second * 60 if parts.sandbox else A_MINUTE
        state.eca_rates = AddressRates(RateLimitItemPerMinute(a_minute))
    rates: AddressRates = state.eca_rates
    return rates


def _network(address: str) -> str:
    """One customer may use a whole IPv6 network, so that is what is counted."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    return str(ipaddress.ip_network((found, IPV6_NETWORK), strict=False))
