"""What an event posts: a charge or a refund with its lines, before it has an id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Action(StrEnum):
    """Why a transaction was posted."""

    PURCHASE = "purchase"
    INVENTORY_ADD = "inventory_add"
    RENEWAL = "renewal"
    REFUND = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLine:
    """One product of a transaction.

    `quantity` is positive, `unit_price` is for the whole term (product and tier) in minor units, `amount` is what is
    posted: negative on a refund, whose `refunds_line_id` names the line that it gives back.
    """

    product: str
    clm_tier: str
    quantity: int
    unit_price: int
    period_start: date
    period_end: date
    remaining_days: int
    total_days: int
    amount: int
    refunds_line_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A transaction as an event carries it; `occurred_at` is the instant it counts for."""

    action: Action
    term_number: int
    currency: str
    occurred_at: datetime
    lines: tuple[ChargeLine, ...]
    reference_id: str | None = None
    refunds_transaction_id: str | None = None

    @property
    def total(self) -> int:
        """Sum of the lines in minor units."""
        return sum(line.amount for line in self.lines)

    @property
    def total_quantity(self) -> int:
        """Number of certificates on all lines."""
        return sum(line.quantity for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedLine:
    """A line of a posted transaction with what a refund needs to know of it; amounts in minor units."""

    id: str
    transaction_id: str
    subscription_id: str
    action: Action
    term_number: int
    currency: str
    posted_at: datetime
    product: str
    clm_tier: str
    quantity: int
    unit_price: int
    period_start: date
    period_end: date
    remaining_days: int
    total_days: int
    amount: int
    refunded_quantity: int = 0
    refunded_amount: int = 0
    refunds_line_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedTransaction:
    """A posted money event; immutable but for its invoice and its lines' refunded totals. Amounts in minor units."""

    id: str
    action: Action
    occurred_at: datetime
    posted_at: datetime
    customer_id: str
    account_id: str
    reseller_id: str | None
    subscription_id: str
    term_number: int
    reference_id: str | None
    actor: str
    currency: str
    lines: tuple[PostedLine, ...]
    invoice_id: str | None = None
    refund_id: str | None = None
    refunds_transaction_id: str | None = None

    @property
    def amount(self) -> int:
        """Sum of the lines, negative for a refund."""
        return sum(line.amount for line in self.lines)

    @property
    def total_quantity(self) -> int:
        """Number of certificates on all lines."""
        return sum(line.quantity for line in self.lines)
