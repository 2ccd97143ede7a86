"""Every parameter of a path, a query or a header: its schema, its limits and what it is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.listing import DEFAULT_LIMIT, MAX_LIMIT
from api.query import LONGEST_WINDOW
from lifecycle.charges import Action
from lifecycle.invoices import DocumentKind, InvoiceStatus
from lifecycle.subscription import RenewalMode, State
from storage.customer_orders import CustomerOrder

Parameter = dict[str, Any]


def text(description: str, **schema: object) -> Parameter:
    """Return a parameter that is text, or of the schema's other members."""
    return {"description": description, "schema": {"type": "string", **schema}}


def one_of(description: str, *values: str) -> Parameter:
    """Return a parameter that has one of these values."""
    return text(description, enum=[str(value) for value in values])


def _day(description: str) -> Parameter:
    return text(description, format="date")


def _truth(description: str) -> Parameter:
    return {"description": description, "schema": {"type": "boolean", "default": False}}


_QUERY: dict[str, Parameter] = {
    "limit": {
        "description": "How many items a page has.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    },
    "cursor": text("The `next_cursor` of the page before."),
    "dry_run": _truth("Answer as the command would, and change nothing; no Idempotency-Key is read or kept."),
    "customer_id": text("Of this customer only: `cus_…`."),
    "subscription_id": text("Of this subscription only: `sub_…`."),
    "partner_id": text("Of this partner only: `ptn_…`."),
    "managing_partner_id": text("Managed by this reseller only: `ptn_…`."),
    "account_id": text("Of this billing account: `ptn_…`."),
    "invoice_id": text("About this document only: `inv_…`."),
    "reference_id": text("With this reference only."),
    "offering": text("Of this offering only."),
    "state": one_of("In this state only.", *State),
    "renewal_mode": one_of("With this renewal mode only.", *RenewalMode),
    "ends_before": _day("Ending before this day."),
    "ends_after": _day("Ending after this day."),
    "ends_within": {
        "description": "Not over, and ending at the latest so many days from its own today.",
        "schema": {"type": "integer", "minimum": 1, "maximum": LONGEST_WINDOW},
    },
    "held": _truth("Only what was suspended when its term ended, so that its renewal is held."),
    "action": one_of("Of this action only.", *Action),
    "refundable": _truth("Only what can be refunded today."),
    "from": _day("The first day of `occurred_at`, inclusive; no bound unless said."),
    "to": _day("The last day of `occurred_at`, inclusive; no bound unless said."),
    "until": _day("Until the first instant of this day; a year unless said, ten at most."),
    "on": _day("On this day, today unless said."),
    "month": text("Of this month only: `YYYY-MM`.", pattern=r"^\d{4}-\d{2}$"),
    "kind": one_of("Of this kind only.", *DocumentKind),
    "status": one_of("With this status only.", *InvoiceStatus),
    "after": text("Behind this event: `evt_…`."),
    "email": text("With this whole address only, in any case."),
    "q": text(
        "Looked for in company, contact and e-mail address; one or two letters are those that a word begins with."
    ),
    "sort": text(
        "In this order: newest first, or by name without regard to case; `-` is backwards.",
        enum=[order.value for order in CustomerOrder],
        default=CustomerOrder.NEWEST.value,
    ),
    "actor": text("Done by this key or user only."),
    "subject_id": text("About what has this id only."),
}
_HEADERS: dict[str, Parameter] = {
    "Idempotency-Key": text(
        "Names the request: sent again with the same key it has one effect and the same answer.",
        minLength=1,
        maxLength=255,
    ),
    "If-Match": text("The `ETag` that the caller has seen; 412 when it is not the present one."),
    "Prefer": text(
        "`wait=N`: how many seconds to wait for the answer, 10 unless said, 60 at most; all else is ignored."
    ),
}
_PATH: dict[str, Parameter] = {
    "subscription_id": text("A subscription: `sub_…`."),
    "customer_id": text("A customer: `cus_…`."),
    "partner_id": text("A partner: `ptn_…`."),
    "transaction_id": text("A transaction: `txn_…`."),
    "refund_id": text("A refund: `rfd_…`."),
    "invoice_id": text("An invoice or credit note: `inv_…`."),
    "webhook_id": text("A webhook: `whk_…`."),
    "delivery_id": text("What a webhook is told: `tel_…`."),
    "command_id": text("A command: `cmd_…`."),
    "job_id": text("A bulk job: `blk_…`."),
    "key_id": text("An API key: `key_…`, not its text."),
    "agreement_id": text("A version of the agreement: `doc_…`."),
    "user_id": text("A user: `usr_…`."),
    "token": text("The secret of the acceptor's link."),
}


def query_parameter(name: str, special: Mapping[str, Parameter]) -> Parameter:
    """Return a query parameter; `special` are those that mean something else than elsewhere."""
    return {"name": name, "in": "query", **(special.get(name) or _QUERY.get(name) or text(""))}


def header(name: str, *, required: bool) -> Parameter:
    """Return a header of a request; one that is `required` may be left out of a dry run all the same."""
    known = _HEADERS[name]
    if required and name == "Idempotency-Key":
        known = {**known, "description": f"Required, but for a dry run. {known['description']}"}
    return {"name": name, "in": "header", **known}


def path_parameter(name: str) -> Parameter:
    """Return a parameter of a path."""
    return {"name": name, "in": "path", "required": True, **_PATH.get(name, text(""))}
