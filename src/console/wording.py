"""The words of states, roles and renewal modes, as the portal has them, and the colours beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from lifecycle.subscription import State
from lifecycle.wording import month_in_words, period_in_words

CODES_KEPT = 1_000
# Words first: the colour only repeats them.
STATES: Mapping[str, tuple[str, str]] = {
    "pending_eca": ("Waiting for the ECA", "yellow"),
    "scheduled": ("Scheduled", "azure"),
    "active": ("Active", "green"),
    "suspended": ("Suspended", "orange"),
    "held": ("Suspended, renewal held", "red"),
    "expired": ("Expired", "secondary"),
    "declined": ("ECA declined", "secondary"),
    "eca_expired": ("ECA not accepted in time", "secondary"),
    "cancelled": ("Cancelled", "secondary"),
}
RENEWAL_MODES: Mapping[str, str] = {"auto": "Auto-Renewal", "one_time": "One-Time Renewal"}
RENEWAL_SENTENCES: Mapping[str, str] = {
    "auto": "The subscription will automatically renew at the end of the selected term.",
    "one_time": (
        "The subscription will not automatically renew at the end of the selected term, "
        "but you will have the option to enable auto-renewal for the subscription before it expires."
    ),
}
ROLES: Mapping[str, str] = {
    "admin": "Administrator",
    "technician": "Technician",
    "sales": "Sales",
    "billing": "Billing",
    "ops": "Operations",
}
ACTIONS: Mapping[str, str] = {
    "purchase": "Purchase",
    "inventory_add": "Addition",
    "renewal": "Renewal",
    "refund": "Refund",
}
INVOICE_KINDS: Mapping[str, str] = {"invoice": "Invoice", "credit_note": "Credit note"}
INVOICE_STATUSES: Mapping[str, tuple[str, str]] = {
    "created": ("Created", "azure"),
    "emailed": ("E-mailed", "yellow"),
    "paid": ("Paid", "green"),
}


def state_of(subscription: Mapping[str, object]) -> tuple[str, str]:
    """Return a subscription's state in words, and its colour."""
    held = subscription["state"] == "suspended" and subscription.get("renewal_held_since") is not None
    return STATES["held" if held else str(subscription["state"])]


def states() -> list[tuple[str, str]]:
    """Return the states that a list can be narrowed to, with their words."""
    return [(state.value, STATES[state.value][0]) for state in State]


@lru_cache(maxsize=CODES_KEPT)
def spoken(code: str) -> str:
    """Return a code that has no words of its own: `inventory_added` as “Inventory added”."""
    return re.sub(r"\beca\b", "ECA", code.replace("_", " ").replace("-", " ").capitalize(), flags=re.IGNORECASE)


def certificates(number: int) -> str:
    """Return a count of certificates."""
    return f"{number:,} certificate" if number == 1 else f"{number:,} certificates"


def months(number: int) -> str:
    """Return a term's length."""
    return f"{number} months"


def period(start: str, end: str) -> str:
    """Return the days from `start` up to the last one before `end`, which no longer belongs to them."""
    return period_in_words(date.fromisoformat(start), date.fromisoformat(end))


def month(start: str) -> str:
    """Return the month that begins with a day, as `January 2028`."""
    return month_in_words(date.fromisoformat(start))


def percent(basis_points: int) -> str:
    """Return hundredths of a percent as `19 %` or `8.25 %`."""
    return f"{basis_points / 100:.2f}".rstrip("0").rstrip(".") + " %"
