from __future__ import annotations

import re

import pytest

from support_browser import At, Way
from support_buying import (
    DONE,
    HOSTILE,
    add_products,
    confirm,
    confirm_button,
    new_subscription,
    pretend_another_price,
    total_shown,
)
from support_product import Seat

pytestmark = pytest.mark.xdist_group("console buying")

DV, WILDCARD = "Domain-validated certificate", "Domain-validated wildcard certificate"
ADD = "Certificates to add"
REVIEW = re.compile(r"/review$")


def test_products_are_added_at_the_charge_that_was_shown(at_console: At, seat: Seat, way: Way) -> None:
    subscription = new_subscription(seat)
    with at_console(way, as_="sales") as hand:
        hand.open(f"/console/subscriptions/{subscription}/inventory")
        hand.sees("5 certificates now")
        add_products(hand, {WILDCARD: 3}, label=ADD)
        hand.fill(f"{ADD}: {DV}", "2")
        hand.press("Next")
        hand.page.wait_for_url(REVIEW)
        shown = total_shown(hand)
        hand.fill("Reference ID", "PO-9")
        hand.press("Back")
        hand.page.wait_for_url(re.compile(r"/inventory$"))
        hand.page.reload()
        assert hand.page.get_by_label(f"{ADD}: {WILDCARD}").input_value() == "3"
        hand.press("Next")
        hand.page.wait_for_url(REVIEW)
        assert hand.page.get_by_label("Reference ID").input_value() == "PO-9"
        confirm(hand)
        hand.sees("The certificates are added to the inventory.")
    found = seat.get(f"/v1/subscriptions/{subscription}")
    assert _counts(found["inventory"]) == {"tls-dv-single": 7, "tls-dv-wildcard": 3}
    charges = seat.get("/v1/transactions", subscription_id=subscription, action="inventory_add")["data"]
    assert [f"{one['amount']['amount'] / 100:,.2f} USD" for one in charges] == [shown]
    assert [one["reference_id"] for one in charges] == ["PO-9"]


def test_what_renews_is_set_and_follows_the_inventory_again(at_console: At, seat: Seat, way: Way) -> None:
    subscription = new_subscription(seat)
    path = f"/console/subscriptions/{subscription}/renewal-inventory"
    with at_console(way) as hand:
        hand.open(path)
        hand.sees("It follows the inventory now")
        add_products(hand, {WILDCARD: 4})
        hand.press(f"Remove {DV}")
        hand.press("Next")
        hand.page.wait_for_url(REVIEW)
        hand.sees(f"These do not renew: {DV}.")
        hand.sees("Nothing is charged now.")
        confirm(hand)
        hand.sees("The renewal inventory is saved.")
        found = seat.get(f"/v1/subscriptions/{subscription}")
        assert _counts(found["renewal_inventory"]) == {"tls-dv-wildcard": 4}
        assert _counts(found["inventory"]) == {"tls-dv-single": 5}
        hand.open(path)
        hand.press("Follow the inventory again")
        hand.page.wait_for_url(REVIEW)
        hand.sees("The renewal inventory follows the inventory again")
        confirm(hand)
    found = seat.get(f"/v1/subscriptions/{subscription}")
    assert (found["renewal_inventory_mode"], _counts(found["renewal_inventory"])) == ("follows", {"tls-dv-single": 5})


def test_nothing_is_left_to_renew_only_by_one_time_renewal(at_console: At, seat: Seat) -> None:
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{new_subscription(seat)}/renewal-inventory")
        hand.press(f"Remove {DV}")
        hand.press("Next")
        hand.sees("To renew nothing, use one-time renewal.")


def test_a_suspended_subscription_takes_no_products_and_says_why(at_console: At, seat: Seat) -> None:
    subscription = new_subscription(seat)
    seat.done(seat.post(f"/v1/subscriptions/{subscription}/suspend", {}))
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{subscription}/inventory")
        hand.sees("Nothing can be added while the subscription is suspended. Enable it first.")
        assert hand.page.get_by_role("button", name="Next").count() == 0


def test_a_subscription_that_is_suspended_meanwhile_is_not_added_to(at_console: At, seat: Seat) -> None:
    subscription = new_subscription(seat)
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{subscription}/inventory")
        hand.fill(f"{ADD}: {DV}", "1")
        hand.press("Next")
        hand.page.wait_for_url(REVIEW)
        seat.done(seat.post(f"/v1/subscriptions/{subscription}/suspend", {}))
        hand.press("Confirm & Purchase")
        hand.sees("The subscription is suspended.")
        seat.done(seat.post(f"/v1/subscriptions/{subscription}/enable", {}))
        hand.page.goto(f"{hand.base_url}/console/subscriptions/{subscription}/inventory/review")
        confirm(hand)
    assert _counts(seat.get(f"/v1/subscriptions/{subscription}")["inventory"]) == {"tls-dv-single": 6}


@pytest.mark.parametrize("way", ["mouse", "without scripts"])
def test_a_double_click_adds_once(at_console: At, seat: Seat, way: Way) -> None:
    subscription = new_subscription(seat)
    with at_console(way) as hand:
        hand.open(f"/console/subscriptions/{subscription}/inventory")
        hand.fill(f"{ADD}: {DV}", "1")
        hand.press("Next")
        hand.page.wait_for_url(REVIEW)
        confirm_button(hand).dblclick()
        hand.page.wait_for_url(DONE)
    assert _counts(seat.get(f"/v1/subscriptions/{subscription}")["inventory"]) == {"tls-dv-single": 6}


def test_a_charge_that_changed_is_shown_and_asked_about_again(at_console: At, seat: Seat) -> None:
    subscription = new_subscription(seat)
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{subscription}/inventory")
        hand.fill(f"{ADD}: {DV}", "1")
        hand.press("Next")
        hand.page.wait_for_url(REVIEW)
        pretend_another_price(hand)
        hand.press("Confirm & Purchase")
        hand.sees("The price has changed.")
        hand.sees("The total was 0.01 USD. It is 69.00 USD now.")
        confirm(hand)
    assert _counts(seat.get(f"/v1/subscriptions/{subscription}")["inventory"]) == {"tls-dv-single": 6}


@pytest.mark.parametrize("count", ["0", "100001", "1.5", HOSTILE])
def test_a_count_that_is_none_is_kept_and_told_beside_its_field(at_console: At, seat: Seat, count: str) -> None:
    subscription = new_subscription(seat)
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{subscription}/renewal-inventory")
        field = hand.page.get_by_label(f"Number of certificates: {DV}")
        field.evaluate("field => { field.type = 'text'; field.form.noValidate = true }")
        field.fill(count)
        hand.press("Next")
        hand.page.locator(".invalid-feedback").first.wait_for()
        assert hand.page.get_by_label(f"Number of certificates: {DV}").get_attribute("value") == count
        hand.press("Discard this draft")
        hand.sees("The draft is discarded.")
    assert seat.get(f"/v1/subscriptions/{subscription}")["renewal_inventory_mode"] == "follows"


def _counts(lines: list[dict[str, object]]) -> dict[object, object]:
    return {line["product"]: line["quantity"] for line in lines}
