"""Subscriptions brought into every state that they can be in, each by the shortest way."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from lifecycle.charges import Action
from lifecycle.commands import Cancel, Refund, Suspend
from lifecycle.subscription import RenewalMode
from lives.asking import accept, at, decline, purchase, refund
from lives.life import Life, bought

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2027, 1, 10)
NOON = at(2027, 1, 10, 12)
TWO = {"tls-ov-single": 2}


def pending(start_date: date | None = None, *, renewal_mode: RenewalMode = RenewalMode.AUTO) -> Life:
    """Its agreement is awaited."""
    command = purchase("managed-tls", inventory=TWO, start_date=start_date, renewal_mode=renewal_mode)
    return bought(command, at=NOON)


def pending_with_start_ahead() -> Life:
    """Its agreement and then its start date are awaited."""
    return pending(date(2027, 3, 1))


def pending_with_term_over() -> Life:
    """Its agreement is awaited, and the term that was asked for has run out meanwhile."""
    life = pending(date(2026, 1, 20))
    life.run_to(at(2027, 1, 20))
    return life


def scheduled() -> Life:
    """Agreed to; its start date is awaited."""
    return accepted(pending_with_start_ahead())


def active(*, renewal_mode: RenewalMode = RenewalMode.AUTO) -> Life:
    """In its first term, from noon of the day of its purchase."""
    return accepted(pending(renewal_mode=renewal_mode))


def active_one_time() -> Life:
    """In its only term."""
    return active(renewal_mode=RenewalMode.ONE_TIME)


def suspended(*, renewal_mode: RenewalMode = RenewalMode.AUTO) -> Life:
    """Paused in its first term."""
    life = active(renewal_mode=renewal_mode)
    life.do(Suspend(), at=NOON)
    return life


def suspended_one_time() -> Life:
    """Paused in its only term."""
    return suspended(renewal_mode=RenewalMode.ONE_TIME)


def held() -> Life:
    """Paused, and its renewal held."""
    life = suspended()
    life.run_to(at(2028, 2, 1))
    return life


def expired() -> Life:
    """Over at its end, some days after a purchase that can still be refunded."""
    life = accepted(pending(date(2026, 2, 1), renewal_mode=RenewalMode.ONE_TIME))
    life.run_to(at(2027, 2, 2))
    return life


def declined() -> Life:
    """The acceptor said no."""
    life = pending()
    life.do(decline(life.subscription), at=NOON)
    return life


def eca_expired() -> Life:
    """Nobody decided in time."""
    life = pending()
    life.run_to(at(2027, 2, 10))
    return life


def withdrawn() -> Life:
    """Cancelled before anything was charged."""
    life = pending()
    life.do(Cancel(), at=NOON)
    return life


def cancelled() -> Life:
    """Cancelled by an operator while it ran."""
    life = active()
    life.do(Cancel(by_operator=True), at=NOON)
    return life


def fully_refunded() -> Life:
    """Cancelled because all of it was given back."""
    life = active()
    life.do(refund_all(life), at=NOON)
    return life


STANDINGS: dict[str, Callable[[], Life]] = {
    "pending": pending,
    "pending, start ahead": pending_with_start_ahead,
    "pending, term over": pending_with_term_over,
    "scheduled": scheduled,
    "active": active,
    "active, one-time": active_one_time,
    "suspended": suspended,
    "suspended, one-time": suspended_one_time,
    "held": held,
    "expired": expired,
    "declined": declined,
    "eca_expired": eca_expired,
    "withdrawn": withdrawn,
    "cancelled": cancelled,
    "fully refunded": fully_refunded,
}


def accepted(life: Life) -> Life:
    """The same life after its acceptor agreed."""
    life.do(accept(life.subscription), at=life.now)
    return life


def refund_all(life: Life) -> Refund:
    """All that is left of the purchase."""
    line = life.of(Action.PURCHASE)[-1].lines[0]
    return refund((line, line.quantity - line.refunded_quantity))
