"""Invoices and credit notes."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from api.shapes.members import (
    Currency,
    CustomerId,
    Day,
    Instant,
    InvoiceId,
    Money,
    PartnerId,
    ReferenceId,
    ResellerId,
    SubscriptionId,
)
from api.shapes.money import ChargeLine
from lifecycle.charges import Action
from lifecycle.invoices import DocumentKind, InvoiceStatus


class InvoiceLine(ChargeLine):
    """A transaction's line on a document, in words and in numbers; ids are null while it is not posted."""

    transaction_id: str | None
    transaction_line_id: str | None
    subscription_id: SubscriptionId
    action: Action
    term_number: int
    text: str
    occurred_at: Instant
    customer_id: CustomerId
    customer_name: str
    reseller_id: ResellerId
    reseller_name: str | None
    reference_id: ReferenceId
    refunds_transaction_id: str | None
    refunds_number: Annotated[str | None, Field(description="The document that the refunded charge is on.")]


class _Sums(TypedDict):
    kind: DocumentKind
    account_id: PartnerId
    period_start: Day
    period_end: Annotated[Day, Field(description="The first day after the month.")]
    issue_date: Day
    due_date: Day | None
    currency: Currency
    subtotal: Money
    tax_rate_bp: int
    tax_note: str | None
    tax: Money
    carried_credit: Money
    total: Money
    line_count: int


class Invoice(_Sums):
    """A posted document of an account's month."""

    id: InvoiceId
    number: str
    status: InvoiceStatus
    created_at: Instant
    emailed_at: Instant | None
    paid_at: Instant | None
    lines: Annotated[list[InvoiceLine] | None, Field(description="In a list null where they are more than 100.")]
    dry_run: NotRequired[Annotated[Literal[True], Field(description="There for a dry run only.")]]


class UpcomingInvoice(_Sums):
    """What the next document holds so far."""

    id: None
    number: None
    status: None
    bill_at: Instant
    lines: list[InvoiceLine]


class InvoiceRun(TypedDict):
    """A month whose documents exist, and how many of them the caller sees."""

    month: str
    documents: int
