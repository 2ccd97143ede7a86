"""Confirm Refund Details: how many certificates of each order are given back, the exact sum, and the refund."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from console.desk import Problem
from console.door import NOT_FOUND, page
from console.paths import CUSTOMERS
from console.refund_form import Picture, RefundForm, field_of
from console.visit import Visit
from storage.ids import new_id

REFUNDS = "/v1/refunds"
MOST_SELECTED = 50
UNPROCESSABLE = 422
PRICE_CHANGED = "price_changed"


@dataclass(frozen=True, slots=True)
class Priced:
    """What a dry run says: the refund, or why it is not possible."""

    refund: Picture | None = None
    problem: str = ""
    errors: Mapping[str, str] = field(default_factory=dict[str, str])


async def show(visit: Visit) -> Response:
    """Show the selected transactions with all that is left of them, and its sum."""
    customer, transactions = await _selected(visit, visit.request.query_params.getlist("transaction"))
    left = {line["id"]: str(line["refundable_quantity"]) for found in transactions for line in found["lines"]}
    form = RefundForm(transactions=transactions, typed=left, reason="", reference_id="", overrides=False)
    priced = await _priced(visit, form) if transactions else Priced()
    return _form(visit, customer, form, priced)


async def process(visit: Visit) -> Response:
    """Refund what was confirmed; or reckon the sum of what was changed."""
    customer, transactions = await _selected(visit, visit.entered_all("transaction"))
    form = _entered(visit, transactions)
    if visit.entered("do") == "update" or form.misspelt:
        priced = await _priced(visit, form)
        status = UNPROCESSABLE if form.misspelt and not visit.is_fragment else 200
        return _form(visit, customer, form, priced, status=status)
    try:
        answer = await visit.desk.ask(
            "POST", REFUNDS, {**form.body(), "expected_total": _shown(visit)}, key=visit.entered("key")
        )
    except Problem as problem:
        return await _refused(visit, customer, form, problem)
    done = "refunded" if answer.is_final else "accepted"
    return visit.go(f"{CUSTOMERS}/{customer['id']}/transactions", done=done)


async def _selected(visit: Visit, ids: list[str]) -> tuple[Picture, list[Picture]]:
    """Return the customer and their transactions; an id of somebody else's is as good as none."""
    customer_id = visit.path("customer_id")
    wanted = list(dict.fromkeys(ids))[:MOST_SELECTED]
    found = await asyncio.gather(
        visit.desk.get(f"/v1/customers/{customer_id}"), *(visit.desk.get(f"/v1/transactions/{id_}") for id_ in wanted)
    )
    customer, transactions = found[0], found[1:]
    if any(transaction["customer_id"] != customer_id for transaction in transactions):
        raise HTTPException(NOT_FOUND)
    return customer, list(transactions)


def _entered(visit: Visit, transactions: list[Picture]) -> RefundForm:
    lines = [line["id"] for transaction in transactions for line in transaction["lines"]]
    return RefundForm(
        transactions=transactions,
        typed={id_: visit.entered(field_of(id_)) for id_ in lines},
        reason=visit.entered("reason"),
        reference_id=visit.entered("reference_id"),
        overrides=visit.may("ops") and visit.entered("override_window") == "yes",
    )


def _shown(visit: Visit) -> int | None:
    """The sum that the form was shown with; without one, none is sound, and the API asks again."""
    text = visit.entered("expected_total")
    return int(text) if text.isascii() and text.isdigit() else 0


async def _priced(visit: Visit, form: RefundForm) -> Priced:
    if form.misspelt:
        return Priced(problem="The sum is shown once every count is a number.", errors=form.misspelt)
    if not form.body()["lines"]:
        return Priced(problem="Enter how many certificates to refund: at least one.")
    try:
        answer = await visit.desk.ask("POST", REFUNDS, form.body(), params={"dry_run": True})
    except Problem as problem:
        return Priced(problem=problem.detail, errors=form.errors_of(problem))
    return Priced(refund=answer.body)


async def _refused(visit: Visit, customer: Picture, form: RefundForm, problem: Problem) -> Response:
    """Ask again: with the sum as it is now, or with what speaks against it."""
    if problem.code == PRICE_CHANGED:
        priced = await _priced(visit, form)
        warning = "The sum is not the one that was shown. Check the new one, then process the refund."
        return _form(visit, customer, form, priced, status=problem.status, warning=warning)
    priced = Priced(problem=problem.detail, errors=form.errors_of(problem))
    return _form(visit, customer, form, priced, status=problem.status)


def _form(
    visit: Visit, customer: Picture, form: RefundForm, priced: Priced, *, status: int = 200, warning: str = ""
) -> Response:
    facts: dict[str, Any] = {
        "customer": customer,
        "form": form,
        "priced": priced,
        "warning": warning,
        "given_back": None if priced.refund is None else _magnitude(priced.refund["total"]),
        "amounts": {} if priced.refund is None else _amounts(priced.refund),
        "key": new_id("drf"),  # a new one each time: an answer that was refused belongs to the old one
        "field_of": field_of,
    }
    return visit.show("refunds/confirm.html", status=status, **facts)


def _amounts(refund: Picture) -> Mapping[str, Picture]:
    """What is given back of each line, by the line's id."""
    lines = [line for transaction in refund["transactions"] for line in transaction["lines"]]
    return {line["refunds_line_id"]: _magnitude(line["amount"]) for line in lines}


def _magnitude(amount: Picture) -> Picture:
    return {**amount, "amount": -amount["amount"]}


ROUTES = (
    page(f"{CUSTOMERS}/{{customer_id}}/refunds/new", show, scope="refund"),
    page(f"{CUSTOMERS}/{{customer_id}}/refunds/new", process, scope="refund", methods=("POST",)),
)
