"""`perennial verify` finds whatever in the database does not fit the rest of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from lifecycle.terms import midnight
from perennial.verify import verify
from support_ledger import Desk, opened_desk

SPOILT = {
    "an amount": ("UPDATE transactions SET amount = amount + 1", "not the sum of its lines"),
    "a line": ("UPDATE transaction_lines SET unit_price = unit_price - 1", "its transaction differ"),
    "a refunded total": ("UPDATE transaction_lines SET refunded_quantity = 2", "what was refunded of this line"),
    "a refund": ("UPDATE refunds SET total = total - 5", "the total of this refund"),
    "the number of an event": ("UPDATE events SET version = 9 WHERE version = 3", "without a hole"),
    "the first event": ("DELETE FROM events WHERE version = 1", "do not fold"),
    "a state": ("UPDATE subscriptions SET state = 'expired'", "its state is not"),
    "the next instant": ("UPDATE subscriptions SET next_at = NULL", "its next_at is not"),
    "a telling": ("DELETE FROM tellings WHERE kind = 'inventory_added' AND role = 'partner'", "owes inventory_added"),
    "an outcome": ("UPDATE commands SET outcome = NULL WHERE kind = 'add_inventory'", "without an outcome"),
    "a command": ("DELETE FROM commands WHERE kind = 'purchase'", "the purchase that it came from"),
    "a receiver": ("UPDATE receivers SET asleep = TRUE", "sleeps although it owes"),
    "an event's transaction": ("UPDATE events SET transaction_id = NULL", "posts nothing although it charges"),
    "a stamp": (
        "UPDATE transactions SET invoice_id = NULL WHERE action = 'purchase'",
        "the one document that it names",
    ),
    "another stamp": (
        "UPDATE transactions SET invoice_id = 'inv_0' WHERE action = 'purchase'",
        "the one document that",
    ),
    "a document's line": ("UPDATE invoice_lines SET amount = amount + 1", "does not belong on its document"),
    "a line of a document": ("DELETE FROM invoice_lines WHERE position = 1", "is not that of its lines"),
    "a document's period": ("UPDATE invoices SET period_end = '2026-11-01'", "happened after its month"),
    "a subtotal": ("UPDATE invoices SET subtotal = subtotal + 1, total = total + 1", "is not that of its lines"),
    "a tax": ("UPDATE invoices SET tax = tax + 1, total = total + 1", "the tax of this document"),
    "a carried credit": ("UPDATE invoices SET carried_credit = -1, total = total - 1", "the credit that this document"),
    "a chain": ("UPDATE invoices SET chain = 2", "a document before this one is missing"),
    "a number's place": ("UPDATE invoices SET sequence = 7", "these numbers have a hole"),
    "a number": ("UPDATE invoices SET number = 'INV-2026-000007'", "the number of this document"),
    "a number's year": ("UPDATE invoices SET period_start = '2025-11-01'", "the number of this document"),
    "a due date": ("UPDATE invoices SET due_date = '2027-01-01'", "thirty days after its issue"),
    "a day of issue": ("UPDATE invoices SET issue_date = '2026-11-30', due_date = '2026-12-30'", "within its month"),
    "a document's mail": ("DELETE FROM tellings WHERE kind = 'invoice'", "this document owes no mail"),
    "a document's way": ("UPDATE invoices SET emailed_at = created_at", "says of it what is not so"),
    "a mail's way": ("UPDATE tellings SET sent_at = created_at WHERE kind = 'invoice'", "says of it what is not so"),
    "a counter": ("UPDATE invoice_counters SET last = 9", "these numbers have a hole"),
}


async def lived(desk: Desk) -> dict[str, Any]:
    """A subscription with a life behind it: bought, added to and invoiced."""
    bought = await desk.purchase(offering="dv-automation", inventory=[{"product": "tls-dv-single", "quantity": 5}])
    path = f"/v1/subscriptions/{bought['id']}"
    added = await desk.command(f"{path}/inventory", {"add": [{"product": "tls-dv-single", "quantity": 3}]})
    await desk.go_on(bought["id"], midnight(desk.door.clock.now.date()) + timedelta(days=20))
    assert len(await desk.invoiced("2026-11")) == 1
    return added


@pytest.fixture(params=list(SPOILT.values()), ids=list(SPOILT))
def spoiling(request: pytest.FixtureRequest) -> tuple[str, str]:
    found: tuple[str, str] = request.param
    return found


async def test_a_sound_database_has_no_faults(database_url: str) -> None:
    async with opened_desk(database_url) as desk:
        await lived(desk)
        found = await verify(desk.database, None)
    assert found.faults == ()
    assert (found.subscriptions, found.events, found.transactions) == (1, 3, 2)


async def test_what_is_spoilt_is_found(database_url: str, spoiling: tuple[str, str]) -> None:
    statement, words = spoiling
    async with opened_desk(database_url) as desk:
        await lived(desk)
        async with desk.database.write() as connection:
            if "refunds" in statement:
                await connection.execute(text(A_REFUND))
            changed = await connection.execute(text(statement))
            assert changed.rowcount > 0
        found = await verify(desk.database, None)
    assert any(words in fault.what for fault in found.faults), found.faults


A_REFUND = """
INSERT INTO refunds (id, customer_id, account_id, currency, total, actor, created_at)
SELECT 'rfd_1', customer_id, account_id, currency, 0, actor, posted_at FROM transactions LIMIT 1
"""
