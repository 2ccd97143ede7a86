"""What happens to a subscription by itself: purchase, activation, start, end of term, deadline of the agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle.life import Life
from oracle.month_walk import day_after_months, days_between, previous_day
from oracle.price_table import OFFERINGS, TIERS
from oracle.script import refuse

if TYPE_CHECKING:
    from datetime import date

    from oracle.price_table import PriceTable
    from oracle.script import Counts, Order

DEADLINE_DAYS = 30
DAYS_AHEAD = 365
MOST_CERTIFICATES = 100_000


def purchased(order: Order, prices: PriceTable, *, today: date, on_file: bool) -> Life:
    """The subscription that this purchase makes today; `on_file` says whether the customer has accepted before."""
    check_order(order, today=today)
    life = Life(order, prices, today, "new", order.renewal_mode, dict(order.inventory), 0, {}, order.eca_acceptor_email)
    life.freeze_prices(order.inventory)
    if order.start_date is not None:
        life.start, life.end = order.start_date, day_after_months(order.start_date, order.term_months)
    if OFFERINGS[order.offering].needs_eca and not on_file:
        if not order.eca_acceptor_email:
            refuse("acceptor_email_required")
        life.state, life.requested_on = "pending_eca", today
    else:
        agreed(life)
    return life


def check_order(order: Order, *, today: date) -> None:
    """Refuse what is not in the catalogue and a start too early or too late."""
    offering = OFFERINGS.get(order.offering) or refuse("unknown_offering")
    if order.term_months not in offering.terms:
        refuse("term_not_offered")
    if order.clm_tier not in TIERS:
        refuse("unknown_clm_tier")
    if order.renewal_mode not in {"auto", "one_time"}:
        refuse("renewal_mode_required")
    check_counts(order, order.inventory, empty="empty_inventory")
    if order.start_date is not None:
        if day_after_months(order.start_date, order.term_months) <= today:
            refuse("start_date_too_early")
        if days_between(today, order.start_date) > DAYS_AHEAD:
            refuse("start_date_too_late")


def check_counts(order: Order, counts: Counts, *, empty: str) -> None:
    """Refuse an empty list, a product that the offering does not hold, and a count out of range."""
    if not counts:
        refuse(empty)
    if not set(counts) <= OFFERINGS[order.offering].products:
        refuse("product_not_in_offering")
    if not all(1 <= quantity <= MOST_CERTIFICATES for quantity in counts.values()):
        refuse("quantity_out_of_range")


def agreed(life: Life) -> None:
    """Nothing is missing any more: wait for the start, or activate today."""
    start = life.order.start_date or life.today
    if days_between(life.today, start) > 0:
        life.state = "scheduled"
    elif life.end is not None and days_between(life.today, life.end) <= 0:
        life.state, life.reason = "cancelled", "term_over_before_acceptance"
    else:
        activated(life, start)


def activated(life: Life, start: date) -> None:
    """The first term runs, and its rest from today on is charged."""
    life.state = "active"
    life.begin_term(start)
    life.charge("purchase", life.inventory, effective=life.today, reference_id=life.order.reference_id)


def renewed(life: Life) -> None:
    """The next term starts today with the renewal inventory, at today's rows, in full."""
    life.term_number += 1
    life.inventory, life.pinned = life.renewal_inventory, None
    life.freeze_prices(life.inventory)
    life.begin_term(life.today)
    life.charge("renewal", life.inventory, effective=life.today, reference_id=life.renewal_reference)
    life.renewal_reference = ""


def morning(life: Life) -> None:
    """What falls on the first instant of today: a start that was waited for, or the end of the term."""
    if life.state == "scheduled" and life.start == life.today:
        activated(life, life.today)
    elif life.state in {"active", "suspended"} and life.end == life.today:
        term_over(life)


def term_over(life: Life) -> None:
    """Renew, expire, or hold the renewal back because the subscription is suspended."""
    if life.renewal_mode == "one_time":
        life.state, life.reason = "expired", ""
    elif life.state == "suspended":
        life.held_since = life.today
    else:
        renewed(life)


def evening(life: Life) -> None:
    """What falls somewhere inside today: the agreement's deadline, at the time of day of its request."""
    if deadline_is_today(life):
        life.state = "eca_expired"


def deadline_is_today(life: Life) -> bool:
    """Whether an agreement that is still awaited runs out in the course of today."""
    awaited = life.state == "pending_eca" and life.requested_on is not None
    return awaited and life.requested_on is not None and days_between(life.requested_on, life.today) == DEADLINE_DAYS


def earliest_start(today: date, term_months: int) -> date:
    """The earliest start of a term that is not over today, found by going back day by day."""
    start = today
    while day_after_months(previous_day(start), term_months) > today:
        start = previous_day(start)
    return start
