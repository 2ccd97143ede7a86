from __future__ import annotations

import re
from typing import Any

import pytest

from lifecycle.refunds import refund_due
from lifecycle.wording import money_in_words
from support_browser import At, Hand, Way
from support_product import Seat

pytestmark = pytest.mark.xdist_group("console money")

Json = dict[str, Any]


def test_a_refund_of_two_orders_gives_back_what_was_shown_to_the_cent(at_console: At, seat: Seat, way: Way) -> None:
    bought, added = _bought_and_added(seat)
    with at_console(way, as_="billing") as hand:
        hand.open(f"/console/customers/{bought['customer_id']}/transactions")
        hand.tick(re.compile("^Select Purchase"))
        hand.tick(re.compile("^Select Addition"))
        hand.press("Process Refund")
        hand.sees("Confirm Refund Details")
        hand.fill(re.compile("^Domain-validated certificate.*Addition"), "2")
        hand.fill(re.compile("^Domain-validated certificate.*Purchase"), "5")
        hand.fill(re.compile("^Domain-validated wildcard certificate"), "3")
        hand.fill("Reason", "The wrong product.")
        hand.fill("Reference ID", "CR-17")
        if way == "without scripts":
            hand.press("Update the sum")
        of_addition = refund_due(added["amount"]["amount"], 7, 0, 0, 2)
        shown = _settled_sum(hand, 3 * 16900 + 5 * 6900 + of_addition)
        hand.press("Process Refund")
        hand.sees("The refund is processed.")
        (refund,) = seat.get("/v1/refunds", customer_id=bought["customer_id"])["data"]
        assert money_in_words(-refund["total"]["amount"], "USD") == shown
        assert (refund["reason"], refund["reference_id"]) == ("The wrong product.", "CR-17")
        assert len(refund["transactions"]) == 2
        for transaction in refund["transactions"]:
            hand.sees(money_in_words(transaction["amount"]["amount"], "USD"))
    held = {line["product"]: line["quantity"] for line in seat.subscription(bought["id"])["inventory"]}
    assert held == {"tls-dv-single": 25 + 7 - 2 - 5, "tls-dv-wildcard": 7 - 3}


def test_two_clicks_refund_once(at_console: At, seat: Seat) -> None:
    bought, _ = _bought_and_added(seat)
    with at_console(as_="billing") as hand:
        _select_purchase(hand, bought)
        # As somebody does whose browser does not hold the second one back.
        hand.page.evaluate(
            """() => {
              const form = document.querySelector("form[action$='/refunds/new']");
              const body = new URLSearchParams(new FormData(form));
              body.set("do", "process");
              window.both = Promise.all([1, 2].map(() => fetch(form.action, {method: "POST", body})));
            }"""
        )
        assert hand.page.evaluate("window.both.then(both => both.map(one => one.ok))") == [True, True]
        hand.page.get_by_role("button", name="Process Refund").dblclick()
        hand.page.wait_for_load_state()
    assert len(seat.get("/v1/refunds", customer_id=bought["customer_id"])["data"]) == 1


def test_a_sum_that_is_not_the_one_shown_asks_again(at_console: At, seat: Seat) -> None:
    bought, _ = _bought_and_added(seat)
    with at_console("without scripts", as_="billing") as hand:
        _select_purchase(hand, bought)
        hand.fill(re.compile("^Domain-validated certificate"), "1")
        hand.press("Process Refund")
        hand.sees("The sum is not the one that was shown.")
        assert seat.get("/v1/refunds", customer_id=bought["customer_id"])["data"] == []
        shown = hand.page.locator("[data-total]").inner_text()
        assert shown == money_in_words(6900 + 7 * 16900, "USD")
        hand.press("Process Refund")
        hand.sees("The refund is processed.")
    (refund,) = seat.get("/v1/refunds", customer_id=bought["customer_id"])["data"]
    assert money_in_words(-refund["total"]["amount"], "USD") == shown


def test_what_others_refunded_meanwhile_is_said_beside_the_count(at_console: At, seat: Seat) -> None:
    bought, _ = _bought_and_added(seat)
    line = seat.transactions(bought["id"])[0]["lines"][1]
    with at_console("without scripts", as_="billing") as hand:
        _select_purchase(hand, bought)
        refunded = {"lines": [{"transaction_line_id": line["id"], "quantity": 4}]}
        seat.done(seat.post("/v1/refunds", refunded), 201)
        hand.press("Process Refund")
        field = hand.page.get_by_label(re.compile("^Domain-validated wildcard certificate"))
        assert field.input_value() == "7"
        assert field.get_attribute("aria-invalid") == "true"
        hand.sees("Of this line 3 can be refunded.")


def test_certificates_in_use_are_not_refunded_and_the_page_says_so(at_console: At, seat: Seat) -> None:
    bought, _ = _bought_and_added(seat)
    seat.done(seat.put(f"/v1/subscriptions/{bought['id']}/usage", {"product": "tls-dv-wildcard", "in_use": 6}))
    with at_console(as_="billing") as hand:
        _select_purchase(hand, bought)
        hand.sees("Of tls-dv-wildcard 6 are reported as in use, and 0 would remain.")


