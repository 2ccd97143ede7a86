"""Refunds: the head over one or more refund transactions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.charges import PostedTransaction
from storage.tables import refunds, transactions
from storage.transactions import find_transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRow:
    """One refund; `total` in minor units, negative."""

    id: str
    customer_id: str
    account_id: str
    reseller_id: str | None
    reason: str | None
    reference_id: str | None
    currency: str
    total: int
    actor: str
    created_at: datetime


def refund_row(row: Row[Any]) -> RefundRow:
    """Return what a row of the table holds."""
    return RefundRow(**{name: getattr(row, name) for name in RefundRow.__dataclass_fields__})


async def insert_refund(connection: AsyncConnection, refund: RefundRow) -> None:
    """Store the head of a refund."""
    await connection.execute(
        insert(refunds).values({name: getattr(refund, name) for name in RefundRow.__dataclass_fields__})
    )


async def find_refund_transactions(connection: AsyncConnection, refund_id: str) -> tuple[PostedTransaction, ...]:
    """Return the transactions of a refund."""
    query = select(transactions.c.id).where(transactions.c.refund_id == refund_id).order_by(transactions.c.id)
    return await find_transactions(connection, list(await connection.scalars(query)))
