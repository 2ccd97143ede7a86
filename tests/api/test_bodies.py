from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from api.bodies import (
    AcceptorBody,
    AddInventoryBody,
    AdvanceBody,
    PurchaseBody,
    RefundBody,
    RenewalInventoryBody,
    RenewalModeBody,
    ResendBody,
    StateBody,
)
from api.body_types import Body
from api.parsing import body_of, named_in_body
from lifecycle.refusals import InvalidInput

PURCHASE: dict[str, Any] = {
    "customer_id": "cus_1",
    "offering": "managed-tls",
    "eca_acceptor_email": "legal@example.com",
    "term_months": 12,
    "clm_tier": "professional",
    "inventory": [{"product": "tls-ov-single", "quantity": 25}],
    "renewal_mode": "auto",
    "reference_id": "PO-4711",
    "expected_total": 372500,
}
TWICE = [{"product": "a", "quantity": 1}, {"product": "b", "quantity": 1}, {"product": "a", "quantity": 2}]


def request_with(body: bytes) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "method": "POST", "path": "/", "headers": [], "state": {}}, receive)


async def read(model: type[Body], body: object) -> Body:
    return await body_of(request_with(json.dumps(body).encode()), model)


async def broken(model: type[Body], body: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        await read(model, body)
    return [(error.field, error.code) for error in refused.value.errors]


async def test_the_example_of_the_contract_is_a_purchase() -> None:
    purchase = await read(PurchaseBody, PURCHASE)

    assert purchase.model_dump(exclude_unset=True) == PURCHASE


async def test_a_purchase_may_have_a_start_date() -> None:
    purchase = await read(PurchaseBody, {**PURCHASE, "start_date": "2027-01-10"})

    assert isinstance(purchase, PurchaseBody)
    assert purchase.start_date == date(2027, 1, 10)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"inventory": []}, "inventory", "empty_inventory"),
        ({"inventory": TWICE}, "inventory[2].product", "duplicate_product"),
        ({"inventory": [{"product": "a", "quantity": 0}]}, "inventory[0].quantity", "quantity_out_of_range"),
        ({"inventory": [{"product": "a", "quantity": -1}]}, "inventory[0].quantity", "quantity_out_of_range"),
        ({"inventory": [{"product": "a", "quantity": 100_001}]}, "inventory[0].quantity", "quantity_out_of_range"),
        ({"inventory": [{"product": "a", "quantity": 10**30}]}, "inventory[0].quantity", "quantity_out_of_range"),
        ({"inventory": [{"product": "a", "quantity": "1"}]}, "inventory[0].quantity", "wrong_type"),
        ({"inventory": [{"product": "a", "quantity": True}]}, "inventory[0].quantity", "wrong_type"),
        ({"inventory": [{"product": "a", "quantity": 1.5}]}, "inventory[0].quantity", "wrong_type"),
        ({"inventory": [{"product": "a", "quantity": 1.0}]}, "inventory[0].quantity", "wrong_type"),
        ({"inventory": [{"product": "a", "quantity": None}]}, "inventory[0].quantity", "required"),
        ({"inventory": [{"product": "a"}]}, "inventory[0].quantity", "required"),
        ({"inventory": [{"product": "a", "quantity": 1, "price": 1}]}, "inventory[0].price", "unknown_field"),
        ({"inventory": {"product": "a", "quantity": 1}}, "inventory", "wrong_type"),
        ({"inventory": ["a"]}, "inventory[0]", "wrong_type"),
        ({"inventory": None}, "inventory", "required"),
        ({"renewal_mode": None}, "renewal_mode", "renewal_mode_required"),
        ({"renewal_mode": "yearly"}, "renewal_mode", "invalid_value"),
        ({"renewal_mode": 1}, "renewal_mode", "invalid_value"),
        ({"term_months": "12"}, "term_months", "wrong_type"),
        ({"term_months": 12.5}, "term_months", "wrong_type"),
        ({"start_date": "2027-1-10"}, "start_date", "invalid_date"),
        ({"start_date": "2027-02-29"}, "start_date", "invalid_date"),
        ({"start_date": "2027-01-10T00:00:00Z"}, "start_date", "invalid_date"),
        ({"start_date": 1_800_000_000}, "start_date", "invalid_date"),
        ({"eca_acceptor_email": "legal"}, "eca_acceptor_email", "invalid_email"),
        ({"eca_acceptor_email": "a@b.example\nBcc: c@d.example"}, "eca_acceptor_email", "invalid_email"),
        ({"reference_id": ""}, "reference_id", "too_short"),
        ({"reference_id": "   "}, "reference_id", "too_short"),
        ({"reference_id": "x" * 65}, "reference_id", "too_long"),
        ({"reference_id": "a\tb"}, "reference_id", "invalid_characters"),
        ({"expected_total": -1}, "expected_total", "out_of_range"),
        ({"expected_total": {"amount": 1, "currency": "USD"}}, "expected_total", "wrong_type"),
        ({"expected_total": 1.5}, "expected_total", "wrong_type"),
        ({"state": "active"}, "state", "unknown_field"),
        ({"customer_id": 7}, "customer_id", "wrong_type"),
    ],
)
async def test_a_broken_format_of_a_purchase_is_named(changes: dict[str, Any], field: str, code: str) -> None:
    assert await broken(PurchaseBody, {**PURCHASE, **changes}) == [(field, code)]


