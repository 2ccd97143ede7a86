"""`/v1/invoices/{id}.pdf`: who gets it, what its lines say, and that it never changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from storage.partners import DISABLED, OPERATOR
from storage.tables import customers, partners
from support_documents import words_on
from support_door import Seat, problem_code
from support_ledger import Desk, opened_desk
from support_reports import DV, bought, refunded


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def pdf(seat: Seat, invoice: dict[str, Any]) -> bytes:
    answer = await seat.get(f"/v1/invoices/{invoice['id']}.pdf")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'inline; filename="{invoice["number"]}.pdf"'
    return answer.content


async def test_a_line_says_what_a_person_needs_to_check_it_in_the_words_of_the_explanation(desk: Desk) -> None:
    one = await bought(desk, "Łódź Żółć", reference_id="PO-1")
    desk.door.clock.go_on(timedelta(days=3))
    add = {"add": [{"product": DV, "quantity": 7}], "reference_id": "PO-2"}
    added = await desk.command(f"/v1/subscriptions/{one['id']}/inventory", add)
    (november,) = await desk.invoiced("2026-11")
    desk.door.clock.go_on(timedelta(days=10))
    back = await refunded(desk, added["transaction"], 2)
    again = await refunded(desk, added["transaction"], 3)
    december = (await desk.invoiced("2026-12"))[0]

    first, second = (
        words_on(await pdf(desk.door.distributor, november)),
        words_on(await pdf(desk.door.distributor, december)),
    )

    assert "7 x tls-dv-single (professional) at 69.00 USD for the whole term" in first
    assert "charged for 25 November 2026 to 21 November 2027, 362 of the 365 days of the term" in first
    assert "Reference ID: PO-1" in first
    assert "Reference ID: PO-2" in first
    assert f"Refund of {added['transaction']['id']} on {november['number']}: 2 of 7" in second
    assert "less 136.87 given back before = 205.29 USD" in second
    for told, ids in (
        (first, (one["transaction"]["id"], added["transaction"]["id"])),
        (second, (back["id"], again["id"])),
    ):
        for id_ in ids:
            found = (await desk.door.distributor.get(f"/v1/transactions/{id_}")).json()
            title, _, rest = found["explanation"].partition(". ")
            # Where a line of the page ends is not said.
            assert f"{title}: {rest}".replace(" ", "") in told.replace(" ", "")
            assert found["lines"][0]["explanation"] == rest


async def test_its_sums_are_the_document_s(desk: Desk) -> None:
    async with desk.database.write() as connection:
        await connection.execute(
            update(partners).where(partners.c.id == desk.door.distributor.partner.id).values(tax_rate_bp=1_950)
        )
    await bought(desk, "Acme")
    (invoice,) = await desk.invoiced("2026-11")
    told = words_on(await pdf(desk.door.distributor, invoice))
    assert "Subtotal 345.00 USD Tax 19.5 % 67.28 USD Total due 412.28 USD" in told
    assert "Due 31 December 2026" in told
    assert (invoice["subtotal"]["amount"], invoice["tax"]["amount"], invoice["total"]["amount"]) == (34500, 6728, 41228)


async def test_it_is_the_same_file_whatever_changed_since(desk: Desk) -> None:
    await bought(desk, "Acme")
    (invoice,) = await desk.invoiced("2026-11")
    before = await pdf(desk.door.distributor, invoice)

    await desk.mails(kind="invoice")
    paid = {"Idempotency-Key": "paid-1"}
    assert (await desk.door.distributor.post(f"/v1/invoices/{invoice['id']}/paid", headers=paid)).status_code == 200
    async with desk.database.write() as connection:
        renamed = {"name": "Somebody else", "country": "FR", "tax_id": "FR-1"}
        await connection.execute(update(partners).values(**renamed))
        await connection.execute(update(customers).values(company_name="Another"))
    desk.door.clock.go_on(timedelta(days=400))

    assert await pdf(desk.door.distributor, invoice) == before
    assert "The CA" in words_on(before)


async def test_only_the_account_and_the_operator_get_it(desk: Desk) -> None:
    reseller, stranger = await desk.door.reseller(), await desk.door.seated("distributor", name="Another")
    one = await bought(desk, "Acme")
    patch = {"managing_partner_id": reseller.partner.id}
    await desk.command(f"/v1/customers/{one['customer_id']}", patch, method="PATCH")
    (invoice,) = await desk.invoiced("2026-11")
    path = f"/v1/invoices/{invoice['id']}.pdf"

    assert await pdf(desk.door.operator, invoice) == await pdf(desk.door.distributor, invoice)
    for seat in (reseller, stranger):
        assert problem_code(await seat.get(path), 404) == "not_found"
    writer = await desk.door.with_key(desk.door.distributor.partner, ("write",))
    assert problem_code(await writer.get(path), 403) == "missing_scope"
    assert problem_code(await desk.door.client().get(path), 401) == "unauthenticated"
    for unknown in ("inv_0", "x", "..%2f..%2fetc"):
        assert problem_code(await desk.door.operator.get(f"/v1/invoices/{unknown}.pdf"), 404) == "not_found"
    assert problem_code(await desk.door.distributor.get(f"{path}?page=1"), 422) == "unknown_parameter"


async def test_a_disabled_partner_gets_none(desk: Desk) -> None:
    await bought(desk, "Acme")
    (invoice,) = await desk.invoiced("2026-11")
    async with desk.database.write() as connection:
        await connection.execute(update(partners).where(partners.c.kind != OPERATOR).values(state=DISABLED))
    answer = await desk.door.distributor.get(f"/v1/invoices/{invoice['id']}.pdf")
    assert problem_code(answer, 403) == "partner_disabled"


async def test_head_says_how_long_it_is(desk: Desk) -> None:
    await bought(desk, "Acme")
    (invoice,) = await desk.invoiced("2026-11")
    head = await desk.door.distributor.client.head(f"/v1/invoices/{invoice['id']}.pdf")
    assert head.content == b""
    assert int(head.headers["content-length"]) == len(await pdf(desk.door.distributor, invoice))


async def test_names_in_every_script_go_into_a_document_and_a_missing_letter_is_seen(desk: Desk) -> None:
    names = ("Ελληνική Α.Ε.", "ООО «Ромашка»", "株式会社日本認証", "한국인증", "Rocket 🚀 Ltd")
    for name in names:
        await bought(desk, name)
    (invoice,) = await desk.invoiced("2026-11")
    told = words_on(await pdf(desk.door.distributor, invoice))
    for name in names:
        assert name.replace("🚀", "\ufffd") in told
    assert [line["customer_name"] for line in invoice["lines"]] == list(names)
