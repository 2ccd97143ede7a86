"""Who sees which documents, what they say, what the next one holds, and how they are paid."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from intake.invoices import bill_instant
from lifecycle.months import Month
from storage.ids import new_id
from storage.tables import audit_entries, tellings
from storage.transactions import insert_transaction, mark_refunded
from support_door import NOW, Door, Seat, problem_code
from support_invoicing import charge, new_holding, refund
from support_ledger import Desk, opened_desk

DV = {"offering": "dv-automation", "clm_tier": "essentials", "inventory": [{"product": "tls-dv-single", "quantity": 5}]}


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def invoice_of(desk: Desk, **changes: Any) -> dict[str, Any]:
    """A document of one purchase."""
    await desk.purchase(**{**DV, **changes})
    (found,) = await desk.invoiced("2026-11")
    return found


async def paid(seat: Seat, invoice: dict[str, Any], *, key: str | None = None, query: str = "") -> Any:
    headers = {"Idempotency-Key": key or new_id("key")}
    return await seat.client.post(f"/v1/invoices/{invoice['id']}/paid{query}", headers=headers)


async def test_a_document_shows_what_a_person_needs_to_check_it(desk: Desk) -> None:
    bought = await desk.purchase(**DV, reference_id="PO-1")
    (invoice,) = await desk.invoiced("2026-11")

    (line,) = invoice.pop("lines")
    posted = bought["transaction"]
    assert (line["transaction_id"], line["transaction_line_id"]) == (posted["id"], posted["lines"][0]["id"])
    assert line["text"] == (
        "Purchase, term 1: 5 x tls-dv-single (essentials) at 49.00 USD for the whole term, charged for 22 November 2026"
        " to 21 November 2027, all 365 days of the term: 5 x 49.00 = 245.00 USD. Reference ID: PO-1"
    )
    assert (line["amount"], line["unit_price"]) == (usd(24_500), usd(4_900))
    assert (line["customer_name"], line["reseller_id"], line["reseller_name"]) == ("Acme GmbH", None, None)
    assert (line["remaining_days"], line["total_days"], line["reference_id"]) == (365, 365, "PO-1")
    assert invoice == {
        "id": invoice["id"],
        "number": "INV-2026-000001",
        "kind": "invoice",
        "status": "created",
        "account_id": desk.door.distributor.partner.id,
        "period_start": "2026-11-01",
        "period_end": "2026-12-01",
        "issue_date": "2026-12-01",
        "due_date": "2026-12-31",
        "currency": "USD",
        "subtotal": usd(24_500),
        "tax_rate_bp": 0,
        "tax_note": "not_applicable",
        "tax": usd(0),
        "carried_credit": usd(0),
        "total": usd(24_500),
        "created_at": "2026-12-01T02:00:00Z",
        "emailed_at": None,
        "paid_at": None,
        "line_count": 1,
    }


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


async def test_the_account_and_the_operator_see_a_document_and_nobody_else_does(desk: Desk) -> None:
    reseller = await desk.door.reseller()
    invoice = await invoice_of(desk, customer_id=await desk.customer(managing_partner_id=reseller.partner.id))
    stranger = await desk.door.seated("distributor", name="Another")
    address = f"/v1/invoices/{invoice['id']}"

    for seat in (desk.door.distributor, desk.door.operator):
        assert (await seat.get(address)).json()["number"] == invoice["number"]
        assert len((await seat.get("/v1/invoices")).json()["data"]) == 1
    for seat in (reseller, stranger):
        assert problem_code(await seat.get(address), 404) == "not_found"
        assert problem_code(await paid(seat, invoice), 404) == "not_found"
        assert (await seat.get("/v1/invoices")).json()["data"] == []
    assert problem_code(await reseller.get("/v1/invoices/upcoming"), 404) == "not_found"
    assert (await stranger.get("/v1/invoices/upcoming")).json()["lines"] == []
    line = invoice["lines"][0]
    assert (line["reseller_id"], line["reseller_name"]) == (reseller.partner.id, reseller.partner.name)


async def test_the_operator_looks_at_the_next_document_of_any_account(desk: Desk) -> None:
    await desk.purchase(**DV)
    account_id = desk.door.distributor.partner.id

    found = await desk.door.operator.get("/v1/invoices/upcoming", params={"account_id": account_id})
    own = await desk.door.operator.get("/v1/invoices/upcoming")

    assert (found.json()["account_id"], found.json()["line_count"]) == (account_id, 1)
    assert own.json()["line_count"] == 0
    other = await desk.door.seated("distributor", name="Another")
    for unknown in (account_id, "ptn_0"):
        answer = await other.get("/v1/invoices/upcoming", params={"account_id": unknown})
        assert problem_code(answer, 404) == "not_found"


async def test_documents_are_listed_newest_first_a_page_at_a_time_and_narrowed(desk: Desk) -> None:
    seat = desk.door.distributor
    for month in ("2026-11", "2026-12", "2027-01"):
        await posted(desk, 100, month)
        await desk.invoiced(month)

    first = (await seat.get("/v1/invoices?limit=2")).json()
    rest = (await seat.get(f"/v1/invoices?limit=2&cursor={first['next_cursor']}")).json()
    december = (await seat.get("/v1/invoices?month=2026-12")).json()["data"]

    periods = [item["period_start"] for item in (*first["data"], *rest["data"])]
    assert periods == ["2027-01-01", "2026-12-01", "2026-11-01"]
    assert rest["next_cursor"] is None
    assert [item["period_start"] for item in december] == ["2026-12-01"]
    for query, count in (("kind=invoice", 3), ("kind=credit_note", 0), ("status=created", 3), ("status=paid", 0)):
        assert len((await seat.get(f"/v1/invoices?{query}")).json()["data"]) == count
    account = seat.partner.id
    assert len((await seat.get(f"/v1/invoices?account_id={account}")).json()["data"]) == 3
    assert (await seat.get("/v1/invoices?account_id=ptn_0")).json()["data"] == []


async def posted(desk: Desk, amount: int, month: str, *, lines: int = 1) -> None:
    """A charge of the distributor's in a month."""
    async with desk.database.write() as connection:
        holding = await new_holding(connection, desk.door.distributor.partner.id)
        at = datetime.fromisoformat(f"{month}-05T09:00:00+00:00")
        await insert_transaction(connection, charge(holding, amount=amount, at=at, lines=lines))


