"""Transactions: a customer's, with what of each can be refunded, and one with its arithmetic in words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from console.desk import Params, Problem
from console.door import NOT_FOUND, page
from console.paths import CUSTOMERS, TRANSACTIONS
from console.refundability import refundable_of
from console.rendering import addressed
from console.visit import Visit
from lifecycle.charges import Action

PAGE_LENGTH = 25
MOST = 200  # what the API shows of a list at once
UNPROCESSABLE = 422
FILTERS = ("subscription_id", "action", "from", "to", "reference_id", "refundable")

Picture = Mapping[str, Any]


async def list_of_customer(visit: Visit) -> Response:
    """Show a customer's transactions, newest first."""
    customer_id = visit.path("customer_id")
    given = {name: visit.query(name) for name in FILTERS}
    asked: Params = {**given, "customer_id": customer_id, "cursor": visit.query("cursor"), "limit": PAGE_LENGTH}
    customer = await visit.desk.get(f"/v1/customers/{customer_id}")
    here = f"{CUSTOMERS}/{customer_id}/transactions"
    facts: dict[str, Any] = {"customer": customer, "given": given, "here_path": here}
    try:
        found = await visit.desk.get("/v1/transactions", asked)
    except Problem as problem:
        if problem.status != UNPROCESSABLE:
            raise
        nothing: dict[str, Any] = {"rows": (), "next_page": "", "first_page": "", "errors": problem.errors}
        return visit.show("transactions/of_customer.html", status=problem.status, **facts, **nothing)
    rows = [(item, refundable_of(item, is_open=item["is_refundable"])) for item in found["data"]]
    cursor = found["next_cursor"]
    return visit.show(
        "transactions/of_customer.html",
        **facts,
        rows=rows,
        errors={},
        next_page=addressed(here, **given, cursor=cursor) if cursor else "",
        first_page=addressed(here, **given) if visit.query("cursor") else "",
    )


async def show(visit: Visit) -> Response:
    """Show one transaction: its lines, how each amount came about, its refunds and its document."""
    found = await visit.desk.get(f"/v1/transactions/{visit.path('transaction_id')}")
    customer, invoice, refund, refunds, is_open = await asyncio.gather(
        _maybe(visit, "/v1/customers", found["customer_id"]),
        _maybe(visit, "/v1/invoices", found["invoice_id"]),
        _maybe(visit, "/v1/refunds", found["refund_id"]),
        _refunds_of(visit, found),
        _open(visit, found),
    )
    facts: dict[str, Any] = {"customer": customer, "invoice": invoice, "refund": refund, "refunds": refunds}
    judged = refundable_of(found, is_open=is_open)
    return visit.show("transactions/one.html", transaction=found, refundable=judged, **facts)


async def _open(visit: Visit, transaction: Picture) -> bool:
    """Return whether it can be refunded today, by the clock of its subscription, which lists alone say."""
    asked: Params = {"subscription_id": transaction["subscription_id"], "refundable": "true", "limit": MOST}
    found = await visit.desk.get("/v1/transactions", asked)
    return any(item["id"] == transaction["id"] for item in found["data"])


async def _refunds_of(visit: Visit, transaction: Picture) -> list[Picture]:
    if not any(line["refunded_quantity"] for line in transaction["lines"]):
        return []
    asked = {"subscription_id": transaction["subscription_id"], "action": Action.REFUND.value, "limit": MOST}
    found = await visit.desk.get("/v1/transactions", asked)
    return [item for item in found["data"] if item["refunds_transaction_id"] == transaction["id"]]


async def _maybe(visit: Visit, where: str, id_: str | None) -> Picture | None:
    """Return what an id leads to, None where there is none or it is not for this user's eyes."""
    if id_ is None:
        return None
    try:
        found: Picture = await visit.desk.get(f"{where}/{id_}")
    except Problem as problem:
        if problem.status != NOT_FOUND:
            raise
        return None
    return found


ROUTES = (
    page(f"{CUSTOMERS}/{{customer_id}}/transactions", list_of_customer),
    page(f"{TRANSACTIONS}/{{transaction_id}}", show),
)
