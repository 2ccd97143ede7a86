"""What the issuing side reports and asks, and refunds that leave certificates in use alone."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from support_problems import refused, refused_field
from support_product import Json, Seat
from support_states import IN_STATE, last_day
from support_tenants import reseller_seat

DV, WILD, OV = "tls-dv-single", "tls-dv-wildcard", "tls-ov-single"
# Why nothing may be issued, and whether something was issued before, so that it can be reported.
BARS: dict[str, tuple[str | None, bool]] = {
    "pending_eca": ("pending_eca", False),
    "scheduled": ("scheduled", False),
    "active": (None, True),
    "suspended": ("suspended", True),
    "held": ("renewal_held", True),
    "expired": ("expired", True),
    "declined": ("declined", False),
    "eca_expired": ("eca_expired", False),
    "cancelled": ("cancelled", False),
}


def report(seat: Seat, subscription_id: str, product: str, in_use: Any, key: str | None = None) -> httpx2.Response:
    return seat.put(f"/v1/subscriptions/{subscription_id}/usage", {"product": product, "in_use": in_use}, key=key)


def entitlement(seat: Seat, subscription_id: str) -> Json:
    return seat.get(f"/v1/subscriptions/{subscription_id}/entitlement")


def counts(entitled: Json) -> list[tuple[Any, ...]]:
    members = ("product", "inventory", "in_use", "available", "overage")
    return [tuple(use[name] for name in members) for use in entitled["products"]]


def test_the_last_report_counts_and_changes_no_version(seat: Seat) -> None:
    bought = seat.bought()
    assert counts(entitlement(seat, bought["id"])) == [(DV, 5, None, None, None)]

    seat.done(report(seat, bought["id"], DV, 3))
    seat.done(report(seat, bought["id"], DV, 3))
    told = seat.done(report(seat, bought["id"], DV, 7))

    assert (told["in_use"], told["available"], told["overage"]) == (7, 0, 2)
    found = entitlement(seat, bought["id"])
    assert counts(found) == [(DV, 5, 7, 0, 2)]
    assert (found["may_issue"], found["reason"]) == (True, None)
    assert "ACME and EST automation" in found["features"]
    assert found["products"][0]["max_validity_days"] == 200
    assert seat.subscription(bought["id"])["version"] == bought["version"]
    entries = seat.get("/v1/audit", subject_id=bought["id"])["data"]
    assert [(entry["before"], entry["after"]["in_use"]) for entry in entries] == [({"in_use": 3}, 7), (None, 3)]


def test_a_repeat_with_the_same_key_does_not_undo_a_later_report(seat: Seat) -> None:
    bought = seat.bought()
    key = f"usage-{bought['id']}"
    first = seat.done(report(seat, bought["id"], DV, 1, key))
    seat.done(report(seat, bought["id"], DV, 2))

    again = report(seat, bought["id"], DV, 1, key)

    assert (again.json(), again.headers["idempotency-replayed"]) == (first, "true")
    assert counts(entitlement(seat, bought["id"])) == [(DV, 5, 2, 3, 0)]
    refused(report(seat, bought["id"], DV, 4, key), "idempotency_key_reused", 422)


def test_a_report_names_a_product_that_the_subscription_holds(seat: Seat) -> None:
    bought = seat.bought()

    refused_field(report(seat, bought["id"], "no-such", 1), "unknown_product", "product")
    refused_field(report(seat, bought["id"], WILD, 1), "product_not_in_inventory", "product")
    for count in (-1, 1_000_001):
        refused_field(report(seat, bought["id"], DV, count), "out_of_range", "in_use")
    refused_field(report(seat, bought["id"], DV, "3"), "wrong_type", "in_use")
    path = f"/v1/subscriptions/{bought['id']}"
    refused_field(seat.put(f"{path}/usage", {"product": DV}), "required", "in_use")
    refused_field(
        seat.put(f"{path}/usage", {"product": DV, "in_use": 1}, dry_run="true"), "unknown_parameter", "dry_run"
    )
    refused_field(seat.http.get(f"{path}/entitlement", params={"on": "today"}), "unknown_parameter", "on")
    assert counts(entitlement(seat, bought["id"])) == [(DV, 5, None, None, None)]


def test_another_partner_neither_reports_nor_asks(seat: Seat) -> None:
    bought = seat.bought()
    _, stranger = reseller_seat(seat)

    refused(report(stranger, bought["id"], DV, 1), "not_found", 404)
    refused(stranger.http.get(f"/v1/subscriptions/{bought['id']}/entitlement"), "not_found", 404)


@pytest.mark.parametrize("state", IN_STATE)
def test_a_state_says_whether_to_issue_and_whether_anything_can_be_in_use(seat: Seat, state: str) -> None:
    reason, has_begun = BARS[state]
    subscription = IN_STATE[state](seat)

    found = entitlement(seat, subscription["id"])

    assert (found["may_issue"], found["reason"]) == (reason is None, reason)
    if has_begun:
        seat.done(report(seat, subscription["id"], OV, 2))
    else:
        problem = refused(report(seat, subscription["id"], OV, 2), "not_active")
        assert problem["state"] == subscription["state"]
    in_use = {use["product"]: use["in_use"] for use in entitlement(seat, subscription["id"])["products"]}
    assert in_use[OV] == (2 if has_begun else None)
    assert seat.subscription(subscription["id"]) == subscription


def test_what_an_operator_cancelled_is_in_use_still(seat: Seat, operator: Seat) -> None:
    bought = seat.bought()
    seat.done(operator.command(bought["id"], "cancel", reason="a test"))

    seat.done(report(seat, bought["id"], DV, 4))

    found = entitlement(seat, bought["id"])
    assert (found["may_issue"], found["reason"]) == (False, "cancelled")


def test_all_of_it_is_refunded_where_nothing_is_in_use(seat: Seat) -> None:
    bought = seat.bought()
    seat.done(report(seat, bought["id"], DV, 0))

    seat.done(seat.refund(bought["transaction"], 5), 201)

    found = entitlement(seat, bought["id"])
    assert (found["reason"], found["products"]) == ("cancelled", [])


@pytest.mark.parametrize("is_preview", [True, False], ids=["preview", "refund"])
def test_a_refund_leaves_certificates_in_use_alone(seat: Seat, *, is_preview: bool) -> None:
    bought = seat.bought()
    seat.done(report(seat, bought["id"], DV, 3))
    more = {"dry_run": "true"} if is_preview else {}
    lines = [{"transaction_line_id": bought["transaction"]["lines"][0]["id"], "quantity": 3}]

    problem = refused(seat.post("/v1/refunds", {"lines": lines}, **more), "certificates_in_use")

    assert (problem["product"], problem["in_use"], problem["remaining"]) == (DV, 3, 2)
    assert seat.subscription(bought["id"])["inventory"] == [{"product": DV, "quantity": 5}]
    seat.done(seat.post("/v1/refunds", {"lines": [{**lines[0], "quantity": 2}]}, **more), 200 if is_preview else 201)


def test_operators_override_the_window_and_not_what_is_in_use(seat: Seat, operator: Seat) -> None:
    bought = seat.bought()
    seat.done(report(seat, bought["id"], DV, 6))

    answer = operator.refund(bought["transaction"], 1, override_window=True, reason="a test")

    assert refused(answer, "certificates_in_use")["remaining"] == 4


def test_a_refund_over_several_is_refused_whole_for_one_in_use(seat: Seat) -> None:
    used = seat.bought()
    unused = seat.bought(customer_id=used["customer_id"])
    seat.done(report(seat, used["id"], DV, 5))
    lines = [{"transaction_line_id": one["transaction"]["lines"][0]["id"], "quantity": 1} for one in (unused, used)]

    refused(seat.post("/v1/refunds", {"lines": lines}), "certificates_in_use")

    assert [len(seat.transactions(one["id"])) for one in (used, unused)] == [1, 1]


def test_only_the_product_that_was_reported_is_kept(seat: Seat) -> None:
    bought = seat.bought(inventory=[{"product": DV, "quantity": 1}, {"product": WILD, "quantity": 2}])
    seat.done(report(seat, bought["id"], DV, 1))
    wild = bought["transaction"]["lines"][1]["id"]

    seat.done(seat.post("/v1/refunds", {"lines": [{"transaction_line_id": wild, "quantity": 2}]}), 201)

    seat.done(report(seat, bought["id"], WILD, 2))
    assert counts(entitlement(seat, bought["id"])) == [(DV, 1, 1, 0, 0), (WILD, 0, 2, 0, 2)]


def test_money_of_an_earlier_term_comes_back_whatever_is_in_use(seat: Seat) -> None:
    bought = seat.bought(start_date=last_day(seat))
    added = seat.done(seat.add(bought["id"], DV, 2))["transaction"]
    seat.advance(bought["id"], bought["end_date"])
    seat.done(report(seat, bought["id"], DV, 7))

    seat.done(seat.refund(added, 2), 201)

    assert seat.subscription(bought["id"])["inventory"] == [{"product": DV, "quantity": 7}]


def test_the_mails_at_the_end_name_what_is_in_use(seat: Seat) -> None:
    bought = seat.bought(renewal_mode="one_time")
    seat.done(report(seat, bought["id"], DV, 4))
    seat.advance(bought["id"], bought["end_date"])

    assert entitlement(seat, bought["id"])["reason"] == "expired"
    (ended, *_) = seat.mails(bought["id"], kind="expired")
    assert "Certificates reported as in use: 4 x " in ended["text"]

    seat.done(report(seat, bought["id"], DV, 0))
    seat.advance_days(bought["id"], 7)

    (later, *_) = seat.mails(bought["id"], kind="expired_followup")
    assert "Certificates reported as in use" not in later["text"]
