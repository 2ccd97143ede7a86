"""What refunds give back: the line that each of their lines is of, and what was given back of that before."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.charges import PostedLine
from lifecycle.explain import GivenBack
from storage.tables import events, invoices, transaction_lines, transactions
from storage.transactions import SELECT_LINES, posted_line


async def list_given_back(
    connection: AsyncConnection, which: ColumnElement[bool], *, documents: ColumnElement[bool]
) -> dict[str, GivenBack]:
    """Return what is given back, by the id of the refund's line, for refunds that meet a condition on `transactions`.

    The refunds of a line stand in the order in which they were posted, on their subscription's clock, which never
    runs back but may stand: then by the number of their event. Other refunds of the same lines are in the answer too.
    `documents` holds for the invoices whose numbers may be named.
    """
    refunded = (
        select(transaction_lines.c.refunds_line_id)
        .join(transactions, transactions.c.id == transaction_lines.c.transaction_id)
        .where(which, transaction_lines.c.refunds_line_id.is_not(None))
        .correlate(None)
    )
    originals = await _originals(connection, refunded, documents)
    event, head = events.c, transactions.c
    posted_by = and_(event.subscription_id == head.subscription_id, event.transaction_id == head.id)
    query = (
        SELECT_LINES.outerjoin(events, posted_by)
        .where(transaction_lines.c.refunds_line_id.in_(refunded))
        .order_by(head.posted_at, event.version, transaction_lines.c.id)
    )
    earlier: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    found: dict[str, GivenBack] = {}
    for row in await connection.execute(query):
        original, document = originals[row.refunds_line_id]
        quantity, amount = earlier[original.id]
        found[row.id] = GivenBack(
            original=original, earlier_quantity=quantity, earlier_amount=amount, document=document
        )
        earlier[original.id] = (quantity + row.quantity, amount - row.amount)
    return found


async def _originals(
    connection: AsyncConnection, refunded: Select[tuple[str | None]], documents: ColumnElement[bool]
) -> dict[str, tuple[PostedLine, str | None]]:
    query = (
        SELECT_LINES.add_columns(invoices.c.number.label("document"))
        .outerjoin(invoices, and_(invoices.c.id == transactions.c.invoice_id, documents))
        .where(transaction_lines.c.id.in_(refunded))
    )
    return {row.id: (posted_line(row), row.document) for row in await connection.execute(query)}
