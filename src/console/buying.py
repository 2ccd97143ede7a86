"""A purchase on its way: the steps of the manual, what was entered at each, and what is wrong with it.

Every rule is the API's: a dry run of the whole purchase tells what does not fit, with samples for the steps to come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from console.counting import Line, asked_lines, count_errors, field_on_form
from console.desk import Problem
from console.drafts import keep, own_draft
from console.paths import CUSTOMERS, PURCHASES
from console.visit import Visit
from storage.drafts import Draft

PURCHASE = "purchase"
STEPS: Mapping[str, str] = {
    "offering": "Select the subscription",
    "term": "Set the subscription term",
    "inventory": "Configure the product inventory",
    "renewal": "Set the renewal preferences",
    "review": "Review the subscription details",
}
ORDER = tuple(STEPS)
BEGINNING: Mapping[str, Any] = {
    "offering": "",
    "eca_acceptor_email": "",
    "term_months": "",
    "start_date": "",
    "clm_tier": "",
    "inventory": [],
    "renewal_mode": "",
    "reference_id": "",
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "offering": ("offering", "eca_acceptor_email"),
    "term": ("term_months", "start_date"),
    "inventory": ("clm_tier",),
    "renewal": ("renewal_mode",),
    "review": ("reference_id",),
}
MISSING: Mapping[str, str] = {
    "offering": "Select the product you want to add.",
    "term_months": "Select a term.",
    "clm_tier": "Select a CLM tier.",
    "inventory": "Add at least one product.",
    "renewal_mode": "Select Auto-Renewal or One-Time Renewal.",
}
UNPROCESSABLE = 422


@dataclass(frozen=True, kw_only=True)
class Order:
    """A draft of a purchase with its customer and what is sold today."""

    visit: Visit
    draft: Draft
    customer: Mapping[str, Any]
    catalog: Mapping[str, Any]

    @property
    def entries(self) -> Mapping[str, Any]:
        """What was typed so far, wrong or not."""
        return {**BEGINNING, **self.draft.data}

    @property
    def lines(self) -> list[Line]:
        """The products with the counts typed."""
        return list(self.entries["inventory"])

    @property
    def offering(self) -> Mapping[str, Any]:
        """The chosen offering; the first one while none is, so that there are terms and products to show."""
        offerings = self.catalog["offerings"]
        return next((one for one in offerings if one["code"] == self.entries["offering"]), offerings[0])

    @property
    def products(self) -> tuple[Mapping[str, Any], ...]:
        """The products of the chosen offering."""
        return tuple(one for one in self.catalog["products"] if one["code"] in self.offering["products"])

    def path(self, step: str) -> str:
        """Return the address of a step."""
        return f"{PURCHASES}/{self.draft.id}/{step}"

    async def kept(self, **entries: Any) -> Order:
        """Keep entries."""
        return replace(self, draft=await keep(self.visit, self.draft, **entries))


async def open_order(visit: Visit, draft: Draft) -> Order:
    """Return a draft with what it is about.

    Raises:
        Problem: the user sees the customer no more.
    """
    customer, catalog = await asyncio.gather(
        visit.desk.get(f"/v1/customers/{draft.subject_id}"), visit.desk.get("/v1/catalog")
    )
    return Order(visit=visit, draft=draft, customer=customer, catalog=catalog)


async def draft_of(visit: Visit) -> Draft:
    """Return the draft in the address.

    Raises:
        HTTPException: 404, it is none of the user's purchases.
    """
    return await own_draft(visit, visit.path("draft"), PURCHASE)


def subscriptions_path(customer_id: str) -> str:
    """Return the address of a customer's subscriptions."""
    return f"{CUSTOMERS}/{customer_id}/subscriptions"


def body_of(order: Order) -> dict[str, Any]:
    """Return what was entered as the API's body; what was left empty is not in it."""
    entries = order.entries
    names = ("offering", "eca_acceptor_email", "start_date", "clm_tier", "renewal_mode", "reference_id")
    given = {name: entries[name] for name in names if entries[name]}
    if entries["term_months"]:
        given["term_months"] = int(entries["term_months"])
    if order.lines:
        given["inventory"] = asked_lines(order.lines)
    return {"customer_id": order.draft.subject_id, **given}


def sampled_body(order: Order) -> dict[str, Any]:
    """Return the body with samples for what is still to come: one certificate of each product of the offering."""
    body = body_of(order)
    term = body.get("term_months", order.offering["terms"][0])
    priced = [one["code"] for one in order.products if str(term) in one["prices"]]
    sample = {
        "offering": order.offering["code"],
        "term_months": term,
        "clm_tier": order.catalog["clm_tiers"][0]["code"],
        "inventory": [{"product": code, "quantity": 1} for code in priced],
        "renewal_mode": "one_time",
    }
    return {**sample, **body}


async def wrong_entries(order: Order) -> dict[str, str]:
    """Return what is missing or does not fit, by the form's fields, in the order of the steps."""
    found = {name: text for name, text in MISSING.items() if not order.entries[name]}
    found.update(count_errors(order.lines))
    try:
        await order.visit.desk.ask("POST", "/v1/subscriptions", sampled_body(order), params={"dry_run": True})
    except Problem as problem:
        if not problem.errors:
            raise
        for field, message in on_form(order, problem).items():
            found.setdefault(field, message)
    # Whether an acceptor is needed is asked only once there is an offering to need one.
    if "offering" in found:
        found.pop("eca_acceptor_email", None)
    return dict(sorted(found.items(), key=lambda one: ORDER.index(step_of(one[0]))))


def on_form(order: Order, problem: Problem) -> dict[str, str]:
    """Return the API's messages by the fields of the form."""
    return {field_on_form(field, order.lines): message for field, message in problem.errors.items()}


def step_of(field: str) -> str:
    """Return the step on which a field stands; what is about no field is seen on the last."""
    if field.startswith(("quantity:", "inventory")):
        return "inventory"
    return next((step for step, fields in FIELDS.items() if field in fields), "review")


async def quoted(order: Order) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """Return the price of what was entered so far, or why there is none yet."""
    try:
        answer = await order.visit.desk.ask("POST", "/v1/quotes", sampled_body(order))
    except Problem as problem:
        if problem.status != UNPROCESSABLE:
            raise
        return None, tuple(problem.errors.values()) or (problem.detail,)
    found: Mapping[str, Any] = answer.body
    return found, ()


async def is_agreement_on_file(order: Order) -> bool:
    """Return whether the customer has accepted the agreement before."""
    needy = next((one for one in order.catalog["offerings"] if one["eca_required"]), None)
    if needy is None:
        return True
    blank = replace(order, draft=replace(order.draft, data={"offering": needy["code"]}))
    quote, _ = await quoted(blank)
    return quote is not None and quote["eca"]["status"] == "on_file"
