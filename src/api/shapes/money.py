"""Charges, transactions and refunds."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from api.shapes.members import (
    Actor,
    Currency,
    CustomerId,
    Day,
    Instant,
    Money,
    Quantity,
    ReferenceId,
    ResellerId,
    SubscriptionId,
    TransactionId,
)
from lifecycle.charges import Action

LineId = Annotated[str, Field(description="A line of a transaction: `txl_…`.")]
RefundId = Annotated[str, Field(description="A refund: `rfd_…`.")]
Words = Annotated[str, Field(description="How the amount came about, in words.")]


class ChargeLine(TypedDict):
    """What some certificates of a product cost: quantity x unit price x remaining days of the term's days."""

    product: str
    clm_tier: str
    quantity: Quantity
    unit_price: Money
    period_start: Day
    period_end: Day
    remaining_days: int
    total_days: int
    amount: Money


class _Left(ChargeLine):
    refunds_line_id: Annotated[str | None, Field(description="Of a refund: the line that it gives back.")]
    refunded_quantity: Quantity
    refunded_amount: Money
    refundable_quantity: Quantity


class TransactionLine(_Left):
    """A posted line, and what of it can still be refunded."""

    id: LineId
    explanation: NotRequired[Words]


class CommandTransactionLine(_Left):
    """A line as a command posts it; a dry run's has no id."""

    id: LineId | None


class _Posted(TypedDict):
    action: Action
    occurred_at: Instant
    posted_at: Instant
    customer_id: CustomerId
    reseller_id: ResellerId
    term_number: int
    reference_id: ReferenceId
    actor: Actor
    currency: Currency
    total_quantity: Quantity
    amount: Money
    invoice_id: Annotated[str | None, Field(description="The document that it is on.")]
    refund_id: Annotated[str | None, Field(description="The refund that it is part of.")]
    refunds_transaction_id: Annotated[str | None, Field(description="Of a refund: the transaction that it gives back.")]
    refundable_until: Annotated[Instant | None, Field(description="Of a charge: the end of its refund window.")]


class Transaction(_Posted):
    """What was charged or given back at one moment, never changed afterwards."""

    id: TransactionId
    subscription_id: SubscriptionId
    lines: list[TransactionLine]


class JudgedTransaction(Transaction):
    """A transaction, and whether it can be refunded today."""

    is_refundable: Annotated[
        bool, Field(description="Whether any of it can be refunded today, by its subscription's own day.")
    ]


class ExplainedTransaction(Transaction):
    """A transaction, and in words how each of its amounts came about."""

    explanation: Words


class CommandTransaction(_Posted):
    """A transaction as a command posts it; a dry run has no ids for what does not exist yet."""

    id: TransactionId | None
    subscription_id: SubscriptionId | None
    lines: list[CommandTransactionLine]


class _GivenBack(TypedDict):
    customer_id: CustomerId
    reason: str | None
    reference_id: ReferenceId
    total: Money
    created_at: NotRequired[Instant]


class Refund(_GivenBack):
    """Certificates of one customer given back; the total is negative."""

    id: RefundId
    transactions: list[Transaction]


class RefundPreview(_GivenBack):
    """What a refund would be: a dry run."""

    id: RefundId | None
    transactions: list[CommandTransaction]
    dry_run: Literal[True]
