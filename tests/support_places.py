"""Every page of the console with something on it, for tests that look at all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.routing import Route

from console.app import ROUTES
from console.door import PageRoute
from support_belongings import owner_of
from support_browser import Hand
from support_product import Running
from support_tenants import new_partner

Things = Mapping[str, str]

NO_PAGES = frozenset(
    {
        "/console/static/{name}",
        "/console/customers.csv",
        "/console/invoices/{invoice_id}.pdf",
        "/console/reports/{name}.{ending}",
        "/console/bulk/sample.csv",
        "/console/bulk/sample.jsonl",
        "/console/bulk/{job_id}/result",
        "/console/sign-in/oidc",
        "/console/sign-in/oidc/callback",
    }
)
"""What is downloaded, or leads away, and is no page."""

# What stands in place of a route's parameters: the thing of `owner_of`, or the words themselves.
_NAMED: Mapping[str, Sequence[str]] = {
    "{customer_id}": ("customer",),
    "{customer}": ("customer",),
    "{id}": ("subscription", "awaiting"),
    "{subscription}": ("subscription",),
    "{transaction_id}": ("transaction",),
    "{invoice_id}": ("invoice",),
    "{partner_id}": ("reseller",),
    "{user_id}": ("user",),
    "{key_id}": ("key",),
    "{webhook_id}": ("webhook",),
    "{job_id}": ("job",),
    "{draft}": ("draft",),
    "{draft_id}": ("file",),
}
_WORDS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "/console/purchases/{draft}/{step}": {"{step}": ("offering", "term", "inventory", "renewal", "review")},
    "/console/reports/{name}": {"{name}": ("subscriptions", "transactions", "usage")},
}


def page_routes() -> list[Route]:
    """The routes that show pages."""
    return [route for route in ROUTES if "GET" in (route.methods or ()) and route.path not in NO_PAGES]


def addresses_of(route: Route, things: Things) -> list[str]:
    """Where the route's page is, for each thing that it can be of."""
    found = [route.path]
    for name, values in _WORDS.get(route.path, {}).items():
        found = [one.replace(name, value) for one in found for value in values]
    for name, kinds in _NAMED.items():
        if name in route.path:
            found = [one.replace(name, things[kind]) for one in found for kind in kinds]
    assert not any("{" in one for one in found), found
    return found


def scope_of(route: Route) -> str | None:
    """What the route's page asks of a role, None when it asks nothing."""
    return route.scope if isinstance(route, PageRoute) else None


def things_of(running: Running, hand: Hand, today: Any) -> Things:
    """One of everything, made through the door for programs, and what somebody has begun at the console."""
    seat = running.seat()
    partner_id: str = seat.get("/v1/me")["partner"]["id"]
    things = dict(owner_of(seat, partner_id).things)
    running.seat("operator").done(
        running.seat("operator").http.post("/v1/sandbox/invoice-runs", json={"month": f"{today:%Y-%m}"})
    )
    things["invoice"] = seat.get("/v1/invoices", month=f"{today:%Y-%m}")["data"][0]["id"]
    things["reseller"] = new_partner(seat)["id"]
    things["draft"] = _begun_purchase(hand, things["customer"])
    things["file"] = _priced_file(hand, things["subscription"])
    _begin_additions(hand, things["subscription"])
    return things


def _begun_purchase(hand: Hand, customer_id: str) -> str:
    hand.open(f"/console/customers/{customer_id}/subscriptions/new")
    hand.press("Begin a subscription")
    draft = hand.path.split("/")[3]
    hand.tick(re.compile("^DV Automation"))
    hand.press("Next")
    hand.tick(re.compile("^12 months"))
    hand.press("Next")
    hand.tick(re.compile("^Professional"))
    hand.press("Add Products & Services")
    hand.tick(re.compile("^Domain-validated certificate"))
    hand.press("Apply")
    hand.fill(re.compile("Domain-validated certificate"), "5")
    hand.press("Next")
    hand.tick(re.compile("^Auto-Renewal"))
    hand.press("Next")
    assert hand.path.endswith("/review")
    return draft


def _priced_file(hand: Hand, subscription_id: str) -> str:
    row = f"kind,subscription_id,renewal_mode\nrenewal_mode,{subscription_id},one_time\nrenewal_mode,nothing,auto\n"
    hand.open("/console/bulk/new")
    file: Any = {"name": "modes.csv", "mimeType": "text/csv", "buffer": row.encode()}
    hand.page.get_by_label("File").set_input_files(file)
    hand.press("Price the file")
    hand.page.wait_for_url(re.compile("/console/bulk/files/"))
    return hand.path.rsplit("/", 1)[1]


def _begin_additions(hand: Hand, subscription_id: str) -> None:
    for flow in ("inventory", "renewal-inventory"):
        hand.open(f"/console/subscriptions/{subscription_id}/{flow}")
        hand.press("Add Products & Services")
        box = hand.page.get_by_role("checkbox")
        if box.count():
            box.first.check()
        hand.press("Apply")
