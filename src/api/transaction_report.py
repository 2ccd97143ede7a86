"""The report on transactions as its readers see it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from api.report import Place, Report
from api.report_cells import Column
from api.report_totals import Totals
from api.shapes.reports import TransactionTotal
from intake.sight import visible_transactions
from lifecycle.money import Money
from lifecycle.portrait import Picture, instant, money
from storage.report_selection import Selection
from storage.transaction_reports import (
    ReportedTransaction,
    list_reported_transactions,
    total_transactions,
)


async def _rows(
    connection: AsyncConnection, selection: Selection, after: Place | None, limit: int
) -> tuple[ReportedTransaction, ...]:
    before = None if after is None else after[0]
    return await list_reported_transactions(connection, selection, before=before, limit=limit)


async def _totals(connection: AsyncConnection, selection: Selection) -> list[Picture]:
    return [
        {
            "currency": total.currency,
            "count": total.count,
            "charged": money(total.charged, total.currency),
            "refunded": money(total.refunded, total.currency),
            "cost": money(total.charged + total.refunded, total.currency),
        }
        for total in await total_transactions(connection, selection)
    ]


def _picture(row: ReportedTransaction) -> Picture:
    return {
        "customer": row.customer,
        "customer_id": row.customer_id,
        "reseller": row.reseller,
        "reseller_id": row.reseller_id,
        "subscription_id": row.subscription_id,
        "term_number": row.term_number,
        "products": [
            {"product": line.product, "quantity": line.quantity, "cost": money(line.amount, row.currency)}
            for line in row.lines
        ],
        "transaction_id": row.id,
        "action": row.action,
        "date": row.occurred_at.date().isoformat(),
        "occurred_at": instant(row.occurred_at),
        "total_quantity": row.total_quantity,
        "cost": money(row.amount, row.currency),
        "user": row.actor,
        "reference_id": row.reference_id,
        "refunds_transaction_id": row.refunds_transaction_id,
        "invoice": row.invoice,
        "invoice_id": row.invoice_id,
    }


def _products(row: ReportedTransaction) -> str:
    return "; ".join(f"{line.product} x {line.quantity}" for line in row.lines)


TRANSACTIONS = Report[ReportedTransaction](
    name="transactions",
    visible=visible_transactions,
    columns=(
        Column("customer", lambda row: row.customer),
        Column("customer_id", lambda row: row.customer_id),
        Column("reseller", lambda row: row.reseller),
        Column("products", _products),
        Column("transaction_id", lambda row: row.id),
        Column("action", lambda row: row.action),
        Column("date", lambda row: row.occurred_at.date()),
        Column("total_quantity", lambda row: row.total_quantity),
        Column("cost", lambda row: Money(row.amount, row.currency)),
        Column("currency", lambda row: row.currency),
        Column("user", lambda row: row.actor),
        Column("reference_id", lambda row: row.reference_id),
        Column("invoice", lambda row: row.invoice),
        Column("subscription_id", lambda row: row.subscription_id),
        Column("term_number", lambda row: row.term_number),
        Column("occurred_at", lambda row: row.occurred_at),
        Column("refunds_transaction_id", lambda row: row.refunds_transaction_id),
    ),
    rows=_rows,
    totals=_totals,
    of_totals=Totals(TransactionTotal),
    picture=_picture,
    place=lambda row: (row.id,),
)
