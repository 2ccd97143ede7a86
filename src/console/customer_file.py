"""A list of customers as CSV: a chunk for each page that the API gives, so that no length needs more memory."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from console.desk import Desk, Problem
from lifecycle.sheets import safe_text

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
LIMIT = 200
TOO_MANY, A_MOMENT = 429, 1.0  # the user's rate is shared with their other pages

_COLUMNS = (
    *("id", "company_name", "contact_name", "contact_phone", "contact_extension", "contact_email"),
    *("address_line1", "address_line2", "city", "state_province", "postal_code", "country"),
    *("managing_partner_id", "managing_partner_name", "created_at", "updated_at"),
)


async def first_customers(desk: Desk, filters: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the first page of the file's customers.

    Raises:
        Problem: the API refuses the filters.
    """
    page: Mapping[str, Any] = await desk.get("/v1/customers", {**filters, "limit": LIMIT})
    return page


async def customer_lines(
    desk: Desk, filters: Mapping[str, str], names: Mapping[str, str], *, first: Mapping[str, Any]
) -> AsyncIterator[bytes]:
    """Yield the header with the `first` page, then each further one; `names` are those of resellers by id."""
    yield _lines([_COLUMNS, *_rows(first, names)])
    page = first
    while page["next_cursor"]:
        page = await _next_page(desk, {**filters, "limit": str(LIMIT), "cursor": page["next_cursor"]})
        yield _lines(_rows(page, names))


async def _next_page(desk: Desk, asked: Mapping[str, str]) -> Mapping[str, Any]:
    while True:
        try:
            page: Mapping[str, Any] = await desk.get("/v1/customers", asked)
        except Problem as problem:
            if problem.status != TOO_MANY:
                raise
            await asyncio.sleep(A_MOMENT)
        else:
            return page


def _rows(page: Mapping[str, Any], names: Mapping[str, str]) -> Iterable[Iterable[str]]:
    for customer in page["data"]:
        named = {**customer, "managing_partner_name": names.get(customer["managing_partner_id"] or "")}
        yield [safe_text(str(named[name] or "")) for name in _COLUMNS]


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
