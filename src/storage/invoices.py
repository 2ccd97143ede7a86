"""Documents as they were posted, with their lines, and how far each has come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.charges import PostedLine
from lifecycle.invoices import Document, DocumentKind, InvoiceStatus, document_number
from storage.partners import Partner
from storage.tables import invoice_counters, invoice_lines, invoices, transaction_lines, transactions
from storage.transactions import SELECT_LINES, posted_line


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """A document without its lines; amounts in minor units, `period_end` exclusive.

    `chain` counts the account's documents from one, in the order in which they were posted; what is said of the account
    and of the seller, who issued it, is that of the day of issue; there may have been no seller.
    """

    id: str
    account_id: str
    chain: int
    kind: str
    year: int
    sequence: int
    number: str
    currency: str
    period_start: date
    period_end: date
    issue_date: date
    due_date: date
    line_count: int
    subtotal: int
    tax_rate_bp: int
    tax_note: str | None
    tax: int
    carried_credit: int
    total: int
    account_name: str
    account_country: str
    account_tax_id: str | None
    seller_name: str | None
    seller_country: str | None
    seller_tax_id: str | None
    status: str
    created_at: datetime
    emailed_at: datetime | None
    paid_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLineRow:
    """A line of a document beside the transaction line that it is of."""

    position: int
    line: PostedLine
    text: str
    customer_id: str
    customer_name: str
    reseller_id: str | None
    reseller_name: str | None
    occurred_at: datetime
    reference_id: str | None
    refunds_transaction_id: str | None
    refunds_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyNames:
    """What an account's customers and resellers are called, by id."""

    customers: dict[str, str]
    resellers: dict[str, str]


async def next_sequence(connection: AsyncConnection, kind: DocumentKind, year: int) -> int:
    """Return the next number of a kind and year; others wait for it until the transaction ends, and get it if it fails.

    Call it as late as can be: whoever needs a number of the same year waits.
    """
    counter = invoice_counters.c
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    first = dialect.insert(invoice_counters).values(kind=kind.value, year=year, last=0)
    await connection.execute(first.on_conflict_do_nothing())
    taken = update(invoice_counters).where(counter.kind == kind.value, counter.year == year)
    return int(await connection.scalar(taken.values(last=counter.last + 1).returning(counter.last)) or 0)


async def insert_document(
    connection: AsyncConnection,
    document: Document,
    *,
    invoice_id: str,
    chain: int,
    sequence: int,
    account: Partner,
    seller: Partner | None,
    names: PartyNames,
    created_at: datetime,
) -> InvoiceRow:
    """Post a document; a second one of the account and month, and a line that is on another, raise IntegrityError."""
    number = document_number(document.kind, document.month.year, sequence)
    row = InvoiceRow(
        id=invoice_id,
        account_id=document.account_id,
        chain=chain,
        kind=document.kind.value,
        year=document.month.year,
        sequence=sequence,
        number=number,
        currency=document.currency,
        period_start=document.month.start,
        period_end=document.month.end,
        issue_date=document.issue_date,
        due_date=document.due_date,
        line_count=len(document.lines),
        subtotal=document.subtotal,
        tax_rate_bp=document.taxation.rate_bp,
        tax_note=document.taxation.note,
        tax=document.tax,
        carried_credit=document.carried_credit,
        total=document.total,
        account_name=account.name,
        account_country=account.country,
        account_tax_id=account.tax_id,
        seller_name=None if seller is None else seller.name,
        seller_country=None if seller is None else seller.country,
        seller_tax_id=None if seller is None else seller.tax_id,
        status=InvoiceStatus.CREATED.value,
        created_at=created_at,
        emailed_at=None,
        paid_at=None,
    )
    await connection.execute(insert(invoices).values({name: getattr(row, name) for name in row.__dataclass_fields__}))
    await connection.execute(insert(invoice_lines), _line_values(document, row, names))
    return row


async def find_document(
    connection: AsyncConnection, which: ColumnElement[bool], *, lock: bool = False
) -> InvoiceRow | None:
    """Return the one document that meets a condition on `invoices`, None when there is none."""
    query = select(invoices).where(which)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _invoice(row)


