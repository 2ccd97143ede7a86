"""The first page: what needs somebody's attention, what the next invoice holds, and what was sold last."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from console.door import page
from console.pages.sandbox_book import may_fill
from console.paths import HOME, SUBSCRIPTIONS
from console.rendering import addressed
from console.visit import Visit

RECENT = 8
WINDOWS = ("30", "60", "90")


@dataclass(frozen=True, slots=True)
class Tile:
    """A count, what it counts, what to think of it, and the list that it opens."""

    name: str
    count: int
    about: str
    path: str


async def show(visit: Visit) -> Response:
    """Show what needs somebody's attention, or what to do first."""
    desk = visit.desk
    overview, customers, posted, upcoming = await asyncio.gather(
        desk.get("/v1/overview"),
        desk.get("/v1/customers", {"limit": 1}),
        desk.get("/v1/transactions", {"limit": RECENT}),
        _upcoming(visit),
    )
    recent = posted["data"]
    return visit.show(
        "home.html",
        due=[(days, overview["renewals_due"][days], _due_path(days)) for days in WINDOWS],
        tiles=tiles_of(overview),
        counted_to=overview["counted_to"],
        is_new=not customers["data"],
        may_fill=may_fill(visit),
        upcoming=upcoming,
        recent=recent,
        names=await _company_names(visit, (one["customer_id"] for one in recent)),
    )


def tiles_of(overview: Mapping[str, Any]) -> tuple[Tile, ...]:
    """Return the tiles; each opens the list that its count is of."""
    return (
        Tile("Waiting for the ECA", overview["pending_eca"], "No certificates before acceptance", _of("pending_eca")),
        Tile("Renewal held", overview["held"], "Enable to renew", addressed(SUBSCRIPTIONS, held="true")),
        Tile("Suspended", overview["suspended"], "Held ones included", _of("suspended")),
        Tile("Scheduled", overview["scheduled"], "Begin by themselves", _of("scheduled")),
        Tile("Active", overview["active"], "In their term", _of("active")),
    )


async def _upcoming(visit: Visit) -> Mapping[str, Any] | None:
    """What the next invoice holds; resellers get none, and the operator is not billed."""
    caller = visit.seated.caller
    if caller.is_reseller or caller.is_operator:
        return None
    found: Mapping[str, Any] = await visit.desk.get("/v1/invoices/upcoming")
    return found


async def _company_names(visit: Visit, customer_ids: Iterable[str]) -> Mapping[str, str]:
    ids = dict.fromkeys(customer_ids)
    found = await asyncio.gather(*(visit.desk.get(f"/v1/customers/{customer_id}") for customer_id in ids))
    return {customer["id"]: customer["company_name"] for customer in found}


def _of(state: str) -> str:
    return addressed(SUBSCRIPTIONS, state=state)


def _due_path(days: str) -> str:
    return addressed(SUBSCRIPTIONS, ends_within=days, renewal_mode="auto", state="active")


ROUTES = (page(HOME, show),)
