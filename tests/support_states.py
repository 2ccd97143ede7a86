"""Subscriptions in each state, reached through the door; terms that end tomorrow spare virtual years."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from support_product import Json, Seat

ACCEPTOR = "legal@company.example"


def today_of(seat: Seat) -> date:
    """The sandbox's day."""
    return date.fromisoformat(seat.get("/v1/catalog")["on"])


def last_day(seat: Seat) -> str:
    """The start of a twelve-month term that ends tomorrow."""
    body = seat.purchase_body()
    found: str = seat.done(seat.post("/v1/quotes", body))["earliest_start_date"]
    return found


def pending(seat: Seat, **changes: object) -> Json:
    """A purchase that awaits the agreement."""
    order = {"offering": "managed-tls", "inventory": [{"product": "tls-ov-single", "quantity": 5}]}
    return seat.subscription(seat.bought(**{**order, "eca_acceptor_email": ACCEPTOR, **changes})["id"])


def accepted(seat: Seat, **changes: object) -> Json:
    """A subscription whose agreement was accepted through the mailed link."""
    bought = pending(seat, **changes)
    assert seat.accept_eca(bought["id"]).status_code == 200
    return seat.subscription(bought["id"])


def scheduled(seat: Seat) -> Json:
    return accepted(seat, start_date=str(today_of(seat) + timedelta(days=30)))


def suspended(seat: Seat, **changes: object) -> Json:
    found = accepted(seat, **changes)
    seat.done(seat.command(found["id"], "suspend"))
    return seat.subscription(found["id"])


def held(seat: Seat) -> Json:
    """Suspended over the end of its term, on auto."""
    found = suspended(seat, start_date=last_day(seat))
    return seat.advance(found["id"], found["end_date"])


def expired(seat: Seat) -> Json:
    found = accepted(seat, start_date=last_day(seat), renewal_mode="one_time")
    return seat.advance(found["id"], found["end_date"])


def declined(seat: Seat) -> Json:
    bought = pending(seat)
    assert seat.decline_eca(bought["id"]).status_code == 200
    return seat.subscription(bought["id"])


def eca_expired(seat: Seat) -> Json:
    return seat.advance_days(pending(seat)["id"], 31)


def cancelled(seat: Seat) -> Json:
    found = pending(seat)
    seat.done(seat.command(found["id"], "cancel", reason="changed their mind"))
    return seat.subscription(found["id"])


IN_STATE: dict[str, Callable[[Seat], Json]] = {
    "pending_eca": pending,
    "scheduled": scheduled,
    "active": accepted,
    "suspended": suspended,
    "held": held,
    "expired": expired,
    "declined": declined,
    "eca_expired": eca_expired,
    "cancelled": cancelled,
}
