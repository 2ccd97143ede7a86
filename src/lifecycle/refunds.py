"""What refunded certificates give back, to the cent of what they cost, and what that does to the subscription."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from itertools import groupby

from lifecycle.charges import Action, Charge, ChargeLine, PostedLine
from lifecycle.commands import Refund, RefundLine
from lifecycle.entitlement import check_remaining
from lifecycle.events import Cancelled, Event, Refunded
from lifecycle.inventory import Inventory, InventoryLine, without
from lifecycle.money import half_up
from lifecycle.refusals import Conflict, FieldError, InvalidInput, RefundWindowClosed
from lifecycle.subscription import Subscription
from lifecycle.terms import refundable_until


def refund_due(
    amount: int, quantity: int, already_refunded_quantity: int, already_refunded_amount: int, take: int
) -> int:
    """Return what refunding `take` more of `quantity` certificates gives back, as a positive magnitude.

    Cumulative: the refunds of a line add up to exactly its `amount`, however they are cut.
    """
    cumulative = already_refunded_quantity + take
    return half_up(Fraction(amount * cumulative, quantity)) - already_refunded_amount


def check_refund(refund: Refund, *, at: datetime) -> None:
    """Refuse what may not be refunded: refunds of refunds first, then the counts, then the window.

    Raises:
        Conflict: `not_refundable`.
        InvalidInput: `refund_quantity_exceeds`.
        RefundWindowClosed: a transaction is older than the window, unless operators override it.
    """
    if any(line.posted.action is Action.REFUND for line in refund.lines):
        raise Conflict("not_refundable", "A refund cannot be refunded.")
    errors = tuple(_exceeding(refund.lines))
    if errors:
        raise InvalidInput(*errors)
    if refund.override_window:
        return
    for line in refund.lines:
        until = refundable_until(line.posted.posted_at)
        if at > until:
            raise RefundWindowClosed(until=until)


def decide_refund(subscription: Subscription, refund: Refund, *, at: datetime) -> tuple[Event, ...]:
    """Return one refund per refunded transaction, and the end of the subscription when nothing is left of it.

    Raises:
        Refusal: see `check_refund` and `check_remaining`.
    """
    check_refund(refund, at=at)
    by_transaction = groupby(
        sorted(refund.lines, key=lambda line: line.posted.transaction_id), key=lambda line: line.posted.transaction_id
    )
    events: list[Event] = [_refunded(subscription, refund, tuple(lines), at) for _, lines in by_transaction]
    taken = tuple(line for event in events if isinstance(event, Refunded) for line in event.taken)
    remaining = without(subscription.inventory, taken)
    check_remaining(subscription.inventory, remaining, refund.in_use)
    if taken and not remaining:
        events.append(Cancelled(at=at, state_reason="fully_refunded"))
    return tuple(events)


def _exceeding(lines: tuple[RefundLine, ...]) -> Iterable[FieldError]:
    for line in lines:
        left = line.posted.quantity - line.posted.refunded_quantity
        if not 1 <= line.quantity <= left:
            message = f"Of this line {left} can be refunded."
            yield FieldError(f"{line.field}.quantity", "refund_quantity_exceeds", message)


def _refunded(subscription: Subscription, refund: Refund, lines: tuple[RefundLine, ...], at: datetime) -> Refunded:
    first = lines[0].posted
    charge = Charge(
        action=Action.REFUND,
        term_number=first.term_number,
        currency=first.currency,
        occurred_at=at,
        lines=tuple(_mirrored(line) for line in lines),
        reference_id=refund.reference_id,
        refunds_transaction_id=first.transaction_id,
    )
    return Refunded(at=at, charge=charge, taken=_taken(subscription, lines), reason=refund.reason)


def _mirrored(line: RefundLine) -> ChargeLine:
    posted = line.posted
    due = refund_due(posted.amount, posted.quantity, posted.refunded_quantity, posted.refunded_amount, line.quantity)
    return ChargeLine(
        product=posted.product,
        clm_tier=posted.clm_tier,
        quantity=line.quantity,
        unit_price=posted.unit_price,
        period_start=posted.period_start,
        period_end=posted.period_end,
        remaining_days=posted.remaining_days,
        total_days=posted.total_days,
        amount=-due,
        refunds_line_id=posted.id,
    )


def _taken(subscription: Subscription, lines: tuple[RefundLine, ...]) -> Inventory:
    """Only the current term's certificates leave the inventory; a held or ended subscription gives money only."""
    if subscription.is_over or subscription.is_held:
        return ()
    current = [line for line in lines if _is_current(line.posted, subscription)]
    return tuple(InventoryLine(line.posted.product, line.quantity) for line in current)


def _is_current(posted: PostedLine, subscription: Subscription) -> bool:
    return posted.term_number == subscription.term_number
