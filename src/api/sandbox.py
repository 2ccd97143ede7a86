"""The sandbox's clock; production does not have this address at all."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Writer
from api.bodies import AdvanceBody
from api.parsing import body_of
from api.parts import parts_of
from api.query import parameters
from intake.denials import NotFound
from intake.sight import seen_subscriptions

router = APIRouter(prefix="/v1/sandbox", tags=["sandbox"])


@router.post("/advance", summary="Advance virtual time")
async def advance(request: Request, caller: Writer) -> JSONResponse:
    """Move subscriptions to the first instant of a day; answers when everything due is recorded and its mail sent."""
    parameters(request)
    body = await body_of(request, AdvanceBody)
    parts = parts_of(request)
    async with parts.database.read_as(caller.sees) as connection:
        rows = await seen_subscriptions(connection, caller, body.subscription_ids)
    if parts.virtual_time is None:
        raise NotFound
    moved = await parts.virtual_time.advance(rows, body.to)
    return JSONResponse({"subscriptions": moved})
