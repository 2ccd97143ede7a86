"""A charge gets its ids and becomes a posted transaction."""

from __future__ import annotations

from datetime import datetime

from lifecycle.charges import Charge, ChargeLine, PostedLine, PostedTransaction
from lifecycle.subscription import Subscription
from storage.customers import Party
from storage.ids import new_id


def posted(
    charge: Charge,
    *,
    subscription: Subscription,
    party: Party,
    actor: str,
    posted_at: datetime,
    refund_id: str | None = None,
) -> PostedTransaction:
    """Return the transaction that posts the charge, with fresh ids."""
    transaction_id = new_id("txn")
    return PostedTransaction(
        id=transaction_id,
        action=charge.action,
        occurred_at=charge.occurred_at,
        posted_at=posted_at,
        customer_id=subscription.customer_id,
        account_id=party.account_id,
        reseller_id=party.reseller_id,
        subscription_id=subscription.id,
        term_number=charge.term_number,
        reference_id=charge.reference_id,
        actor=actor,
        currency=charge.currency,
        lines=tuple(_posted_line(line, charge, transaction_id, subscription.id, posted_at) for line in charge.lines),
        refund_id=refund_id,
        refunds_transaction_id=charge.refunds_transaction_id,
    )


def _posted_line(
    line: ChargeLine, charge: Charge, transaction_id: str, subscription_id: str, posted_at: datetime
) -> PostedLine:
    return PostedLine(
        id=new_id("txl"),
        transaction_id=transaction_id,
        subscription_id=subscription_id,
        action=charge.action,
        term_number=charge.term_number,
        currency=charge.currency,
        posted_at=posted_at,
        product=line.product,
        clm_tier=line.clm_tier,
        quantity=line.quantity,
        unit_price=line.unit_price,
        period_start=line.period_start,
        period_end=line.period_end,
        remaining_days=line.remaining_days,
        total_days=line.total_days,
        amount=line.amount,
        refunds_line_id=line.refunds_line_id,
    )
