from __future__ import annotations

import re

import pytest

from support_browser import At, Way
from support_buying import (
    ACCEPTOR,
    DONE,
    HOSTILE,
    add_products,
    begin,
    choose_offering,
    choose_products,
    choose_renewal,
    choose_term,
    confirm,
    confirm_button,
    new_customer,
    pretend_another_price,
    total_shown,
)
from support_product import Seat

pytestmark = pytest.mark.xdist_group("console buying")

DV, WILDCARD = "Domain-validated certificate", "Domain-validated wildcard certificate"
OV = "Organisation-validated certificate"


def test_a_subscription_is_added_in_five_steps(at_console: At, seat: Seat, way: Way) -> None:
    customer = new_customer(seat)
    with at_console(way, as_="sales") as hand:
        begin(hand, customer)
        choose_offering(hand, "Managed TLS", acceptor="legal@client.example")
        choose_term(hand)
        hand.unfold("View Plans & Benefits")
        hand.sees("Everything in Essentials")
        choose_products(hand, {OV: 25})
        hand.sees("but you will have the option to enable auto-renewal for the subscription before it expires.")
        choose_renewal(hand, "Auto-Renewal")
        assert total_shown(hand) == "3,725.00 USD"
        hand.sees("Will be sent to legal@client.example")
        hand.sees("Due now: 0.00 USD")
        hand.fill("Reference ID", "PO-4711")
        bought = confirm(hand)
        hand.sees("The subscription is ordered.")
    found = seat.get(f"/v1/subscriptions/{bought}")
    assert (found["customer_id"], found["offering"], found["term_months"]) == (customer, "managed-tls", 12)
    assert found["inventory"] == [{"product": "tls-ov-single", "quantity": 25}]
    assert (found["clm_tier"], found["renewal_mode"], found["reference_id"]) == ("professional", "auto", "PO-4711")
    assert (found["state"], found["eca"]["acceptor_email"]) == ("pending_eca", "legal@client.example")


def test_a_start_in_the_past_is_prorated_as_it_is_picked_and_charged_as_it_was_shown(
    at_console: At, seat: Seat, way: Way
) -> None:
    customer = new_customer(seat)
    with at_console(way) as hand:
        begin(hand, customer)
        choose_offering(hand, "DV Automation")
        assert hand.page.locator("#f-start_date").get_attribute("min") == "2023-11-23"
        hand.sees("You may backdate the subscription start date by up to the length of the selected term minus one day")
        hand.tick(re.compile("^12 months"))
        hand.fill("Start date", "2026-09-13")
        if way == "without scripts":
            hand.press("Show the price")
        hand.sees("295 of 365 days are left and charged")
        hand.sees("The earliest start date of this term is 23 November 2025")
        hand.press("Next")
        choose_products(hand, {DV: 10, WILDCARD: 3}, tier="Enterprise")
        choose_renewal(hand, "One-Time Renewal")
        shown = total_shown(hand)
        hand.sees(f"Due now: {shown}")
        bought = confirm(hand)
        hand.sees("The subscription is purchased.")
    (transaction,) = seat.get("/v1/transactions", subscription_id=bought)["data"]
    assert shown == f"{transaction['amount']['amount'] / 100:,.2f} USD"
    assert [line["remaining_days"] for line in transaction["lines"]] == [295, 295]
    found = seat.get(f"/v1/subscriptions/{bought}")
    assert (found["start_date"], found["renewal_mode"], found["state"]) == ("2026-09-13", "one_time", "active")


