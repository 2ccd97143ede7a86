"""The sandbox's pages: virtual time goes on as the API says, mails are read, months are invoiced."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from support_browser import At, Way
from support_product import Seat

pytestmark = pytest.mark.xdist_group("console book")

LATER = 31


def test_time_goes_on_as_far_as_was_said_and_the_page_tells_what_happened(
    at_console: At, way: Way, seat: Seat, today: date
) -> None:
    bought = seat.bought(term_months=12, renewal_mode="auto")["id"]
    with at_console(way) as hand:
        hand.open(f"/console/sandbox?subscription_id={bought}")
        hand.fill("Days to go on", "366")
        hand.press("Advance")
        hand.sees("Virtual time was advanced.")
        hand.sees("Renewed, its transaction")
        found = seat.subscription(bought)
        assert found["today"] == str(today + timedelta(days=366))
        new = [one for one in seat.timeline(bought) if one["version"] is None and one["kind"] == "renewal_reminder"]
        assert hand.page.get_by_text(re.compile("Renewal reminder, to")).count() == len(new) == 10
        hand.follow("Advance further")
        assert hand.page.locator('input[name="subscription_id"]').is_checked()


def test_two_at_different_days_go_to_the_same_one(at_console: At, seat: Seat, today: date) -> None:
    first, second = seat.bought()["id"], seat.bought()["id"]
    seat.advance(first, str(today + timedelta(days=3)))
    to = today + timedelta(days=LATER)
    with at_console() as hand:
        hand.open(f"/console/sandbox?subscription_id={first}&subscription_id={second}")
        hand.fill("Or to a day", str(to))
        hand.press("Advance")
        hand.sees("Virtual time was advanced.")
    assert {seat.subscription(one)["today"] for one in (first, second)} == {str(to)}


def test_what_cannot_be_is_said_beside_the_field_and_nothing_moves(
    at_console: At, way: Way, seat: Seat, today: date
) -> None:
    bought = seat.bought()["id"]
    seat.advance(bought, str(today + timedelta(days=9)))
    with at_console(way) as hand:
        hand.open(f"/console/sandbox?subscription_id={bought}")
        hand.press("Advance")
        hand.sees("Say either how many days, or to which day.")
        hand.fill("Or to a day", str(today))
        hand.press("Advance")
        hand.sees("Virtual time only moves forward.")
        assert hand.page.get_by_label(re.compile("Or to a day")).input_value() == str(today)
    assert seat.subscription(bought)["today"] == str(today + timedelta(days=9))


def test_the_mailbox_shows_who_was_told_what_and_its_link_works(at_console: At, way: Way, seat: Seat) -> None:
    asked = seat.bought(offering="managed-tls", eca_acceptor_email="legal@acceptor.example")["id"]
    seat.advance(asked, seat.subscription(asked)["today"])
    with at_console(way) as hand:
        hand.open(f"/console/sandbox/mailbox?subscription_id={asked}")
        hand.sees("To legal@acceptor.example")
        hand.follow(re.compile("eca"))
        hand.sees("Enterprise Certificate Agreement")


def test_a_months_invoicing_is_run(at_console: At, way: Way, seat: Seat, today: date) -> None:
    seat.bought()
    month = f"{today:%Y-%m}"
    with at_console(way) as hand:
        hand.open("/console/sandbox")
        hand.fill("Month", month)
        hand.press("Run invoicing")
        hand.sees(f"Invoices of {month} are made: 1 document is there.")
        hand.fill("Month", "soon")
        hand.press("Run invoicing")
        assert hand.page.locator("#f-month").input_value() == "soon"
        assert hand.page.locator("#f-month-error").count() == 1


def test_billing_has_no_sandbox(at_console: At) -> None:
    with at_console(as_="billing") as hand:
        assert hand.page.get_by_role("link", name="Sandbox").count() == 0
        hand.open("/console/sandbox")
        hand.sees("You may not do this")
