"""Inventories on their way to other counts: what is for use now, to which one may add, and what renews."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from console.counting import Line, asked_lines, count_errors, field_on_form
from console.desk import Answer, Problem
from console.drafts import BECAME, begin_draft, begun_drafts, keep, own_draft
from console.paths import SUBSCRIPTIONS
from console.visit import Visit
from console.why_not import why_not
from storage.drafts import Draft

NONE_OF_IT = frozenset({"", "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One of the two flows of the manual, and the API's command that it ends in."""

    segment: str
    title: str
    step: str
    command: str
    method: str
    member: str
    done: str
    adds: bool

    def path(self, subscription_id: str, step: str = "") -> str:
        """Return the address of a step on a subscription."""
        return f"{SUBSCRIPTIONS}/{subscription_id}/{self.segment}" + (f"/{step}" if step else "")


ADDITION = Flow(
    segment="inventory",
    title="Manage inventory",
    step="Update the subscription inventory",
    command="add_inventory",
    method="POST",
    member="add",
    done="inventory-added",
    adds=True,
)
RENEWAL = Flow(
    segment="renewal-inventory",
    title="Renewal inventory",
    step="Update the subscription renewal inventory",
    command="set_renewal_inventory",
    method="PUT",
    member="lines",
    done="renewal-inventory-set",
    adds=False,
)


@dataclass(frozen=True, kw_only=True)
class Recount:
    """A flow on a subscription, and what was entered; `draft` is None before anything was."""

    visit: Visit
    flow: Flow
    subscription: Mapping[str, Any]
    customer: Mapping[str, Any]
    catalog: Mapping[str, Any]
    draft: Draft | None

    @property
    def held(self) -> Mapping[str, int]:
        """The counts that the flow is about, as they are now."""
        counts = self.subscription["inventory" if self.flow.adds else "renewal_inventory"]
        return {line["product"]: line["quantity"] for line in counts}

    @property
    def lines(self) -> list[Line]:
        """The products with what was typed; before anything was, all there are."""
        typed: list[Line] = list(self.draft.data["lines"]) if self.draft is not None else []
        if not self.flow.adds:
            return typed if self.draft is not None else _as_typed(self.held)
        named = {line["product"] for line in typed}
        return [*({"product": code, "quantity": ""} for code in self.held if code not in named), *typed]

    @property
    def follows(self) -> bool:
        """Whether the renewal inventory is to follow the inventory again."""
        return self.draft is not None and bool(self.draft.data.get("follows"))

    @property
    def reference_id(self) -> str:
        """What was typed as Reference ID."""
        return "" if self.draft is None else str(self.draft.data.get("reference_id", ""))

    @property
    def products(self) -> tuple[Mapping[str, Any], ...]:
        """What can be added: the products of the offering."""
        sold = next((one for one in self.catalog["offerings"] if one["code"] == self.subscription["offering"]), None)
        codes = () if sold is None else sold["products"]
        return tuple(one for one in self.catalog["products"] if one["code"] in codes)

    @property
    def asked(self) -> list[Line]:
        """The lines that the API is asked for: to an inventory only what is added."""
        return [line for line in self.lines if not (self.flow.adds and line["quantity"] in NONE_OF_IT)]

    @property
    def adds_nothing(self) -> bool:
        """Whether certificates are to be added, and none were entered yet."""
        return self.flow.adds and not self.asked

    def path(self, step: str = "") -> str:
        """Return the address of a step."""
        return self.flow.path(self.subscription["id"], step)

    async def kept(self, **entries: Any) -> Recount:
        """Keep entries; the first ones begin the draft."""
        if self.draft is not None:
            return replace(self, draft=await keep(self.visit, self.draft, **entries))
        data = {"lines": self.lines, "follows": False, "reference_id": "", **entries}
        draft = await begin_draft(self.visit, self.flow.command, self.subscription["id"], data)
        return replace(self, draft=draft)


async def open_recount(visit: Visit, flow: Flow, draft: Draft | None) -> Recount:
    """Return a flow on the subscription in the address.

    Raises:
        Problem: the user does not see it.
    """
    subscription = await visit.desk.get(f"/v1/subscriptions/{visit.path('subscription')}")
    customer, catalog = await asyncio.gather(
        visit.desk.get(f"/v1/customers/{subscription['customer_id']}"),
        visit.desk.get("/v1/catalog", {"on": subscription.get("today")}),
    )
    return Recount(visit=visit, flow=flow, subscription=subscription, customer=customer, catalog=catalog, draft=draft)


async def latest_draft(visit: Visit, flow: Flow) -> Draft | None:
    """Return what the user has begun of the flow on the subscription in the address, None when nothing."""
    found = await begun_drafts(visit, flow.command, visit.path("subscription"))
    return found[0] if found else None


async def sent_draft(visit: Visit, flow: Flow) -> Draft | None:
    """Return the draft that a form is of, None when it is the first one that is sent.

    Raises:
        HTTPException: 404, the draft was discarded.
    """
    if not (draft_id := visit.entered("draft")):
        return None
    return await own_draft(visit, draft_id, flow.command)


def outcome_of(draft: Draft | None) -> str:
    """Return where what the draft became is, empty when it became nothing yet."""
    return "" if draft is None else str(draft.data.get(BECAME, ""))


async def ask(recount: Recount, *, key: str | None = None, expected_total: int | None = None) -> Answer:
    """Ask the API for the command; without a key only what it would do.

    Raises:
        Problem: the API says no.
    """
    flow, lines = recount.flow, asked_lines(recount.asked)
    body: dict[str, Any] = {flow.member: None if recount.follows else lines}
    if recount.reference_id:
        body["reference_id"] = recount.reference_id
    if expected_total is not None:
        body["expected_total"] = expected_total
    address = f"/v1/subscriptions/{recount.subscription['id']}/{flow.segment}"
    return await recount.visit.desk.ask(flow.method, address, body, params={"dry_run": key is None}, key=key)


def reason_against(recount: Recount) -> str | None:
    """Return why the subscription's state does not allow the flow, None when it does."""
    command, facts = recount.flow.command, recount.subscription
    return why_not(command, facts["state"], is_allowed=command in facts["allowed"])


def count_errors_of(recount: Recount) -> dict[str, str]:
    """Return which counts are no numbers."""
    return {} if recount.follows else count_errors(recount.asked)


def on_form(recount: Recount, problem: Problem) -> dict[str, str]:
    """Return the API's messages by the fields of the form."""
    return {field_on_form(field, recount.asked): message for field, message in problem.errors.items()}


def _as_typed(counts: Mapping[str, int]) -> list[Line]:
    return [{"product": code, "quantity": str(quantity)} for code, quantity in counts.items()]
