"""Dry runs, binding totals and versions: what a careful client sends along."""

from __future__ import annotations

import uuid

import pytest

from support_problems import refused, refused_field
from support_product import Json, Seat
from support_states import IN_STATE, held, pending

UNSAID = {"id", "dry_run", "version", "updated_at", "transaction", "created_at"}


def said(answer: Json) -> Json:
    return {name: value for name, value in answer.items() if name not in UNSAID}


def test_a_dry_purchase_shows_the_purchase_and_buys_nothing(seat: Seat) -> None:
    body = seat.purchase_body(reference_id="PO-1")

    dry = seat.done(seat.http.post("/v1/subscriptions", json=body, params={"dry_run": "true"}))
    bought = seat.bought(**body)

    assert (dry["dry_run"], dry["id"], dry["transaction"]["id"]) == (True, None, None)
    assert dry["transaction"]["lines"][0]["id"] is None
    assert dry["transaction"]["subscription_id"] is None
    assert dry["transaction"]["amount"] == bought["transaction"]["amount"]
    assert {**said(dry), "next_event": None} == {**said(bought), "next_event": None}
    assert len(seat.get("/v1/subscriptions", customer_id=body["customer_id"])["data"]) == 1


def test_a_dry_purchase_with_an_agreement_mails_nobody(seat: Seat) -> None:
    body = seat.purchase_body(offering="managed-tls", eca_acceptor_email="legal@company.example")

    dry = seat.done(seat.http.post("/v1/subscriptions", json=body, params={"dry_run": "true"}))

    assert (dry["state"], dry["eca"]["status"], dry["transaction"]) == ("pending_eca", "requested", None)
    assert seat.get("/v1/customers/" + body["customer_id"])["eca_acceptance_id"] is None
    assert seat.get("/v1/subscriptions", customer_id=body["customer_id"])["data"] == []


DRY = [
    ("active", "POST", "inventory", {"add": [{"product": "tls-ov-single", "quantity": 2}]}),
    ("active", "PUT", "renewal-inventory", {"lines": [{"product": "tls-ov-single", "quantity": 2}]}),
    ("active", "PUT", "renewal-mode", {"renewal_mode": "one_time"}),
    ("active", "POST", "suspend", {}),
    ("suspended", "POST", "enable", {}),
    ("scheduled", "POST", "cancel", {}),
    ("pending_eca", "POST", "eca/resend", {}),
    ("pending_eca", "PUT", "eca/acceptor", {"eca_acceptor_email": "other@company.example"}),
]


@pytest.mark.parametrize(("state", "method", "command", "body"), DRY, ids=[row[2] for row in DRY])
def test_a_dry_command_shows_the_command_and_changes_nothing(
    seat: Seat, state: str, method: str, command: str, body: Json
) -> None:
    subscription = IN_STATE[state](seat)
    address = f"/v1/subscriptions/{subscription['id']}/{command}"

    dry = seat.done(seat.http.request(method, address, json=body, params={"dry_run": "true"}))

    assert dry["dry_run"] is True
    assert dry["version"] == subscription["version"] + 1
    assert seat.subscription(subscription["id"]) == subscription
    done = seat.done(seat.http.request(method, address, json=body, headers={"Idempotency-Key": uuid.uuid4().hex}))
    assert said(dry).keys() == said(done).keys()
    assert (dry["state"], dry["inventory"], dry["renewal_inventory"], dry["allowed"]) == (
        done["state"],
        done["inventory"],
        done["renewal_inventory"],
        done["allowed"],
    )


def test_a_dry_refund_shows_the_refund_and_gives_nothing_back(seat: Seat) -> None:
    bought = seat.bought()
    line = {"transaction_line_id": bought["transaction"]["lines"][0]["id"], "quantity": 5}

    dry = seat.done(seat.http.post("/v1/refunds", json={"lines": [line]}, params={"dry_run": "true"}))

    assert (dry["dry_run"], dry["id"], dry["total"]["amount"]) == (True, None, -34500)
    assert [transaction["id"] for transaction in dry["transactions"]] == [None]
    assert [transaction["refund_id"] for transaction in dry["transactions"]] == [None]
    assert seat.subscription(bought["id"])["version"] == bought["version"]
    assert seat.get("/v1/refunds", customer_id=bought["customer_id"])["data"] == []


