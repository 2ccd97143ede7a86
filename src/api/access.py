"""Who is at the door: the key, the rate, the scopes, in this order and before anything else is looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from api.parts import parts_of
from api.rate_headers import standing_of_key
from intake.changing import Setting
from intake.denials import NotFound
from intake.rates import KeyRates
from intake.scope import SEAT, Caller, authenticate


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
    """Return the caller, enabled or not, whatever its scopes: whose key it is, or who is signed in to the console.

    Raises:
        Unauthenticated: no valid key.
        RateLimited: too many requests with this key.
    """
    parts = parts_of(request)
    caller: Caller | None = request.scope.get(SEAT)
    if caller is None:
        bearer = _bearer(request.headers.get("authorization"))
        caller = await authenticate(parts.database, bearer, pepper=parts.pepper, at=parts.clock.wall())
    rates: KeyRates = request.app.state.rates
    request.state.rate_headers = standing_of_key(await rates.count(caller.actor, at=parts.clock.wall()))
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
