"""`/v1/overview`: how many subscriptions wait for somebody's attention."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Reader
from api.operations import operation
from api.parts import own_days_of, parts_of
from api.query import parameters
from api.shapes.overview import Overview
from intake.sight import counted_subscriptions
from storage.overview import COUNTED_TO, count_overview

router = APIRouter(tags=["subscriptions"])

_EXAMPLE = {
    "renewals_due": {"30": 4, "60": 7, "90": 12},
    "pending_eca": 2,
    "scheduled": 1,
    "active": 183,
    "suspended": 5,
    "held": 1,
    "counted_to": COUNTED_TO,
}


@router.get(
    "/v1/overview",
    **operation("Count what needs attention", name="read_overview", answer=Overview, scope="read", example=_EXAMPLE),
)
async def read(request: Request, caller: Reader) -> JSONResponse:
    """Count subscriptions by what somebody may want to do about them; the lists with the same filters name them."""
    parameters(request)
    parts = parts_of(request)
    async with parts.database.read_as(caller.sees) as connection:
        found = await count_overview(connection, counted_subscriptions(caller), own_days_of(parts))
    return JSONResponse(
        {
            "renewals_due": {str(days): count for days, count in found.renewals_due.items()},
            **{state.value: count for state, count in found.states.items()},
            "held": found.held,
            "counted_to": COUNTED_TO,
        }
    )
