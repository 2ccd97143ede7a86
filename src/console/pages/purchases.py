"""Add a subscription: a draft, its five steps, and the purchase that it becomes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import Response

from console.buying import (
    BEGINNING,
    FIELDS,
    ORDER,
    PURCHASE,
    STEPS,
    UNPROCESSABLE,
    Order,
    body_of,
    draft_of,
    is_agreement_on_file,
    on_form,
    open_order,
    quoted,
    step_of,
    subscriptions_path,
    wrong_entries,
)
from console.counting import asked_lines, chosen_lines, shown_total, typed_lines
from console.desk import Problem
from console.door import page
from console.drafts import (
    BECAME,
    NOT_FOUND,
    begin_draft,
    begun_drafts,
    discard,
    keep_what_it_became,
    key_of,
    spend_key,
    typed,
)
from console.paths import CUSTOMERS, PURCHASES, SUBSCRIPTIONS
from console.visit import Visit
from lifecycle.terms import earliest_start, latest_start
from storage.drafts import Draft

PRODUCTS = "products"

Facts = Mapping[str, Any]


async def show_begun(visit: Visit) -> Response:
    """Show what the user has begun for the customer, and the button that begins another."""
    id_ = visit.path("customer")
    customer, drafts = await asyncio.gather(visit.desk.get(f"/v1/customers/{id_}"), begun_drafts(visit, PURCHASE, id_))
    return visit.show("purchases/begun.html", customer=customer, drafts=drafts)


async def begin(visit: Visit) -> Response:
    """Begin a draft and lead to its first step."""
    customer = await visit.desk.get(f"/v1/customers/{visit.path('customer')}")
    draft = await begin_draft(visit, PURCHASE, customer["id"], BEGINNING)
    return visit.go(f"{PURCHASES}/{draft.id}/{ORDER[0]}")


async def give_up(visit: Visit) -> Response:
    """Discard a draft."""
    draft = await draft_of(visit)
    if BECAME not in draft.data:
        await discard(visit, draft)
    return visit.go(f"{CUSTOMERS}/{draft.subject_id}/subscriptions/new", done="draft-discarded")


async def show(visit: Visit) -> Response:
    """Show a step; one that is too far ahead leads back to the first that is not complete."""
    step, draft = _step(visit), await draft_of(visit)
    if BECAME in draft.data:
        return visit.go(draft.data[BECAME])
    order = await open_order(visit, draft)
    wrong = await wrong_entries(order)
    if (first := _first_wrong(wrong)) < ORDER.index(step):
        return visit.go(f"{order.path(ORDER[first])}?wrong=1")
    errors = _errors_on(step, wrong) if visit.query("wrong") or step == "review" else {}
    return await _shown(order, step, wrong=wrong, errors=errors)


async def change(visit: Visit) -> Response:
    """Keep what was entered at a step, then go where the pressed button leads."""
    step, draft = _step(visit), await draft_of(visit)
    if BECAME in draft.data:
        return visit.go(draft.data[BECAME])
    order = await open_order(visit, draft)
    order = await order.kept(**_entered(order, step, visit.form))
    target = _target(visit, step)
    if target == "confirm" and step == "review":
        return await _confirm(order)
    if not visit.is_fragment and target not in {"", "next"}:
        return visit.go(order.path(target))
    wrong = await wrong_entries(order)
    if visit.is_fragment or target == "":
        return await _shown(order, step, wrong=wrong, errors={})
    if errors := _errors_on(step, wrong):
        return await _shown(order, step, wrong=wrong, errors=errors, status=UNPROCESSABLE)
    return visit.go(order.path(ORDER[min(ORDER.index(step) + 1, len(ORDER) - 1)]))


async def show_products(visit: Visit) -> Response:
    """Show what can be added to the inventory."""
    draft = await draft_of(visit)
    if BECAME in draft.data:
        return visit.go(draft.data[BECAME])
    order = await open_order(visit, draft)
    return visit.show(
        "purchases/products.html",
        customer=order.customer,
        products=order.products,
        there={line["product"] for line in order.lines},
        term=order.entries["term_months"],
        path=order.path,
    )


async def apply_products(visit: Visit) -> Response:
    """Add the chosen products to the inventory."""
    draft = await draft_of(visit)
    if BECAME in draft.data:
        return visit.go(draft.data[BECAME])
    order = await open_order(visit, draft)
    offered = [one["code"] for one in order.products]
    await order.kept(inventory=chosen_lines(order.lines, visit.entered_all("product"), offered=offered))
    return visit.go(order.path("inventory"))


def _step(visit: Visit) -> str:
    step = visit.path("step")
    if step not in STEPS:
        raise HTTPException(NOT_FOUND)
    return step


def _target(visit: Visit, step: str) -> str:
    """Return where a button leads: a step, the products, `next`, `confirm`, or nowhere (prices are told again)."""
    to = visit.entered("to")
    if to == "back":
        return ORDER[max(ORDER.index(step) - 1, 0)]
    if to in {PRODUCTS, "next", "confirm", *ORDER}:
        return to
    return ""


def _entered(order: Order, step: str, form: FormData) -> Facts:
    """Return the entries of a step's form; what is not on the form stays as it is."""
    visit = order.visit
    found: dict[str, Any] = {name: typed(visit.entered(name)) for name in FIELDS[step] if name in form}
    if not found.get("term_months", "0").isdecimal():
        found["term_months"] = ""
    if step == "inventory":
        found["inventory"] = typed_lines(visit, order.lines)
    return found


