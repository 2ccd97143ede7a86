"""The manual's "Apply a refund": certificates of transactions of the last 30 days, all of it or none."""

from __future__ import annotations

from datetime import date, timedelta

from support_problems import refused, refused_field
from support_product import Json, Seat
from support_states import last_day
from support_tenants import reseller_seat

TWO = [{"product": "tls-dv-single", "quantity": 5}, {"product": "tls-dv-wildcard", "quantity": 3}]


def line(transaction: Json, index: int, quantity: int) -> Json:
    return {"transaction_line_id": transaction["lines"][index]["id"], "quantity": quantity}


def test_the_transactions_that_can_be_refunded_are_listed(seat: Seat) -> None:
    bought = seat.bought()
    seat.refund(bought["transaction"], 1)

    listed = seat.get("/v1/transactions", customer_id=bought["customer_id"], refundable="true")["data"]

    assert [item["id"] for item in listed] == [bought["transaction"]["id"]]
    assert listed[0]["lines"][0]["refundable_quantity"] == 4
    until = date.fromisoformat(listed[0]["posted_at"][:10]) + timedelta(days=30)
    assert listed[0]["refundable_until"][:10] == str(until)


def test_several_lines_of_one_transaction_are_refunded_together(seat: Seat) -> None:
    bought = seat.bought(inventory=TWO)
    transaction = bought["transaction"]
    body = {
        "lines": [line(transaction, 0, 2), line(transaction, 1, 1)],
        "reason": "too many",
        "reference_id": "RMA-7",
        "expected_total": 2 * 6900 + 16900,
    }

    answer = seat.post("/v1/refunds", body)

    refund = seat.done(answer, 201)
    assert answer.headers["location"] == f"/v1/refunds/{refund['id']}"
    assert refund["total"] == {"amount": -(2 * 6900 + 16900), "currency": "USD"}
    assert (refund["customer_id"], refund["reason"]) == (bought["customer_id"], "too many")
    (posted,) = refund["transactions"]
    assert (posted["action"], posted["refunds_transaction_id"]) == ("refund", transaction["id"])
    assert [item["quantity"] for item in posted["lines"]] == [2, 1]
    assert (posted["refundable_until"], posted["reference_id"]) == (None, "RMA-7")
    left = [{"product": "tls-dv-single", "quantity": 3}, {"product": "tls-dv-wildcard", "quantity": 2}]
    now = seat.subscription(bought["id"])
    assert now["inventory"] == now["renewal_inventory"] == left


def test_several_subscriptions_and_transactions_of_one_customer_are_refunded_in_one_refund(seat: Seat) -> None:
    first = seat.bought(inventory=TWO)
    second = seat.bought(customer_id=first["customer_id"])
    added = seat.done(seat.add(second["id"], "tls-dv-single", 2))["transaction"]
    lines = [line(first["transaction"], 1, 3), line(second["transaction"], 0, 5), line(added, 0, 1)]

    refund = seat.done(seat.post("/v1/refunds", {"lines": lines}), 201)

    assert len(refund["transactions"]) == 3
    assert refund["total"]["amount"] == -(3 * 16900 + 5 * 6900 + 6900)
    assert seat.subscription(first["id"])["inventory"] == TWO[:1]
    assert seat.subscription(second["id"])["inventory"] == [{"product": "tls-dv-single", "quantity": 1}]


def test_a_refund_is_seen_on_transactions_refunds_and_the_timeline(seat: Seat) -> None:
    bought = seat.bought()

    refund = seat.done(seat.refund(bought["transaction"], 2, reason="too many"), 201)

    assert seat.get(f"/v1/refunds/{refund['id']}") == refund
    assert [item["id"] for item in seat.get("/v1/refunds", customer_id=bought["customer_id"])["data"]] == [refund["id"]]
    listed = seat.get("/v1/transactions", customer_id=bought["customer_id"])["data"]
    assert [item["action"] for item in listed] == ["refund", "purchase"]
    explained = seat.get(f"/v1/transactions/{listed[0]['id']}")
    assert listed[0] == {**refund["transactions"][0], "is_refundable": False}
    assert without_words(explained) == refund["transactions"][0]
    assert (listed[1]["lines"][0]["refunded_quantity"], listed[1]["lines"][0]["refunded_amount"]["amount"]) == (
        2,
        13800,
    )
    event = next(entry for entry in seat.timeline(bought["id"]) if entry["kind"] == "refunded")
    assert (event["transaction_id"], event["reason"]) == (listed[0]["id"], "too many")
    assert event["command_id"] == refund["id"]


def test_all_of_it_or_none(seat: Seat) -> None:
    first = seat.bought()
    second = seat.bought(customer_id=first["customer_id"])
    lines = [line(first["transaction"], 0, 1), line(second["transaction"], 0, 6)]

    answer = seat.post("/v1/refunds", {"lines": lines})

    refused_field(answer, "refund_quantity_exceeds", "lines[1].quantity")
    assert seat.subscription(first["id"])["version"] == first["version"]
    assert len(seat.transactions(first["id"])) == 1


def test_refunding_everything_ends_the_subscription(seat: Seat) -> None:
    bought = seat.bought()

    seat.done(seat.refund(bought["transaction"], 5), 201)

    ended = seat.subscription(bought["id"])
    assert (ended["state"], ended["state_reason"], ended["next_event"]) == ("cancelled", "fully_refunded", None)
    assert ended["inventory"] == []


