"""Reports and invoices are one book to the cent: by document, customer and reseller, with refunds, late postings."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import update

from storage.tables import partners
from support_ledger import Desk, opened_desk
from support_reports import DV, bought, csv_rows, refunded, report, report_pages

MONTHS = ("2026-11", "2026-12", "2027-01", "2027-02")


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


@pytest.fixture
async def documents(desk: Desk) -> list[dict[str, Any]]:
    """Three months of a distributor's business, its resellers' too, invoiced; some of it was posted too late.

    November's run comes after December's first days, and what was bought in November after it goes on December's.
    """
    random = Random(11)
    resellers = [None, *[(await desk.door.reseller(name=name)).partner.id for name in ("North", "South")]]
    async with desk.database.write() as connection:
        mine = partners.c.id == desk.door.distributor.partner.id
        await connection.execute(update(partners).where(mine).values(tax_rate_bp=1_900))
    held: list[dict[str, Any]] = []
    for number in range(6):
        one = await bought(desk, f"Company {number}", inventory=[{"product": DV, "quantity": random.randint(3, 30)}])
        held.append(one)
        patch = {"managing_partner_id": resellers[number % 3]}
        await desk.command(f"/v1/customers/{one['customer_id']}", patch, method="PATCH")
    await desk.invoiced(MONTHS[0])
    late = await bought(desk, "Late in November")
    assert late["transaction"]["occurred_at"].startswith("2026-11")
    for month in MONTHS[1:]:
        desk.door.clock.now = datetime.fromisoformat(f"{month}-01T12:00:00+00:00")
        for one in held:
            desk.door.clock.go_on(timedelta(days=random.randint(0, 4)))
            add = {
                "add": [
                    {"product": DV, "quantity": random.randint(2, 9)},
                    {"product": "tls-dv-wildcard", "quantity": 1},
                ]
            }
            if random.random() < 0.5:
                add["add"].pop()
            added = await desk.command(f"/v1/subscriptions/{one['id']}/inventory", add)
            for _ in range(random.randint(0, 2)):
                await refunded(desk, added["transaction"], 1)
        await desk.invoiced(month)
    return await desk.invoiced(MONTHS[-1])


async def test_every_document_is_the_sum_of_the_report_s_rows_that_name_it(
    desk: Desk, documents: list[dict[str, Any]]
) -> None:
    pages = await report_pages(desk.door.distributor, "transactions", 7)
    rows = [row for page in pages for row in page["data"]]
    by_number: Counter[str] = Counter()
    for row in rows:
        by_number[row["invoice"]] += row["cost"]["amount"]

    assert len(documents) == len(MONTHS)
    assert by_number == {document["number"]: document["subtotal"]["amount"] for document in documents}
    for document in documents:
        tax = (document["subtotal"]["amount"] * 1_900 * 2 + 10_000) // 20_000
        assert document["total"]["amount"] == document["subtotal"]["amount"] + tax
        lines = sorted((line["transaction_id"], line["amount"]["amount"]) for line in document["lines"])
        assert lines == sorted(
            (row["transaction_id"], product["cost"]["amount"])
            for row in rows
            if row["invoice"] == document["number"]
            for product in row["products"]
        )
    total = pages[0]["totals"][0]
    assert total["cost"]["amount"] == sum(document["subtotal"]["amount"] for document in documents)
    assert total["charged"]["amount"] + total["refunded"]["amount"] == total["cost"]["amount"]
    assert total["refunded"]["amount"] < 0


async def test_what_was_posted_late_is_told_under_its_own_day_and_on_the_next_document(
    desk: Desk, documents: list[dict[str, Any]]
) -> None:
    days = {"from": "2026-11-01", "to": "2026-11-30"}
    november = (await report(desk.door.distributor, "transactions", limit=200, **days))["data"]
    (late,) = [row for row in november if row["customer"] == "Late in November"]
    first, second = sorted(document["number"] for document in documents)[:2]
    assert {row["invoice"] for row in november if row is not late} == {first}
    assert late["invoice"] == second


async def test_csv_ties_as_json_does(desk: Desk, documents: list[dict[str, Any]]) -> None:
    sums: Counter[str] = Counter()
    for row in await csv_rows(desk.door.distributor, "transactions"):
        assert row["currency"] == "USD"
        sums[row["invoice"]] += int(Decimal(row["cost"]) * 100)
    assert sums == {document["number"]: document["subtotal"]["amount"] for document in documents}


async def test_customers_and_resellers_add_up_to_the_account(desk: Desk, documents: list[dict[str, Any]]) -> None:
    rows = (await report(desk.door.distributor, "transactions", limit=200))["data"]
    of_customers = 0
    for customer_id in {row["customer_id"] for row in rows}:
        mine = await report(desk.door.distributor, "transactions", limit=200, customer_id=customer_id)
        invoiced = [line for document in documents for line in document["lines"] if line["customer_id"] == customer_id]
        cost = mine["totals"][0]["cost"]["amount"]
        assert cost == sum(line["amount"]["amount"] for line in invoiced)
        of_customers += cost
    assert of_customers == sum(document["subtotal"]["amount"] for document in documents)
    resellers = {row["reseller"] for row in rows}
    assert {"North", "South"} < resellers
    for name in ("North", "South"):
        billed = sum(
            line["amount"]["amount"]
            for document in documents
            for line in document["lines"]
            if line["reseller_name"] == name
        )
        assert billed == sum(row["cost"]["amount"] for row in rows if row["reseller"] == name)


async def test_a_refund_is_seen_in_the_list_the_invoice_and_the_customer_s_report(
    desk: Desk, documents: list[dict[str, Any]]
) -> None:
    seat = desk.door.distributor
    refunds = (await seat.get("/v1/transactions", params={"action": "refund", "limit": "200"})).json()["data"]
    assert len(refunds) > 5
    lines = {line["transaction_id"]: line for document in documents for line in document["lines"]}
    for refund in refunds:
        (row,) = [
            row
            for row in (await report(seat, "transactions", limit=200, customer_id=refund["customer_id"]))["data"]
            if row["transaction_id"] == refund["id"]
        ]
        line = lines[refund["id"]]
        assert row["action"] == line["action"] == "refund"
        assert row["cost"] == line["amount"] == refund["amount"]
        assert refund["amount"]["amount"] < 0
        assert row["refunds_transaction_id"] == line["refunds_transaction_id"] == refund["refunds_transaction_id"]
