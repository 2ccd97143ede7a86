"""Reports on subscriptions, transactions and usage: on screen page by page, and whole as CSV or as a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from console.desk import HandedOver, Params, Problem
from console.door import NOT_FOUND, page
from console.paths import REPORTS
from console.rendering import addressed
from console.visit import Visit

PAGE_LENGTH = 50
UNPROCESSABLE = 422
MOST_NAMED = 20
FILTERS = ("customer_id", "from", "to")
NAMES: Mapping[str, str] = {"subscriptions": "Subscriptions", "transactions": "Transactions", "usage": "Usage"}
FILES: Mapping[str, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def begin(visit: Visit) -> Response:
    """Lead to the first report."""
    return visit.go(f"{REPORTS}/subscriptions")


async def show(visit: Visit) -> Response:
    """Show a page of a report, what all of it comes to, and where its files are."""
    name = visit.path("name")
    if name not in NAMES:
        raise HTTPException(NOT_FOUND)
    given = {filtered: visit.query(filtered) for filtered in FILTERS}
    facts: dict[str, Any] = {"name": name, "names": NAMES, "files": {}, "errors": {}, "first_page": "", "next_page": ""}
    named, among = await _customer(visit)
    if named is not None:
        given["customer_id"] = named["id"]
    facts |= {"given": given, "customer": named, "among": among, "typed": visit.query("customer")}
    if among is not None:
        return visit.show("reports/one.html", **facts, rows=(), totals=())
    try:
        asked: Params = {**given, "cursor": visit.query("cursor"), "limit": PAGE_LENGTH}
        found = await visit.desk.get(f"/v1/reports/{name}", asked)
    except Problem as problem:
        if problem.status != UNPROCESSABLE:
            raise
        facts["errors"] = problem.errors
        return visit.show("reports/one.html", status=problem.status, **facts, rows=(), totals=())
    facts |= _addresses(visit, name, given, found["next_cursor"])
    return visit.show("reports/one.html", **facts, rows=found["data"], totals=found["totals"])


async def hand_file(visit: Visit) -> HandedOver:
    """Hand over all of a report as the API writes it."""
    name, ending = visit.path("name"), visit.path("ending")
    if name not in NAMES or ending not in FILES:
        raise HTTPException(NOT_FOUND)
    given = {filtered: visit.query(filtered) for filtered in FILTERS if visit.query(filtered)}
    return visit.hand_over(f"/v1/reports/{name}", query=given, accept=FILES[ending])


async def _customer(visit: Visit) -> tuple[Mapping[str, Any] | None, list[Mapping[str, Any]] | None]:
    """Return the customer that is meant, or, when a typed name fits several or none, those to choose from."""
    customer_id, typed = visit.query("customer_id"), visit.query("customer")
    chosen = await visit.desk.get(f"/v1/customers/{customer_id}") if customer_id else None
    if not typed or (chosen is not None and chosen["company_name"] == typed):
        return chosen, None
    found = (await visit.desk.get("/v1/customers", {"q": typed, "limit": MOST_NAMED}))["data"]
    exact = [customer for customer in found if customer["company_name"].casefold() == typed.casefold()]
    fitting = exact if len(exact) == 1 else found
    return (fitting[0], None) if len(fitting) == 1 else (None, fitting)


def _addresses(visit: Visit, name: str, given: Mapping[str, str], cursor: str | None) -> dict[str, Any]:
    here = f"{REPORTS}/{name}"
    return {
        "files": {ending: addressed(f"{here}.{ending}", **given) for ending in FILES},
        "next_page": addressed(here, **given, cursor=cursor) if cursor else "",
        "first_page": addressed(here, **given) if visit.query("cursor") else "",
    }


ROUTES = (
    page(REPORTS, begin),
    page(f"{REPORTS}/{{name}}.{{ending}}", hand_file),
    page(f"{REPORTS}/{{name}}", show),
)
