"""Which documents an account gets over the months: credit over long times, empty months, years, disabled partners."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text, update

from lifecycle.charges import PostedLine
from storage.invoice_faults import list_invoice_faults
from storage.partners import DISABLED
from storage.tables import partners
from storage.transactions import insert_transaction, mark_refunded
from support_invoicing import Holding, charge, new_account, new_holding, refund
from support_ledger import Desk


async def new_customer(desk: Desk, *, tax_rate_bp: int = 0) -> Holding:
    async with desk.database.write() as connection:
        return await new_holding(connection, await new_account(connection, tax_rate_bp=tax_rate_bp))


async def bought(desk: Desk, holding: Holding, amount: int, month: str, *, quantity: int = 1) -> PostedLine:
    """Charge an account in a month."""
    async with desk.database.write() as connection:
        at = datetime.fromisoformat(f"{month}-05T09:00:00+00:00")
        posted = charge(holding, amount=amount, at=at, quantity=quantity)
        await insert_transaction(connection, posted)
    return posted.lines[0]


async def given_back(desk: Desk, holding: Holding, line: PostedLine, month: str) -> None:
    """Give all of a line back in a month."""
    async with desk.database.write() as connection:
        at = datetime.fromisoformat(f"{month}-20T09:00:00+00:00")
        back = refund(line, holding, amount=line.amount, quantity=line.quantity, at=at)
        await insert_transaction(connection, back)
        await mark_refunded(connection, back.lines[0])


async def documents(desk: Desk, holding: Holding) -> list[dict[str, Any]]:
    """The account's documents, oldest first."""
    answer = await desk.door.operator.get("/v1/invoices", params={"account_id": holding.account_id, "limit": 200})
    found: list[dict[str, Any]] = answer.json()["data"]
    return found[::-1]


def sums(document: dict[str, Any]) -> list[int]:
    return [document[name]["amount"] for name in ("subtotal", "tax", "carried_credit", "total")]


async def is_sound(desk: Desk) -> None:
    async with desk.database.read() as connection:
        assert await list_invoice_faults(connection) == []


async def test_a_credit_larger_than_several_months_is_carried_over_empty_months_and_the_year_until_it_is_used_up(
    desk: Desk,
) -> None:
    holding = await new_customer(desk, tax_rate_bp=1_900)
    line = await bought(desk, holding, 100_000, "2026-10")
    await desk.invoiced("2026-10")
    await given_back(desk, holding, line, "2026-11")
    # December and January are empty, and make no document.
    for month, amount in (("2026-11", 0), ("2026-12", 0), ("2027-01", 0), ("2027-02", 33_333), ("2027-03", 50_001)):
        if amount:
            await bought(desk, holding, amount, month)
        await desk.invoiced(month)
    await bought(desk, holding, 30_000, "2027-05")
    await desk.invoiced("2027-05")
    await bought(desk, holding, 7, "2027-06")
    await desk.invoiced("2027-06")

    found = await documents(desk, holding)
    assert [(document["number"], sums(document)) for document in found] == [
        ("INV-2026-000001", [100_000, 19_000, 0, 119_000]),
        ("CN-2026-000001", [-100_000, -19_000, 0, -119_000]),
        ("CN-2027-000001", [33_333, 6_333, -119_000, -79_334]),
        ("CN-2027-000002", [50_001, 9_500, -79_334, -19_833]),
        ("INV-2027-000001", [30_000, 5_700, -19_833, 15_867]),
        ("INV-2027-000002", [7, 1, 0, 8]),
    ]
    assert sum(sums(document)[0] + sums(document)[1] for document in found) == 15_867 + 8 + 119_000
    await is_sound(desk)


async def test_tax_on_a_negative_net_is_rounded_away_from_zero_as_that_of_its_charge(desk: Desk) -> None:
    holding = await new_customer(desk, tax_rate_bp=1_900)
    line = await bought(desk, holding, 150, "2026-11")  # 28.5
    await desk.invoiced("2026-11")
    await given_back(desk, holding, line, "2026-12")
    await desk.invoiced("2026-12")

    assert [sums(document) for document in await documents(desk, holding)] == [[150, 29, 0, 179], [-150, -29, 0, -179]]


