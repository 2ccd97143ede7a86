"""What a document says when it is printed: everything that the rendering needs, and nothing that could change later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from lifecycle.invoices import DocumentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedParty:
    """Who issues a document, or whom it is for; `country` is an ISO 3166-1 alpha-2 code."""

    name: str
    country: str
    tax_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedLine:
    """One transaction line. `text` says how its amount, in minor units and negative for a refund, came about."""

    customer: str
    reseller: str | None
    text: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedDocument:
    """An invoice or a credit note (`kind`); amounts in minor units of `currency`, `period_end` exclusive.

    `created_at` becomes the file's date, so that it is the same file whenever it is made. A document's status is not
    here: it changes, and the document does not.
    """

    number: str
    kind: DocumentKind
    currency: str
    period_start: date
    period_end: date
    issue_date: date
    due_date: date
    created_at: datetime
    seller: PrintedParty | None
    account: PrintedParty
    lines: tuple[PrintedLine, ...]
    subtotal: int
    tax_rate_bp: int
    tax_note: str | None
    tax: int
    carried_credit: int
    total: int
