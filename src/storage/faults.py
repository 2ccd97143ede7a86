"""What can be seen to be wrong in the stored money, documents, commands and tellings: in a sound database nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.invoice_faults import list_invoice_faults
from storage.tables import (
    commands,
    events,
    receivers,
    refunds,
    subscriptions,
    tellings,
    transaction_lines,
    transactions,
)
from storage.tellings import PENDING

CHARGES = ("purchase", "renewal")
COMMANDS = ("cmd\\_%", "rfd\\_%")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is not as it must be: whose (an id), and what."""

    subject: str
    what: str


async def list_faults(connection: AsyncConnection) -> list[Fault]:
    """Return what is wrong, told by the tables alone."""
    found: list[Fault] = []
    for what, query in _QUESTIONS.items():
        found.extend(Fault(str(subject), what) for subject in await connection.scalars(query()))
    found.extend(await _purchases_without_effect(connection))
    found.extend(Fault(subject, what) for subject, what in await list_invoice_faults(connection))
    return found


def _unbalanced_transactions() -> Select[Any]:
    line, head = transaction_lines.c, transactions.c
    off = or_(
        func.count(line.id) == 0,
        head.amount != func.sum(line.amount),
        head.total_quantity != func.sum(line.quantity),
    )
    joined = transactions.outerjoin(transaction_lines, line.transaction_id == head.id)
    return select(head.id).select_from(joined).group_by(head.id, head.amount, head.total_quantity).having(off)


def _misrefunded_lines() -> Select[Any]:
    line, back = transaction_lines.c, transaction_lines.alias("back")
    joined = transaction_lines.outerjoin(back, back.c.refunds_line_id == line.id)
    off = or_(
        line.refunded_quantity != func.coalesce(func.sum(back.c.quantity), 0),
        line.refunded_amount != -func.coalesce(func.sum(back.c.amount), 0),
    )
    columns = (line.id, line.refunded_quantity, line.refunded_amount)
    return select(line.id).select_from(joined).group_by(*columns).having(off)


def _unbalanced_refunds() -> Select[Any]:
    joined = refunds.outerjoin(transactions, transactions.c.refund_id == refunds.c.id)
    off = refunds.c.total != func.coalesce(func.sum(transactions.c.amount), 0)
    return select(refunds.c.id).select_from(joined).group_by(refunds.c.id, refunds.c.total).having(off)


def _terms_charged_twice() -> Select[Any]:
    head = transactions.c
    charges = select(head.subscription_id).where(head.action.in_(CHARGES))
    return charges.group_by(head.subscription_id, head.term_number).having(func.count() > 1)


def _transactions_of_no_event() -> Select[Any]:
    joined = transactions.outerjoin(events, events.c.transaction_id == transactions.c.id)
    return (
        select(transactions.c.id).select_from(joined).group_by(transactions.c.id).having(func.count(events.c.kind) != 1)
    )


def _events_of_no_answer() -> Select[Any]:
    answered = exists().where(commands.c.command_id == events.c.command_id, commands.c.outcome.is_not(None))
    asked = or_(*(events.c.command_id.like(pattern, escape="\\") for pattern in COMMANDS))
    return select(events.c.subscription_id).where(asked, not_(answered)).distinct()


def _sleepers_that_owe() -> Select[Any]:
    # Written out rather than bound, as everywhere: only then SQLite uses the index of pending rows.
    pending = tellings.c.status == literal(PENDING, literal_execute=True)
    awake = exists().where(receivers.c.id == tellings.c.receiver, not_(receivers.c.asleep))
    return select(tellings.c.receiver).where(pending, not_(awake)).distinct()


_QUESTIONS: dict[str, Callable[[], Select[Any]]] = {
    "the amount or the count of this transaction is not the sum of its lines": _unbalanced_transactions,
    "what was refunded of this line is not the sum of the refunds' lines": _misrefunded_lines,
    "the total of this refund is not the sum of its transactions": _unbalanced_refunds,
    "a term of this subscription was charged twice": _terms_charged_twice,
    "this transaction was not posted by exactly one event": _transactions_of_no_event,
    "an event of this subscription came from a command without an outcome": _events_of_no_answer,
    "this receiver sleeps although it owes something": _sleepers_that_owe,
}


async def _purchases_without_effect(connection: AsyncConnection) -> list[Fault]:
    asked = and_(commands.c.kind == "purchase", commands.c.subscription_id != "", commands.c.outcome.is_not(None))
    made = exists().where(subscriptions.c.id == commands.c.subscription_id)
    query = select(commands.c.command_id, commands.c.outcome).where(asked, not_(made))
    what = "this purchase was answered, but there is no subscription"
    return [Fault(row.command_id, what) for row in await connection.execute(query) if "answer" in row.outcome]
