"""A book of purchases, additions and refunds at the desk, and reports read in each of their forms."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

import httpx2

from support_door import Seat
from support_ledger import Desk

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DV, OV = "tls-dv-single", "tls-ov-single"
ACTIVE_AT_ONCE: dict[str, Any] = {
    "offering": "dv-automation",
    "inventory": [{"product": DV, "quantity": 5}],
    "eca_acceptor_email": None,
}


async def bought(desk: Desk, company: str, **changes: Any) -> dict[str, Any]:
    """A subscription of a new customer that is active at once."""
    order = {name: value for name, value in {**ACTIVE_AT_ONCE, **changes}.items() if value is not None}
    customer = await desk.customer(company_name=company)
    answer = await desk.command(
        "/v1/subscriptions",
        {"term_months": 12, "clm_tier": "professional", "renewal_mode": "auto"} | order | {"customer_id": customer},
    )
    assert answer["state"] == "active"
    return answer


async def refunded(desk: Desk, transaction: dict[str, Any], quantity: int) -> dict[str, Any]:
    """Give back so many certificates of a transaction's first line; the refund's transaction."""
    line = {"transaction_line_id": transaction["lines"][0]["id"], "quantity": quantity}
    answer = await desk.command("/v1/refunds", {"lines": [line]})
    found: dict[str, Any] = answer["transactions"][0]
    return found


async def report(seat: Seat, name: str, **query: Any) -> dict[str, Any]:
    """A page of a report."""
    answer = await seat.get(f"/v1/reports/{name}", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


async def report_pages(seat: Seat, name: str, limit: int) -> list[dict[str, Any]]:
    """Every page of a report."""
    pages = [await report(seat, name, limit=limit)]
    while (cursor := pages[-1]["next_cursor"]) is not None:
        pages.append(await report(seat, name, limit=limit, cursor=cursor))
    return pages


async def report_file(seat: Seat, name: str, media_type: str, **query: Any) -> httpx2.Response:
    """A whole report as a file."""
    answer = await seat.get(f"/v1/reports/{name}", params=query, headers={"Accept": media_type})
    assert answer.status_code == 200, answer.text
    return answer


async def csv_rows(seat: Seat, name: str, **query: Any) -> list[dict[str, str]]:
    """The rows of a report in CSV, by the names of its columns."""
    answer = await report_file(seat, name, CSV, **query)
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8"), newline="")))


def costs(rows: list[dict[str, Any]]) -> Counter[str]:
    """The sums of a report's rows, by currency."""
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row["cost"]["currency"]] += row["cost"]["amount"]
    return sums
