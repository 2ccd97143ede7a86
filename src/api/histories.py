"""The past and the future of a subscription: its timeline and its forecast."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Reader
from api.listing import PAGE, invalid_cursor, list_answer, page_of
from api.parts import parts_of
from api.query import day_of, parameters
from intake.sight import seen_subscription
from lifecycle.forecast import Foreseen, forecast
from lifecycle.portrait import day, instant, lines_picture, money
from lifecycle.refusals import FieldError, InvalidInput
from lifecycle.terms import add_months, midnight
from storage.price_lists import find_party_and_prices
from storage.timelines import TimelineEntry, list_timeline

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}", tags=["subscriptions"])

MAX_YEARS = 10
MONTHS = 12
PLACE = re.compile(r"e\d{10}|ttel_[0-9a-f]{32}", re.ASCII)


@router.get("/timeline", summary="Read the timeline")
async def timeline(request: Request, caller: Reader, subscription_id: str) -> JSONResponse:
    """Read what happened and what was told of it, newest first."""
    page = page_of(parameters(request, *PAGE), keys=2)
    before = None if page.after is None else _place(*page.after)
    async with parts_of(request).database.read_as(caller.sees) as connection:
        await seen_subscription(connection, caller, subscription_id)
        entries = await list_timeline(connection, subscription_id, before=before, limit=page.fetch)
    return list_answer(
        request, page, entries, key=lambda entry: (entry.at.isoformat(), entry.place), body=_entry_picture
    )


@router.get("/forecast", summary="Forecast")
async def foresee(request: Request, caller: Reader, subscription_id: str) -> JSONResponse:
    """Read what happens if nobody touches the subscription, for a year or until a day."""
    given = parameters(request, "until")
    parts = parts_of(request)
    async with parts.database.read_as(caller.sees) as connection:
        row = await seen_subscription(connection, caller, subscription_id)
    async with parts.database.read() as connection:
        _, prices = await find_party_and_prices(connection, row.subscription.customer_id)
    today = parts.clock.of(row).date()
    until = day_of(given, "until") or add_months(today, MONTHS)
    if until > add_months(today, MAX_YEARS * MONTHS):
        raise InvalidInput(FieldError("until", "until_too_far", f"A forecast reaches {MAX_YEARS} years at most."))
    found = forecast(row.subscription, prices, settled_until=row.settled_until, until=midnight(until))
    return JSONResponse({"data": [_foreseen_picture(item) for item in found], "until": day(until)})


def _place(at: str, place: str) -> tuple[datetime, str]:
    try:
        instant_of = datetime.fromisoformat(at).astimezone(UTC)
    except (ValueError, OverflowError):
        instant_of = None
    if instant_of is None or PLACE.fullmatch(place) is None:
        raise invalid_cursor()
    return instant_of, place


def _entry_picture(entry: TimelineEntry) -> dict[str, Any]:
    return {
        "version": entry.version,
        "kind": entry.kind,
        "at": instant(entry.at),
        "actor": entry.actor,
        "reason": entry.reason,
        "command_id": entry.command_id,
        "transaction_id": entry.transaction_id,
        "data": entry.data,
    }


def _foreseen_picture(item: Foreseen) -> dict[str, Any]:
    charge = item.charge
    return {
        "at": instant(item.at),
        "kind": item.kind,
        "charge": None if charge is None else money(charge.total, charge.currency),
        "lines": [] if charge is None else lines_picture(charge.lines, charge.currency),
    }