def test_repeated_refunds_of_a_line_add_up_to_its_amount(seat: Seat, today: date) -> None:
    order = {"offering": "dv-automation", "clm_tier": "essentials"}
    bought = seat.bought(**order, start_date=str(today - timedelta(days=100)))
    added = seat.done(seat.add(bought["id"], "tls-dv-single", 7))["transaction"]
    assert added["amount"]["amount"] == 24903

    totals = [seat.done(seat.refund(added, count), 201)["total"]["amount"] for count in (2, 3, 2)]

    assert totals == [-7115, -10673, -7115]
    refused_field(seat.refund(added, 1), "refund_quantity_exceeds", "lines[0].quantity")


def test_the_window_closes_after_thirty_days_and_says_whom_to_ask(seat: Seat, operator: Seat) -> None:
    bought = seat.bought()
    open_still = seat.advance_days(bought["id"], 30)
    assert seat.refund(bought["transaction"], 1).status_code == 201
    seat.advance_days(open_still["id"], 1)

    problem = refused(seat.refund(bought["transaction"], 1), "refund_window_closed")

    assert problem["contact_support"] is True
    assert "@" in problem["contact"]
    listed = seat.get("/v1/transactions", customer_id=bought["customer_id"], refundable="true")
    assert listed["data"] == []
    # Beyond that the partner asks the operator, who gives a reason.
    override = {"override_window": True}
    missing = refused(seat.refund(bought["transaction"], 1, **override, reason="goodwill"), "missing_scope", 403)
    assert missing["scope"] == "ops"
    refused_field(operator.refund(bought["transaction"], 1, **override), "reason_required", "reason")
    overridden = operator.done(operator.refund(bought["transaction"], 1, **override, reason="goodwill"), 201)
    assert (overridden["total"]["amount"], overridden["reason"]) == (-6900, "goodwill")


def test_a_renewal_opens_its_own_window(seat: Seat) -> None:
    bought = seat.bought(start_date=last_day(seat))
    seat.advance(bought["id"], bought["end_date"])
    renewal = seat.transactions(bought["id"])[-1]

    refund = seat.done(seat.refund(renewal, 1), 201)

    assert refund["total"]["amount"] == -6900
    assert refund["transactions"][0]["term_number"] == 2
    assert renewal["occurred_at"] == "2026-11-23T00:00:00Z"
    assert renewal["refundable_until"].startswith("2026-12-23T00:00:")


def test_lines_of_an_earlier_term_give_money_only(seat: Seat) -> None:
    bought = seat.bought(start_date=last_day(seat))
    renewed = seat.advance(bought["id"], bought["end_date"])

    refund = seat.done(seat.refund(bought["transaction"], 5), 201)

    assert refund["total"] == {"amount": -bought["transaction"]["amount"]["amount"], "currency": "USD"}
    after = seat.subscription(bought["id"])
    assert (after["state"], after["inventory"]) == ("active", renewed["inventory"])


def test_an_ended_subscription_gives_money_only(seat: Seat) -> None:
    bought = seat.bought(start_date=last_day(seat), renewal_mode="one_time")
    seat.advance(bought["id"], bought["end_date"])

    assert seat.refund(bought["transaction"], 5).status_code == 201
    assert seat.subscription(bought["id"])["state"] == "expired"


def test_what_cannot_be_refunded_is_refused(seat: Seat) -> None:
    bought = seat.bought()
    other = seat.bought()
    refund = seat.done(seat.refund(bought["transaction"], 1), 201)
    once = line(bought["transaction"], 0, 1)

    refused(seat.refund(refund["transactions"][0], 9), "not_refundable")
    several = seat.post("/v1/refunds", {"lines": [once, line(other["transaction"], 0, 1)]})
    refused_field(several, "several_customers", "lines[1].transaction_line_id")
    unknown = {"transaction_line_id": "txl_0", "quantity": 1}
    refused(seat.post("/v1/refunds", {"lines": [once, unknown]}), "transaction_line_not_found", 404)
    twice = seat.post("/v1/refunds", {"lines": [once, once]})
    refused_field(twice, "duplicate_line", "lines[1].transaction_line_id")
    refused_field(seat.post("/v1/refunds", {"lines": []}), "empty_refund", "lines")
    for quantity in (0, -1, 5):
        refused_field(seat.refund(bought["transaction"], quantity), "refund_quantity_exceeds", "lines[0].quantity")


def test_another_partner_s_line_is_unknown(seat: Seat) -> None:
    _, reseller = reseller_seat(seat)
    bought = seat.bought()

    refused(reseller.refund(bought["transaction"], 1), "transaction_line_not_found", 404)


def test_partner_and_customer_are_told_at_once(seat: Seat) -> None:
    bought = seat.bought()
    seat.refund(bought["transaction"], 2)

    seat.advance(bought["id"], bought["start_date"])

    told = seat.mails(bought["id"], kind="refund_processed")
    assert sorted(mail["to"] for mail in told) == ["ann@company.example", "billing@distributor.example"]
    assert all("138.00" in mail["text"] for mail in told)


def without_words(transaction: Json) -> Json:
    """A transaction as lists show it: without the words that explain its amounts."""
    bare = {name: value for name, value in transaction.items() if name != "explanation"}
    lines = [{name: value for name, value in line.items() if name != "explanation"} for line in transaction["lines"]]
    return {**bare, "lines": lines}
