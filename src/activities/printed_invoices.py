"""A stored document as it is printed."""

from __future__ import annotations

from collections.abc import Iterable

from activities.printed import PrintedDocument, PrintedLine, PrintedParty
from lifecycle.invoices import DocumentKind
from storage.invoices import InvoiceLineRow, InvoiceRow


def printed(invoice: InvoiceRow, lines: Iterable[InvoiceLineRow]) -> PrintedDocument:
    """Return what a document says."""
    return PrintedDocument(
        number=invoice.number,
        kind=DocumentKind(invoice.kind),
        currency=invoice.currency,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        created_at=invoice.created_at,
        seller=_seller(invoice),
        account=PrintedParty(name=invoice.account_name, country=invoice.account_country, tax_id=invoice.account_tax_id),
        lines=tuple(_line(line) for line in lines),
        subtotal=invoice.subtotal,
        tax_rate_bp=invoice.tax_rate_bp,
        tax_note=invoice.tax_note,
        tax=invoice.tax,
        carried_credit=invoice.carried_credit,
        total=invoice.total,
    )


def _seller(invoice: InvoiceRow) -> PrintedParty | None:
    if invoice.seller_name is None or invoice.seller_country is None:
        return None
    return PrintedParty(name=invoice.seller_name, country=invoice.seller_country, tax_id=invoice.seller_tax_id)


def _line(line: InvoiceLineRow) -> PrintedLine:
    return PrintedLine(
        customer=line.customer_name,
        reseller=line.reseller_name,
        text=line.text,
        quantity=line.line.quantity,
        amount=line.line.amount,
    )
