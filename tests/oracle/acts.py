"""What people do to a subscription: each action with the states in which it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle.charges import refunded
from oracle.life import PostedLine
from oracle.month_walk import days_between
from oracle.script import refuse
from oracle.turns import MOST_CERTIFICATES, agreed, check_counts, deadline_is_today, renewed

if TYPE_CHECKING:
    from collections.abc import Callable

    from oracle.life import Life, Posting
    from oracle.script import Action

WINDOW_DAYS = 30
MOST_RESENDS = 10
MOST_ACCEPTOR_CHANGES = 3


def act(life: Life, action: Action) -> None:
    """Do this today, or refuse it and change nothing."""
    if deadline_is_today(life):
        refuse("too_near_the_deadline")
    chosen = ACTIONS.get(action.action) or refuse("unknown_action")
    chosen(life, action)


def accept(life: Life, action: Action) -> None:
    """The acceptor agrees: the wait for the agreement is over."""
    _check_undecided(life)
    if not action.name or not action.job_title:
        refuse("name_and_job_title_required")
    life.accepted_on = life.today
    agreed(life)


def decline(life: Life, action: Action) -> None:
    """The acceptor says no: the purchase is over and nothing was charged."""
    _check_undecided(life)
    life.state, life.reason = "declined", action.reason


def resend(life: Life, _action: Action) -> None:
    """A new link goes to the same acceptor; the deadline stays."""
    _check_pending(life)
    if life.today in life.resends:
        refuse("resend_too_soon")
    if len(life.resends) >= MOST_RESENDS:
        refuse("resend_limit")
    life.resends.append(life.today)


def change_acceptor(life: Life, action: Action) -> None:
    """A new request goes to somebody else; the deadline starts again."""
    _check_pending(life)
    if not action.email:
        refuse("acceptor_email_required")
    if action.email.casefold() == life.acceptor_email.casefold():
        refuse("acceptor_unchanged")
    if life.acceptor_changes >= MOST_ACCEPTOR_CHANGES:
        refuse("acceptor_change_limit")
    life.acceptor_email, life.requested_on, life.resends = action.email, life.today, []
    life.acceptor_changes += 1


def add(life: Life, action: Action) -> None:
    """More certificates at once, charged from today to the end of the term."""
    added = action.lines or {}
    check_counts(life.order, added, empty="empty_inventory")
    total = {product: life.inventory.get(product, 0) + quantity for product, quantity in added.items()}
    if max(total.values()) > MOST_CERTIFICATES:
        refuse("quantity_out_of_range")
    if life.state == "suspended":
        refuse("subscription_suspended")
    if life.state != "active":
        refuse("not_active")
    life.charge("inventory_add", added, effective=life.today, reference_id=action.reference_id)
    life.inventory.update(total)


def set_renewal_inventory(life: Life, action: Action) -> None:
    """Pin what renews to these counts, or let it follow the inventory again."""
    if life.state == "pending_eca" or life.is_over():
        refuse("not_active")
    if action.lines is not None:
        check_counts(life.order, action.lines, empty="renewal_inventory_empty")
    life.pinned = None if action.lines is None else dict(action.lines)
    life.renewal_reference = action.reference_id or life.renewal_reference


def set_renewal_mode(life: Life, action: Action) -> None:
    """Renew at the end or not; a held renewal that is given up is over at once."""
    if life.is_over():
        refuse("not_active")
    if action.renewal_mode not in {"auto", "one_time"}:
        refuse("renewal_mode_required")
    life.renewal_mode = action.renewal_mode
    if life.held_since is not None and action.renewal_mode == "one_time":
        life.state, life.reason, life.held_since = "expired", "", None


def suspend(life: Life, action: Action) -> None:
    """Pause it; the term runs on."""
    if life.state == "suspended":
        refuse("already_suspended")
    if life.state != "active":
        refuse("not_active")
    life.state, life.reason = "suspended", action.reason


def enable(life: Life, action: Action) -> None:
    """Go on in the same term, or start the next one today if its renewal was held."""
    if life.state != "suspended":
        refuse("not_suspended")
    life.state, life.reason = "active", action.reason
    if life.held_since is not None:
        life.held_since, life.anchor = None, None
        renewed(life)


def cancel(life: Life, _action: Action) -> None:
    """Withdraw a purchase that has not begun."""
    if life.state in {"active", "suspended"}:
        refuse("use_suspend_or_one_time")
    if life.is_over():
        refuse("invalid_state")
    life.state, life.reason = "cancelled", "withdrawn"


def refund(life: Life, action: Action) -> None:
    """Give back what some certificates of one transaction cost, and take them out of the current term."""
    posting = _refundable(life, action)
    lines = [_line(posting, product) for product in action.lines or {}]
    takes = list((action.lines or {}).values())
    for line, take in zip(lines, takes, strict=True):
        if not 1 <= take <= line.quantity - line.refunded_quantity:
            refuse("refund_quantity_exceeds")
    mirrored = [_give_back(line, take) for line, take in zip(lines, takes, strict=True)]
    life.post(
        "refund", mirrored, term_number=posting.term_number, reference_id=action.reference_id, refunds=posting.name
    )
    if posting.term_number == life.term_number and life.held_since is None and not life.is_over():
        _take_out(life, mirrored)


def _check_undecided(life: Life) -> None:
    if life.is_over():
        refuse("eca_link_invalid")
    if life.state != "pending_eca":
        refuse("eca_already_accepted")


def _check_pending(life: Life) -> None:
    if life.state != "pending_eca":
        refuse("invalid_state")


def _refundable(life: Life, action: Action) -> Posting:
    named = [posting for posting in life.postings if posting.name == action.transaction]
    if not named or not action.lines:
        refuse("transaction_line_not_found")
    if named[0].action == "refund":
        refuse("not_refundable")
    passed = days_between(named[0].occurred_on, life.today)
    if passed == WINDOW_DAYS:
        refuse("too_near_the_windows_end")
    if passed > WINDOW_DAYS:
        refuse("refund_window_closed")
    return named[0]


def _line(posting: Posting, product: str) -> PostedLine:
    named = [line for line in posting.lines if line.product == product]
    return named[0] if named else refuse("transaction_line_not_found")


def _give_back(line: PostedLine, take: int) -> PostedLine:
    cents = refunded(line.amount, line.quantity, already=line.refunded_quantity, take=take)
    line.refunded_quantity += take
    return PostedLine(
        line.product,
        take,
        line.unit_price,
        line.period_start,
        line.period_end,
        line.remaining_days,
        line.total_days,
        -cents,
    )


def _take_out(life: Life, lines: list[PostedLine]) -> None:
    for line in lines:
        left = life.inventory.get(line.product, 0) - line.quantity
        life.inventory.pop(line.product, None) if left <= 0 else life.inventory.update({line.product: left})
    if not life.inventory:
        life.state, life.reason = "cancelled", "fully_refunded"


ACTIONS: dict[str, Callable[[Life, Action], None]] = {
    "accept": accept,
    "decline": decline,
    "resend": resend,
    "change_acceptor": change_acceptor,
    "add": add,
    "renewal_inventory": set_renewal_inventory,
    "renewal_mode": set_renewal_mode,
    "suspend": suspend,
    "enable": enable,
    "cancel": cancel,
    "refund": refund,
}
