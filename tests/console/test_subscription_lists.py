"""Lists of subscriptions: a customer's and everybody's, narrowed by filters, with what was begun and not bought."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

from support_browser import At, Hand, Way
from support_product import Seat
from support_states import pending


def rows_of(hand: Hand) -> list[list[str]]:
    """What stands in the table's rows, cell by cell."""
    return [
        [" ".join(cell.split()) for cell in row.locator("th, td").all_inner_texts()]
        for row in hand.page.locator("tbody tr").all()
    ]


def narrow(hand: Hand) -> None:
    """Send the filters where nothing sends them by itself."""
    if hand.way == "without scripts":
        hand.press("Show")


def test_each_state_is_said_in_words_with_what_comes_next(at_console: At, seat: Seat, today: date) -> None:
    customer = seat.new_customer()["id"]
    seat.bought(customer_id=customer, reference_id="PO-1")
    pending(seat, customer_id=customer, reference_id="PO-2")
    start = today + timedelta(days=10)
    seat.bought(customer_id=customer, start_date=str(start), renewal_mode="one_time", reference_id="PO-3")
    held = seat.bought(customer_id=customer, reference_id="PO-4")
    seat.done(seat.command(held["id"], "suspend"))
    seat.advance(held["id"], held["end_date"])

    with at_console() as hand:
        hand.open(f"/console/customers/{customer}/subscriptions")
        found = {row[-1]: row[1:-1] for row in rows_of(hand)}

    term = "12 months 22 November 2026 to 21 November 2027"
    assert found["PO-1"][:2] == ["Active", term]
    assert found["PO-1"][3] == "Auto-Renewal"
    assert found["PO-1"][4] == "Renewal reminder 24 August 2027"
    assert found["PO-2"][:2] == ["Waiting for the ECA", "12 months Starts when the ECA is accepted"]
    assert found["PO-2"][4] == "ECA reminder 25 November 2026"
    assert found["PO-3"][0] == "Scheduled"
    assert found["PO-3"][3:5] == ["One-Time Renewal", "Starts 2 December 2026"]
    assert found["PO-4"][0] == "Suspended, renewal held"
    assert found["PO-4"][4] == "Renews once it is enabled"


def test_subscriptions_of_everybody_are_narrowed(at_console: At, seat: Seat, way: Way) -> None:
    reference = f"PO-{uuid4().hex[:12]}"
    name = seat.new_customer(company_name=f"Kunde {reference}")["company_name"]
    customer = seat.get("/v1/customers", q=name)["data"][0]["id"]
    seat.bought(customer_id=customer, reference_id=reference, renewal_mode="one_time")
    pending(seat, customer_id=customer, reference_id=reference)

    with at_console(way) as hand:
        hand.follow("Subscriptions")
        hand.fill("Reference ID", reference)
        narrow(hand)
        hand.sees("2 subscriptions on this page")
        assert {row[1] for row in rows_of(hand)} == {name}
        hand.choose("State", "Active")
        narrow(hand)
        hand.sees("1 subscription on this page")
        assert rows_of(hand)[0][2] == "Active"
        hand.choose("Renewal", "Auto-Renewal")
        narrow(hand)
        hand.sees("No subscription fits")
        hand.follow("Show all subscriptions")
        hand.page.wait_for_url(re.compile("/console/subscriptions$"))


def test_bounds_of_the_end_are_those_of_the_api(at_console: At, seat: Seat, way: Way) -> None:
    bought = seat.bought()
    customer, end = bought["customer_id"], date.fromisoformat(bought["end_date"])

    with at_console(way) as hand:
        hand.open(f"/console/customers/{customer}/subscriptions")
        hand.fill("Ends after", str(end - timedelta(days=1)))
        narrow(hand)
        hand.page.wait_for_url(re.compile(f"ends_after={end - timedelta(days=1)}"))
        hand.sees("1 subscription on this page")
        hand.fill("Ends before", str(end))
        narrow(hand)
        hand.sees("No subscription fits")


def test_a_filter_that_is_no_day_is_refused_beside_it(at_console: At) -> None:
    with at_console("without scripts") as hand:
        hand.open("/console/subscriptions?ends_before=2026-99-99")
        assert hand.page.locator("#f-ends_before-error").inner_text() == "A day is written YYYY-MM-DD."
        hand.complaints.clear()


def test_what_was_begun_goes_on_from_the_customers_tab(at_console: At, seat: Seat, way: Way) -> None:
    customer = seat.new_customer()["id"]

    with at_console(way) as hand:
        hand.open(f"/console/customers/{customer}/subscriptions")
        hand.follow("Add a subscription")
        hand.press("Begin a subscription")
        hand.page.wait_for_url(re.compile("/console/purchases/drf_"))
        begun = hand.path
        hand.open(f"/console/customers/{customer}/subscriptions")
        hand.sees("Begun, not purchased yet")
        hand.follow(re.compile("^Go on"))
        hand.page.wait_for_url(re.compile("/console/purchases/drf_"))
        assert hand.path == begun

    assert seat.get("/v1/subscriptions", customer_id=customer)["data"] == []
