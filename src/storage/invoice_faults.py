"""What can be seen to be wrong in the stored documents; in a sound database there is none of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from sqlalchemy import Row, Select, and_, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.invoices import DUE_AFTER, DocumentKind, Taxation, document_number
from lifecycle.notices import Receiver
from lifecycle.terms import midnight
from storage.tables import invoice_counters, invoice_lines, invoices, tellings, transaction_lines, transactions


async def list_invoice_faults(connection: AsyncConnection) -> list[tuple[str, str]]:
    """Return what is wrong, as whose (an id or a number) and what."""
    found: list[tuple[str, str]] = []
    for what, query in _QUESTIONS.items():
        found.extend((str(subject), what) for subject in await connection.scalars(query()))
    async for fault in _faults_of_documents(connection):
        found.append(fault)  # noqa: PERF401 - nothing extends by an asynchronous generator
    return found


def _torn_transactions() -> Select[Any]:
    line, on = transaction_lines.c, invoice_lines.c
    joined = transactions.join(transaction_lines, line.transaction_id == transactions.c.id).outerjoin(
        invoice_lines, on.transaction_line_id == line.id
    )
    differs = func.coalesce(transactions.c.invoice_id, "") != func.coalesce(on.invoice_id, "")
    return select(transactions.c.id).select_from(joined).where(differs).distinct()


def _strange_lines() -> Select[Any]:
    line, on, head = transaction_lines.c, invoice_lines.c, transactions.c
    joined = (
        invoice_lines.join(transaction_lines, line.id == on.transaction_line_id)
        .join(transactions, head.id == line.transaction_id)
        .join(invoices, invoices.c.id == on.invoice_id)
    )
    off = or_(
        on.amount != line.amount,
        on.transaction_id != head.id,
        head.account_id != invoices.c.account_id,
        head.currency != invoices.c.currency,
    )
    return select(on.transaction_line_id).select_from(joined).where(off)


def _unbalanced_documents() -> Select[Any]:
    head, line = invoices.c, invoice_lines.c
    joined = invoices.outerjoin(invoice_lines, line.invoice_id == head.id)
    off = or_(
        head.line_count != func.count(line.position),
        head.subtotal != func.coalesce(func.sum(line.amount), 0),
    )
    return select(head.number).select_from(joined).group_by(head.number, head.line_count, head.subtotal).having(off)


def _misnamed_refunds() -> Select[Any]:
    """A refund's line names the document of what it refunds, unless that came on a later one."""
    back, charge = transactions.alias("back"), transactions.alias("charge")
    here, there = invoices.alias("here"), invoices.alias("there")
    joined = (
        invoice_lines.join(here, here.c.id == invoice_lines.c.invoice_id)
        .join(back, back.c.id == invoice_lines.c.transaction_id)
        .join(charge, charge.c.id == back.c.refunds_transaction_id)
        .join(there, there.c.id == charge.c.invoice_id)
    )
    other = func.coalesce(invoice_lines.c.refunds_number, "") != there.c.number
    return select(here.c.number).select_from(joined).where(other, there.c.chain <= here.c.chain).distinct()


def _mails_and_documents() -> Select[Any]:
    mail = and_(
        tellings.c.invoice_id == invoices.c.id,
        tellings.c.kind == invoices.c.kind,
        tellings.c.role == Receiver.BILLING.value,
    )
    joined = invoices.outerjoin(tellings, mail)
    went_out, is_said = tellings.c.sent_at.is_not(None), invoices.c.emailed_at.is_not(None)
    off = or_(tellings.c.id.is_(None), and_(went_out, not_(is_said)), and_(is_said, not_(went_out)))
    return select(invoices.c.number).select_from(joined).where(off)


_QUESTIONS: dict[str, Callable[[], Select[Any]]] = {
    "this transaction is not, line by line, on the one document that it names": _torn_transactions,
    "this line does not belong on its document as it stands there": _strange_lines,
    "the subtotal or the count of this document is not that of its lines": _unbalanced_documents,
    "a refund on this document names another document than that of what it refunds": _misnamed_refunds,
    "this document owes no mail, or says of it what is not so": _mails_and_documents,
}


async def _faults_of_documents(connection: AsyncConnection) -> AsyncIterator[tuple[str, str]]:
    """Walk every account's documents in the order in which they were posted."""
    given: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    before: Row[Any] | None = None
    latest = (
        select(func.max(transactions.c.occurred_at))
        .where(transactions.c.invoice_id == invoices.c.id)
        .scalar_subquery()
        .label("latest")
    )
    query = select(invoices, latest).order_by(invoices.c.account_id, invoices.c.chain)
    for row in await connection.execute(query):
        if before is not None and before.account_id != row.account_id:
            before = None
        for what in _faults_of(row, before):
            yield row.number, what
        given[row.kind, row.year].append(row.sequence)
        before = row
    counters = {(row.kind, row.year): row.last for row in await connection.execute(select(invoice_counters))}
    for key in sorted({*given, *counters}):
        if sorted(given[key]) != list(range(1, counters.get(key, 0) + 1)):
            yield f"{key[0]} {key[1]}", "these numbers have a hole, or their counter is not the last of them"


def _faults_of(row: Row[Any], before: Row[Any] | None) -> Iterator[str]:
    if row.tax != Taxation(rate_bp=row.tax_rate_bp, note=row.tax_note).on(row.subtotal):
        yield "the tax of this document is not that of its subtotal"
    if row.total != row.subtotal + row.tax + row.carried_credit:
        yield "the total of this document is not the sum of its parts"
    if row.chain != (1 if before is None else before.chain + 1):
        yield "a document before this one is missing"
    if row.carried_credit != min(0, 0 if before is None else before.total):
        yield "the credit that this document carries is not that of the document before"
    if row.latest is not None and row.latest >= midnight(row.period_end):
        yield "something on this document happened after its month"
    if row.due_date != row.issue_date + DUE_AFTER or row.issue_date < row.period_end:
        yield "this document was issued within its month, or is due on another day than thirty days after its issue"
    if row.number != document_number(DocumentKind(row.kind), row.period_start.year, row.sequence):
        yield "the number of this document is not that of its kind, year and place"
