"""Every operation of the API as a row: who may call it, whose id stands in its path, and a body that it would take.

The table is written by hand, so that it can be held against the routes and against what the OpenAPI document says.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support_files import JSON_LINES, json_lines
from support_product import Json, customer_body, purchase_body
from support_tenants import partner_body, user_body

Things = dict[str, str]
"""Ids of what belongs to a partner, by what they are."""

ANY_KEY = "any key"
CLOSED_PORT = "http://127.0.0.1:9/"
"""Where a webhook may be and nobody answers."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation.

    `scope` is what the key must hold, ANY_KEY when every valid key will do, None when none is needed. `things` are
    those whose ids stand in the path, `named` those whose ids stand in the body. `shows` is the thing that a list
    holds. `also` are statuses that its owner may get for what it asks, beside success.
    A `file` has the body as its only row.
    """

    method: str
    path: str
    scope: str | None = "read"
    things: tuple[str, ...] = ()
    body: Callable[[Things], Json] | None = None
    named: tuple[str, ...] = ()
    shows: str | None = None
    also: tuple[int, ...] = ()
    file: bool = False
    query: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def address(self, things: Things) -> str:
        """The path with the ids of these things."""
        found = self.path
        for thing in self.things:
            before, _, after = found.partition("{")
            found = f"{before}{things[thing]}{after.partition('}')[2]}"
        return found

    def sent(self, body: Json | None) -> dict[str, Any]:
        """How a client sends this body."""
        if not self.file:
            return {"json": body}
        return {"content": json_lines([body]), "headers": {"Content-Type": JSON_LINES}}


def missing(things: Things) -> Things:
    """As many ids of the same form, which name nothing."""
    return {thing: f"{value.partition('_')[0]}_{uuid.uuid4().hex}" for thing, value in things.items()}


def _purchase(things: Things) -> Json:
    return purchase_body(things["customer"])


def _refund(things: Things) -> Json:
    return {"lines": [{"transaction_line_id": things["line"], "quantity": 1}]}


_DRY = {"dry_run": "true"}
_ONE = "/v1/subscriptions/{subscription_id}"
_HOOK = "/v1/webhooks/{webhook_id}"
_ON_ONE = ("subscription",)
_JOB = "/v1/bulk/{job_id}"
_ON_JOB = ("job",)
_ADD = [{"product": "tls-dv-single", "quantity": 1}]


def _command(
    path: str, body: Callable[[Things], Json], *, method: str = "POST", thing: str = "subscription", also: int = 200
) -> Operation:
    return Operation(
        method=method, path=f"{_ONE}/{path}", scope="write", things=(thing,), body=body, query=_DRY, also=(also,)
    )


PARTIES = (
    Operation(method="GET", path="/v1/me", scope=ANY_KEY),
    Operation(method="GET", path="/v1/catalog"),
    Operation(method="GET", path="/v1/agreements"),
    Operation(method="GET", path="/v1/agreements/{agreement_id}", things=("agreement",)),
    Operation(method="POST", path="/v1/partners", scope="admin", body=lambda _: partner_body(), also=(403,)),
    Operation(method="GET", path="/v1/partners", shows="partner"),
    Operation(method="GET", path="/v1/partners/{partner_id}", things=("partner",)),
    Operation(
        method="PATCH",
        path="/v1/partners/{partner_id}",
        scope="admin",
        things=("partner",),
        body=lambda _: {},
        also=(403,),
    ),
    Operation(
        method="POST",
        path="/v1/customers",
        scope="write",
        body=lambda things: customer_body(managing_partner_id=things["partner"]),
        named=("partner",),
        also=(422,),
    ),
    Operation(method="GET", path="/v1/customers", shows="customer"),
    Operation(method="GET", path="/v1/customers/{customer_id}", things=("customer",)),
    Operation(
        method="PATCH", path="/v1/customers/{customer_id}", scope="write", things=("customer",), body=lambda _: {}
    ),
    Operation(
        method="POST",
        path="/v1/api-keys",
        scope="admin",
        body=lambda things: {"scopes": ["read"], "partner_id": things["partner"]},
        named=("partner",),
    ),
    Operation(method="GET", path="/v1/api-keys", scope="admin", shows="key"),
    Operation(method="GET", path="/v1/api-keys/{key_id}", scope="admin", things=("key",)),
    Operation(method="DELETE", path="/v1/api-keys/{key_id}", scope="admin", things=("spare_key",)),
    Operation(
        method="POST",
        path="/v1/users",
        scope="admin",
        body=lambda things: user_body(partner_id=things["partner"]),
        named=("partner",),
    ),
    Operation(method="GET", path="/v1/users", scope="admin", shows="user"),
    Operation(method="GET", path="/v1/users/{user_id}", scope="admin", things=("user",)),
    Operation(method="PATCH", path="/v1/users/{user_id}", scope="admin", things=("user",), body=lambda _: {}),
    Operation(
        method="POST", path="/v1/users/{user_id}/setup-secret", scope="admin", things=("user",), body=lambda _: {}
    ),
    Operation(method="GET", path="/v1/audit", scope="admin", shows="customer"),
)
SUBSCRIPTIONS = (
    Operation(method="GET", path="/v1/overview"),
    Operation(method="POST", path="/v1/quotes", body=_purchase, named=("customer",)),
    Operation(method="GET", path="/v1/subscriptions", shows="subscription"),
    Operation(method="POST", path="/v1/subscriptions", scope="write", body=_purchase, named=("customer",), query=_DRY),
    Operation(method="GET", path=_ONE, things=_ON_ONE),
    Operation(method="GET", path=f"{_ONE}/timeline", things=_ON_ONE),
    Operation(method="GET", path=f"{_ONE}/forecast", things=_ON_ONE),
    Operation(
        method="PUT",
        path=f"{_ONE}/usage",
        scope="write",
        things=_ON_ONE,
        body=lambda _: {"product": "tls-dv-single", "in_use": 0},
    ),
    Operation(method="GET", path=f"{_ONE}/entitlement", things=_ON_ONE),
    _command("inventory", lambda _: {"add": _ADD}),
    _command("renewal-inventory", lambda _: {"lines": _ADD}, method="PUT"),
    _command("renewal-mode", lambda _: {"renewal_mode": "one_time"}, method="PUT"),
    _command("suspend", lambda _: {}),
    _command("enable", lambda _: {}, also=409),
    _command("cancel", lambda _: {}, also=409),
    _command("eca/resend", lambda _: {}, thing="awaiting", also=409),
    _command("eca/acceptor", lambda _: {"eca_acceptor_email": "new@company.example"}, method="PUT", thing="awaiting"),
    Operation(method="GET", path="/v1/commands/{command_id}", things=("command",)),
)
MONEY = (
    Operation(method="GET", path="/v1/transactions", shows="transaction"),
    Operation(method="GET", path="/v1/transactions/{transaction_id}", things=("transaction",)),
    Operation(method="GET", path="/v1/refunds", shows="refund"),
    Operation(method="POST", path="/v1/refunds", scope="refund", body=_refund, named=("line",), query=_DRY),
    Operation(method="GET", path="/v1/refunds/{refund_id}", things=("refund",)),
    Operation(method="GET", path="/v1/invoices", shows="invoice"),
    Operation(method="GET", path="/v1/invoices/upcoming", also=(404,)),
    Operation(method="GET", path="/v1/invoices/{invoice_id}", things=("invoice",)),
    Operation(method="GET", path="/v1/invoices/{invoice_id}.pdf", things=("invoice",)),
    Operation(
        method="POST",
        path="/v1/invoices/{invoice_id}/paid",
        scope="refund",
        things=("invoice",),
        body=lambda _: {},
        query=_DRY,
    ),
    Operation(method="GET", path="/v1/reports/subscriptions", shows="subscription"),
    Operation(method="GET", path="/v1/reports/transactions", shows="transaction"),
    Operation(method="GET", path="/v1/reports/usage", shows="subscription"),
)
BULK = (
    Operation(
        method="POST",
        path="/v1/bulk",
        scope="write",
        body=lambda things: {"kind": "purchase", **_purchase(things)},
        named=("customer",),
        file=True,
        query=_DRY,
    ),
    Operation(method="GET", path="/v1/bulk", shows="job"),
    Operation(method="GET", path=_JOB, things=_ON_JOB),
    Operation(method="GET", path=f"{_JOB}/rows", things=_ON_JOB, shows="subscription"),
    Operation(method="GET", path=f"{_JOB}/result", things=_ON_JOB, shows="subscription"),
    *(
        Operation(method="POST", path=f"{_JOB}/{act}", scope="write", things=_ON_JOB, also=(409,))
        for act in ("pause", "resume", "cancel")
    ),
)
MESSAGES = (
    Operation(method="GET", path="/v1/events", shows="subscription"),
    Operation(
        method="POST",
        path="/v1/webhooks",
        scope="admin",
        body=lambda _: {"url": CLOSED_PORT, "kinds": ["eca_expired"]},
    ),
    Operation(method="GET", path="/v1/webhooks", shows="webhook"),
    Operation(method="GET", path=_HOOK, things=("webhook",)),
    Operation(method="PATCH", path=_HOOK, scope="admin", things=("webhook",), body=lambda _: {}),
    Operation(method="DELETE", path=_HOOK, scope="admin", things=("spare_webhook",)),
    Operation(method="POST", path=f"{_HOOK}/rotate-secret", scope="admin", things=("webhook",), body=lambda _: {}),
    Operation(method="GET", path="/v1/mails", shows="subscription"),
    Operation(method="GET", path=f"{_HOOK}/deliveries", things=("webhook",), shows="delivery"),
    Operation(
        method="POST",
        path=f"{_HOOK}/deliveries/{{delivery_id}}/retry",
        scope="admin",
        things=("webhook", "delivery"),
    ),
)
SANDBOX = (
    Operation(
        method="POST",
        path="/v1/sandbox/advance",
        scope="write",
        body=lambda things: {"subscription_ids": [things["subscription"]], "to": "2026-11-22"},
        named=("subscription",),
    ),
    Operation(method="POST", path="/v1/sandbox/invoice-runs", scope="write", body=lambda _: {"month": "2020-01"}),
    Operation(method="GET", path="/v1/sandbox/mailbox", scope="write", shows="subscription"),
)
PUBLIC = (
    Operation(method="GET", path="/healthz", scope=None),
    Operation(method="GET", path="/readyz", scope=None),
    Operation(method="GET", path="/metrics", scope=None),
    Operation(method="GET", path="/problems/{code}", scope=None, things=("code",)),
    Operation(
        method="POST",
        path="/v1/users/password",
        scope=None,
        body=lambda _: {"setup_secret": "prs_nothing", "password": "seven otters keep the ledger"},
    ),
    Operation(method="GET", path="/docs", scope=None),
    Operation(method="GET", path="/docs/assets/{name}", scope=None, things=("code",)),
    Operation(method="GET", path="/eca/assets/page.css", scope=None),
    Operation(method="GET", path="/eca/{token}", scope=None, things=("token",)),
    Operation(method="POST", path="/eca/{token}/accept", scope=None, things=("token",), body=lambda _: {}),
    Operation(method="POST", path="/eca/{token}/decline", scope=None, things=("token",), body=lambda _: {}),
)
OPERATIONS = (*PARTIES, *SUBSCRIPTIONS, *MONEY, *BULK, *MESSAGES, *SANDBOX, *PUBLIC)
KEYED = tuple(operation for operation in OPERATIONS if operation.scope is not None)
