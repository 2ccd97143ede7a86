"""Reports: a page of rows, and what all rows come to."""

from __future__ import annotations

from typing_extensions import TypedDict

from api.shapes.members import (
    Actor,
    Currency,
    CustomerId,
    Day,
    Instant,
    Money,
    NextCursor,
    ProductCount,
    Quantity,
    ReferenceId,
    ResellerId,
    SubscriptionId,
    TransactionId,
)
from api.shapes.usage import ProductUsage
from lifecycle.charges import Action
from lifecycle.subscription import RenewalMode, State


class ReportedSubscription(TypedDict):
    """A subscription, and what its term cost."""

    customer: str
    customer_id: CustomerId
    subscription_id: SubscriptionId
    reseller: str | None
    reseller_id: ResellerId
    offering: str
    clm_tier: str
    products: list[ProductCount]
    state: State
    renewal_mode: RenewalMode
    term_number: int
    start_date: Day | None
    end_date: Day | None
    reference_id: ReferenceId
    cost: Money


class SubscriptionTotal(TypedDict):
    """All subscriptions of a currency."""

    currency: Currency
    count: int
    cost: Money


class SubscriptionReport(TypedDict):
    """The report on subscriptions."""

    data: list[ReportedSubscription]
    next_cursor: NextCursor
    totals: list[SubscriptionTotal]


class ReportedProduct(TypedDict):
    """What of a product a transaction holds."""

    product: str
    quantity: Quantity
    cost: Money


class ReportedTransaction(TypedDict):
    """A transaction in a row."""

    customer: str
    customer_id: CustomerId
    reseller: str | None
    reseller_id: ResellerId
    subscription_id: SubscriptionId
    term_number: int
    products: list[ReportedProduct]
    transaction_id: TransactionId
    action: Action
    date: Day
    occurred_at: Instant
    total_quantity: Quantity
    cost: Money
    user: Actor
    reference_id: ReferenceId
    refunds_transaction_id: str | None
    invoice: str | None
    invoice_id: str | None


class TransactionTotal(TypedDict):
    """All transactions of a currency."""

    currency: Currency
    count: int
    charged: Money
    refunded: Money
    cost: Money


class TransactionReport(TypedDict):
    """The report on transactions."""

    data: list[ReportedTransaction]
    next_cursor: NextCursor
    totals: list[TransactionTotal]


class ReportedUsage(ProductUsage):
    """What a subscription holds of a product."""

    customer: str
    customer_id: CustomerId
    subscription_id: SubscriptionId


class UsageReport(TypedDict):
    """The report on usage."""

    data: list[ReportedUsage]
    next_cursor: NextCursor
    totals: list[ProductUsage]
