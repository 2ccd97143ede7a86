"""What becomes of a document whose mail is refused or taken, on real rows and a real mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from activities.rounds import FEWEST_TRIES
from storage.invoice_faults import list_invoice_faults
from storage.tables import partners, tellings
from storage.transactions import insert_transaction
from support_door import NOW
from support_invoicing import charge, new_account, new_holding
from support_ledger import Desk, opened_desk
from support_smtp import MailServer, mail_server

BILLS, OTHERS, OPERATOR = "bills@account.example", "billing@partner.example", "ops@ca.example"
REFUSAL = "recipient refused for good: 550 5.1.1"


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as opened:
        yield opened


@pytest.fixture
async def desk(database_url: str, server: MailServer) -> AsyncIterator[Desk]:
    """A desk whose operator has an address of its own."""
    async with opened_desk(database_url, smtp_port=server.port) as opened:
        async with opened.database.write() as connection:
            is_operator = partners.c.kind == "operator"
            await connection.execute(update(partners).where(is_operator).values(billing_contact_email=OPERATOR))
        yield opened


async def invoiced(desk: Desk) -> dict[str, Any]:
    """The document of an account that is mailed to `BILLS`."""
    async with desk.database.write() as connection:
        account_id = await new_account(connection)
        holding = await new_holding(connection, account_id)
        await insert_transaction(connection, charge(holding, amount=4_900, at=NOW))
    await desk.invoiced("2026-11")
    (found,) = (await desk.door.operator.get(f"/v1/invoices?account_id={account_id}")).json()["data"]
    return dict(found)


async def status(desk: Desk, invoice: dict[str, Any]) -> tuple[str, str | None]:
    found = (await desk.door.operator.get(f"/v1/invoices/{invoice['id']}")).json()
    return found["status"], found["emailed_at"]


async def told(desk: Desk, invoice: dict[str, Any]) -> dict[tuple[str, str], str]:
    async with desk.database.read() as connection:
        rows = await connection.execute(select(tellings).where(tellings.c.invoice_id == invoice["id"]))
        return {(row.kind, row.role): row.status for row in rows}


def words_of(server: MailServer, to: str) -> list[str]:
    """The texts that were mailed to an address, each on one line."""
    bodies = (mail.parsed.get_body(("plain",)) for mail in server.taken if mail.to == to)
    return [" ".join(body.get_content().split()) for body in bodies if body is not None]


async def test_a_billing_contact_that_is_refused_for_good_is_reported_to_the_operator_once(
    desk: Desk, server: MailServer
) -> None:
    server.recipients[BILLS] = f"550 5.1.1 <{BILLS}> is unknown here"
    invoice = await invoiced(desk)
    await desk.drain()
    await desk.drain()

    assert await told(desk, invoice) == {
        ("invoice", "billing"): "refused",
        ("document_undelivered", "operator"): "sent",
    }
    (report,) = words_of(server, OPERATOR)
    assert f"The mail of document {invoice['number']} could not be delivered to the billing contact of" in report
    assert REFUSAL in report
    assert BILLS not in report


async def test_a_document_whose_mail_reached_nobody_stays_created_and_is_paid_all_the_same(
    desk: Desk, server: MailServer
) -> None:
    server.recipients[BILLS] = "550 5.1.1 no"
    invoice = await invoiced(desk)
    await desk.drain()

    assert await status(desk, invoice) == ("created", None)
    async with desk.database.read() as connection:
        assert await list_invoice_faults(connection) == []
    paid = await desk.door.operator.post(f"/v1/invoices/{invoice['id']}/paid", headers={"Idempotency-Key": "k1"})
    assert (paid.json()["status"], paid.json()["emailed_at"]) == ("paid", None)


async def test_a_refused_billing_contact_holds_no_other_account_up(desk: Desk, server: MailServer) -> None:
    server.recipients[BILLS] = "550 5.1.1 no"
    await desk.purchase(offering="dv-automation", inventory=[{"product": "tls-dv-single", "quantity": 5}])
    refused = await invoiced(desk)
    (other,) = (await desk.door.distributor.get("/v1/invoices")).json()["data"]
    await desk.drain()

    assert (await status(desk, refused))[0] == "created"
    assert (await status(desk, other))[0] == "emailed"
    assert any(mail.message["X-Perennial-Kind"] == "invoice" for mail in server.taken if mail.to == OTHERS)


async def test_a_report_that_reaches_nobody_brings_none(desk: Desk, server: MailServer) -> None:
    server.recipients[BILLS] = server.recipients[OPERATOR] = "550 5.1.1 no"
    invoice = await invoiced(desk)
    await desk.drain()
    await desk.drain()

    assert await told(desk, invoice) == {
        ("invoice", "billing"): "refused",
        ("document_undelivered", "operator"): "refused",
    }


async def test_a_refusal_for_now_is_tried_again_for_days_and_then_reported(desk: Desk, server: MailServer) -> None:
    server.recipients[BILLS] = "451 4.7.1 later"
    invoice = await invoiced(desk)
    await desk.drain()
    assert await told(desk, invoice) == {("invoice", "billing"): "pending"}

    await make_older(desk, timedelta(days=3, hours=1), attempts=FEWEST_TRIES - 1)
    await desk.drain()
    await desk.drain()

    assert await told(desk, invoice) == {("invoice", "billing"): "failed", ("document_undelivered", "operator"): "sent"}
    assert await status(desk, invoice) == ("created", None)


async def test_a_contact_that_is_corrected_meanwhile_gets_the_same_message(desk: Desk, server: MailServer) -> None:
    server.recipients[BILLS] = "451 4.7.1 later"
    invoice = await invoiced(desk)
    await desk.drain()
    async with desk.database.write() as connection:
        mine = partners.c.id == invoice["account_id"]
        await connection.execute(update(partners).where(mine).values(billing_contact_email="new@account.example"))
    await make_older(desk, timedelta(minutes=5))
    await desk.drain()

    (mail,) = (mail for mail in server.taken if mail.to == "new@account.example")
    async with desk.database.read() as connection:
        telling_id = await connection.scalar(select(tellings.c.id).where(tellings.c.invoice_id == invoice["id"]))
    assert mail.message["Message-ID"] == f"<{telling_id}@perennial.example>"
    assert (await status(desk, invoice))[0] == "emailed"


async def make_older(desk: Desk, by: timedelta, *, attempts: int = 1) -> None:
    """As if everything had become owed so long ago, had been tried so often, and may be tried now."""
    async with desk.database.write() as connection:
        now = datetime.now(UTC)
        await connection.execute(update(tellings).values(created_at=now - by))
        await connection.execute(
            update(tellings).where(tellings.c.attempts > 0).values(next_try_at=now, attempts=attempts)
        )
