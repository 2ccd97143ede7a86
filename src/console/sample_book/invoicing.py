"""The book's invoices: each month in which something was charged or given back, all but the last ones paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from console.desk import Desk, Problem
from console.sample_book.progress import Progress
from lifecycle.months import Month

# What is charged after these is on the next invoice, as it would be with anybody.
MONTHS = 23
LEFT_UNPAID = 2


async def invoice(desk: Desk, begins: date, progress: Progress) -> None:
    """Make the documents of the months from the first purchase on, one after the other, and pay the older ones.

    Raises:
        Problem: the engine does not answer.
    """
    months = await _months(desk, begins)
    progress.steps += len(months)
    for month in months:
        await desk.ask("POST", "/v1/sandbox/invoice-runs", {"month": str(month)})
        progress.step(f"Invoices of {month}")
    found = (await desk.get("/v1/invoices", {"limit": 200}))["data"]
    for one in found[LEFT_UNPAID:]:
        await _paid(desk, one, progress)


async def _months(desk: Desk, begins: date) -> list[Month]:
    """The months in which something was posted; the others have no documents."""
    first, last = Month.of(begins), Month.of(begins)
    for _ in range(MONTHS):
        last = last.following()
    found: set[Month] = set()
    cursor: str | None = None
    while True:
        page = await desk.get("/v1/transactions", {"limit": 200, "cursor": cursor})
        found |= {Month.of(date.fromisoformat(one["occurred_at"][:10])) for one in page["data"]}
        cursor = page["next_cursor"]
        if cursor is None:
            return sorted(month for month in found if first <= month < last)


async def _paid(desk: Desk, document: Mapping[str, Any], progress: Progress) -> None:
    if document["kind"] != "invoice" or document["status"] == "paid" or document["total"]["amount"] <= 0:
        return
    try:
        await desk.ask("POST", f"/v1/invoices/{document['id']}/paid", {}, key=f"sample-book/{document['id']}/paid")
    except Problem as problem:
        progress.trouble(document["number"], problem)
