"""Idempotency keys: the same request under the same key has one effect and one answer."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from support_problems import refused, refused_field
from support_product import Json, Seat
from support_tenants import reseller_seat


def post_as_written(seat: Seat, path: str, text: str, key: str) -> httpx2.Response:
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    return seat.http.post(path, content=text, headers=headers)


def test_a_repeated_purchase_gets_the_same_answer_and_buys_nothing(seat: Seat) -> None:
    body, key = seat.purchase_body(), uuid.uuid4().hex
    first = seat.post("/v1/subscriptions", body, key=key)
    seat.command(first.json()["id"], "suspend")

    again = seat.post("/v1/subscriptions", body, key=key)

    assert (first.status_code, "idempotency-replayed" in first.headers) == (201, False)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert (again.json(), again.headers["location"]) == (first.json(), first.headers["location"])
    assert len(seat.get("/v1/subscriptions", customer_id=body["customer_id"])["data"]) == 1


def test_the_body_may_be_written_in_another_way(seat: Seat) -> None:
    body, key = seat.purchase_body(), uuid.uuid4().hex
    first = seat.post("/v1/subscriptions", body, key=key)

    reordered = json.dumps(dict(reversed(body.items())), indent=3)
    again = post_as_written(seat, "/v1/subscriptions", reordered, key)

    assert again.json() == first.json()


def test_another_request_under_a_used_key_is_refused(seat: Seat) -> None:
    body, key = seat.purchase_body(), uuid.uuid4().hex
    bought = seat.done(seat.post("/v1/subscriptions", body, key=key), 201)
    address = f"/v1/subscriptions/{bought['id']}"

    refused(seat.post("/v1/subscriptions", {**body, "term_months": 24}, key=key), "idempotency_key_reused", 422)
    refused(seat.post(f"{address}/suspend", {}, key=key), "idempotency_key_reused", 422)
    refused(seat.put(f"{address}/renewal-mode", {"renewal_mode": "auto"}, key=key), "idempotency_key_reused", 422)
    refused(seat.post("/v1/customers", {"company_name": "x"}, key=key), "required", 422)


def test_keys_of_different_partners_never_meet(seat: Seat) -> None:
    _, reseller = reseller_seat(seat)
    key = uuid.uuid4().hex

    first = seat.post("/v1/subscriptions", seat.purchase_body(), key=key)
    other = reseller.post("/v1/subscriptions", reseller.purchase_body(), key=key)

    assert (first.status_code, other.status_code) == (201, 201)
    assert first.json()["id"] != other.json()["id"]


def test_a_conflict_is_kept_as_the_key_s_answer(seat: Seat) -> None:
    bought, key = seat.bought(), uuid.uuid4().hex
    address = f"/v1/subscriptions/{bought['id']}/enable"
    first = refused(seat.post(address, {}, key=key), "not_suspended")
    seat.done(seat.command(bought["id"], "suspend"))

    again = seat.post(address, {}, key=key)

    kept = refused(again, "not_suspended")
    assert again.headers["idempotency-replayed"] == "true"
    assert (kept["state"], kept["allowed"]) == (first["state"], first["allowed"])
    assert seat.subscription(bought["id"])["state"] == "suspended"
    assert seat.done(seat.post(address, {}))["state"] == "active"


def test_what_was_wrong_is_not_kept_and_the_key_stays_free(seat: Seat) -> None:
    body, key = seat.purchase_body(), uuid.uuid4().hex
    headers = {"Idempotency-Key": key}

    refused(seat.http.post("/v1/subscriptions", content=b"{", headers=headers), "malformed_json", 400)
    refused(seat.post("/v1/subscriptions", {**body, "customer_id": "cus_0"}, key=key), "customer_not_found", 404)
    refused_field(seat.post("/v1/subscriptions", {**body, "clm_tier": 1}, key=key), "wrong_type", "clm_tier")
    refused_field(seat.post("/v1/subscriptions", {**body, "clm_tier": "x"}, key=key), "unknown_clm_tier", "clm_tier")
    answer = seat.post("/v1/subscriptions", body, key=key)

    assert (answer.status_code, "idempotency-replayed" in answer.headers) == (201, False)


def test_every_post_that_changes_a_subscription_or_money_needs_a_key(seat: Seat) -> None:
    bought = seat.bought()
    address = f"/v1/subscriptions/{bought['id']}"
    line = {"transaction_line_id": bought["transaction"]["lines"][0]["id"], "quantity": 1}
    posts: dict[str, Json] = {
        "/v1/subscriptions": seat.purchase_body(),
        f"{address}/inventory": {"add": [{"product": "tls-dv-single", "quantity": 1}]},
        f"{address}/suspend": {},
        f"{address}/enable": {},
        f"{address}/cancel": {},
        f"{address}/eca/resend": {},
        "/v1/refunds": {"lines": [line]},
    }

    for path, body in posts.items():
        refused(seat.http.post(path, json=body), "idempotency_key_required", 400)
        refused(seat.post(path, body, key="x" * 256), "idempotency_key_invalid", 400)
    assert seat.subscription(bought["id"])["version"] == bought["version"]


def test_a_key_is_welcome_on_every_other_change(seat: Seat) -> None:
    bought, key = seat.bought(), uuid.uuid4().hex
    address = f"/v1/subscriptions/{bought['id']}/renewal-mode"

    first = seat.put(address, {"renewal_mode": "one_time"}, key=key)
    seat.done(seat.set_mode(bought["id"], "auto"))
    again = seat.put(address, {"renewal_mode": "one_time"}, key=key)

    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert seat.subscription(bought["id"])["renewal_mode"] == "auto"


def test_a_customer_is_created_once_under_its_key(seat: Seat) -> None:
    body = {name: value for name, value in seat.new_customer().items() if value is not None}
    for server_owned in ("id", "version", "created_at", "updated_at"):
        body.pop(server_owned)
    body["company_name"] = f"Company {uuid.uuid4().hex}"
    key = uuid.uuid4().hex

    first, again = (seat.post("/v1/customers", body, key=key) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")


def test_a_repeated_refund_gives_back_once(seat: Seat) -> None:
    bought, key = seat.bought(), uuid.uuid4().hex
    line = {"transaction_line_id": bought["transaction"]["lines"][0]["id"], "quantity": 2}

    first, again = (seat.post("/v1/refunds", {"lines": [line]}, key=key) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert len(seat.transactions(bought["id"])) == 2


def test_a_refused_refund_is_kept_and_a_wrong_one_is_not(seat: Seat) -> None:
    bought, key = seat.bought(), uuid.uuid4().hex
    line = {"transaction_line_id": bought["transaction"]["lines"][0]["id"], "quantity": 6}

    refused(seat.post("/v1/refunds", {"lines": [line]}, key=key), "refund_quantity_exceeds", 422)
    binding = {"lines": [{**line, "quantity": 1}], "expected_total": 1}
    refused(seat.post("/v1/refunds", binding, key=key), "price_changed")
    again = seat.post("/v1/refunds", binding, key=key)

    refused(again, "price_changed")
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("what", ["a purchase", "an addition", "a refund"])
def test_sixteen_equal_requests_at_once_have_one_effect(seat: Seat, what: str) -> None:
    bought, key = seat.bought(), uuid.uuid4().hex
    line = {"transaction_line_id": bought["transaction"]["lines"][0]["id"], "quantity": 1}
    path, body = {
        "a purchase": ("/v1/subscriptions", seat.purchase_body(customer_id=bought["customer_id"])),
        "an addition": (
            f"/v1/subscriptions/{bought['id']}/inventory",
            {"add": [{"product": "tls-dv-single", "quantity": 1}]},
        ),
        "a refund": ("/v1/refunds", {"lines": [line]}),
    }[what]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: seat.post(path, body, key=key), range(16)))

    assert {answer.status_code for answer in answers} == {200 if what == "an addition" else 201}
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert len(seat.get("/v1/transactions", customer_id=bought["customer_id"])["data"]) == 2
