"""Documents to print, and what is read from the pages of a PDF."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pypdf

from activities.printed import PrintedDocument, PrintedLine, PrintedParty
from lifecycle.invoices import DocumentKind, Taxation

TEXT = (
    "Added certificates, term 1: 2 x tls-ov-single (professional) at 149.00 USD for the whole term, charged for"
    " 20 April 2027 to 9 January 2028, 265 of the 365 days of the term: 2 x 149.00 x 265/365 = 216.35616…, rounded"
    " half-up to 216.36 USD. Reference ID: PO-4711"
)


def line_of(amount: int, **changes: Any) -> PrintedLine:
    """A line of this amount."""
    return replace(PrintedLine(customer="Acme GmbH", reseller=None, text=TEXT, quantity=2, amount=amount), **changes)


def document_of_lines(*lines: PrintedLine, **changes: Any) -> PrintedDocument:
    """An invoice of these lines."""
    subtotal = sum(line.amount for line in lines)
    tax = Taxation(rate_bp=1_900, note=None).on(subtotal)
    document = PrintedDocument(
        number="INV-2027-000123",
        kind=DocumentKind.INVOICE,
        currency="USD",
        period_start=date(2027, 1, 1),
        period_end=date(2027, 2, 1),
        issue_date=date(2027, 2, 1),
        due_date=date(2027, 3, 3),
        created_at=datetime(2027, 2, 1, 2, tzinfo=UTC),
        seller=PrintedParty(name="The CA", country="US", tax_id="12-345"),
        account=PrintedParty(name="Nordlicht GmbH", country="DE", tax_id="DE123456789"),
        lines=lines,
        subtotal=subtotal,
        tax_rate_bp=1_900,
        tax_note=None,
        tax=tax,
        carried_credit=0,
        total=subtotal + tax,
    )
    return replace(document, **changes)


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def words_on(pdf: bytes) -> str:
    """The text of all pages in one line, as it is searched: without the places at which it may break."""
    return " ".join(" ".join(pages_of(pdf)).replace("\u200b", "").split())