async def test_a_long_document_is_listed_without_its_lines_and_read_with_them(desk: Desk) -> None:
    await posted(desk, 100, "2026-12", lines=101)

    (listed,) = await desk.invoiced("2026-12")
    read = (await desk.door.distributor.get(f"/v1/invoices/{listed['id']}")).json()

    assert (listed["line_count"], listed["lines"], len(read["lines"])) == (101, None, 101)
    assert {**read, "lines": None} == listed


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("kind=receipt", "invalid_value"),
        ("status=lost", "invalid_value"),
        ("x=1", "unknown_parameter"),
        ("limit=0", "limit_out_of_range"),
        ("cursor=x", "invalid_cursor"),
    ],
)
async def test_a_list_says_what_is_wrong_with_a_question(door: Door, query: str, code: str) -> None:
    assert problem_code(await door.distributor.get(f"/v1/invoices?{query}"), 422) == code


async def test_a_month_is_written_as_one(door: Door) -> None:
    for month in ("2026-13", "2026-1", "december"):
        answer = await door.distributor.get("/v1/invoices", params={"month": month})
        assert problem_code(answer, 422) == "invalid_month"


async def test_an_invoice_is_paid_once_under_one_key(desk: Desk) -> None:
    seat, invoice = desk.door.distributor, await invoice_of(desk)

    first = await paid(seat, invoice, key="k1")
    again = await paid(seat, invoice, key="k1")

    assert (first.status_code, first.json()["status"]) == (200, "paid")
    assert first.json()["paid_at"] == "2026-11-22T09:30:00Z"
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert problem_code(await paid(seat, invoice, key="k2"), 409) == "invoice_already_paid"
    async with desk.database.read() as connection:
        query = select(audit_entries).where(audit_entries.c.subject_id == invoice["id"])
        (entry,) = await connection.execute(query)
    assert (entry.action, entry.before["status"], entry.after["status"]) == ("invoice.paid", "created", "paid")