def test_neither_back_nor_a_reload_nor_another_window_loses_anything(at_console: At, seat: Seat, way: Way) -> None:
    customer = new_customer(seat)
    with at_console(way) as hand:
        draft = begin(hand, customer)
        choose_offering(hand, "Managed TLS", acceptor="legal@client.example")
        choose_term(hand, start_date="2026-12-24")
        hand.tick(re.compile("^Essentials"))
        add_products(hand, {OV: 7})
        hand.press("Back")
        hand.page.wait_for_url(re.compile(r"/term$"))
        hand.page.reload()
        assert hand.page.locator("#f-start_date").input_value() == "2026-12-24"
        hand.press("Select the subscription")
        hand.page.wait_for_url(re.compile(r"/offering$"))
        assert hand.page.get_by_label(ACCEPTOR).input_value() == "legal@client.example"
        hand.press("Set the renewal preferences")
        choose_renewal(hand, "Auto-Renewal")
        hand.fill("Reference ID", "PO-1")
        hand.press("Back")
        hand.page.wait_for_url(re.compile(r"/renewal$"))
    with at_console(way) as hand:
        hand.open(f"/console/customers/{customer}/subscriptions/new")
        hand.follow(re.compile("^Go on"))
        hand.page.wait_for_url(re.compile(r"/review$"))
        assert hand.page.get_by_label("Reference ID").input_value() == "PO-1"
        hand.sees(OV)
        hand.open(f"{draft}/inventory")
        assert hand.page.get_by_label(f"Number of certificates: {OV}").input_value() == "7"
        assert hand.page.get_by_label(re.compile("^Essentials")).is_checked()


def test_what_is_picked_is_kept_before_any_button_is_pressed(at_console: At, seat: Seat) -> None:
    with at_console() as hand:
        begin(hand, new_customer(seat))
        choose_offering(hand, "DV Automation")
        with hand.page.expect_response(re.compile(r"/term$")):
            hand.tick(re.compile("^24 months"))
        hand.sees("731 of 731 days")
        hand.page.reload()
        assert hand.page.get_by_label(re.compile("^24 months")).is_checked()


@pytest.mark.parametrize("way", ["mouse", "without scripts"])
def test_a_double_click_buys_once(at_console: At, seat: Seat, way: Way) -> None:
    customer = new_customer(seat)
    with at_console(way) as hand:
        draft = begin(hand, customer)
        choose_offering(hand, "DV Automation")
        choose_term(hand)
        choose_products(hand, {DV: 2})
        choose_renewal(hand, "Auto-Renewal")
        confirm_button(hand).dblclick()
        hand.page.wait_for_url(DONE)
        bought = hand.path
        hand.open(f"{draft}/review")
        assert hand.path == bought
        hand.page.reload()
    assert len(seat.get("/v1/subscriptions", customer_id=customer)["data"]) == 1


def test_a_form_that_is_sent_again_leads_to_what_it_bought(at_console: At, seat: Seat) -> None:
    customer = new_customer(seat)
    with at_console() as hand:
        draft = begin(hand, customer)
        choose_offering(hand, "DV Automation")
        choose_term(hand)
        choose_products(hand, {DV: 2})
        choose_renewal(hand, "Auto-Renewal")
        names = ("form_token", "expected_total")
        sent: dict[str, str | float | bool] = {
            name: hand.page.locator(f"#step input[name={name}]").get_attribute("value") or "" for name in names
        }
        sent["to"] = "confirm"
        headers = {"Sec-Fetch-Site": "same-origin"}
        led = [
            hand.page.request.post(f"{draft}/review", form=sent, headers=headers, max_redirects=0).headers["location"]
            for _ in range(3)
        ]
    assert len(set(led)) == 1
    assert len(seat.get("/v1/subscriptions", customer_id=customer)["data"]) == 1


def test_a_price_that_changed_is_shown_and_asked_about_again(at_console: At, seat: Seat) -> None:
    customer = new_customer(seat)
    with at_console() as hand:
        begin(hand, customer)
        choose_offering(hand, "DV Automation")
        choose_term(hand)
        choose_products(hand, {DV: 2})
        choose_renewal(hand, "Auto-Renewal")
        pretend_another_price(hand)
        hand.press("Confirm & Purchase")
        hand.sees("The price has changed.")
        hand.sees("The total was 0.01 USD. It is 138.00 USD now.")
        assert seat.get("/v1/subscriptions", customer_id=customer)["data"] == []
        confirm(hand)
    assert len(seat.get("/v1/subscriptions", customer_id=customer)["data"]) == 1