async def test_numbers_begin_anew_with_the_year_of_the_month_and_not_of_the_day_of_issue(desk: Desk) -> None:
    one, other = await new_customer(desk), await new_customer(desk)
    for holding in (one, other):
        await bought(desk, holding, 100, "2026-12")
    await bought(desk, one, 200, "2027-01")
    await desk.invoiced("2026-12")
    await desk.invoiced("2027-01")

    december, january = await documents(desk, one)
    (others,) = await documents(desk, other)
    assert {december["number"], others["number"]} == {"INV-2026-000001", "INV-2026-000002"}
    assert (december["issue_date"], december["due_date"]) == ("2027-01-01", "2027-01-31")
    assert january["number"] == "INV-2027-000001"
    await is_sound(desk)


async def test_the_last_day_of_a_leap_february_is_in_it_and_the_next_month_begins_after_it(desk: Desk) -> None:
    holding = await new_customer(desk)
    async with desk.database.write() as connection:
        for day, amount in (("2028-02-29T23:59:59.999999", 1), ("2028-03-01T00:00:00", 2)):
            at = datetime.fromisoformat(f"{day}+00:00")
            await insert_transaction(connection, charge(holding, amount=amount, at=at))
    await desk.invoiced("2028-02")
    await desk.invoiced("2028-03")

    february, march = await documents(desk, holding)
    assert [sums(document)[0] for document in (february, march)] == [1, 2]
    assert (february["period_end"], february["due_date"]) == ("2028-03-01", "2028-03-31")


async def test_a_disabled_reseller_s_charges_are_on_its_distributor_s_document_with_its_name(desk: Desk) -> None:
    reseller = await desk.door.reseller()
    account_id = desk.door.distributor.partner.id
    async with desk.database.write() as connection:
        holding = await new_holding(connection, account_id, reseller_id=reseller.partner.id)
    await bought(desk, holding, 100, "2026-11")
    async with desk.database.write() as connection:
        await connection.execute(update(partners).where(partners.c.id == reseller.partner.id).values(state=DISABLED))

    (document,) = await desk.invoiced("2026-11")

    assert document["account_id"] == account_id
    assert [line["reseller_name"] for line in document["lines"]] == [reseller.partner.name]


async def test_a_disabled_account_is_still_billed(desk: Desk) -> None:
    holding = await new_customer(desk)
    await bought(desk, holding, 100, "2026-11")
    async with desk.database.write() as connection:
        await connection.execute(update(partners).where(partners.c.id == holding.account_id).values(state=DISABLED))
    await desk.invoiced("2026-11")

    assert [sums(document)[3] for document in await documents(desk, holding)] == [100]


async def test_a_document_stays_as_it_was_when_its_account_its_customer_and_its_charge_change(desk: Desk) -> None:
    holding = await new_customer(desk, tax_rate_bp=1_900)
    line = await bought(desk, holding, 1_000, "2026-11", quantity=4)
    await desk.invoiced("2026-11")
    before = await documents(desk, holding)

    async with desk.database.write() as connection:
        for change in (
            "UPDATE partners SET name = 'Another', tax_rate_bp = 0, country = 'FR' WHERE id = :account",
            "UPDATE customers SET company_name = 'Another' WHERE id = :customer",
        ):
            values = {"account": holding.account_id, "customer": holding.customer_id}
            await connection.execute(text(change), {name: values[name] for name in values if f":{name}" in change})
    await given_back(desk, holding, line, "2026-12")
    await desk.invoiced("2026-12")

    first, second = await documents(desk, holding)
    assert [first] == before
    assert (second["lines"][0]["refunds_number"], sums(second)) == (first["number"], [-1_000, 0, 0, -1_000])


async def test_a_refund_that_names_another_document_is_found(desk: Desk) -> None:
    holding = await new_customer(desk)
    line = await bought(desk, holding, 1_000, "2026-11")
    await desk.invoiced("2026-11")
    await given_back(desk, holding, line, "2026-12")
    await desk.invoiced("2026-12")
    await is_sound(desk)

    for wrong in ("'INV-2026-000009'", "NULL"):
        async with desk.database.write() as connection:
            await connection.execute(
                text(f"UPDATE invoice_lines SET refunds_number = {wrong} WHERE amount < 0")  # noqa: S608
            )
        async with desk.database.read() as connection:
            faults = await list_invoice_faults(connection)
        assert [subject for subject, what in faults if "names another document" in what] == ["CN-2026-000001"]
