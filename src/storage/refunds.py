"""Refunds: the head over one or more refund transactions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.charges import PostedTransaction
from storage.tables import refunds, transactions
from storage.transactions import list_posted


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


async def find_refund(connection: AsyncConnection, refund_id: str, visible: ColumnElement[bool]) -> RefundRow | None:
    """Return a refund, None when there is none that is `visible`."""
    row = (await connection.execute(select(refunds).where(refunds.c.id == refund_id, visible))).one_or_none()
    return None if row is None else refund_row(row)


async def find_refund_transactions(
    connection: AsyncConnection, refund_ids: Collection[str]
) -> dict[str, list[PostedTransaction]]:
    """Return the transactions of refunds by the refund's id, each refund's sorted by their own."""
    found: dict[str, list[PostedTransaction]] = {refund_id: [] for refund_id in refund_ids}
    for transaction in await list_posted(connection, transactions.c.refund_id.in_(refund_ids)):
        if transaction.refund_id is not None:
            found[transaction.refund_id].append(transaction)
    return found
