"""How documents look to whoever reads them: plain values that serialise as they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lifecycle.charges import PostedLine
from lifecycle.invoices import Document, DocumentLine
from lifecycle.portrait import Picture, day, instant, line_picture, money
from storage.invoices import InvoiceLineRow, InvoiceRow, PartyNames


def invoice_picture(invoice: InvoiceRow, lines: Sequence[InvoiceLineRow] | None) -> Picture:
    """Return a posted document; `lines` None where they are too many to be shown here."""
    return {
        "id": invoice.id,
        "number": invoice.number,
        "kind": invoice.kind,
        "status": invoice.status,
        "account_id": invoice.account_id,
        "period_start": day(invoice.period_start),
        "period_end": day(invoice.period_end),
        "issue_date": day(invoice.issue_date),
        "due_date": day(invoice.due_date),
        "currency": invoice.currency,
        "subtotal": money(invoice.subtotal, invoice.currency),
        "tax_rate_bp": invoice.tax_rate_bp,
        "tax_note": invoice.tax_note,
        "tax": money(invoice.tax, invoice.currency),
        "carried_credit": money(invoice.carried_credit, invoice.currency),
        "total": money(invoice.total, invoice.currency),
        "created_at": instant(invoice.created_at),
        "emailed_at": instant(invoice.emailed_at),
        "paid_at": instant(invoice.paid_at),
        "line_count": invoice.line_count,
        "lines": None if lines is None else [_posted_line(line) for line in lines],
    }


def upcoming_picture(document: Document, names: PartyNames, *, bill_at: datetime) -> Picture:
    """Return what the next document would be; what is not posted yet has no ids."""
    currency = document.currency
    return {
        "id": None,
        "number": None,
        "kind": document.kind.value,
        "status": None,
        "account_id": document.account_id,
        "period_start": day(document.month.start),
        "period_end": day(document.month.end),
        "bill_at": instant(bill_at),
        "issue_date": day(document.issue_date),
        "due_date": day(document.due_date),
        "currency": currency,
        "subtotal": money(document.subtotal, currency),
        "tax_rate_bp": document.taxation.rate_bp,
        "tax_note": document.taxation.note,
        "tax": money(document.tax, currency),
        "carried_credit": money(document.carried_credit, currency),
        "total": money(document.total, currency),
        "line_count": len(document.lines),
        "lines": [_unposted_line(line, names) for line in document.lines],
    }


def _posted_line(line: InvoiceLineRow) -> Picture:
    return {
        **_line(line.line),
        "text": line.text,
        "occurred_at": instant(line.occurred_at),
        "customer_id": line.customer_id,
        "customer_name": line.customer_name,
        "reseller_id": line.reseller_id,
        "reseller_name": line.reseller_name,
        "reference_id": line.reference_id,
        "refunds_transaction_id": line.refunds_transaction_id,
        "refunds_number": line.refunds_number,
    }


def _unposted_line(line: DocumentLine, names: PartyNames) -> Picture:
    transaction = line.transaction
    return {
        **_line(line.line),
        "text": line.text,
        "occurred_at": instant(transaction.occurred_at),
        "customer_id": transaction.customer_id,
        "customer_name": names.customers[transaction.customer_id],
        "reseller_id": transaction.reseller_id,
        "reseller_name": names.resellers.get(transaction.reseller_id or ""),
        "reference_id": transaction.reference_id,
        "refunds_transaction_id": transaction.refunds_transaction_id,
        "refunds_number": line.refunds_number,
    }


def _line(line: PostedLine) -> Picture:
    return {
        "transaction_id": line.transaction_id or None,
        "transaction_line_id": line.id or None,
        "subscription_id": line.subscription_id,
        "action": line.action.value,
        "term_number": line.term_number,
        **line_picture(line, line.currency),
    }
