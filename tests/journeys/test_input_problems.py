"""What is wrong with requests as such, and with customers, partners, lists and previews."""

from __future__ import annotations

import uuid

import pytest

from support_problems import provokes, refused, refused_field
from support_product import Json, Running, Seat, customer_body
from support_tenants import partner_body, reseller_seat, seat_of

CUSTOMER = customer_body(company_name="Company")
WRONG = [
    provokes("invalid_phone", {"contact_phone": "call me"}, "contact_phone"),
    provokes("invalid_extension", {"contact_phone": "555-0100", "contact_extension": "x1"}, "contact_extension"),
    provokes("extension_without_phone", {"contact_extension": "1"}, "contact_extension"),
    provokes("invalid_email", {"contact_email": "ann@"}, "contact_email"),
    provokes("invalid_country", {"country": "XX"}, "country"),
    provokes("invalid_postal_code", {"postal_code": "6060"}, "postal_code"),
    provokes("required", {"state_province": None}, "state_province", name="a state where one is needed"),
    provokes("required", {"postal_code": None}, "postal_code", name="a postal code where one is needed"),
    provokes("too_long", {"city": "x" * 101}, "city"),
    provokes("unknown_field", {"id": "cus_1"}, "id"),
]
LISTS = ("/v1/customers", "/v1/partners", "/v1/subscriptions", "/v1/transactions", "/v1/refunds", "/v1/sandbox/mailbox")


@pytest.mark.parametrize(("code", "changes", "field"), WRONG)
def test_a_wrong_customer_is_refused_with_its_code_and_field(seat: Seat, code: str, changes: Json, field: str) -> None:
    body = {**CUSTOMER, "company_name": f"Company {uuid.uuid4().hex}", **changes}

    refused_field(seat.post("/v1/customers", body), code, field)

    assert seat.get("/v1/customers", q=body["company_name"])["data"] == []


def test_a_body_that_is_not_json_or_too_large(seat: Seat) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}

    for path in ("/v1/subscriptions", "/v1/customers", "/v1/refunds", "/v1/quotes"):
        refused(seat.http.post(path, content=b"{", headers=headers), "malformed_json", 400)
        large = b'{"reason": "' + b"x" * 1_100_000 + b'"}'
        refused(seat.http.post(path, content=large, headers=headers), "body_too_large", 413)


def test_addresses_and_methods_that_are_not_there(seat: Seat) -> None:
    for path in ("/v1/nothing", "/v2", "/v1/subscriptions/sub_0", "/v1/subscriptions/%00", "/v1/refunds/x"):
        refused(seat.http.get(path), "not_found", 404)
    refused(seat.http.delete("/v1/customers"), "method_not_allowed", 405)


def test_no_key_and_a_wrong_key(seat: Seat) -> None:
    answer = seat.public().get("/v1/subscriptions")

    refused(answer, "unauthenticated", 401)
    assert answer.headers["www-authenticate"] == "Bearer"
    wrong = {"Authorization": "Bearer prn_wrong"}
    refused(seat.public().post("/v1/subscriptions", json={}, headers=wrong), "unauthenticated", 401)


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("read", "GET", "/v1/subscriptions"),
        ("read", "POST", "/v1/quotes"),
        ("read", "GET", "/v1/transactions"),
        ("read", "GET", "/v1/refunds"),
        ("read", "GET", "/v1/commands/cmd_0"),
        ("write", "POST", "/v1/subscriptions"),
        ("write", "POST", "/v1/subscriptions/sub_0/suspend"),
        ("write", "POST", "/v1/subscriptions/sub_0/inventory"),
        ("write", "PUT", "/v1/subscriptions/sub_0/renewal-mode"),
        ("write", "PUT", "/v1/subscriptions/sub_0/eca/acceptor"),
        ("write", "POST", "/v1/sandbox/advance"),
        ("write", "GET", "/v1/sandbox/mailbox"),
        ("refund", "POST", "/v1/refunds"),
        ("admin", "POST", "/v1/partners"),
    ],
)
def test_a_scope_that_the_key_lacks_is_named(running: Running, seat: Seat, scope: str, method: str, path: str) -> None:
    partner_id, _ = reseller_seat(seat)
    others = tuple(one for one in ("read", "write", "refund", "admin") if one != scope)

    answer = seat_of(running, partner_id, scopes=others).http.request(method, path, content=b"{")

    assert refused(answer, "missing_scope", 403)["scope"] == scope


def test_a_reseller_has_no_resellers(seat: Seat) -> None:
    _, reseller = reseller_seat(seat)

    refused(reseller.post("/v1/partners", partner_body()), "not_permitted", 403)


def test_a_partner_s_price_list_must_be_there(seat: Seat) -> None:
    refused_field(seat.post("/v1/partners", partner_body(price_list="none")), "unknown_price_list", "price_list")


