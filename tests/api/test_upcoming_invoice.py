"""What the next document holds: of which month, what is foreseen and what is not, and beside a run that is at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from lifecycle.terms import midnight
from storage.transactions import insert_transaction, mark_refunded
from support_door import NOW
from support_invoicing import charge, new_holding, refund
from support_ledger import ACCEPTOR, Desk, opened_desk

DV = {"offering": "dv-automation", "clm_tier": "essentials", "inventory": [{"product": "tls-dv-single", "quantity": 5}]}
FIVE = {"amount": 24_500, "currency": "USD"}
NOTHING = {"amount": 0, "currency": "USD"}
IN_LAST_MONTH = datetime.fromisoformat("2027-11-03T00:00:00+00:00")  # of a term that began on NOW


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def upcoming(desk: Desk) -> dict[str, Any]:
    answer = await desk.door.distributor.get("/v1/invoices/upcoming")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_is_bought_after_the_months_document_was_made_is_on_the_next_months(desk: Desk) -> None:
    await desk.purchase(**DV)
    await desk.invoiced("2026-11")
    await desk.purchase(**DV, customer_id=await desk.customer(company_name="Beta SA"))

    foreseen = await upcoming(desk)
    again, (december, _) = await desk.invoiced("2026-11"), await desk.invoiced("2026-12")

    assert len(again) == 1
    assert (foreseen["period_start"], foreseen["bill_at"]) == ("2026-12-01", "2027-01-01T02:00:00Z")
    for name in ("period_start", "period_end", "issue_date", "due_date", "subtotal", "tax", "total", "line_count"):
        assert foreseen[name] == december[name]


async def test_a_renewal_that_is_switched_off_or_held_is_not_foreseen(desk: Desk) -> None:
    bought = await desk.purchase(**DV)
    await desk.invoiced("2026-11")
    await desk.go_on(bought["id"], IN_LAST_MONTH)
    path = f"/v1/subscriptions/{bought['id']}"
    assert [line["action"] for line in (await upcoming(desk))["lines"]] == ["renewal"]

    await desk.command(f"{path}/renewal-mode", {"renewal_mode": "one_time"}, method="PUT")
    switched_off = await upcoming(desk)
    await desk.command(f"{path}/renewal-mode", {"renewal_mode": "auto"}, method="PUT")
    await desk.command(f"{path}/suspend", {})
    held = await upcoming(desk)
    await desk.command(f"{path}/enable", {})
    enabled = await upcoming(desk)

    assert (switched_off["lines"], held["lines"], switched_off["total"], held["total"]) == ([], [], NOTHING, NOTHING)
    assert ([line["action"] for line in enabled["lines"]], enabled["total"]) == (["renewal"], FIVE)


async def test_a_held_renewal_that_is_enabled_is_on_it_from_then_on(desk: Desk) -> None:
    bought = await desk.purchase(**DV)
    await desk.invoiced("2026-11")
    path = f"/v1/subscriptions/{bought['id']}"
    await desk.command(f"{path}/suspend", {})
    await desk.go_on(bought["id"], midnight(NOW.date()) + timedelta(days=370))
    assert (await upcoming(desk))["lines"] == []

    await desk.command(f"{path}/enable", {})

    (line,) = (await upcoming(desk))["lines"]
    assert (line["action"], line["amount"], line["term_number"]) == ("renewal", FIVE, 2)
    assert line["transaction_id"] is not None


async def test_what_waits_for_its_agreement_is_not_foreseen_and_what_was_agreed_is(desk: Desk) -> None:
    order = {
        "offering": "managed-tls",
        "clm_tier": "essentials",
        "inventory": [{"product": "tls-ov-single", "quantity": 2}],
        "start_date": "2026-11-28",
    }
    bought = await desk.purchase(**order, eca_acceptor_email=ACCEPTOR)
    assert (await upcoming(desk))["lines"] == []

    accepted = await desk.browser().post(
        f"{await desk.link(bought['id'])}/accept",
        json={"name": "Erika Muster", "job_title": "Counsel", "may_bind": True},
    )

    assert accepted.status_code in {200, 303}, accepted.text
    (line,) = (await upcoming(desk))["lines"]
    assert (line["action"], line["occurred_at"], line["amount"]["amount"]) == (
        "purchase",
        "2026-11-28T00:00:00Z",
        25_800,
    )


async def test_a_renewal_at_the_first_instant_of_the_next_month_is_on_the_document_after(desk: Desk) -> None:
    desk.door.clock.now = datetime.fromisoformat("2026-12-01T09:00:00+00:00")
    bought = await desk.purchase(**DV)
    await desk.invoiced("2026-12")

    await desk.go_on(bought["id"], datetime.fromisoformat("2027-11-30T23:59:59+00:00"))
    before = await upcoming(desk)
    await desk.go_on(bought["id"], datetime.fromisoformat("2027-12-01T01:59:59+00:00"))
    posted = await upcoming(desk)
    await desk.go_on(bought["id"], datetime.fromisoformat("2027-12-01T02:00:00+00:00"))
    after = await upcoming(desk)

    assert (before["period_start"], before["lines"]) == ("2027-11-01", [])
    assert (posted["period_start"], posted["lines"]) == ("2027-11-01", [])
    assert (after["period_start"], [line["occurred_at"] for line in after["lines"]]) == (
        "2027-12-01",
        ["2027-12-01T00:00:00Z"],
    )


async def test_beside_a_run_it_shows_all_of_what_is_invoiced_or_nothing(desk: Desk) -> None:
    """Charges that are refunded at once, of month after month, are looked at while the runs take them."""
    shown: set[tuple[int, int]] = set()
    for index in range(12):
        month, at = f"{2028 + index // 12}-{index % 12 + 1:02}", NOW + timedelta(days=-index)
        async with desk.database.write() as connection:
            holding = await new_holding(connection, desk.door.distributor.partner.id)
            for _ in range(20):
                bought = charge(holding, amount=500, at=at)
                await insert_transaction(connection, bought)
                back = refund(bought.lines[0], holding, amount=500, quantity=1, at=at)
                await insert_transaction(connection, back)
                await mark_refunded(connection, back.lines[0])
        run = asyncio.create_task(desk.invoiced(month))
        while not run.done():
            found = await upcoming(desk)
            shown.add((found["line_count"], len({line["transaction_id"] for line in found["lines"]})))
        await run

    assert shown == {(40, 40), (0, 0)}
