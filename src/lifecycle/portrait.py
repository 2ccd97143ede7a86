"""How a subscription and its money look to whoever reads them: plain values that serialise as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from lifecycle.agenda import agenda
from lifecycle.charges import Action, ChargeLine, PostedLine, PostedTransaction
from lifecycle.explain import GivenBack, line_words, transaction_words
from lifecycle.inventory import Inventory
from lifecycle.moves import allowed
from lifecycle.subscription import EcaRequest, Subscription
from lifecycle.terms import refundable_until

Picture = dict[str, object]


def instant(at: datetime | None) -> str | None:
    """Return an instant as RFC 3339 in UTC with `Z`."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day(value: date | None) -> str | None:
    """Return a day as `YYYY-MM-DD`."""
    return None if value is None else value.isoformat()


def money(amount: int, currency: str) -> Picture:
    """Return an amount in minor units with its currency."""
    return {"amount": amount, "currency": currency}


def counts(inventory: Inventory) -> list[Picture]:
    """Return the counts per product."""
    return [{"product": line.product, "quantity": line.quantity} for line in inventory]


def portrait(subscription: Subscription, *, settled_until: datetime) -> Picture:
    """Return what a subscription shows of itself; `settled_until` says from when its next event is looked for."""
    upcoming = agenda(subscription, after=settled_until)
    next_event = {"kind": upcoming[0].kind.value, "at": instant(upcoming[0].at)} if upcoming else None
    return {
        "id": subscription.id,
        "customer_id": subscription.customer_id,
        "offering": subscription.offering,
        "clm_tier": subscription.clm_tier,
        "term_months": subscription.term_months,
        "requested_start_date": day(subscription.requested_start_date),
        "start_date": day(subscription.start_date),
        "end_date": day(subscription.end_date),
        "state": subscription.state.value,
        "state_reason": subscription.state_reason,
        "term_number": subscription.term_number,
        "anchor_date": day(subscription.anchor_date),
        "anchor_term_number": subscription.anchor_term_number,
        "renewal_mode": subscription.renewal_mode.value,
        "inventory": counts(subscription.inventory),
        "renewal_inventory": counts(subscription.renewal_inventory),
        "renewal_inventory_mode": subscription.renewal_inventory_mode.value,
        "reference_id": subscription.reference_id,
        "eca_acceptance_id": subscription.eca_acceptance_id,
        "suspended_at": instant(subscription.suspended_at),
        "renewal_held_since": instant(subscription.renewal_held_since),
        "version": subscription.version,
        "eca": _eca(subscription),
        "next_event": next_event,
        "allowed": list(allowed(subscription)),
    }


def _eca(subscription: Subscription) -> Picture:
    request: EcaRequest | None = subscription.eca
    return {
        "status": subscription.eca_status.value,
        "acceptor_email": request.acceptor_email if request else None,
        "requested_at": instant(request.requested_at) if request else None,
        "deadline_at": instant(request.deadline_at) if request else None,
        "last_sent_at": instant(request.last_sent_at) if request else None,
        "links_sent": request.link_number if request else 0,
        "document_version": request.document_version if request else None,
    }


def line_picture(line: ChargeLine | PostedLine, currency: str) -> Picture:
    """Return what a person needs to check a line: unit price, count, days charged of the days in the term."""
    return {
        "product": line.product,
        "clm_tier": line.clm_tier,
        "quantity": line.quantity,
        "unit_price": money(line.unit_price, currency),
        "period_start": day(line.period_start),
        "period_end": day(line.period_end),
        "remaining_days": line.remaining_days,
        "total_days": line.total_days,
        "amount": money(line.amount, currency),
    }


def lines_picture(lines: Iterable[ChargeLine], currency: str) -> list[Picture]:
    """Return lines that are not posted, as quotes and forecasts show them."""
    return [line_picture(line, currency) for line in lines]


def transaction_picture(transaction: PostedTransaction) -> Picture:
    """Return a posted transaction with its lines and what of it can still be refunded."""
    currency = transaction.currency
    is_refund = transaction.action is Action.REFUND
    return {
        "id": transaction.id or None,  # a preview has none
        "action": transaction.action.value,
        "occurred_at": instant(transaction.occurred_at),
        "posted_at": instant(transaction.posted_at),
        "customer_id": transaction.customer_id,
        "reseller_id": transaction.reseller_id,
        "subscription_id": transaction.subscription_id,
        "term_number": transaction.term_number,
        "reference_id": transaction.reference_id,
        "actor": transaction.actor,
        "currency": currency,
        "total_quantity": transaction.total_quantity,
        "amount": money(transaction.amount, currency),
        "invoice_id": transaction.invoice_id,
        "refund_id": transaction.refund_id,
        "refunds_transaction_id": transaction.refunds_transaction_id,
        "refundable_until": None if is_refund else instant(refundable_until(transaction.posted_at)),
        "lines": [_posted_line(line, currency) for line in transaction.lines],
    }


def explained(transaction: PostedTransaction, given_back: Mapping[str, GivenBack]) -> Picture:
    """Return a posted transaction with how its amounts came about, as a whole and line by line."""
    picture = transaction_picture(transaction)
    lines = [
        {**_posted_line(line, transaction.currency), "explanation": line_words(line, given_back.get(line.id))}
        for line in transaction.lines
    ]
    return {**picture, "lines": lines, "explanation": transaction_words(transaction, given_back)}


def _posted_line(line: PostedLine, currency: str) -> Picture:
    refundable = 0 if line.action is Action.REFUND else line.quantity - line.refunded_quantity
    return {
        "id": line.id or None,
        **line_picture(line, currency),
        "refunds_line_id": line.refunds_line_id,
        "refunded_quantity": line.refunded_quantity,
        "refunded_amount": money(line.refunded_amount, currency),
        "refundable_quantity": refundable,
    }
