"""Manage inventory and Renewal inventory: two flows of two steps, with the same pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from starlette.responses import Response

from console.counting import chosen_lines, shown_total, typed_lines
from console.desk import Answer, Problem
from console.door import page
from console.drafts import CONFLICT, discard, keep_what_it_became, key_of, spend_key, typed
from console.paths import SUBSCRIPTIONS
from console.recounting import (
    ADDITION,
    RENEWAL,
    Flow,
    Recount,
    ask,
    count_errors_of,
    latest_draft,
    on_form,
    open_recount,
    outcome_of,
    reason_against,
    sent_draft,
)
from console.visit import Visit

UNPROCESSABLE = 422
PRODUCTS, REVIEW = "products", "review"
OWN_FIELDS = ("quantity:", "add", "lines")

Facts = Mapping[str, Any]


async def show(flow: Flow, visit: Visit) -> Response:
    """Show the products with their counts, or why the subscription's state does not allow other ones."""
    recount = await open_recount(visit, flow, await latest_draft(visit, flow))
    if reason := reason_against(recount):
        return visit.show("inventories/refused.html", status=CONFLICT, reason=reason, **_facts(recount))
    if not visit.query("wrong"):
        return _update(recount, await _price_of(recount), errors={}, problem="")
    answer, errors, problem = await _asked(recount)
    return _update(recount, answer, errors=errors, problem=problem)


async def change(flow: Flow, visit: Visit) -> Response:
    """Keep the counts, then go where the pressed button leads."""
    draft = await sent_draft(visit, flow)
    if became := outcome_of(draft):
        return visit.go(became)
    recount = await open_recount(visit, flow, draft)
    target = visit.entered("to")
    recount = await recount.kept(lines=typed_lines(visit, recount.lines), follows=target == "follow")
    if visit.is_fragment:
        return _update(recount, await _price_of(recount), errors={}, problem="")
    if target == PRODUCTS:
        return visit.go(recount.path(PRODUCTS))
    if target not in {"next", "follow", REVIEW}:
        return visit.go(recount.path())
    answer, errors, problem = await _asked(recount)
    if errors or problem:
        status = UNPROCESSABLE if errors else CONFLICT
        return _update(recount, answer, errors=errors, problem=problem, status=status)
    return visit.go(recount.path(REVIEW))


async def show_products(flow: Flow, visit: Visit) -> Response:
    """Show what can be added."""
    recount = await open_recount(visit, flow, await latest_draft(visit, flow))
    there = {line["product"] for line in recount.lines}
    return visit.show("inventories/products.html", there=there, products=recount.products, **_facts(recount))


async def apply_products(flow: Flow, visit: Visit) -> Response:
    """Add the chosen products."""
    draft = await sent_draft(visit, flow)
    if became := outcome_of(draft):
        return visit.go(became)
    recount = await open_recount(visit, flow, draft)
    offered = [one["code"] for one in recount.products]
    await recount.kept(lines=chosen_lines(recount.lines, visit.entered_all("product"), offered=offered), follows=False)
    return visit.go(recount.path())


async def show_review(flow: Flow, visit: Visit) -> Response:
    """Show what is about to be confirmed; what is not complete leads back."""
    recount = await open_recount(visit, flow, await latest_draft(visit, flow))
    answer, errors, problem = await _asked(recount)
    if recount.draft is None or (answer is None and _is_of_counts(errors, problem)):
        return visit.go(f"{recount.path()}?wrong=1" if recount.draft is not None else recount.path())
    return _review(recount, answer, errors=errors, problem=problem)


async def confirm(flow: Flow, visit: Visit) -> Response:
    """Keep the Reference ID, then do what was shown, or go back."""
    draft = await sent_draft(visit, flow)
    if became := outcome_of(draft):
        return visit.go(became)
    recount = await open_recount(visit, flow, draft)
    recount = await recount.kept(reference_id=typed(visit.entered("reference_id")))
    if visit.entered("to") != "confirm":
        return visit.go(recount.path())
    return await _done(recount)