async def test_paying_needs_a_key_and_the_scope_and_an_empty_body(desk: Desk) -> None:
    seat, invoice = desk.door.distributor, await invoice_of(desk)
    address = f"/v1/invoices/{invoice['id']}/paid"
    writer = await desk.door.with_key(seat.partner, ("read", "write"))

    assert problem_code(await seat.post(address), 400) == "idempotency_key_required"
    assert problem_code(await paid(writer, invoice), 403) == "missing_scope"
    extra = await seat.post(address, {"amount": 1}, headers={"Idempotency-Key": "k"})
    assert problem_code(extra, 422) == "unknown_field"
    assert problem_code(await paid(seat, {"id": "inv_0"}), 404) == "not_found"
    assert problem_code(await paid(seat, invoice, query="?x=1"), 422) == "unknown_parameter"


async def test_a_dry_payment_shows_it_and_changes_nothing(desk: Desk) -> None:
    seat, invoice = desk.door.distributor, await invoice_of(desk)

    dry = await seat.post(f"/v1/invoices/{invoice['id']}/paid?dry_run=true")

    assert (dry.status_code, dry.json()["status"], dry.json()["dry_run"]) == (200, "paid", True)
    assert (await seat.get(f"/v1/invoices/{invoice['id']}")).json() == invoice


async def test_a_credit_note_asks_for_no_money(desk: Desk) -> None:
    account_id = desk.door.distributor.partner.id
    async with desk.database.write() as connection:
        holding = await new_holding(connection, account_id)
        bought = charge(holding, amount=500, at=NOW)
        await insert_transaction(connection, bought)
    await desk.invoiced("2026-11")
    async with desk.database.write() as connection:
        back = refund(bought.lines[0], holding, amount=500, quantity=1, at=NOW + timedelta(days=20))
        await insert_transaction(connection, back)
        await mark_refunded(connection, back.lines[0])
    note, _ = await desk.invoiced("2026-12")

    assert (note["kind"], note["number"], note["total"]) == ("credit_note", "CN-2026-000001", usd(-500))
    assert note["lines"][0]["refunds_number"] == "INV-2026-000001"
    assert problem_code(await paid(desk.door.distributor, note), 409) == "nothing_to_pay"
    (mail,) = await desk.mails(kind="credit_note")
    assert mail["subject"] == "Credit note CN-2026-000001 for December 2026: -5.00 USD"
    assert "the credit of 5.00 USD is carried to the next invoice" in " ".join(mail["text"].split())


async def test_the_mail_names_number_period_total_and_due_date_and_goes_out_once(desk: Desk) -> None:
    invoice = await invoice_of(desk)

    (mail,) = await desk.mails(kind="invoice")
    again = await desk.mails(kind="invoice")
    emailed = (await desk.door.distributor.get(f"/v1/invoices/{invoice['id']}")).json()

    assert again == [mail]
    assert mail["to"] == desk.door.distributor.partner.billing_contact_email
    assert mail["subject"] == "Invoice INV-2026-000001 for November 2026: 245.00 USD, due 31 December 2026"
    words = " ".join(mail["text"].split())
    assert "Please pay 245.00 USD by 31 December 2026, naming INV-2026-000001." in words
    assert "1 November 2026 to 30 November 2026, with 1 line." in words
    assert "because of the document named above" in words
    assert (mail["invoice_id"], mail["subscription_id"], mail["sent_at"]) == (
        invoice["id"],
        None,
        invoice["created_at"],
    )
    assert emailed["status"] == "emailed"
    assert emailed["emailed_at"] is not None


async def test_the_mail_of_a_document_is_seen_by_its_account_alone(desk: Desk) -> None:
    reseller = await desk.door.reseller()
    await invoice_of(desk, customer_id=await desk.customer(managing_partner_id=reseller.partner.id))
    await desk.drain()
    stranger = await desk.door.seated("distributor", name="Another")

    for seat, count in ((desk.door.distributor, 1), (desk.door.operator, 1), (reseller, 0), (stranger, 0)):
        answer = await seat.get("/v1/sandbox/mailbox?kind=invoice")
        assert len(answer.json()["data"]) == count


