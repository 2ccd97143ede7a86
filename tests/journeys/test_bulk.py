"""A file of commands: each row has the effect of its single command once, and a result of its own."""

from __future__ import annotations

import uuid

import httpx2
import pytest
from sqlalchemy import select

from storage.tables import audit_entries, commands
from support_bulk import (
    PATH,
    finished,
    give,
    given,
    over,
    purchase_row,
    result_file,
    rows_of,
)
from support_files import csv_file, json_lines
from support_problems import refused
from support_product import Json, Running, Seat
from support_tenants import reseller_seat
from support_tenants import rows_of as stored
from support_waiting import eventually

PRICE = 6900
FIVE = 5 * PRICE


def every_kind(seat: Seat) -> tuple[list[Json], list[str]]:
    """A row of every kind, each about a subscription of its own but the purchase."""
    added, renewal, mode, suspended = [seat.bought()["id"] for _ in range(4)]
    enabled, withdrawn = seat.bought()["id"], seat.bought(start_date="2026-12-22")["id"]
    seat.done(seat.command(enabled, "suspend"))
    rows: list[Json] = [
        purchase_row(seat),
        {"kind": "add_inventory", "subscription_id": added, "add": [{"product": "tls-dv-single", "quantity": 2}]},
        {
            "kind": "renewal_inventory",
            "subscription_id": renewal,
            "lines": [{"product": "tls-dv-single", "quantity": 9}],
        },
        {"kind": "renewal_mode", "subscription_id": mode, "renewal_mode": "one_time"},
        {"kind": "suspend", "subscription_id": suspended, "reason": "unpaid"},
        {"kind": "enable", "subscription_id": enabled},
        {"kind": "cancel", "subscription_id": withdrawn},
    ]
    return rows, [added, renewal, mode, suspended, enabled, withdrawn]


def test_every_kind_of_row_does_what_its_single_command_does(seat: Seat, running: Running) -> None:
    rows, ids = every_kind(seat)

    address = given(seat, rows)
    job = finished(seat, address)

    assert (job["state"], job["counts"]) == ("done", {"pending": 0, "done": 7, "refused": 0, "cancelled": 0})
    assert job["amounts"] == [{"amount": FIVE + 2 * PRICE, "currency": "USD"}]
    results = rows_of(seat, address)
    assert [row["kind"] for row in results] == [row["kind"] for row in rows]
    assert [row["subscription_id"] for row in results[1:]] == ids
    assert [row["amount"] and row["amount"]["amount"] for row in results[:3]] == [FIVE, 2 * PRICE, None]
    bought = seat.subscription(results[0]["subscription_id"])
    assert (bought["state"], bought["customer_id"]) == ("active", rows[0]["customer_id"])
    assert [seat.subscription(id_)["state"] for id_ in ids] == [*["active"] * 3, "suspended", "active", "cancelled"]
    assert seat.subscription(ids[1])["renewal_inventory"] == [{"product": "tls-dv-single", "quantity": 9}]
    assert seat.subscription(ids[2])["renewal_mode"] == "one_time"
    assert seat.subscription(ids[3])["state_reason"] == "unpaid"
    for row in results:
        command = seat.get(f"/v1/commands/{row['command_id']}")
        assert (command["state"], command["answer"]["id"]) == ("done", row["subscription_id"])
        events = seat.timeline(row["subscription_id"])
        assert row["command_id"] in [event["command_id"] for event in events]
    assert seat.transactions(ids[0])[1]["id"] == results[1]["transaction_id"]
    actions = stored(running, select(audit_entries.c.action).where(audit_entries.c.subject_id == job["id"]))
    assert [row.action for row in actions] == ["bulk.create"]