async def give_up(flow: Flow, visit: Visit) -> Response:
    """Discard the draft."""
    draft = await sent_draft(visit, flow)
    if draft is not None and not outcome_of(draft):
        await discard(visit, draft)
    return visit.go(f"{SUBSCRIPTIONS}/{visit.path('subscription')}", done="draft-discarded")


async def _asked(recount: Recount) -> tuple[Answer | None, dict[str, str], str]:
    """Return what the command would do; or what is wrong beside which field, and why not at all."""
    found = count_errors_of(recount)
    try:
        answer = await ask(recount)
    except Problem as problem:
        return None, {**on_form(recount, problem), **found}, "" if problem.errors else problem.detail
    return (None if found else answer), found, ""


async def _price_of(recount: Recount) -> Answer | None:
    """Return what the command would do; None while it cannot be done, as long as nothing is added."""
    return None if recount.adds_nothing else (await _asked(recount))[0]


async def _done(recount: Recount) -> Response:
    """Confirm what was shown, once: the draft's key sees to it."""
    visit, draft = recount.visit, recount.draft
    total = shown_total(visit) if recount.flow.adds else None
    if draft is None or (recount.flow.adds and total is None):
        return visit.go(recount.path(REVIEW))
    try:
        answer = await ask(recount, key=key_of(draft), expected_total=total)
    except Problem as problem:
        return await _refused(recount, problem)
    done = recount.flow.done if answer.is_final else "accepted"
    path = f"{SUBSCRIPTIONS}/{recount.subscription['id']}?done={done}"
    await keep_what_it_became(visit, draft, path)
    return visit.go(path)


async def _refused(recount: Recount, problem: Problem) -> Response:
    errors = on_form(recount, problem)
    if _is_of_counts(errors, ""):
        return recount.visit.go(f"{recount.path()}?wrong=1")
    if recount.draft is not None:
        await spend_key(recount.visit, recount.draft, problem)
    answer, _, _ = await _asked(recount)
    facts: dict[str, Any] = {"problem": "" if errors else problem.detail}
    if problem.code == "price_changed":
        facts["problem"] = "The price has changed. Look at it and confirm again."
        facts["was"] = {"amount": problem.body["expected_total"], "currency": recount.catalog["currency"]}
    return _review(recount, answer, errors=errors, status=problem.status, **facts)


def _is_of_counts(errors: Facts, problem: str) -> bool:
    return bool(problem) or any(field.startswith(OWN_FIELDS) for field in errors)


def _facts(recount: Recount) -> dict[str, Any]:
    catalog = recount.catalog
    names = {one["code"]: one["name"] for kind in ("offerings", "products", "clm_tiers") for one in catalog[kind]}
    return {
        "customer": recount.customer,
        "subscription": recount.subscription,
        "names": names,
        "flow": recount.flow,
        "path": recount.path,
        "draft": recount.draft,
    }


def _update(recount: Recount, answer: Answer | None, *, errors: Facts, problem: str, status: int = 200) -> Response:
    return recount.visit.show(
        "inventories/update.html",
        status=status,
        lines=recount.lines,
        held=recount.held,
        answer=None if answer is None else answer.body,
        errors=errors,
        problem=problem,
        **_facts(recount),
    )


def _review(
    recount: Recount,
    answer: Answer | None,
    *,
    errors: Facts,
    problem: str = "",
    was: Facts | None = None,
    status: int = 200,
) -> Response:
    asked = {line["product"] for line in recount.lines}
    gone = [] if recount.flow.adds or recount.follows else [code for code in recount.held if code not in asked]
    return recount.visit.show(
        "inventories/review.html",
        status=status,
        answer=None if answer is None else answer.body,
        follows=recount.follows,
        reference_id=recount.reference_id,
        gone=gone,
        was=was,
        errors=errors,
        problem=problem,
        **_facts(recount),
    )


ROUTES = tuple(
    page(flow.path("{subscription}", step), partial(act, flow), scope="write", methods=(method,))
    for flow in (ADDITION, RENEWAL)
    for step, method, act in (
        ("", "GET", show),
        ("", "POST", change),
        (PRODUCTS, "GET", show_products),
        (PRODUCTS, "POST", apply_products),
        (REVIEW, "GET", show_review),
        (REVIEW, "POST", confirm),
        ("discard", "POST", give_up),
    )
)