def test_a_reseller_s_currency_and_kind_are_its_distributor_s_affair(seat: Seat) -> None:
    refused_field(seat.post("/v1/partners", partner_body(currency="EUR")), "unknown_field", "currency")
    refused_field(seat.post("/v1/partners", partner_body(kind="distributor")), "unknown_field", "kind")


def test_a_currency_is_three_letters(operator: Seat) -> None:
    refused_field(operator.post("/v1/partners", partner_body(currency="usd")), "invalid_format", "currency")


@pytest.mark.parametrize("path", LISTS)
def test_lists_refuse_what_they_do_not_know(seat: Seat, path: str) -> None:
    for limit in ("0", "201", "x", "-1"):
        refused_field(seat.http.get(path, params={"limit": limit}), "limit_out_of_range", "limit")
    for cursor in ("x", "WzFd", ""):
        refused_field(seat.http.get(path, params={"cursor": cursor}), "invalid_cursor", "cursor")
    refused_field(seat.http.get(path, params={"colour": "red"}), "unknown_parameter", "colour")


@pytest.mark.parametrize(
    ("path", "parameter", "code"),
    [
        ("/v1/subscriptions", "state", "invalid_value"),
        ("/v1/subscriptions", "renewal_mode", "invalid_value"),
        ("/v1/subscriptions", "ends_before", "invalid_date"),
        ("/v1/transactions", "action", "invalid_value"),
        ("/v1/transactions", "refundable", "invalid_value"),
        ("/v1/transactions", "from", "invalid_date"),
        ("/v1/catalog", "on", "invalid_date"),
    ],
)
def test_filters_refuse_what_they_cannot_be(seat: Seat, path: str, parameter: str, code: str) -> None:
    refused_field(seat.http.get(path, params={parameter: "wrong"}), code, parameter)


def test_commands_refuse_parameters_and_members_that_they_do_not_know(seat: Seat) -> None:
    address = f"/v1/subscriptions/{seat.bought()['id']}"

    refused_field(seat.post(f"{address}/suspend", {}, colour="red"), "unknown_parameter", "colour")
    refused_field(seat.post(f"{address}/suspend", {}, dry_run="maybe"), "invalid_value", "dry_run")
    refused_field(seat.post(f"{address}/suspend", {"colour": "red"}), "unknown_field", "colour")
    refused_field(seat.post(f"{address}/suspend", {"reason": "x" * 501}), "too_long", "reason")
    refused_field(seat.post(f"{address}/inventory", {"add": [], "x": 1}), "empty_inventory", "add")
    refused_field(seat.put(f"{address}/renewal-inventory", {}), "required", "lines")
    refused_field(seat.put(f"{address}/renewal-inventory", {"lines": None, "x": 1}), "unknown_field", "x")
    refused_field(seat.put(f"{address}/renewal-mode", {"renewal_mode": "auto", "x": 1}), "unknown_field", "x")
    refused_field(seat.put(f"{address}/renewal-mode", {"renewal_mode": "auto"}, x="1"), "unknown_parameter", "x")
    refused_field(
        seat.put(f"{address}/eca/acceptor", {"eca_acceptor_email": "a"}), "invalid_email", "eca_acceptor_email"
    )
    refused_field(seat.post(f"{address}/eca/resend", {"x": 1}), "unknown_field", "x")


def test_refunds_and_advances_refuse_members_that_they_do_not_know(seat: Seat) -> None:
    line = {"transaction_line_id": "txl_0", "quantity": 1}

    refused_field(seat.post("/v1/refunds", {"lines": [{**line, "x": 1}]}), "unknown_field", "lines[0].x")
    refused_field(seat.post("/v1/refunds", {"lines": [line], "total": 1}), "unknown_field", "total")
    refused_field(seat.post("/v1/refunds", {}), "required", "lines")
    advance = {"subscription_ids": [], "to": "2027-01-01"}
    refused_field(seat.post("/v1/sandbox/advance", advance), "too_short", "subscription_ids")
    refused_field(seat.post("/v1/sandbox/advance", {**advance, "x": 1}), "too_short", "subscription_ids")


def test_a_clock_moves_forward_only(seat: Seat) -> None:
    bought = seat.bought()
    body = {"subscription_ids": [bought["id"]], "to": "2026-11-21"}

    refused_field(seat.http.post("/v1/sandbox/advance", json=body), "already_past", "to")
    refused(seat.http.post("/v1/sandbox/advance", json={**body, "subscription_ids": ["sub_0"]}), "not_found", 404)
    assert seat.advance(bought["id"], "2026-11-22") == seat.subscription(bought["id"])


def test_a_problem_s_type_leads_to_a_page_that_says_what_it_means(seat: Seat) -> None:
    problem = refused(seat.http.get("/v1/nothing"), "not_found", 404)

    page = seat.public().get(problem["type"])

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert problem["title"] in page.text
    refused(seat.public().get("/problems/nothing"), "not_found", 404)