async def test_everything_that_a_purchase_lacks_is_named() -> None:
    assert await broken(PurchaseBody, {}) == [
        ("customer_id", "required"),
        ("offering", "required"),
        ("term_months", "required"),
        ("clm_tier", "required"),
        ("inventory", "required"),
        ("renewal_mode", "renewal_mode_required"),
    ]


async def test_a_reference_is_trimmed_and_keeps_its_case() -> None:
    purchase = await read(PurchaseBody, {**PURCHASE, "reference_id": "  Åtgärd 17 "})

    assert isinstance(purchase, PurchaseBody)
    assert purchase.reference_id == "Åtgärd 17"


async def test_an_id_that_no_id_can_be_names_nothing_instead_of_failing() -> None:
    purchase = await read(PurchaseBody, {**PURCHASE, "customer_id": "\u0000'; --"})

    assert isinstance(purchase, PurchaseBody)
    assert purchase.customer_id == "-"


@pytest.mark.parametrize(
    ("model", "body", "field", "code"),
    [
        (AddInventoryBody, {"add": []}, "add", "empty_inventory"),
        (AddInventoryBody, {"add": TWICE}, "add[2].product", "duplicate_product"),
        (AddInventoryBody, {}, "add", "required"),
        (RenewalInventoryBody, {"lines": []}, "lines", "renewal_inventory_empty"),
        (RenewalInventoryBody, {"lines": TWICE}, "lines[2].product", "duplicate_product"),
        (RenewalInventoryBody, {}, "lines", "required"),
        (RenewalModeBody, {}, "renewal_mode", "renewal_mode_required"),
        (RenewalModeBody, {"renewal_mode": None}, "renewal_mode", "renewal_mode_required"),
        (RenewalModeBody, {"renewal_mode": "one-time"}, "renewal_mode", "invalid_value"),
        (StateBody, {"reason": "x" * 501}, "reason", "too_long"),
        (StateBody, {"reason": 1}, "reason", "wrong_type"),
        (ResendBody, {"eca_acceptor_email": "a@b.example"}, "eca_acceptor_email", "unknown_field"),
        (AcceptorBody, {}, "eca_acceptor_email", "required"),
        (AcceptorBody, {"eca_acceptor_email": "@b.example"}, "eca_acceptor_email", "invalid_email"),
        (RefundBody, {"lines": []}, "lines", "empty_refund"),
        (RefundBody, {"lines": [{"transaction_line_id": "txl_1"}]}, "lines[0].quantity", "required"),
        (AdvanceBody, {"subscription_ids": [], "to": "2027-01-01"}, "subscription_ids", "too_short"),
        (AdvanceBody, {"subscription_ids": ["sub_1"], "to": "soon"}, "to", "invalid_date"),
    ],
)
async def test_a_broken_format_of_a_command_is_named(model: type[Body], body: object, field: str, code: str) -> None:
    assert await broken(model, body) == [(field, code)]


async def test_a_refunded_line_is_named_once() -> None:
    line = {"transaction_line_id": "txl_1", "quantity": 1}

    assert await broken(RefundBody, {"lines": [line, line]}) == [("lines[1].transaction_line_id", "duplicate_line")]


@pytest.mark.parametrize("reason", [{}, {"reason": None}, {"reason": "  "}], ids=["none", "null", "blank"])
async def test_acting_out_of_the_window_needs_a_reason(reason: dict[str, Any]) -> None:
    body = {"lines": [{"transaction_line_id": "txl_1", "quantity": 1}], "override_window": True}

    assert await broken(RefundBody, {**body, **reason}) == [("reason", "reason_required")]
    await read(RefundBody, {**body, "reason": "as promised"})


async def test_how_many_can_be_refunded_is_left_to_the_rules() -> None:
    body = await read(RefundBody, {"lines": [{"transaction_line_id": "txl_1", "quantity": 0}]})

    assert isinstance(body, RefundBody)
    assert body.lines[0].quantity == 0


async def test_null_lines_follow_the_inventory() -> None:
    body = await read(RenewalInventoryBody, {"lines": None})

    assert isinstance(body, RenewalInventoryBody)
    assert body.lines is None


async def test_a_command_that_needs_no_word_may_come_without_a_body() -> None:
    assert await body_of(request_with(b""), StateBody, may_be_empty=True) == StateBody()
    assert await body_of(request_with(b"{}"), ResendBody) == ResendBody()


@pytest.mark.parametrize(
    ("body", "named"),
    [({"customer_id": "cus_1", "more": []}, "cus_1"), ({}, None), ({"customer_id": 1}, None), ([], None)],
)
async def test_a_customer_is_found_in_a_body_before_its_shape_is_judged(body: object, named: str | None) -> None:
    assert await named_in_body(request_with(json.dumps(body).encode()), "customer_id") == named
