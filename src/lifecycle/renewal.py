"""What a renewal makes: the next term, its prices and its charge; also on paper, for previews and reminders."""

from __future__ import annotations

from datetime import datetime

from lifecycle.catalog import PriceBook
from lifecycle.charges import Action, Charge
from lifecycle.events import Renewed
from lifecycle.pricing import charge_lines
from lifecycle.subscription import Subscription
from lifecycle.terms import Span, midnight


def renewed(
    subscription: Subscription, prices: PriceBook, *, term: Span, at: datetime, moves_anchor: bool = False
) -> Renewed:
    """Return the renewal into `term`, with the renewal inventory and the rows in force on the term's first day.

    After a held renewal the term starts on the day of enabling, which becomes the anchor.
    """
    inventory = subscription.renewal_inventory
    products = tuple(line.product for line in inventory)
    sheet = prices.term_prices(
        products,
        subscription.clm_tier,
        subscription.term_months,
        start=term.start,
        on=term.start,
        last=subscription.prices,
    )
    number = subscription.term_number + 1
    anchor = None if moves_anchor else subscription.anchor_date
    charge = Charge(
        action=Action.RENEWAL,
        term_number=number,
        currency=sheet.currency,
        occurred_at=at,
        lines=charge_lines(inventory, sheet, subscription.clm_tier, term=term, effective=term.start),
        reference_id=subscription.renewal_reference_id,
    )
    return Renewed(
        at=at,
        term_number=number,
        start_date=term.start,
        end_date=term.end,
        anchor_date=anchor or term.start,
        anchor_term_number=number if anchor is None else subscription.anchor_term_number,
        inventory=inventory,
        prices=sheet,
        charge=charge,
    )


def next_renewal(subscription: Subscription, prices: PriceBook) -> Renewed | None:
    """Return the renewal at the end of the current term as it stands today, None before the first term."""
    if subscription.is_over or not subscription.was_charged or subscription.end_date is None:
        return None
    return renewed(subscription, prices, term=subscription.next_term(), at=midnight(subscription.end_date))