def test_a_dry_run_neither_reads_nor_keeps_a_key(seat: Seat) -> None:
    bought, key = seat.bought(), uuid.uuid4().hex
    address = f"/v1/subscriptions/{bought['id']}/suspend"

    dry = seat.post(address, {}, key=key, dry_run="true")
    done = seat.post(address, {}, key=key)
    again = seat.post(address, {}, key=key, dry_run="true")

    assert (dry.json()["dry_run"], "idempotency-replayed" in done.headers) == (True, False)
    refused(again, "already_suspended")


def test_a_dry_run_refuses_what_the_command_would(seat: Seat) -> None:
    bought = seat.bought()
    address = f"/v1/subscriptions/{bought['id']}"

    problem = refused(seat.http.post(f"{address}/enable", json={}, params={"dry_run": "true"}), "not_suspended")

    assert problem["state"] == "active"
    answer = seat.http.post(f"{address}/inventory", json={"add": []}, params={"dry_run": "true"})
    refused_field(answer, "empty_inventory", "add")


def test_expected_totals_bind_additions_refunds_and_enabling(seat: Seat) -> None:
    bought = seat.bought()

    added = refused(seat.add(bought["id"], "tls-dv-single", 2, expected_total=13_799), "price_changed")
    refunded = refused(seat.refund(bought["transaction"], 1, expected_total=6_901), "price_changed")
    seat.done(seat.command(bought["id"], "suspend"))
    enabled = refused(seat.command(bought["id"], "enable", expected_total=1), "price_changed")

    assert (added["total"], refunded["total"], enabled["total"]) == (13_800, 6_900, 0)
    assert (refunded["expected_total"], enabled["expected_total"]) == (6_901, 1)
    assert seat.done(seat.command(bought["id"], "enable", expected_total=0))["state"] == "active"
    assert seat.add(bought["id"], "tls-dv-single", 2, expected_total=13_800).status_code == 200
    assert seat.refund(bought["transaction"], 1, expected_total=6_900).status_code == 201


def test_an_expected_total_binds_the_charge_of_a_held_renewal(seat: Seat) -> None:
    waiting = held(seat)

    problem = refused(seat.command(waiting["id"], "enable", expected_total=0), "price_changed")
    enabled = seat.done(seat.command(waiting["id"], "enable", expected_total=problem["total"]))

    assert problem["total"] == 5 * 14900 == enabled["transaction"]["amount"]["amount"]


def test_quotes_suspending_and_cancelling_ignore_an_expected_total(seat: Seat) -> None:
    body = seat.purchase_body(expected_total=1)

    assert seat.post("/v1/quotes", body).status_code == 200
    assert seat.command(seat.bought()["id"], "suspend", expected_total=1).status_code == 200
    assert seat.command(pending(seat)["id"], "cancel", expected_total=1).status_code == 200


def test_a_stale_version_is_refused_and_the_present_one_is_taken(seat: Seat) -> None:
    bought = seat.bought()
    address = f"/v1/subscriptions/{bought['id']}"
    tag = seat.http.get(address).headers["etag"]
    assert tag == f'"{bought["version"]}"'

    taken = seat.http.put(f"{address}/renewal-mode", json={"renewal_mode": "one_time"}, headers={"If-Match": tag})
    stale = seat.http.put(f"{address}/renewal-mode", json={"renewal_mode": "auto"}, headers={"If-Match": tag})

    assert (taken.status_code, taken.headers["etag"]) == (200, f'"{bought["version"] + 1}"')
    refused(stale, "version_conflict", 412)
    assert seat.subscription(bought["id"])["renewal_mode"] == "one_time"
    headers = {"If-Match": tag, "Idempotency-Key": uuid.uuid4().hex}
    for command in ("suspend", "inventory", "cancel"):
        body = {"add": [{"product": "tls-dv-single", "quantity": 1}]} if command == "inventory" else {}
        refused(seat.http.post(f"{address}/{command}", json=body, headers=headers), "version_conflict", 412)
    # The version is not kept under the key: with the present one it goes on.
    fresh = {**headers, "If-Match": taken.headers["etag"]}
    assert seat.http.post(f"{address}/suspend", json={}, headers=fresh).status_code == 200


def test_a_customer_s_version_works_the_same(seat: Seat) -> None:
    address = f"/v1/customers/{seat.new_customer()['id']}"
    tag = seat.http.get(address).headers["etag"]

    assert seat.patch(address, {"city": "Boston"}, **{"If-Match": tag}).headers["etag"] == '"2"'
    refused(seat.patch(address, {"city": "Dallas"}, **{"If-Match": tag}), "version_conflict", 412)
