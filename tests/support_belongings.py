"""Partners side by side, each with something of every kind, for tests of who may see and do what."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import httpx2

from intake.roles import SCOPES
from support_bulk import finished, given
from support_operations import CLOSED_PORT, Operation, Things
from support_product import Json, Running, Seat
from support_states import pending
from support_tenants import new_partner, reseller_seat, seat_of, user_body
from support_waiting import eventually


@dataclass(frozen=True)
class Owner:
    """A partner, its key, and what belongs to it."""

    seat: Seat
    things: Things

    def spared(self, operation: Operation) -> Things:
        """Its things, with a key or a webhook more where the operation would take it away."""
        more = {"spare_key": lambda: _key(self.seat), "spare_webhook": lambda: _webhook(self.seat)}
        return {**self.things, **{thing: more[thing]() for thing in operation.things if thing in more}}


@dataclass(frozen=True)
class Belongings:
    """Two distributors, the first with two resellers, and the operator."""

    operator: Seat
    distributor: Owner
    reseller: Owner
    sibling: Owner
    stranger: Owner
    by_scope: dict[str, Seat]
    disabled: Seat


def asked(http: httpx2.Client, operation: Operation, things: Things) -> httpx2.Response:
    """Send the operation as it is meant to be sent."""
    body = None if operation.body is None else operation.body(things)
    sent = operation.sent(body)
    key = {} if operation.method == "GET" else {"Idempotency-Key": uuid.uuid4().hex}
    headers = {**sent.pop("headers", {}), **key}
    return http.request(operation.method, operation.address(things), params=operation.query, headers=headers, **sent)


def belongings_of(running: Running, *, month: str) -> Belongings:
    """Make all of it through the door, and the documents of this month: only who is billed has one."""
    operator, distributor = running.seat("operator"), running.seat()
    partner_id: str = distributor.get("/v1/me")["partner"]["id"]
    reseller_id, reseller = reseller_seat(distributor)
    sibling_id, sibling = reseller_seat(distributor)
    stranger_id = new_partner(operator)["id"]
    disabled_id, disabled = reseller_seat(distributor)
    distributor.done(distributor.patch(f"/v1/partners/{disabled_id}", {"state": "disabled"}))
    operator_id: str = operator.get("/v1/me")["partner"]["id"]
    by_scope = {scope: seat_of(running, operator_id, scopes=(scope,)) for scope in SCOPES}
    found = Belongings(
        operator,
        distributor=owner_of(distributor, partner_id),
        reseller=owner_of(reseller, reseller_id),
        sibling=owner_of(sibling, sibling_id),
        stranger=owner_of(seat_of(running, stranger_id), stranger_id),
        by_scope=by_scope,
        disabled=disabled,
    )
    # What other tests do as the distributor, too, is not told to its webhook.
    distributor.done(distributor.patch(f"/v1/webhooks/{found.distributor.things['webhook']}", {"state": "disabled"}))
    operator.done(operator.http.post("/v1/sandbox/invoice-runs", json={"month": month}))
    for owner in (found.distributor, found.stranger):
        owner.things["invoice"] = owner.seat.get("/v1/invoices", month=month)["data"][0]["id"]
    return found


def owner_of(seat: Seat, partner_id: str) -> Owner:
    """Make one of everything through the door, but for documents."""
    bought = seat.bought()
    refund = seat.done(seat.refund(bought["transaction"], 1), 201)
    webhook, key = _webhook(seat, "suspended"), _key(seat)
    suspended = seat.bought(customer_id=bought["customer_id"])
    seat.done(seat.command(suspended["id"], "suspend"))
    deliveries = eventually(lambda: seat.get(f"/v1/webhooks/{webhook}/deliveries")["data"])
    timeline = seat.timeline(bought["id"])
    return Owner(
        seat,
        {
            "partner": partner_id,
            "customer": bought["customer_id"],
            "subscription": bought["id"],
            "awaiting": pending(seat, customer_id=bought["customer_id"])["id"],
            "transaction": bought["transaction"]["id"],
            "line": bought["transaction"]["lines"][0]["id"],
            "refund": refund["id"],
            "command": next(entry["command_id"] for entry in timeline if entry["command_id"]),
            "webhook": webhook,
            "delivery": deliveries[0]["id"],
            "key": key,
            "agreement": seat.get("/v1/agreements")["data"][0]["id"],
            "user": _created(seat, "/v1/users", user_body()),
            "job": _job(seat, bought["id"]),
            # Nobody else may take them away either.
            "spare_webhook": webhook,
            "spare_key": key,
        },
    )


def _webhook(seat: Seat, kind: str = "eca_expired") -> str:
    return _created(seat, "/v1/webhooks", {"url": CLOSED_PORT, "kinds": [kind]})


def _job(seat: Seat, subscription_id: str) -> str:
    address = given(seat, [{"kind": "renewal_mode", "subscription_id": subscription_id, "renewal_mode": "auto"}])
    job_id: str = finished(seat, address)["id"]
    return job_id


def _key(seat: Seat) -> str:
    return _created(seat, "/v1/api-keys", {"scopes": ["read"]})


def _created(seat: Seat, path: str, body: Json) -> str:
    found: str = seat.done(seat.post(path, body), 201)["id"]
    return found
