"""The changes of `support_mutations`, one by one: a new operation that takes a key needs a case here."""

from __future__ import annotations

import uuid

from support_bulk import finished, given
from support_mutations import WITHIN, Case, Shop
from support_operations import Things
from support_product import Json, customer_body, purchase_body
from support_states import pending
from support_tenants import partner_body, user_body
from support_waiting import eventually

MORE = [{"product": "tls-dv-single", "quantity": 3}]


def _bought(shop: Shop) -> Things:
    made = shop.seat.bought(customer_id=shop.customer_id)
    return {"subscription": made["id"], "line": made["transaction"]["lines"][0]["id"]}


def _suspended(shop: Shop) -> Things:
    things = _bought(shop)
    shop.seat.done(shop.seat.command(things["subscription"], "suspend"))
    return things


def _awaiting(shop: Shop) -> Things:
    made = pending(shop.seat, customer_id=shop.customer_id)
    return {"subscription": made["id"], "awaiting": made["id"]}


def _customer(shop: Shop) -> Things:
    return {"customer": shop.seat.new_customer()["id"]}


def _reseller(shop: Shop) -> Things:
    return {"partner": _created(shop, "/v1/partners", partner_body())}


def _user(shop: Shop) -> Things:
    return {"user": _created(shop, "/v1/users", user_body())}


def _spare_key(shop: Shop) -> Things:
    return {"spare_key": _created(shop, "/v1/api-keys", {"scopes": ["read"]})}


def _job(shop: Shop) -> Things:
    """One whose only row is done."""
    row = {"kind": "suspend", "subscription_id": _bought(shop)["subscription"]}
    return {"job": finished(shop.seat, given(shop.seat, [row]), within=WITHIN)["id"]}


def _webhook(shop: Shop, *kinds: str) -> Things:
    body = {"url": shop.receiver, "kinds": [*(kinds or ("eca_expired",))]}
    made = _created(shop, "/v1/webhooks", body)
    return {"webhook": made, "spare_webhook": made}


def _told(shop: Shop) -> Things:
    """A webhook that was told of something, which the partner's later changes do not tell it of."""
    things = _webhook(shop, "cancelled")
    shop.seat.done(shop.seat.command(_awaiting(shop)["subscription"], "cancel"))
    path = f"/v1/webhooks/{things['webhook']}"
    (sent,) = eventually(lambda: shop.seat.get(f"{path}/deliveries", status="sent")["data"], within=WITHIN)
    shop.seat.done(shop.seat.patch(path, {"kinds": ["eca_expired"]}))
    return {**things, "delivery": sent["id"]}


def _told_and_disabled(shop: Shop) -> Things:
    things = _told(shop)
    shop.seat.done(shop.seat.patch(f"/v1/webhooks/{things['webhook']}", {"state": "disabled"}))
    return things


def _unpaid(shop: Shop) -> Things:
    (invoice,) = shop.seat.get("/v1/invoices")["data"]
    return {"invoice": invoice["id"]}


def _created(shop: Shop, path: str, body: Json) -> str:
    found: str = shop.seat.done(shop.seat.post(path, body), 201)["id"]
    return found


def _refund(shop: Shop, things: Things) -> Json:
    """Of all that was bought, so that there is nothing left for a second one."""
    return {"lines": [{"transaction_line_id": things["line"], "quantity": 5}]}


def _purchase(shop: Shop, things: Things) -> Json:
    return purchase_body(shop.customer_id, reference_id=uuid.uuid4().hex)


def _reasoned(*_: object) -> Json:
    return {"reason": uuid.uuid4().hex}


def _told_to_both(kind: str) -> tuple[str, ...]:
    """Partner and customer have each a mail."""
    return (f"tellings {kind} to partner", f"tellings {kind} to customer", *[f"mailbox {kind}"] * 2)


_ONE = "/v1/subscriptions/{subscription_id}"
_HOOK = "/v1/webhooks/{webhook_id}"
_RETRY = f"POST {_HOOK}/deliveries/{{delivery_id}}/retry"