def test_out_of_the_window_only_operators_refund_and_only_with_a_reason(at_console: At, seat: Seat, way: Way) -> None:
    bought, _ = _bought_and_added(seat)
    seat.advance_days(bought["id"], 31)
    path = f"/console/customers/{bought['customer_id']}/transactions"
    with at_console(as_="billing") as hand:
        hand.open(path)
        hand.sees(re.compile("The 30 days for refunds ended on"))
        hand.sees("Please contact support for assistance.")
        assert hand.page.get_by_role("checkbox", name=re.compile("^Select Purchase")).count() == 0
    with at_console(way, as_="ops") as hand:
        hand.open(path)
        hand.tick(re.compile("^Select Purchase"))
        hand.press("Process Refund")
        hand.sees("Please contact support.")
        hand.tick(re.compile("^Act out of the refund window"))
        hand.press("Process Refund")
        hand.sees("Acting out of the window needs a reason.")
        assert seat.get("/v1/refunds", customer_id=bought["customer_id"])["data"] == []
        hand.fill("Reason", "Agreed with the distributor.")
        hand.press("Update the sum")
        _settled_sum(hand, 25 * 6900 + 7 * 16900)
        hand.press("Process Refund")
        hand.sees("The refund is processed.")
    (refund,) = seat.get("/v1/refunds", customer_id=bought["customer_id"])["data"]
    assert refund["total"]["amount"] == -(25 * 6900 + 7 * 16900)


def test_who_may_not_refund_sees_no_button_and_gets_no_page(at_console: At, seat: Seat) -> None:
    bought, added = _bought_and_added(seat)
    with at_console(as_="sales") as hand:
        hand.open(f"/console/customers/{bought['customer_id']}/transactions")
        hand.sees("Refunds are processed by those with the role Billing or Administrator.")
        assert hand.page.get_by_role("button", name="Process Refund").count() == 0
        hand.open(f"/console/customers/{bought['customer_id']}/refunds/new?transaction={added['id']}")
        hand.sees("Your role does not have the right “refund”.")


def test_a_transaction_explains_itself_and_names_its_refunds(at_console: At, seat: Seat) -> None:
    bought, added = _bought_and_added(seat)
    line = {"transaction_line_id": added["lines"][0]["id"], "quantity": 2}
    refund = seat.done(seat.post("/v1/refunds", {"lines": [line], "reason": "Not needed."}), 201)
    (given_back,) = refund["transactions"]
    with at_console() as hand:
        hand.open(f"/console/transactions/{added['id']}")
        hand.sees(seat.get(f"/v1/transactions/{added['id']}")["explanation"])
        hand.sees("5 of 7 left")
        hand.follow(given_back["id"])
        hand.sees("Reason: Not needed.")
        hand.sees(seat.get(f"/v1/transactions/{given_back['id']}")["explanation"])
        hand.follow(added["id"])
        assert hand.path == f"/console/transactions/{added['id']}"
    assert bought["id"] == added["subscription_id"]


def test_a_customers_transactions_are_filtered_and_come_page_by_page(at_console: At, seat: Seat, way: Way) -> None:
    bought = seat.bought()
    for number in range(27):
        seat.done(seat.add(bought["id"], "tls-dv-single", 1, reference_id=f"PO-{number}"))
    with at_console(way) as hand:
        hand.open(f"/console/customers/{bought['customer_id']}/transactions")
        rows = hand.page.locator("#results tbody tr")
        assert rows.count() == 25
        hand.follow("Next page")
        hand.sees("First page")
        assert rows.count() == 28 - 25
        hand.fill("Reference ID", "PO-3")
        hand.press("Filter")
        hand.page.wait_for_url(re.compile("reference_id=PO-3"))
        rows.nth(1).wait_for(state="detached")
        hand.sees("Reference ID: PO-3")
        assert rows.count() == 1


def _bought_and_added(seat: Seat) -> tuple[Json, Json]:
    """A subscription, and the addition to it when some of its days were over."""
    inventory = [{"product": "tls-dv-single", "quantity": 25}, {"product": "tls-dv-wildcard", "quantity": 7}]
    bought = seat.bought(inventory=inventory)
    seat.advance_days(bought["id"], 10)
    added = seat.done(seat.add(bought["id"], "tls-dv-single", 7))["transaction"]
    return bought, added


def _select_purchase(hand: Hand, bought: Json) -> None:
    hand.open(f"/console/customers/{bought['customer_id']}/transactions")
    hand.tick(re.compile("^Select Purchase"))
    hand.press("Process Refund")
    hand.sees("Confirm Refund Details")


def _settled_sum(hand: Hand, cents: int) -> str:
    """The sum as the page shows it once it is reckoned."""
    said = money_in_words(cents, "USD")
    hand.page.locator("[data-total]", has_text=said).wait_for()
    return said
