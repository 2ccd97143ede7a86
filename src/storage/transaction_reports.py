"""The report on transactions: one row a transaction, refunds too, newest first, found page by page by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.report_selection import Selection
from storage.rows import values_of
from storage.tables import customers, invoices, partners, transaction_lines, transactions


@dataclass(frozen=True, slots=True)
class ReportedLine:
    """A product of a transaction: so many certificates, for this much in minor units."""

    product: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTransaction:
    """A row of the report. `reseller_id` is that of the transaction's time, `reseller` its name if it may be read.

    `invoice` is the number of the document that it is on, None while it is on none or on one that may not be seen.
    """

    id: str
    action: str
    occurred_at: datetime
    customer_id: str
    customer: str
    reseller_id: str | None
    reseller: str | None
    subscription_id: str
    term_number: int
    currency: str
    total_quantity: int
    amount: int
    actor: str
    reference_id: str | None
    refunds_transaction_id: str | None
    invoice_id: str | None
    invoice: str | None
    lines: tuple[ReportedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionTotal:
    """What all transactions of a report in one currency come to, in minor units; `refunded` is not positive."""

    currency: str
    count: int
    charged: int
    refunded: int


async def list_reported_transactions(
    connection: AsyncConnection, selection: Selection, *, before: str | None, limit: int
) -> tuple[ReportedTransaction, ...]:
    """Return rows of the report, those whose id sorts before `before`."""
    query = _heads().where(*selection.of_transactions()).order_by(transactions.c.id.desc()).limit(limit)
    query = query.outerjoin(partners, and_(partners.c.id == transactions.c.reseller_id, selection.named))
    query = query.outerjoin(invoices, and_(invoices.c.id == transactions.c.invoice_id, selection.documents))
    if before is not None:
        query = query.where(transactions.c.id < before)
    heads = [values_of(row) for row in await connection.execute(query)]
    lines = await _lines_of(connection, [head["id"] for head in heads])
    return tuple(ReportedTransaction(**head, lines=tuple(lines[head["id"]])) for head in heads)


async def total_transactions(connection: AsyncConnection, selection: Selection) -> tuple[TransactionTotal, ...]:
    """Return what the whole report comes to, by currency."""
    amount = transactions.c.amount
    query = (
        select(
            transactions.c.currency,
            func.count().label("count"),
            func.sum(case((amount > 0, amount), else_=0)).label("charged"),
            func.sum(case((amount < 0, amount), else_=0)).label("refunded"),
        )
        .where(*selection.of_transactions())
        .group_by(transactions.c.currency)
        .order_by(transactions.c.currency)
    )
    return tuple(
        TransactionTotal(
            currency=row.currency,
            count=values_of(row)["count"],
            charged=int(row.charged),
            refunded=int(row.refunded),
        )
        for row in await connection.execute(query)
    )


def _heads() -> Select[Any]:
    own = (
        *("id", "action", "occurred_at", "customer_id", "reseller_id", "subscription_id", "term_number", "currency"),
        *("total_quantity", "amount", "actor", "reference_id", "refunds_transaction_id"),
    )
    company = customers.alias("company")
    return select(
        *(transactions.c[name] for name in own),
        company.c.company_name.label("customer"),
        partners.c.name.label("reseller"),
        invoices.c.id.label("invoice_id"),
        invoices.c.number.label("invoice"),
    ).join_from(transactions, company, company.c.id == transactions.c.customer_id)


async def _lines_of(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[ReportedLine]]:
    line = transaction_lines.c
    query = (
        select(line.transaction_id, line.product, line.quantity, line.amount)
        .where(line.transaction_id.in_(ids))
        .order_by(line.transaction_id, line.position)
    )
    found: dict[str, list[ReportedLine]] = {id_: [] for id_ in ids}
    for row in await connection.execute(query):
        found[row.transaction_id].append(ReportedLine(row.product, row.quantity, row.amount))
    return found
