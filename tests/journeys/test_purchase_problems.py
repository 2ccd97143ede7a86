"""What is wrong with a purchase, each with its code and its field; nothing is kept of any."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from support_problems import provokes, refused, refused_field
from support_product import Json, Seat
from support_states import ACCEPTOR

DV = "tls-dv-single"
REMOVED = object()


def lines(*pairs: tuple[str, Any]) -> list[Json]:
    return [{"product": product, "quantity": quantity} for product, quantity in pairs]


def changed(body: Json, changes: Json) -> Json:
    return {name: value for name, value in {**body, **changes}.items() if value is not REMOVED}


WRONG = [
    provokes("unknown_offering", {"offering": "managed-nothing"}, "offering"),
    provokes("unknown_product", {"inventory": lines(("tls-xx", 1))}, "inventory[0].product"),
    provokes("product_not_in_offering", {"inventory": lines((DV, 1), ("device-seat", 1))}, "inventory[1].product"),
    provokes("term_not_offered", {"term_months": 13}, "term_months"),
    provokes("term_not_offered", {"term_months": 60}, "term_months", name="five years only where they are sold"),
    provokes("unknown_clm_tier", {"clm_tier": "gold"}, "clm_tier"),
    provokes("start_date_too_early", {"start_date": "2025-11-22"}, "start_date"),
    provokes("start_date_too_late", {"start_date": "2027-11-23"}, "start_date"),
    provokes("acceptor_email_required", {"offering": "managed-tls"}, "eca_acceptor_email"),
    provokes(
        "acceptor_is_partner",
        {"offering": "managed-tls", "eca_acceptor_email": "Billing@Distributor.example"},
        "eca_acceptor_email",
    ),
    provokes("quantity_out_of_range", {"inventory": lines((DV, 0))}, "inventory[0].quantity", name="no certificates"),
    provokes("quantity_out_of_range", {"inventory": lines((DV, 100_001))}, "inventory[0].quantity", name="too many"),
    provokes("empty_inventory", {"inventory": []}, "inventory"),
    provokes("duplicate_product", {"inventory": lines((DV, 1), (DV, 2))}, "inventory[1].product"),
    provokes("renewal_mode_required", {"renewal_mode": REMOVED}, "renewal_mode"),
    provokes("renewal_mode_required", {"renewal_mode": None}, "renewal_mode", name="a null renewal mode"),
    provokes("invalid_value", {"renewal_mode": "never"}, "renewal_mode"),
    provokes("required", {"offering": REMOVED}, "offering"),
    provokes("required", {"inventory": [{"product": DV}]}, "inventory[0].quantity", name="a line without a count"),
    provokes("unknown_field", {"colour": "red"}, "colour"),
    provokes("unknown_field", {"state": "active"}, "state", name="what the service sets"),
    provokes("wrong_type", {"term_months": "12"}, "term_months"),
    provokes("wrong_type", {"inventory": lines((DV, True))}, "inventory[0].quantity", name="true is no count"),
    provokes("wrong_type", {"inventory": lines((DV, 1.5))}, "inventory[0].quantity", name="half a certificate"),
    provokes("invalid_date", {"start_date": "22.11.2026"}, "start_date"),
    provokes("invalid_date", {"start_date": "2027-02-29"}, "start_date", name="a day that is none"),
    provokes("invalid_email", {"eca_acceptor_email": "nobody"}, "eca_acceptor_email"),
    provokes("out_of_range", {"expected_total": -1}, "expected_total"),
    provokes("too_long", {"reference_id": "x" * 65}, "reference_id"),
    provokes("too_short", {"reference_id": " "}, "reference_id"),
    provokes("invalid_characters", {"reference_id": "a\tb"}, "reference_id"),
]


@pytest.mark.parametrize(("code", "changes", "field"), WRONG)
def test_a_wrong_purchase_is_refused_with_its_code_and_field(seat: Seat, code: str, changes: Json, field: str) -> None:
    body = changed(seat.purchase_body(), changes)

    for answer in (
        seat.post("/v1/subscriptions", body),
        seat.http.post("/v1/subscriptions", json=body, params={"dry_run": "true"}),
    ):
        refused_field(answer, code, field)
    assert seat.get("/v1/subscriptions", customer_id=body["customer_id"])["data"] == []


def test_a_quote_refuses_the_same_but_needs_no_acceptor(seat: Seat) -> None:
    body = seat.purchase_body()

    refused_field(seat.post("/v1/quotes", {**body, "offering": "x"}), "unknown_offering", "offering")
    quoted = seat.done(seat.post("/v1/quotes", {**body, "offering": "managed-tls"}))
    assert quoted["eca"] == {"status": "required"}


def test_a_customer_that_is_not_there_comes_before_everything_else_of_the_body(seat: Seat) -> None:
    for customer_id in ("cus_0", "cus\0", "", "\u202e"):
        body = {"customer_id": customer_id, "colour": "red"}
        refused(seat.post("/v1/subscriptions", body), "customer_not_found", 404)
        refused(seat.post("/v1/quotes", body), "customer_not_found", 404)


def test_nor_is_a_customer_there_whose_id_no_database_can_hold(seat: Seat) -> None:
    body = seat.purchase_body(customer_id="cus\0")

    refused(seat.post("/v1/subscriptions", body), "customer_not_found", 404)
    refused(seat.post("/v1/quotes", body), "customer_not_found", 404)


def test_every_wrong_field_is_told_at_once(seat: Seat) -> None:
    body = seat.purchase_body(term_months="12", inventory=lines((DV, 0), ("", 1)), colour="red")

    problem = refused(seat.post("/v1/subscriptions", body), "wrong_type", 422)

    assert {(error["field"], error["code"]) for error in problem["errors"]} == {
        ("term_months", "wrong_type"),
        ("inventory[0].quantity", "quantity_out_of_range"),
        ("inventory[1].product", "too_short"),
        ("colour", "unknown_field"),
    }


def test_every_broken_rule_is_told_at_once(seat: Seat) -> None:
    body = seat.purchase_body(term_months=13, clm_tier="gold", inventory=lines(("tls-xx", 1), ("device-seat", 1)))

    problem = refused(seat.post("/v1/subscriptions", body), "term_not_offered", 422)

    assert [(error["field"], error["code"]) for error in problem["errors"]] == [
        ("term_months", "term_not_offered"),
        ("clm_tier", "unknown_clm_tier"),
        ("inventory[0].product", "unknown_product"),
        ("inventory[1].product", "product_not_in_offering"),
    ]


def test_the_rejected_input_is_not_echoed(seat: Seat) -> None:
    body = seat.purchase_body(eca_acceptor_email="secret-but-no-address", reference_id="secret" * 20)

    assert "secret" not in seat.post("/v1/subscriptions", body).text


def test_an_acceptor_who_is_not_needed_is_ignored(seat: Seat) -> None:
    bought = seat.bought(eca_acceptor_email=ACCEPTOR)

    assert (bought["state"], bought["eca"]["status"], bought["eca"]["acceptor_email"]) == (
        "active",
        "not_required",
        None,
    )


def test_the_price_that_was_shown_is_binding(seat: Seat, today: date) -> None:
    total = 5 * 6900
    for changes in ({}, {"start_date": str(today.replace(year=2027, month=1))}, {"offering": "managed-tls"}):
        body = seat.purchase_body(eca_acceptor_email=ACCEPTOR, **changes)
        problem = refused(seat.post("/v1/subscriptions", {**body, "expected_total": total - 1}), "price_changed")
        assert (problem["expected_total"], problem["total"]) == (total - 1, total)
        assert seat.post("/v1/subscriptions", {**body, "expected_total": total}).status_code == 201