PARTIES = (
    Case(
        operation="POST /v1/partners",
        body=lambda *_: partner_body(),
        status=201,
        leaves=("commands partner.create", "partners", "audit_entries partner.create"),
    ),
    Case(
        operation="PATCH /v1/partners/{partner_id}",
        on=_reseller,
        body=lambda *_: {"name": uuid.uuid4().hex},
        leaves=("commands partner.edit", "audit_entries partner.edit"),
    ),
    Case(
        operation="POST /v1/customers",
        body=lambda *_: customer_body(),
        status=201,
        leaves=("commands customer.create", "customers", "customer_partners", "audit_entries customer.create"),
    ),
    Case(
        operation="PATCH /v1/customers/{customer_id}",
        on=_customer,
        body=lambda *_: {"city": uuid.uuid4().hex},
        if_match='"1"',
        leaves=("commands customer.edit", "audit_entries customer.edit"),
    ),
    Case(
        operation="POST /v1/api-keys",
        body=lambda *_: {"scopes": ["read"], "name": uuid.uuid4().hex},
        status=201,
        leaves=("commands api_key.create", "api_keys", "audit_entries api_key.create"),
        shown_once="key",
    ),
    Case(
        operation="DELETE /v1/api-keys/{key_id}",
        on=_spare_key,
        status=204,
        leaves=("commands api_key.revoke", "audit_entries api_key.revoke"),
    ),
    Case(
        operation="POST /v1/users",
        body=lambda *_: user_body(),
        status=201,
        leaves=("commands user.create", "users", "audit_entries user.create"),
        shown_once="setup_secret",
    ),
    Case(
        operation="PATCH /v1/users/{user_id}",
        on=_user,
        body=lambda *_: {"name": uuid.uuid4().hex},
        leaves=("commands user.edit", "audit_entries user.edit"),
    ),
    Case(
        operation="POST /v1/users/{user_id}/setup-secret",
        on=_user,
        leaves=("commands user.setup", "audit_entries user.setup"),
        shown_once="setup_secret",
    ),
)
SUBSCRIPTIONS = (
    Case(
        operation="POST /v1/subscriptions",
        body=_purchase,
        status=201,
        leaves=(
            *("commands purchase", "subscriptions", "events purchase_confirmed", "events activated"),
            *("transactions purchase", "transaction_lines purchase", *_told_to_both("activated")),
        ),
    ),
    Case(
        operation=f"POST {_ONE}/inventory",
        on=_bought,
        body=lambda *_: {"add": MORE, "reference_id": uuid.uuid4().hex},
        leaves=(
            *("commands add_inventory", "events inventory_added", "transactions inventory_add"),
            *("transaction_lines inventory_add", *_told_to_both("inventory_added")),
        ),
    ),
    Case(
        operation=f"PUT {_ONE}/renewal-inventory",
        on=_bought,
        body=lambda *_: {"lines": MORE, "reference_id": uuid.uuid4().hex},
        leaves=("commands set_renewal_inventory", "events renewal_inventory_set"),
    ),
    Case(
        operation=f"PUT {_ONE}/renewal-mode",
        on=_bought,
        body=lambda *_: {"renewal_mode": "one_time"},
        if_match='"2"',
        leaves=("commands set_renewal_mode", "events renewal_mode_set", *_told_to_both("renewal_mode_set")),
    ),
    Case(
        operation=f"POST {_ONE}/suspend",
        on=_bought,
        body=_reasoned,
        leaves=("commands suspend", "events suspended", *_told_to_both("suspended")),
    ),
    Case(
        operation=f"POST {_ONE}/enable",
        on=_suspended,
        body=_reasoned,
        leaves=("commands enable", "events enabled", *_told_to_both("enabled")),
    ),
    Case(
        operation=f"PUT {_ONE}/usage",
        on=_bought,
        body=lambda *_: {"product": "tls-dv-single", "in_use": 4},
        leaves=("commands usage.report", "usage", "audit_entries usage.report"),
    ),
    Case(operation=f"POST {_ONE}/enable", on=_bought, body=_reasoned, status=409, leaves=("commands enable",)),
    Case(operation=f"POST {_ONE}/cancel", on=_awaiting, body=_reasoned, leaves=("commands cancel", "events cancelled")),
    Case(
        operation=f"POST {_ONE}/eca/resend",
        on=_awaiting,
        leaves=(
            *("commands resend_eca", "events eca_resent", "eca_links"),
            *("tellings eca_request to acceptor", "mailbox eca_request"),
        ),
    ),
    Case(
        operation=f"PUT {_ONE}/eca/acceptor",
        on=_awaiting,
        body=lambda *_: {"eca_acceptor_email": f"{uuid.uuid4().hex}@company.example"},
        leaves=(
            *("commands change_acceptor", "events eca_acceptor_changed", "eca_requests", "eca_links"),
            *("tellings eca_request to acceptor", "mailbox eca_request"),
            *("tellings eca_replaced to former_acceptor", "mailbox eca_replaced"),
        ),
    ),
)
MONEY = (
    Case(
        operation="POST /v1/refunds",
        on=_bought,
        body=_refund,
        status=201,
        leaves=(
            *("commands refund", "refunds", "events refunded", "events cancelled"),
            *("transactions refund", "transaction_lines refund", *_told_to_both("refund_processed")),
        ),
    ),
    Case(
        operation="POST /v1/refunds",
        on=_bought,
        body=lambda shop, things: {**_refund(shop, things), "expected_total": 1},
        status=409,
        leaves=("commands refund",),
    ),
    Case(
        operation="POST /v1/invoices/{invoice_id}/paid",
        on=_unpaid,
        leaves=("commands invoice.paid", "audit_entries invoice.paid"),
        after_invoicing=True,
    ),
)
WEBHOOKS = (
    Case(
        operation="POST /v1/webhooks",
        body=lambda shop, _: {"url": shop.receiver, "kinds": ["eca_expired"], "description": uuid.uuid4().hex},
        status=201,
        leaves=("commands webhook.create", "webhooks", "audit_entries webhook.create"),
    ),
    Case(
        operation=f"PATCH {_HOOK}",
        on=_webhook,
        body=lambda *_: {"description": uuid.uuid4().hex},
        leaves=("commands webhook.edit", "audit_entries webhook.edit"),
    ),
    Case(
        operation=f"DELETE {_HOOK}",
        on=_webhook,
        status=204,
        leaves=("commands webhook.delete", "audit_entries webhook.delete"),
    ),
    Case(
        operation=f"POST {_HOOK}/rotate-secret",
        on=_webhook,
        leaves=("commands webhook.rotate", "audit_entries webhook.rotate"),
    ),
    Case(
        operation=_RETRY, on=_told, leaves=("commands webhook.retry", "audit_entries webhook.retry"), tells_again=True
    ),
    Case(operation=_RETRY, on=_told_and_disabled, status=409, leaves=("commands webhook.retry",)),
)
BULK = (
    Case(
        operation="POST /v1/bulk",
        on=_bought,
        body=lambda _, things: {
            "kind": "suspend",
            "subscription_id": things["subscription"],
            "reason": uuid.uuid4().hex,
        },
        status=201,
        leaves=(
            *("commands bulk.create", "bulk_jobs", "bulk_rows", "audit_entries bulk.create"),
            *("commands suspend", "events suspended", *_told_to_both("suspended")),
        ),
    ),
    *(
        Case(operation=f"POST /v1/bulk/{{job_id}}/{act}", on=_job, status=409, leaves=(f"commands bulk.{act}",))
        for act in ("pause", "resume", "cancel")
    ),
)
CASES = (*PARTIES, *SUBSCRIPTIONS, *MONEY, *WEBHOOKS, *BULK)
