"""Quotes: a purchase priced, and nothing kept."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from activities.casefile import load_case
from activities.orders import PURCHASE
from api.access import Reader
from api.parts import parts_of
from api.query import parameters
from api.subscriptions import purchase_body
from lifecycle.commands import Purchase
from lifecycle.portrait import day, lines_picture, money
from lifecycle.purchase import SOON, Quote, quote
from lifecycle.subscription import EcaStatus, RenewalMode

router = APIRouter(prefix="/v1/quotes", tags=["subscriptions"])


@router.post("", summary="Price a purchase")
async def price(request: Request, caller: Reader) -> JSONResponse:
    """Price a purchase's body; it needs no acceptor's address, and the answer says whether one will be needed."""
    parameters(request)
    body = await purchase_body(request, caller)
    parts = parts_of(request)
    at = parts.clock.now()
    async with parts.database.read() as connection:
        case = await load_case(connection, None, kind=PURCHASE, body=body, today=at)
    purchase = case.command
    if not isinstance(purchase, Purchase):
        message = "a purchase's body makes a purchase"
        raise TypeError(message)
    priced = quote(purchase, case.prices, at=at)
    warnings = ["reference_id_reused"] if case.reference_reused else []
    if purchase.renewal_mode is RenewalMode.AUTO and priced.term.end - at.date() <= SOON:
        warnings.append("renews_within_30_days")
    return JSONResponse(quote_picture(priced, warnings))


def quote_picture(priced: Quote, warnings: list[str]) -> dict[str, Any]:
    """Return a quote's representation."""
    required = priced.eca_status is EcaStatus.REQUESTED
    return {
        "start_date": day(priced.term.start),
        "end_date": day(priced.term.end),
        "total_days": priced.term.days,
        "remaining_days": priced.remaining_days,
        "lines": lines_picture(priced.lines, priced.currency),
        "total": money(priced.total, priced.currency),
        "due_now": money(priced.due_now, priced.currency),
        "eca": {"status": "required" if required else priced.eca_status.value},
        "earliest_start_date": day(priced.earliest_start_date),
        "warnings": warnings,
    }