def test_what_the_rules_refuse_is_that_row_s_result_and_the_others_go_on(seat: Seat) -> None:
    suspended, active = seat.bought()["id"], seat.bought()["id"]
    seat.done(seat.command(suspended, "suspend"))
    more = [{"product": "tls-dv-single", "quantity": 1}]
    address = given(
        seat,
        [
            {"kind": "add_inventory", "subscription_id": suspended, "add": more},
            {"kind": "add_inventory", "subscription_id": "sub_0", "add": more},
            purchase_row(seat, customer_id="cus_0"),
            {"kind": "add_inventory", "subscription_id": active, "add": more, "expected_total": 1},
            purchase_row(seat, inventory=[{"product": "no-such", "quantity": 1}]),
            {"kind": "add_inventory", "subscription_id": active, "add": more, "expected_total": PRICE},
        ],
    )

    job = finished(seat, address)

    assert job["counts"] == {"pending": 0, "done": 1, "refused": 5, "cancelled": 0}
    problems = [row["problem"] for row in rows_of(seat, address, status="refused")]
    assert [problem["code"] for problem in problems] == [
        *("subscription_suspended", "not_found", "customer_not_found", "price_changed", "unknown_product")
    ]
    assert problems[0]["state"] == "suspended"
    assert (problems[3]["expected_total"], problems[3]["total"]) == (1, PRICE)
    assert problems[4]["errors"][0]["field"] == "inventory[0].product"
    (done,) = rows_of(seat, address, status="done")
    assert (done["position"], done["amount"]["amount"], done["problem"]) == (5, PRICE, None)
    assert len(seat.transactions(active)) == 2
    file = result_file(seat, address)
    assert [row["code"] for row in file] == [*(problem["code"] for problem in problems), ""]
    assert (file[5]["amount"], file[5]["currency"], file[4]["fields"]) == ("69.00", "USD", "inventory[0].product")


def test_csv_says_the_same_as_json_lines(seat: Seat) -> None:
    customer, sold = seat.new_customer()["id"], seat.bought()["id"]
    content = csv_file(
        [
            {
                "kind": "purchase",
                "customer_id": customer,
                "offering": "dv-automation",
                "term_months": "12",
                "clm_tier": "professional",
                "inventory": "tls-dv-single=5; tls-dv-wildcard = 1",
                "renewal_mode": "auto",
                "reference_id": "PO-1",
            },
            {"kind": "renewal_inventory", "subscription_id": sold, "lines": "tls-dv-single=2"},
            {"kind": "renewal_inventory", "subscription_id": sold, "lines": "follows"},
            {"kind": "suspend", "subscription_id": sold, "reason": "a, b"},
        ]
    )
    answer = give(seat, b"\xef\xbb\xbf" + content, media_type="text/csv; charset=utf-8")
    address = answer.headers["Location"]

    assert finished(seat, address)["counts"]["done"] == 4

    bought = seat.subscription(rows_of(seat, address)[0]["subscription_id"])
    assert {line["product"]: line["quantity"] for line in bought["inventory"]} == {
        "tls-dv-single": 5,
        "tls-dv-wildcard": 1,
    }
    assert (bought["term_months"], bought["reference_id"]) == (12, "PO-1")
    after = seat.subscription(sold)
    # In the order of the file: pinned, following again, suspended.
    assert (after["renewal_inventory_mode"], after["state"], after["state_reason"]) == ("follows", "suspended", "a, b")
    kinds = [event["kind"] for event in seat.timeline(sold) if event["version"] is not None][-3:]
    assert kinds == ["renewal_inventory_set", "renewal_inventory_set", "suspended"]


def test_the_same_file_under_the_same_key_is_one_job(seat: Seat) -> None:
    rows, key = [purchase_row(seat)], uuid.uuid4().hex
    first = give(seat, json_lines(rows), key=key)
    finished(seat, first.headers["Location"])

    again = give(seat, b"\n" + json_lines(rows), key=key)

    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert (again.json(), again.headers["Location"]) == (first.json(), first.headers["Location"])
    assert len(seat.get("/v1/subscriptions", customer_id=rows[0]["customer_id"])["data"]) == 1
    refused(give(seat, json_lines([*rows, *rows]), key=key), "idempotency_key_reused", 422)
    headers = {"Content-Type": "text/csv"}
    refused(seat.http.post(PATH, content=b"kind\n", headers=headers), "idempotency_key_required", 400)


def act(seat: Seat, address: str, name: str) -> httpx2.Response:
    return seat.http.post(f"{address}/{name}")


def test_a_job_is_paused_resumed_and_paused_again_without_a_row_lost_or_done_twice(seat: Seat) -> None:
    customer = seat.new_customer()["id"]
    address = given(seat, [purchase_row(seat, customer_id=customer) for _ in range(60)])

    for _ in range(2):
        assert seat.done(act(seat, address, "pause"))["state"] == "paused"
    standing = eventually(lambda: still(seat, address))
    assert standing["state"] == "paused"
    assert standing["counts"]["pending"] > 0
    for _ in range(2):
        assert seat.done(act(seat, address, "resume"))["state"] == "running"
    job = finished(seat, address)

    assert (job["state"], job["counts"]["done"]) == ("done", 60)
    ids = {row["subscription_id"] for row in rows_of(seat, address)}
    found = seat.get("/v1/subscriptions", customer_id=customer, limit=200)["data"]
    assert {one["id"] for one in found} == ids
    assert len(found) == 60
    for name in ("pause", "resume", "cancel"):
        problem = refused(act(seat, address, name), "bulk_job_over")
        assert problem["state"] == "done"