def _first_wrong(wrong: Facts) -> int:
    return min((ORDER.index(step_of(field)) for field in wrong), default=len(ORDER))


def _errors_on(step: str, wrong: Mapping[str, str]) -> dict[str, str]:
    return {field: text for field, text in wrong.items() if step_of(field) == step}


async def _shown(
    order: Order, step: str, *, wrong: Facts, errors: Facts, problem: str = "", status: int = 200, **more: Any
) -> Response:
    reach = _first_wrong(wrong)
    steps = [(code, name, number <= reach) for number, (code, name) in enumerate(STEPS.items())]
    facts = {
        "customer": order.customer,
        "entries": order.entries,
        "catalog": order.catalog,
        "names": _names(order.catalog),
        "path": order.path,
        "step": step,
        "steps": steps,
        "errors": errors,
        "problem": problem,
        **(await VIEWS[step](order) if step in VIEWS else {}),
    }
    return order.visit.show(f"purchases/{step}.html", status=status, **{**facts, **more})


def _names(catalog: Facts) -> Mapping[str, str]:
    """Return the names of everything that is sold, by code."""
    return {one["code"]: one["name"] for kind in ("offerings", "products", "clm_tiers") for one in catalog[kind]}


async def _offering_view(order: Order) -> Facts:
    needy = [one["name"] for one in order.catalog["offerings"] if one["eca_required"]]
    return {"on_file": await is_agreement_on_file(order), "needy": needy}


async def _term_view(order: Order) -> Facts:
    quote, reasons = await quoted(order)
    today = order.visit.today
    terms = [(months, earliest_start(today, months)) for months in order.offering["terms"]]
    return {
        "terms": terms,
        "earliest": min(day for _, day in terms),
        "latest": latest_start(today),
        "quote": quote,
        "reasons": reasons,
        "is_sample": not order.lines,
    }


async def _inventory_view(order: Order) -> Facts:
    quote, reasons = await quoted(order) if order.lines else (None, ())
    return {"lines": order.lines, "products": order.products, "quote": quote, "reasons": reasons}


async def _review_view(order: Order) -> Facts:
    quote, reasons = await quoted(order)
    return {"quote": quote, "reasons": reasons, "lines": asked_lines(order.lines), "was": None}


VIEWS: Mapping[str, Callable[[Order], Awaitable[Facts]]] = {
    "offering": _offering_view,
    "term": _term_view,
    "inventory": _inventory_view,
    "review": _review_view,
}


async def _confirm(order: Order) -> Response:
    """Buy at the price that was shown; whatever is refused is shown where it can be mended."""
    visit = order.visit
    total = shown_total(visit)
    if total is None:
        return await _shown(order, "review", wrong={}, errors={}, problem="Look at the price and confirm again.")
    body = {**body_of(order), "expected_total": total}
    try:
        answer = await visit.desk.ask("POST", "/v1/subscriptions", body, key=key_of(order.draft))
    except Problem as problem:
        return await _refused(order, problem)
    return await _bought(visit, order.draft, answer.body, is_final=answer.is_final)


async def _bought(visit: Visit, draft: Draft, body: Facts, *, is_final: bool) -> Response:
    path = f"{subscriptions_path(draft.subject_id)}?done=accepted"
    if is_final:
        done = "purchased" if body["state"] == "active" else "ordered"
        path = f"{SUBSCRIPTIONS}/{body['id']}?done={done}"
    await keep_what_it_became(visit, draft, path)
    return visit.go(path)


async def _refused(order: Order, problem: Problem) -> Response:
    errors = on_form(order, problem)
    if any(step_of(field) != "review" for field in errors) or problem.code == "required":
        first = min((step_of(field) for field in errors), key=ORDER.index)
        return order.visit.go(f"{order.path(first)}?wrong=1")
    facts: dict[str, Any] = {"errors": errors, "problem": problem.detail, "wrong": {}}
    await spend_key(order.visit, order.draft, problem)
    if problem.code == "price_changed":
        facts["was"] = {"amount": problem.body["expected_total"], "currency": order.catalog["currency"]}
        facts["problem"] = "The price has changed. Look at it and confirm again."
    return await _shown(order, "review", status=problem.status, **facts)


STEP = f"{PURCHASES}/{{draft}}/{{step}}"
BEGIN = f"{CUSTOMERS}/{{customer}}/subscriptions/new"
ROUTES = (
    page(BEGIN, show_begun, scope="write"),
    page(BEGIN, begin, scope="write", methods=("POST",)),
    page(f"{PURCHASES}/{{draft}}/discard", give_up, scope="write", methods=("POST",)),
    page(f"{PURCHASES}/{{draft}}/{PRODUCTS}", show_products, scope="write"),
    page(f"{PURCHASES}/{{draft}}/{PRODUCTS}", apply_products, scope="write", methods=("POST",)),
    page(STEP, show, scope="write"),
    page(STEP, change, scope="write", methods=("POST",)),
)
