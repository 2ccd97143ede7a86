from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from lifecycle.terms import add_months
from lifecycle.wording import day_in_words, money_in_words
from support_browser import At, Way
from support_product import Seat

pytestmark = pytest.mark.xdist_group("console subscriptions")


def instants(page: Page) -> list[datetime]:
    """The instants of the timeline's items, from top to bottom."""
    found = page.locator(".moments .moment-day time")
    return [
        datetime.fromisoformat(text).replace(tzinfo=None)
        for text in found.evaluate_all("all => all.map(one => one.dateTime)")
    ]


def test_the_renewal_preference_is_switched_and_says_what_follows(seat: Seat, at_console: At, way: Way) -> None:
    bought = seat.bought()
    end = day_in_words(date.fromisoformat(bought["end_date"]))
    (renewal,) = [it for it in seat.get(f"/v1/subscriptions/{bought['id']}/forecast")["data"] if it["charge"]]
    charge = money_in_words(renewal["charge"]["amount"], renewal["charge"]["currency"])
    with at_console(way) as hand:
        hand.open(f"/console/subscriptions/{bought['id']}")
        hand.follow("Renewal preference")
        hand.sees("The subscription will automatically renew at the end of the selected term.")
        hand.sees("but you will have the option to enable auto-renewal for the subscription before it expires.")
        hand.sees(f"On {end} a new term of 12 months begins")
        hand.sees(f"costs {charge}, charged on the next invoice.")
        hand.tick("One-Time Renewal")
        hand.press("Save")
        hand.sees("The renewal preference is saved.")
        hand.sees(f"It expires on {end}.")
        assert seat.subscription(bought["id"])["renewal_mode"] == "one_time"
        hand.follow("Renewal preference")
        hand.tick("Auto-Renewal")
        hand.press("Save")
        hand.sees(f"It renews on {end}.")
    assert seat.subscription(bought["id"])["renewal_mode"] == "auto"


def test_one_time_renewal_of_a_held_one_says_that_it_expires_at_once_and_does(seat: Seat, at_console: At) -> None:
    bought = seat.bought()
    seat.done(seat.command(bought["id"], "suspend"))
    seat.advance(bought["id"], bought["end_date"])
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{bought['id']}/renewal-mode")
        hand.sees("the subscription expires at once")
        hand.tick("One-Time Renewal")
        hand.press("Save")
        hand.sees("The term is over and was not renewed.")
    assert seat.subscription(bought["id"])["state"] == "expired"


def test_past_and_future_are_one_line_in_the_order_of_time(seat: Seat, at_console: At) -> None:
    bought = seat.bought()
    found = seat.advance_days(bought["id"], 300)
    today = datetime.fromisoformat(found["today"])
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{bought['id']}")
        seen = instants(hand.page)
        ahead = seat.get(f"/v1/subscriptions/{bought['id']}/forecast")["data"]
        assert seen == sorted(seen)
        assert seen[-len(ahead) :] == [datetime.fromisoformat(it["at"]).replace(tzinfo=None) for it in ahead]
        assert seen[-len(ahead) - 1] == today
        assert hand.page.locator(".moment-today").inner_text().split("\n")[-1] == "Today"
        happened = {entry["at"] for entry in seat.timeline(bought["id"])}
        assert {datetime.fromisoformat(at).replace(tzinfo=None) for at in happened} == set(seen[: -len(ahead) - 1])


def test_a_long_past_is_paged_back_to_its_beginning(seat: Seat, at_console: At) -> None:
    bought = seat.bought()
    for _ in range(5):
        seat.done(seat.command(bought["id"], "suspend"))
        seat.done(seat.command(bought["id"], "enable"))
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{bought['id']}")
        assert hand.page.get_by_text("Purchase confirmed").count() == 0
        hand.follow("Earlier")
        hand.sees("Purchase confirmed")
        assert hand.page.locator(".moment-today").count() == 0
        hand.follow("To the present")
        hand.page.locator(".moment-today").wait_for()


def test_the_forecast_draws_and_lists_the_same_charges_as_the_api(seat: Seat, at_console: At, way: Way) -> None:
    bought = seat.bought()
    until = add_months(date.fromisoformat(bought["start_date"]), 36)
    foreseen = seat.get(f"/v1/subscriptions/{bought['id']}/forecast", until=str(until))["data"]
    charges = [it["charge"] for it in foreseen if it["charge"]]
    with at_console(way) as hand:
        hand.open(f"/console/subscriptions/{bought['id']}")
        hand.follow("3 years")
        hand.page.locator("[aria-current]", has_text="3 years").wait_for()
        card = hand.page.locator("#forecast-card")
        listed = card.locator("tbody td.text-end").all_inner_texts()
        assert listed == [money_in_words(one["amount"], one["currency"]) for one in charges]
        assert card.locator("svg rect").count() == len(charges) == 3


def test_what_is_in_use_and_what_renews_is_told_as_the_api_has_it(seat: Seat, at_console: At) -> None:
    inventory = [{"product": "tls-dv-single", "quantity": 5}, {"product": "tls-dv-wildcard", "quantity": 2}]
    bought: dict[str, Any] = seat.bought(inventory=inventory)
    path = f"/v1/subscriptions/{bought['id']}"
    seat.done(seat.put(f"{path}/usage", {"product": "tls-dv-single", "in_use": 4}))
    seat.done(seat.set_renewal(bought["id"], {"tls-dv-single": 8}))
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{bought['id']}")
        usage = hand.page.get_by_role("region", name="Inventory and usage").locator("tbody tr").all_inner_texts()
        assert [row.split("\t")[1:] for row in usage] == [["5", "4", "1"], ["2", "not reported", "–"]]
        renewing = hand.page.get_by_role("region", name="What renews").locator("tbody tr").all_inner_texts()
        assert [row.split("\t")[1:] for row in renewing] == [["5", "8", "3 more"], ["2", "0", "does not renew"]]
        hand.sees("It is pinned")


def test_a_subscription_of_somebody_else_is_not_there(seat: Seat, operator: Seat, at_console: At) -> None:
    with at_console() as hand:
        hand.open("/console/subscriptions/sub_00000000000000000000000000000000")
        hand.sees("There is nothing here")


def test_the_term_bar_tells_the_days_of_the_subscriptions_own_clock(seat: Seat, at_console: At) -> None:
    bought = seat.bought()
    seat.advance(bought["id"], date.fromisoformat(bought["start_date"]) + timedelta(days=100))
    with at_console() as hand:
        hand.open(f"/console/subscriptions/{bought['id']}")
        hand.sees("100 of 365 days are over, 265 are left.")
        assert hand.page.locator(".chart-fill").first.get_attribute("width") == "27.4%"
