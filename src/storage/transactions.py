"""Posted money: transactions and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.charges import Action, PostedLine, PostedTransaction
from storage.tables import subscriptions, transaction_lines, transactions

# Built once: they are on the path of every purchase.
_INSERT, _INSERT_LINES = insert(transactions), insert(transaction_lines)
SELECT_LINES = select(
    transaction_lines,
    transactions.c.subscription_id,
    transactions.c.action,
    transactions.c.term_number,
    transactions.c.currency,
    transactions.c.posted_at,
).join(transactions, transactions.c.id == transaction_lines.c.transaction_id)


async def insert_transaction(connection: AsyncConnection, transaction: PostedTransaction) -> None:
    """Post a transaction; a second charge of the same term raises IntegrityError."""
    values = {
        "id": transaction.id,
        "subscription_id": transaction.subscription_id,
        "customer_id": transaction.customer_id,
        "account_id": transaction.account_id,
        "reseller_id": transaction.reseller_id,
        "action": transaction.action.value,
        "term_number": transaction.term_number,
        "currency": transaction.currency,
        "amount": transaction.amount,
        "total_quantity": transaction.total_quantity,
        "occurred_at": transaction.occurred_at,
        "posted_at": transaction.posted_at,
        "reference_id": transaction.reference_id,
        "actor": transaction.actor,
        "refund_id": transaction.refund_id,
        "refunds_transaction_id": transaction.refunds_transaction_id,
    }
    await connection.execute(_INSERT, values)
    lines = [_line_values(line, position) for position, line in enumerate(transaction.lines)]
    await connection.execute(_INSERT_LINES, lines)


async def mark_refunded(connection: AsyncConnection, line: PostedLine) -> None:
    """Add a refund's line to the totals of the line that it gives back."""
    original = transaction_lines.c
    await connection.execute(
        update(transaction_lines)
        .where(original.id == line.refunds_line_id)
        .values(
            refunded_quantity=original.refunded_quantity + line.quantity,
            refunded_amount=original.refunded_amount - line.amount,
        )
    )


async def find_transactions(connection: AsyncConnection, ids: Sequence[str]) -> tuple[PostedTransaction, ...]:
    """Return the transactions with their lines, in the order of `ids`; unknown ids are left out."""
    if not ids:
        return ()
    heads = {row.id: row for row in await connection.execute(select(transactions).where(transactions.c.id.in_(ids)))}
    lines = await _lines_of(connection, transaction_lines.c.transaction_id.in_(ids))
    return tuple(_transaction(heads[id_], lines.get(id_, ())) for id_ in ids if id_ in heads)


async def list_posted(connection: AsyncConnection, which: ColumnElement[bool]) -> tuple[PostedTransaction, ...]:
    """Return the transactions that meet a condition on `transactions`, however many, with their lines, by id."""
    heads = await connection.execute(select(transactions).where(which).order_by(transactions.c.id))
    lines = await _lines_of(connection, which)
    return tuple(_transaction(head, lines.get(head.id, ())) for head in heads)


async def find_lines(connection: AsyncConnection, line_ids: Sequence[str]) -> dict[str, PostedLine]:
    """Return posted lines by id."""
    query = SELECT_LINES.where(transaction_lines.c.id.in_(line_ids))
    return {row.id: posted_line(row) for row in await connection.execute(query)}


async def is_reference_used(connection: AsyncConnection, account_id: str, reference_id: str) -> bool:
    """Return whether the account used the reference before, on a transaction or a waiting purchase."""
    on_transaction = exists().where(
        transactions.c.account_id == account_id, transactions.c.reference_id == reference_id
    )
    on_subscription = exists().where(
        subscriptions.c.account_id == account_id, subscriptions.c.reference_id == reference_id
    )
    return bool((await connection.execute(select(or_(on_transaction, on_subscription)))).scalar())


async def _lines_of(connection: AsyncConnection, which: ColumnElement[bool]) -> dict[str, tuple[PostedLine, ...]]:
    query = SELECT_LINES.where(which).order_by(transaction_lines.c.transaction_id, transaction_lines.c.position)
    grouped: dict[str, tuple[PostedLine, ...]] = {}
    for row in await connection.execute(query):
        grouped[row.transaction_id] = (*grouped.get(row.transaction_id, ()), posted_line(row))
    return grouped


def _line_values(line: PostedLine, position: int) -> dict[str, Any]:
    return {
        "id": line.id,
        "transaction_id": line.transaction_id,
        "position": position,
        "product": line.product,
        "clm_tier": line.clm_tier,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "period_start": line.period_start,
        "period_end": line.period_end,
        "remaining_days": line.remaining_days,
        "total_days": line.total_days,
        "amount": line.amount,
        "refunds_line_id": line.refunds_line_id,
        "refunded_quantity": line.refunded_quantity,
        "refunded_amount": line.refunded_amount,
    }


def posted_line(row: Row[Any]) -> PostedLine:
    """Return what a row of `SELECT_LINES` holds."""
    return PostedLine(
        id=row.id,
        transaction_id=row.transaction_id,
        subscription_id=row.subscription_id,
        action=Action(row.action),
        term_number=row.term_number,
        currency=row.currency,
        posted_at=row.posted_at,
        product=row.product,
        clm_tier=row.clm_tier,
        quantity=row.quantity,
        unit_price=row.unit_price,
        period_start=row.period_start,
        period_end=row.period_end,
        remaining_days=row.remaining_days,
        total_days=row.total_days,
        amount=row.amount,
        refunded_quantity=row.refunded_quantity,
        refunded_amount=row.refunded_amount,
        refunds_line_id=row.refunds_line_id,
    )


def _transaction(row: Row[Any], lines: tuple[PostedLine, ...]) -> PostedTransaction:
    return PostedTransaction(
        id=row.id,
        action=Action(row.action),
        occurred_at=row.occurred_at,
        posted_at=row.posted_at,
        customer_id=row.customer_id,
        account_id=row.account_id,
        reseller_id=row.reseller_id,
        subscription_id=row.subscription_id,
        term_number=row.term_number,
        reference_id=row.reference_id,
        actor=row.actor,
        currency=row.currency,
        lines=lines,
        invoice_id=row.invoice_id,
        refund_id=row.refund_id,
        refunds_transaction_id=row.refunds_transaction_id,
    )