async def last_document(connection: AsyncConnection, account_id: str) -> InvoiceRow | None:
    """Return the document that an account got last, None when it has none."""
    query = select(invoices).where(invoices.c.account_id == account_id).order_by(invoices.c.chain.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _invoice(row)


async def list_documents(
    connection: AsyncConnection, which: ColumnElement[bool], *, before: str | None, limit: int
) -> tuple[InvoiceRow, ...]:
    """Return documents that meet a condition on `invoices`, newest first, those whose id sorts before `before`."""
    query = select(invoices).where(which).order_by(invoices.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(invoices.c.id < before)
    return tuple(_invoice(row) for row in await connection.execute(query))


async def count_documents(connection: AsyncConnection, which: ColumnElement[bool]) -> int:
    """Return how many documents meet a condition on `invoices`."""
    return await connection.scalar(select(func.count()).select_from(invoices).where(which)) or 0


async def list_document_lines(
    connection: AsyncConnection, invoice_ids: Sequence[str]
) -> dict[str, tuple[InvoiceLineRow, ...]]:
    """Return the lines of documents, in their order, by the document's id."""
    if not invoice_ids:
        return {}
    found: dict[str, list[InvoiceLineRow]] = {}
    for row in await connection.execute(_select_document_lines().where(invoice_lines.c.invoice_id.in_(invoice_ids))):
        found.setdefault(row.invoice_id, []).append(_invoice_line(row))
    return {invoice_id: tuple(lines) for invoice_id, lines in found.items()}


async def mark_emailed(connection: AsyncConnection, invoice_ids: Collection[str], *, at: datetime) -> None:
    """Note that the mails of these documents went out; one that is paid already stays so."""
    if invoice_ids:
        mine = invoices.c.id.in_(invoice_ids)
        await connection.execute(update(invoices).where(mine, invoices.c.emailed_at.is_(None)).values(emailed_at=at))
        created = invoices.c.status == InvoiceStatus.CREATED.value
        await connection.execute(update(invoices).where(mine, created).values(status=InvoiceStatus.EMAILED.value))


async def mark_paid(connection: AsyncConnection, invoice_id: str, *, at: datetime) -> None:
    """Note that a document is paid."""
    paid = {"status": InvoiceStatus.PAID.value, "paid_at": at}
    await connection.execute(update(invoices).where(invoices.c.id == invoice_id).values(**paid))


def _line_values(document: Document, row: InvoiceRow, names: PartyNames) -> list[dict[str, Any]]:
    return [
        {
            "invoice_id": row.id,
            "position": position,
            "transaction_line_id": line.line.id,
            "transaction_id": line.transaction.id,
            "customer_name": names.customers[line.transaction.customer_id],
            "reseller_name": names.resellers.get(line.transaction.reseller_id or ""),
            "refunds_number": row.number if line.refunds_here else line.refunds_number,
            "text": line.text,
            "amount": line.line.amount,
        }
        for position, line in enumerate(document.lines)
    ]


def _select_document_lines() -> Select[Any]:
    lines, head = invoice_lines.c, transactions.c
    return (
        SELECT_LINES.add_columns(
            *(lines.invoice_id, lines.position.label("place"), lines.text, lines.refunds_number),
            *(lines.customer_name, lines.reseller_name),
            *(head.customer_id, head.reseller_id, head.occurred_at, head.reference_id, head.refunds_transaction_id),
        )
        .join(invoice_lines, lines.transaction_line_id == transaction_lines.c.id)
        .order_by(lines.invoice_id, lines.position)
    )


def _invoice(row: Row[Any]) -> InvoiceRow:
    return InvoiceRow(**{name: getattr(row, name) for name in InvoiceRow.__dataclass_fields__})


def _invoice_line(row: Row[Any]) -> InvoiceLineRow:
    return InvoiceLineRow(
        position=row.place,
        line=posted_line(row),
        text=row.text,
        customer_id=row.customer_id,
        customer_name=row.customer_name,
        reseller_id=row.reseller_id,
        reseller_name=row.reseller_name,
        occurred_at=row.occurred_at,
        reference_id=row.reference_id,
        refunds_transaction_id=row.refunds_transaction_id,
        refunds_number=row.refunds_number,
    )