def test_a_step_that_is_not_complete_leads_back_and_says_what_is_wrong_beside_the_field(
    at_console: At, seat: Seat, way: Way
) -> None:
    with at_console(way) as hand:
        draft = begin(hand, new_customer(seat))
        hand.open(f"{draft}/review")
        assert hand.path == f"{draft}/offering?wrong=1"
        hand.sees("Select the product you want to add.")
        hand.tick(re.compile("^Managed TLS"))
        hand.press("Next")
        hand.sees("give the e-mail address of someone at the customer")
        hand.fill(ACCEPTOR, "admin@distributor.example")
        hand.press("Next")
        hand.sees("The acceptor must be a person at the customer, not at the partner.")
        assert hand.page.get_by_label(ACCEPTOR).input_value() == "admin@distributor.example"
        hand.fill(ACCEPTOR, "legal@client.example")
        hand.press("Next")
        hand.page.wait_for_url(re.compile(r"/term$"))
        hand.open(f"{draft}/renewal")
        assert hand.path == f"{draft}/term?wrong=1"
        hand.sees("Select a term.")


def test_products_of_another_offering_lead_back_to_their_step(at_console: At, seat: Seat) -> None:
    with at_console() as hand:
        draft = begin(hand, new_customer(seat))
        choose_offering(hand, "DV Automation")
        choose_term(hand)
        choose_products(hand, {DV: 2})
        choose_renewal(hand, "Auto-Renewal")
        hand.press("Select the subscription")
        choose_offering(hand, "Private PKI")
        hand.open(f"{draft}/review")
        assert hand.path == f"{draft}/inventory?wrong=1"
        hand.sees("Private PKI does not include this product.")
        hand.press(re.compile("^Remove"))
        hand.sees("There is no product yet.")


def test_hostile_text_is_shown_as_it_was_typed(at_console: At, seat: Seat) -> None:
    customer = new_customer(seat, company_name=HOSTILE)
    with at_console() as hand:
        draft = begin(hand, customer)
        hand.sees(HOSTILE)
        hand.page.locator("#step").evaluate("form => { form.noValidate = true }")
        hand.tick(re.compile("^Managed TLS"))
        hand.fill(ACCEPTOR, HOSTILE)
        hand.press("Next")
        hand.page.locator(".invalid-feedback").wait_for()
        assert hand.page.get_by_label(ACCEPTOR).input_value() == HOSTILE
        hand.press(re.compile("^Discard"))
        hand.sees("The draft is discarded.")
        assert hand.page.request.get(f"{draft}/offering").status == 404
        begin(hand, customer)
        choose_offering(hand, "DV Automation")
        choose_term(hand)
        choose_products(hand, {DV: 1})
        choose_renewal(hand, "Auto-Renewal")
        hand.fill("Reference ID", HOSTILE)
        bought = confirm(hand)
    assert seat.get(f"/v1/subscriptions/{bought}")["reference_id"] == HOSTILE


def test_a_draft_is_its_users_alone(at_console: At, seat: Seat) -> None:
    customer = new_customer(seat)
    with at_console() as hand:
        draft = begin(hand, customer)
    with at_console(as_="sales") as hand:
        hand.open(f"/console/customers/{customer}/subscriptions/new")
        assert hand.page.get_by_role("link", name=re.compile("^Go on")).count() == 0
        hand.open(f"{draft}/offering")
        hand.sees("There is nothing here")


def test_whose_role_may_not_buy_is_told_so(at_console: At, seat: Seat) -> None:
    customer = new_customer(seat)
    with at_console(as_="billing") as hand:
        hand.open(f"/console/customers/{customer}/subscriptions/new")
        hand.sees("You may not do this")
