"""A list of subscriptions: its filters, and what a row of it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from console.addresses import further_pages
from console.desk import Problem
from console.visit import Visit
from lifecycle.wording import period_in_words

FILTERS = ("state", "renewal_mode", "offering", "reference_id", "ends_before", "ends_after", "ends_within", "held")
UNPROCESSABLE = 422
HELD = "Renews once it is enabled"

_UPCOMING: Mapping[str, str] = {
    "eca_reminder": "ECA reminder",
    "eca_deadline": "ECA deadline",
    "start": "Starts",
    "renewal_reminder": "Renewal reminder",
    "expiry_reminder": "Expiry reminder",
    "suspended_reminder": "Reminder of the suspension",
    "expired_followup": "Mail after the expiry",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A subscription beside what is said of it in words."""

    subscription: Mapping[str, Any]
    certificates: int
    period: str
    upcoming: str
    upcoming_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of the list, or what is wrong with its filters."""

    rows: list[Row] = field(default_factory=list[Row])
    following: str = ""
    first: str = ""
    is_filtered: bool = False
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    status: int = 200


async def listed(visit: Visit, path: str, *, customer_id: str | None = None) -> Listing:
    """Return a page of the subscriptions that fit the address's filters, of one customer's only if it is given.

    Raises:
        Problem: the API refuses, and not because of a filter.
    """
    filters = {name: visit.query(name) for name in FILTERS}
    is_filtered = any(filters.values())
    asked = {**filters, "customer_id": customer_id, "cursor": visit.query("cursor")}
    try:
        found = await visit.desk.get("/v1/subscriptions", asked)
    except Problem as problem:
        if problem.status != UNPROCESSABLE or not set(problem.errors) <= set(FILTERS):
            raise
        return Listing(errors=problem.errors, is_filtered=True, status=problem.status)
    following, first = further_pages(path, visit.request.query_params, found["next_cursor"])
    rows = [_row(subscription) for subscription in found["data"]]
    return Listing(rows=rows, following=following, first=first, is_filtered=is_filtered)


def _row(subscription: Mapping[str, Any]) -> Row:
    upcoming, is_held = subscription["next_event"], subscription["renewal_held_since"] is not None
    return Row(
        subscription=subscription,
        certificates=sum(item["quantity"] for item in subscription["inventory"]),
        period=_period(subscription),
        upcoming=_upcoming(subscription, upcoming["kind"]) if upcoming else HELD if is_held else "",
        upcoming_at=None if upcoming is None else upcoming["at"],
    )


def _period(subscription: Mapping[str, Any]) -> str:
    start, end = subscription["start_date"], subscription["end_date"]
    if start is None:
        return "Starts when the ECA is accepted"
    if end is None:
        return ""
    return period_in_words(date.fromisoformat(start), date.fromisoformat(end))


def _upcoming(subscription: Mapping[str, Any], kind: str) -> str:
    if kind != "term_end":
        return _UPCOMING[kind]
    if subscription["renewal_mode"] == "one_time":
        return "Expires"
    return "Renewal is held" if subscription["state"] == "suspended" else "Renews"
