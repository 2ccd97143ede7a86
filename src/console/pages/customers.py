"""The customers: the list, its file, and adding one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response, StreamingResponse

from console.addresses import further_pages, page_address
from console.countries import countries, country_names
from console.customer_elements import SECTIONS, body_of, entered_elements
from console.customer_file import MEDIA_TYPE, customer_lines, first_customers
from console.desk import Problem
from console.door import page
from console.paths import CUSTOMERS
from console.resellers import choices, resellers_of
from console.visit import Visit
from storage.ids import new_id

FILE = f"{CUSTOMERS}.csv"
FILTERS = ("q", "managing_partner_id")
ORDERS = (
    ("-created_at", "Newest first"),
    ("company_name", "Company name, A to Z"),
    ("-company_name", "Company name, Z to A"),
)
UNWELL = 404


@dataclass(frozen=True, slots=True)
class Column:
    """A column that can be chosen."""

    name: str
    title: str
    is_usual: bool = True


COLUMNS = (
    Column("contact_name", "Contact Name"),
    Column("contact_email", "Contact Email"),
    Column("contact_phone", "Contact Phone", is_usual=False),
    Column("city", "City", is_usual=False),
    Column("country", "Country"),
    Column("managing_partner_id", "Partner Management"),
    Column("created_at", "Added"),
)


async def show(visit: Visit) -> Response:
    """Show a page of customers that fit the filters, with the chosen columns."""
    query = visit.request.query_params
    asked = {**_asked(visit), "cursor": visit.query("cursor")}
    found, resellers = await asyncio.gather(visit.desk.get("/v1/customers", asked), resellers_of(visit))
    following, first = further_pages(CUSTOMERS, query, found["next_cursor"])
    return visit.show(
        "customers/list.html",
        customers=found["data"],
        resellers=resellers,
        reseller_names=_names(visit, resellers),
        countries=country_names(),
        columns=COLUMNS,
        orders=ORDERS,
        chosen=_chosen(visit),
        is_filtered=any(visit.query(name) for name in FILTERS),
        following=following,
        first=first,
        file=page_address(FILE, query),
    )


async def show_file(visit: Visit) -> Response:
    """Hand over the customers that fit the filters, all of their details, as CSV."""
    filters = _asked(visit)
    first, resellers = await asyncio.gather(first_customers(visit.desk, filters), resellers_of(visit))
    lines = customer_lines(visit.desk, filters, _names(visit, resellers), first=first)
    name = f"customers-{visit.today.isoformat()}.csv"
    return StreamingResponse(
        lines, media_type=MEDIA_TYPE, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


async def show_new(visit: Visit) -> Response:
    """Show the form for another customer."""
    return await _form(visit, {}, key=new_id("drf"))


async def add(visit: Visit) -> Response:
    """Add the customer; the form's key keeps it from being added twice."""
    entered = entered_elements(visit, SECTIONS)
    body = body_of(entered)
    manager = visit.entered("managing_partner_id")
    if manager:
        body["managing_partner_id"] = manager
    key = visit.entered("key") or new_id("drf")
    try:
        answer = await visit.desk.ask("POST", "/v1/customers", body, key=key)
    except Problem as problem:
        if problem.status <= UNWELL:
            raise
        return await _form(visit, {**entered, "managing_partner_id": manager}, key=key, problem=problem)
    return visit.go(f"{CUSTOMERS}/{answer.body['id']}", done="customer-added")


async def _form(visit: Visit, entered: Mapping[str, str], *, key: str, problem: Problem | None = None) -> Response:
    return visit.show(
        "customers/new.html",
        status=200 if problem is None else problem.status,
        sections=SECTIONS,
        entered=entered,
        errors={} if problem is None else problem.errors,
        problem="" if problem is None or problem.errors else problem.detail,
        key=key,
        countries=countries(),
        resellers=choices(await resellers_of(visit)),
    )


def _asked(visit: Visit) -> dict[str, str]:
    return {name: visit.query(name) for name in (*FILTERS, "sort")}


def _chosen(visit: Visit) -> frozenset[str]:
    """The columns' names; an address that says nothing of columns has the usual ones."""
    query = visit.request.query_params
    if "columns" not in query:
        return frozenset(column.name for column in COLUMNS if column.is_usual)
    return frozenset(query.getlist("column"))


def _names(visit: Visit, resellers: Any) -> dict[str, str]:
    partner = visit.seated.caller.partner
    return {partner.id: partner.name, **{reseller["id"]: reseller["name"] for reseller in resellers}}


ROUTES = (
    page(CUSTOMERS, show),
    page(FILE, show_file),
    page(f"{CUSTOMERS}/new", show_new, scope="write"),
    page(f"{CUSTOMERS}/new", add, scope="write", methods=("POST",)),
)