async def test_one_that_is_paid_before_its_mail_went_out_stays_paid(desk: Desk) -> None:
    invoice = await invoice_of(desk)
    await paid(desk.door.distributor, invoice)

    await desk.drain()

    found = (await desk.door.distributor.get(f"/v1/invoices/{invoice['id']}")).json()
    assert found["status"] == "paid"
    assert found["emailed_at"] is not None


async def test_a_repeated_run_makes_nothing_and_mails_nothing_again(desk: Desk) -> None:
    first = await desk.invoiced("2026-11")
    await desk.purchase(**DV)

    made = [await desk.invoiced("2026-11") for _ in range(3)]

    assert first == []
    assert made[0] == made[1] == made[2]
    async with desk.database.read() as connection:
        owed = select(func.count()).select_from(tellings).where(tellings.c.invoice_id.is_not(None))
        assert await connection.scalar(owed) == 1


async def test_the_next_document_is_for_the_month_whose_run_is_still_to_come(desk: Desk) -> None:
    seat, clock = desk.door.distributor, desk.door.clock
    bought = await desk.purchase(**DV)

    upcoming: dict[str, Any] = {}
    for now, month in (
        (NOW, "2026-11"),
        (bill_instant(Month.parse("2026-11")) - timedelta(seconds=1), "2026-11"),
        (bill_instant(Month.parse("2026-11")), "2026-12"),
        (datetime.fromisoformat("2027-11-03T00:00:00+00:00"), "2027-11"),
    ):
        clock.now = now
        upcoming = (await seat.get("/v1/invoices/upcoming")).json()
        assert upcoming["period_start"] == f"{month}-01"
        actions = [line["action"] for line in upcoming["lines"]]
        assert actions == (["purchase", "renewal"] if month == "2027-11" else ["purchase"])
    assert upcoming["total"] == usd(2 * 24_500)
    assert upcoming["bill_at"] == "2027-12-01T02:00:00Z"
    assert {line["subscription_id"] for line in upcoming["lines"]} == {bought["id"]}


async def test_the_next_document_foresees_what_a_scheduled_purchase_will_charge(desk: Desk) -> None:
    await desk.purchase(**DV, start_date="2026-12-20")
    seat = desk.door.distributor
    assert (await seat.get("/v1/invoices/upcoming")).json()["lines"] == []

    desk.door.clock.now = NOW + timedelta(days=10)

    (line,) = (await seat.get("/v1/invoices/upcoming")).json()["lines"]
    assert (line["action"], line["occurred_at"], line["amount"]) == ("purchase", "2026-12-20T00:00:00Z", usd(24_500))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"month": "2027-1"}, "invalid_month"),
        ({"month": 202701}, "invalid_month"),
        ({"month": "2027-01", "x": 1}, "unknown_field"),
    ],
)
async def test_a_run_says_what_is_wrong_with_its_month(desk: Desk, body: dict[str, Any], code: str) -> None:
    assert problem_code(await desk.door.distributor.post("/v1/sandbox/invoice-runs", body), 422) == code


async def test_production_has_no_runs_to_ask_for(door: Door) -> None:
    answer = await door.distributor.post("/v1/sandbox/invoice-runs", {"month": "2027-01"})
    assert problem_code(answer, 404) == "not_found"


async def test_a_transaction_that_is_invoiced_names_its_document(desk: Desk) -> None:
    bought = await desk.purchase(**DV)
    (invoice,) = await desk.invoiced("2026-11")

    found = (await desk.door.distributor.get(f"/v1/transactions/{bought['transaction']['id']}")).json()

    assert bought["transaction"]["invoice_id"] is None
    assert found["invoice_id"] == invoice["id"]
    assert found["lines"][0]["explanation"] in invoice["lines"][0]["text"]
    assert found["explanation"] == f"Purchase, term 1. {found['lines'][0]['explanation']}"