def still(seat: Seat, address: str) -> Json:
    """The job, once two looks at it are the same."""
    first = seat.get(address)
    return first if seat.get(address)["counts"] == first["counts"] and over_hand(seat, first) else {}


def over_hand(seat: Seat, job: Json) -> bool:
    """Whether no row is at hand any more: every command that was accepted has its result in the job."""
    assert isinstance(seat.running, Running)
    like = commands.c.key.like(f"bulk·{job['id']}·%")
    begun = stored(seat.running, select(commands.c.command_id).where(like))
    counts: dict[str, int] = job["counts"]
    return len(begun) == counts["done"] + counts["refused"]


def test_a_cancelled_job_leaves_what_is_done_and_cancels_the_rest(seat: Seat) -> None:
    customer = seat.new_customer()["id"]
    address = given(seat, [purchase_row(seat, customer_id=customer) for _ in range(60)])
    seat.done(act(seat, address, "pause"))

    answer = seat.done(act(seat, address, "cancel"))
    assert answer["state"] == "cancelling"
    job = finished(seat, address)

    assert job["state"] == "cancelled"
    assert job["finished_at"] is not None
    counts = job["counts"]
    assert counts["cancelled"] > 0
    assert (counts["pending"], counts["done"] + counts["cancelled"]) == (0, 60)
    done = {row["subscription_id"] for row in rows_of(seat, address, status="done")}
    found = seat.get("/v1/subscriptions", customer_id=customer, limit=200)["data"]
    assert {one["id"] for one in found} == done
    assert seat.done(act(seat, address, "cancel"))["state"] == "cancelled"
    refused(act(seat, address, "resume"), "bulk_job_over")


def test_a_reseller_s_job_is_seen_by_its_distributor_and_by_no_sibling(seat: Seat, operator: Seat) -> None:
    _, reseller = reseller_seat(seat)
    _, sibling = reseller_seat(seat)
    address = given(reseller, [purchase_row(reseller)])
    finished(reseller, address)

    for who in (reseller, seat, operator):
        assert who.get(address)["counts"]["done"] == 1
        assert address.endswith(who.get(PATH)["data"][0]["id"])
    for path in (address, f"{address}/rows", f"{address}/result"):
        refused(sibling.http.get(path), "not_found", 404)
    for name in ("pause", "resume", "cancel"):
        refused(act(sibling, address, name), "not_found", 404)
    assert sibling.get(PATH)["data"] == []


def test_a_row_about_what_the_partner_does_not_see_is_refused_as_if_it_were_not_there(seat: Seat) -> None:
    _, reseller = reseller_seat(seat)
    stranger = seat.bought()
    address = given(
        reseller,
        [
            {"kind": "suspend", "subscription_id": stranger["id"]},
            purchase_row(reseller, customer_id=stranger["customer_id"]),
        ],
    )
    finished(reseller, address)

    codes = [row["problem"]["code"] for row in rows_of(reseller, address)]
    assert codes == ["not_found", "customer_not_found"]
    assert seat.subscription(stranger["id"])["state"] == "active"


def test_the_rest_of_a_disabled_partner_s_job_is_refused(seat: Seat) -> None:
    partner_id, reseller = reseller_seat(seat)
    customer = reseller.new_customer()["id"]
    address = given(reseller, [purchase_row(reseller, customer_id=customer) for _ in range(60)])
    seat.done(act(seat, address, "pause"))
    seat.done(seat.patch(f"/v1/partners/{partner_id}", {"state": "disabled"}))
    seat.done(act(seat, address, "resume"))

    job = finished(seat, address)

    assert (job["state"], job["counts"]["pending"]) == ("done", 0)
    problems = [row["problem"]["code"] for row in rows_of(seat, address, status="refused")]
    assert set(problems) == {"partner_disabled"}
    found = seat.get("/v1/subscriptions", customer_id=customer, limit=200)["data"]
    assert len(found) + len(problems) == 60


@pytest.mark.parametrize("name", ["pause", "cancel"])
def test_a_moving_under_a_key_is_answered_again_as_it_was(seat: Seat, name: str) -> None:
    address, key = given(seat, [purchase_row(seat) for _ in range(40)]), {"Idempotency-Key": uuid.uuid4().hex}
    first = seat.http.post(f"{address}/{name}", headers=key)

    again = seat.http.post(f"{address}/{name}", headers=key)

    assert (first.status_code, again.json()) == (200, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    seat.done(act(seat, address, "cancel"))
    eventually(lambda: over(seat, address))
