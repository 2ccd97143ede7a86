from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from lifecycle.wording import day_in_words, money_in_words
from support_browser import At, Hand, Way
from support_product import Seat

pytestmark = pytest.mark.xdist_group("console subscriptions")


def open_details(hand: Hand, subscription: dict[str, Any]) -> None:
    hand.open(f"/console/subscriptions/{subscription['id']}")


def held(seat: Seat, **changes: Any) -> dict[str, Any]:
    """A subscription whose term ended ten days ago while it was suspended."""
    bought = seat.bought(**changes)
    seat.done(seat.command(bought["id"], "suspend"))
    return seat.advance(bought["id"], date.fromisoformat(bought["end_date"]) + timedelta(days=10))


def test_a_subscription_is_suspended_and_enabled_again(seat: Seat, at_console: At, way: Way) -> None:
    customer = seat.new_customer()
    bought = seat.bought(customer_id=customer["id"])
    with at_console(way) as hand:
        hand.follow("Customers")
        hand.follow(customer["company_name"])
        hand.follow("Subscriptions", within=hand.page.get_by_role("navigation", name="Customer"))
        hand.follow("DV Automation")
        hand.page.get_by_role("heading", name="Subscription Details").wait_for()
        hand.follow("Suspend")
        hand.sees("Click Confirm to suspend the service.")
        hand.sees(f"it still ends on {day_in_words(date.fromisoformat(bought['end_date']))}")
        hand.fill("Reason", "Asked for by phone")
        hand.press("Confirm")
        hand.sees("The subscription is suspended.")
        hand.sees("Reason given: Asked for by phone")
        hand.sees("Nothing can be added while the subscription is suspended. Enable it first.")
        assert hand.page.get_by_role("link", name="Add Products & Services").count() == 0
        found = seat.subscription(bought["id"])
        assert (found["state"], found["state_reason"]) == ("suspended", "Asked for by phone")
        hand.follow("Enable")
        hand.sees("Enabling costs nothing.")
        hand.press("Enable")
        hand.sees("The subscription is enabled.")
    found = seat.subscription(bought["id"])
    assert (found["state"], found["end_date"]) == ("active", bought["end_date"])
    assert [one["action"] for one in seat.transactions(bought["id"])] == ["purchase"]


def test_enabling_a_held_renewal_charges_what_was_shown(seat: Seat, at_console: At, way: Way) -> None:
    waiting = held(seat)
    effect = seat.done(seat.post(f"/v1/subscriptions/{waiting['id']}/enable", {}, dry_run="true"))
    total = effect["transaction"]["amount"]
    with at_console(way) as hand:
        open_details(hand, waiting)
        hand.sees("Suspended, renewal held")
        hand.follow("Enable")
        hand.press(f"Enable for {money_in_words(total['amount'], total['currency'])}")
        hand.sees("The subscription is enabled.")
    found = seat.subscription(waiting["id"])
    assert (found["state"], found["term_number"], found["start_date"]) == ("active", 2, waiting["today"])
    assert [(one["action"], one["amount"]) for one in seat.transactions(waiting["id"])][1:] == [("renewal", total)]


def test_another_price_than_the_one_shown_is_shown_before_anything_is_charged(seat: Seat, at_console: At) -> None:
    waiting = held(seat)
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{waiting['id']}/enable")
        seat.done(seat.set_renewal(waiting["id"], {"tls-dv-single": 2}))
        hand.fill("Reason", "Paid at last")
        hand.press(re.compile("^Enable for "))
        hand.sees("The price has changed since it was shown.")
        assert seat.subscription(waiting["id"])["state"] == "suspended"
        assert hand.page.get_by_label("Reason").input_value() == "Paid at last"
        hand.press("Enable for 138.00 USD")
        hand.sees("The subscription is enabled.")
    assert seat.transactions(waiting["id"])[-1]["amount"] == {"amount": 13800, "currency": "USD"}


def test_a_form_that_is_sent_twice_charges_once(seat: Seat, at_console: At) -> None:
    waiting = held(seat)
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{waiting['id']}/enable")
        form = hand.page.locator("form[action$='/enable']")
        names = ("form_token", "key", "expected_total")
        fields: dict[str, str | float | bool] = {name: form.locator(f"[name={name}]").input_value() for name in names}
        for _ in range(2):
            answer = hand.page.request.post(hand.page.url, form=fields, headers={"Origin": hand.base_url})
            assert "The subscription is enabled." in answer.text()
    assert [one["action"] for one in seat.transactions(waiting["id"])] == ["purchase", "renewal"]


def test_a_purchase_is_withdrawn_while_it_waits(seat: Seat, at_console: At, today: date, way: Way) -> None:
    waiting = seat.bought(start_date=str(today + timedelta(days=40)))
    with at_console(way) as hand:
        open_details(hand, waiting)
        hand.follow("Withdraw the purchase")
        hand.sees("Nothing was charged, and nothing will be.")
        hand.press("Confirm")
        hand.sees("The subscription is cancelled.")
        hand.sees("The purchase was withdrawn before it began; nothing was charged.")
    found = seat.subscription(waiting["id"])
    assert (found["state"], found["state_reason"]) == ("cancelled", "withdrawn")


def test_only_operators_end_what_runs(seat: Seat, at_console: At) -> None:
    bought = seat.bought()
    path = f"/console/subscriptions/{bought['id']}/cancel"
    with at_console() as hand:
        hand.open(path)
        hand.sees("A running subscription is not cancelled: suspend it, or switch it to One-Time Renewal.")
        assert hand.page.get_by_role("button", name="Confirm").count() == 0
    with at_console(as_="ops") as hand:
        open_details(hand, bought)
        assert bought["id"] in (
            hand.page.get_by_role("link", name="Open in the Temporal UI").get_attribute("href") or ""
        )
        hand.follow("End the subscription")
        hand.press("Confirm")
        hand.sees("The subscription is cancelled.")
    found = seat.subscription(bought["id"])
    assert (found["state"], found["state_reason"]) == ("cancelled", "ops_cancelled")


def test_a_reason_that_is_too_long_is_refused_beside_its_field_and_kept(seat: Seat, at_console: At) -> None:
    bought = seat.bought()
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{bought['id']}/suspend")
        hand.page.locator("#f-reason").evaluate("field => field.removeAttribute('maxlength')")
        hand.fill("Reason", "x" * 501)
        hand.press("Confirm")
        hand.page.locator("#f-reason-error").wait_for()
        assert hand.page.locator("#f-reason").input_value() == "x" * 501
    assert seat.subscription(bought["id"])["state"] == "active"


def test_whose_role_only_reads_is_shown_no_action_and_refused_one(seat: Seat, at_console: At) -> None:
    bought = seat.bought()
    with at_console(as_="billing") as hand:
        open_details(hand, bought)
        hand.sees("Your role may look at subscriptions, and not change them.")
        assert hand.page.get_by_role("link", name="Suspend", exact=True).count() == 0
        hand.open(f"/console/subscriptions/{bought['id']}/suspend")
        hand.sees("You may not do this")
