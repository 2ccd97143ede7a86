"""Who is at the door: the key, the rate, the scopes, in this order and before anything else is looked at."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import time
from typing import Annotated

from fastapi import Depends
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.requests import Request

from api.parts import parts_of
from intake.changing import Setting
from intake.denials import NotFound, RateLimited
from intake.scope import Caller, authenticate


class KeyRates:
    """How often each key asks, counted in this process."""

    def __init__(self, per_second: int) -> None:
        """Allow every key `per_second` requests a second."""
        self._item = RateLimitItemPerSecond(per_second)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def count(self, key_id: str) -> None:
        """Count a request.

        Raises:
            RateLimited: there were too many in this second.
        """
        if await self._limiter.hit(self._item, key_id):
            return
        window = await self._limiter.get_window_stats(self._item, key_id)
        wait = max(1, math.ceil(window.reset_time - time()))
        raise RateLimited(limit=self._item.amount, retry_after=timedelta(seconds=wait))


def access(*scopes: str) -> Callable[[Request], Awaitable[Caller]]:
    """Return a dependency that gives the caller, whose key holds the scopes.

    It raises Unauthenticated, RateLimited, PartnerDisabled, MissingScope, and NotFound for a path that no id can have.
    """

    async def permitted(request: Request) -> Caller:
        caller = await known_caller(request)
        caller.require(*scopes)
        if not all(str(value).isprintable() for value in request.path_params.values()):
            raise NotFound
        return caller

    return permitted


async def known_caller(request: Request) -> Caller:
    """Return the caller, enabled or not, whatever its scopes.

    Raises:
        Unauthenticated: no valid key.
        RateLimited: too many requests with this key.
    """
    parts = parts_of(request)
    bearer = _bearer(request.headers.get("authorization"))
    caller = await authenticate(parts.database, bearer, pepper=parts.pepper, at=parts.clock.wall())
    rates: KeyRates = request.app.state.rates
    await rates.count(caller.key_id)
    return caller


def setting_of(request: Request, caller: Caller) -> Setting:
    """Return the setting of a change that this request makes."""
    return Setting(caller=caller, at=parts_of(request).clock.now(), request_id=request.state.request_id)


def _bearer(header: str | None) -> str | None:
    scheme, _, key = (header or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


Known = Annotated[Caller, Depends(known_caller)]
Reader = Annotated[Caller, Depends(access("read"))]
Writer = Annotated[Caller, Depends(access("write"))]
Refunder = Annotated[Caller, Depends(access("refund"))]
Admin = Annotated[Caller, Depends(access("admin"))]
