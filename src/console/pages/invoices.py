"""Invoices and credit notes: the list, what the next one holds, one with its lines, and that it was paid."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.desk import HandedOver, Problem
from console.door import page
from console.paths import INVOICES
from console.rendering import addressed
from console.visit import Visit
from storage.ids import new_id

PAGE_LENGTH = 25
LINES_LENGTH = 100
UNPROCESSABLE = 422
FILTERS = ("kind", "status", "month", "account_id")
PDF = "application/pdf"


async def list_all(visit: Visit) -> Response:
    """Show the documents, newest first; a reseller is told why there are none."""
    if visit.seated.caller.is_reseller:
        return visit.show("invoices/none.html")
    given = {name: visit.query(name) for name in FILTERS}
    try:
        found = await visit.desk.get("/v1/invoices", {**given, "cursor": visit.query("cursor"), "limit": PAGE_LENGTH})
    except Problem as problem:
        if problem.status != UNPROCESSABLE:
            raise
        nothing: dict[str, Any] = {"invoices": (), "next_page": "", "first_page": ""}
        return visit.show("invoices/list.html", status=problem.status, given=given, errors=problem.errors, **nothing)
    cursor = found["next_cursor"]
    return visit.show(
        "invoices/list.html",
        given=given,
        errors={},
        invoices=found["data"],
        next_page=addressed(INVOICES, **given, cursor=cursor) if cursor else "",
        first_page=addressed(INVOICES, **given) if visit.query("cursor") else "",
    )


async def show_upcoming(visit: Visit) -> Response:
    """Show what is posted and on no document yet, and what will be charged before the next one is made."""
    if visit.seated.caller.is_reseller:
        return visit.show("invoices/none.html")
    found = await visit.desk.get("/v1/invoices/upcoming", {"account_id": visit.query("account_id")})
    return _document(visit, found)


async def show(visit: Visit) -> Response:
    """Show a document with its lines."""
    return _document(visit, await visit.desk.get(f"/v1/invoices/{visit.path('invoice_id')}"))


async def hand_pdf(visit: Visit) -> HandedOver:
    """Hand over the document as the API prints it."""
    return visit.hand_over(f"/v1/invoices/{visit.path('invoice_id')}.pdf", accept=PDF)


async def show_paid(visit: Visit) -> Response:
    """Ask whether the money came in."""
    found = await visit.desk.get(f"/v1/invoices/{visit.path('invoice_id')}")
    return visit.show("invoices/paid.html", invoice=found, key=new_id("drf"), problem="")


async def mark_paid(visit: Visit) -> Response:
    """Note that the money came in."""
    here = f"/v1/invoices/{visit.path('invoice_id')}"
    try:
        await visit.desk.ask("POST", f"{here}/paid", {}, key=visit.entered("key"))
    except Problem as problem:
        found = await visit.desk.get(here)
        facts = {"invoice": found, "key": new_id("drf"), "problem": problem.detail}
        return visit.show("invoices/paid.html", status=problem.status, **facts)
    return visit.go(f"{INVOICES}/{visit.path('invoice_id')}", done="invoice-paid")


def _document(visit: Visit, invoice: dict[str, Any]) -> Response:
    """Show so many lines at once that a browser can hold them."""
    text = visit.query("page")
    number = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < len("1000000") else 1
    first = (number - 1) * LINES_LENGTH
    lines = invoice["lines"][first : first + LINES_LENGTH]
    here = visit.request.url.path
    account = visit.query("account_id")
    more = first + LINES_LENGTH < len(invoice["lines"])
    return visit.show(
        "invoices/one.html",
        invoice=invoice,
        lines=lines,
        first=first,
        next_page=addressed(here, account_id=account, page=number + 1) if more else "",
        first_page=addressed(here, account_id=account) if number > 1 else "",
    )


ROUTES = (
    page(INVOICES, list_all),
    page(f"{INVOICES}/upcoming", show_upcoming),
    page(f"{INVOICES}/{{invoice_id}}.pdf", hand_pdf),
    page(f"{INVOICES}/{{invoice_id}}/paid", show_paid, scope="refund"),
    page(f"{INVOICES}/{{invoice_id}}/paid", mark_paid, scope="refund", methods=("POST",)),
    page(f"{INVOICES}/{{invoice_id}}", show),
)
