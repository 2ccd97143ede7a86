"""Lists of transactions and refunds, newest first, found page by page by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.charges import Action, PostedTransaction
from lifecycle.terms import midnight
from storage.refunds import RefundRow, refund_row
from storage.subscriptions import MICROSECOND
from storage.tables import refunds, subscriptions, transaction_lines, transactions
from storage.transactions import find_transactions

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionFilter:
    """What a list is narrowed to; None does not narrow. `first` and `last` are inclusive days of `occurred_at`.

    `posted_since` keeps only what was posted since then and has certificates left to refund.
    """

    customer_id: str | None = None
    subscription_id: str | None = None
    action: str | None = None
    reference_id: str | None = None
    first: date | None = None
    last: date | None = None
    posted_since: datetime | None = None

    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """Return what holds for the rows of the list."""
        columns = transactions.c
        equal = {
            columns.customer_id: self.customer_id,
            columns.subscription_id: self.subscription_id,
            columns.action: self.action,
            columns.reference_id: self.reference_id,
        }
        found: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
        if self.first is not None:
            found.append(columns.occurred_at >= midnight(self.first))
        if self.last is not None and self.last < date.max:  # after which there is no day to end it
            found.append(columns.occurred_at < midnight(self.last) + ONE_DAY)
        if self.posted_since is not None:
            found.extend((columns.posted_at >= self.posted_since, columns.action != Action.REFUND.value, _has_left()))
        return found


@dataclass(frozen=True, slots=True)
class ListedTransaction:
    """A transaction, and how far its subscription's clock is ahead."""

    transaction: PostedTransaction
    clock_offset: timedelta


async def list_transactions(
    connection: AsyncConnection,
    visible: ColumnElement[bool],
    wanted: TransactionFilter,
    *,
    before: str | None,
    limit: int,
) -> tuple[ListedTransaction, ...]:
    """Return transactions that the caller may see, newest first, those whose id sorts before `before`."""
    query = (
        select(transactions.c.id, subscriptions.c.clock_offset_us)
        .join(subscriptions, subscriptions.c.id == transactions.c.subscription_id)
        .where(visible, *wanted.conditions())
        .order_by(transactions.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(transactions.c.id < before)
    offsets = {row.id: row.clock_offset_us * MICROSECOND for row in await connection.execute(query)}
    found = await find_transactions(connection, list(offsets))
    return tuple(ListedTransaction(transaction, offsets[transaction.id]) for transaction in found)


async def find_visible_transaction(
    connection: AsyncConnection, visible: ColumnElement[bool], transaction_id: str
) -> PostedTransaction | None:
    """Return a transaction, None when there is none that may be seen."""
    query = select(transactions.c.id).where(visible, transactions.c.id == transaction_id)
    found = await find_transactions(connection, list(await connection.scalars(query)))
    return found[0] if found else None


async def list_refunds(
    connection: AsyncConnection,
    visible: ColumnElement[bool],
    *,
    customer_id: str | None,
    before: str | None,
    limit: int,
) -> tuple[RefundRow, ...]:
    """Return refunds that the caller may see, newest first, those whose id sorts before `before`."""
    query = select(refunds).where(visible).order_by(refunds.c.id.desc()).limit(limit)
    if customer_id is not None:
        query = query.where(refunds.c.customer_id == customer_id)
    if before is not None:
        query = query.where(refunds.c.id < before)
    return tuple(refund_row(row) for row in await connection.execute(query))


def _has_left() -> ColumnElement[bool]:
    line = transaction_lines.c
    return exists().where(line.transaction_id == transactions.c.id, line.refunded_quantity < line.quantity)
