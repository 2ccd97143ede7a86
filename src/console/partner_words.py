"""The words of the partner area: what roles, scopes and kinds mean, said as sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from console.wording import spoken

_RATE = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{0,2}))?")

ROLES_EXPLAINED: Mapping[str, str] = {
    "admin": "Everything of your partner account: customers, subscriptions, refunds, and the accounts and keys here.",
    "technician": "Customers and their inventories: looks after certificates. No refunds, no accounts.",
    "sales": "Customers, subscriptions, prices and reports: sells and renews. No refunds, no accounts.",
    "billing": "Reads everything, processes refunds and marks invoices as paid. Changes nothing else.",
    "ops": "The operator’s staff: everything, for every partner.",
}
SCOPES_EXPLAINED: Mapping[str, str] = {
    "read": "See customers, subscriptions, transactions, invoices and reports.",
    "write": "Add and change customers and subscriptions; buy.",
    "refund": "Process refunds and mark invoices as paid.",
    "admin": "Manage partners, users, API keys and webhooks, and read the audit trail.",
    "ops": "What only the operator may do.",
}
KINDS_OF_PARTNER: Mapping[str, str] = {"operator": "Operator", "distributor": "Distributor", "reseller": "Reseller"}
ENABLED_WORDS: Mapping[str, tuple[str, str]] = {"enabled": ("Enabled", "green"), "disabled": ("Disabled", "red")}
DELIVERY_WORDS: Mapping[str, tuple[str, str]] = {
    "pending": ("Waiting to be sent", "azure"),
    "sent": ("Sent", "green"),
    "failed": ("Failed", "red"),
    "refused": ("Refused by the receiver", "red"),
    "skipped": ("Not sent, no longer needed", "secondary"),
}
RECEIVERS: Mapping[str, str] = {
    "acceptor": "Acceptor of the ECA",
    "former_acceptor": "Former acceptor",
    "partner": "Partner’s billing contact",
    "customer": "Customer’s contact",
    "operator": "Operator",
    "billing": "Billing contact, for documents",
}
JOB_WORDS: Mapping[str, tuple[str, str]] = {
    "running": ("Running", "azure"),
    "paused": ("Paused", "yellow"),
    "cancelling": ("Being cancelled", "orange"),
    "cancelled": ("Cancelled", "secondary"),
    "done": ("Done", "green"),
}
ROW_WORDS: Mapping[str, tuple[str, str]] = {
    "pending": ("Waiting", "azure"),
    "done": ("Done", "green"),
    "refused": ("Refused", "red"),
    "cancelled": ("Cancelled", "secondary"),
    "priced": ("Priced", "green"),
}


def percent(basis_points: int) -> str:
    """Return a rate: 1900 as `19`, 1950 as `19.5`."""
    return f"{basis_points / 100:.2f}".rstrip("0").rstrip(".")


def basis_points(entered: str) -> int | str:
    """Return a rate in percent as basis points; whatever is none goes on as it is, for the API to refuse."""
    found = _RATE.fullmatch(entered)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else entered


def changes_said(entry: Mapping[str, Any]) -> list[str]:
    """Return what an audit entry changed, a member each: what it is when there was nothing before, else both."""
    before: Mapping[str, Any] = entry["before"] or {}
    after: Mapping[str, Any] = entry["after"] or {}
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not before:
        return [f"{spoken(name)}: {said(after[name])}" for name in changed]
    return [f"{spoken(name)}: {said(before.get(name))} → {said(after.get(name))}" for name in changed]


def said(value: object) -> str:
    """Return a value of the audit trail as text, a dash when there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        members = cast("Mapping[str, object]", value)
        return ", ".join(f"{name} {said(one)}" for name, one in members.items()) or "–"
    if isinstance(value, list):
        return ", ".join(said(one) for one in cast("Sequence[object]", value)) or "–"
    return "–" if value in {None, ""} else str(value)
