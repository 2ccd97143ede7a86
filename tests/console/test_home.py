"""The first page: what a new partner does first, and tiles whose lists hold what they count."""

from __future__ import annotations

import re
from datetime import date, timedelta

import httpx2
import pytest

from support_browser import At, Hand, Way
from support_product import Running, Seat

pytestmark = pytest.mark.xdist_group("console book")

ROWS = "#results tbody tr"
HELD = "Renewal held"


@pytest.fixture
def book(seat: Seat, today: date) -> dict[str, str]:
    """Subscriptions of each kind that a tile counts, by what they are."""
    bought = {name: seat.bought()["id"] for name in ("due", "due later", "suspended", "held")}
    seat.advance(bought["due"], str(today + timedelta(days=340)))
    seat.advance(bought["due later"], str(today + timedelta(days=290)))
    for name in ("suspended", "held"):
        seat.command(bought[name], "suspend")
    seat.advance(bought["held"], str(today + timedelta(days=366)))
    return bought


def counts(hand: Hand) -> dict[str, int]:
    """What the tiles say, by their names."""
    found: dict[str, int] = {}
    for tile in hand.page.locator("a.tile").all():
        number, name = (tile.locator(f".tile-{part}").inner_text() for part in ("number", "name"))
        if number.replace(",", "").isdigit():
            found[name] = int(number.replace(",", ""))
    return found


def test_each_tile_opens_the_list_that_it_counts(at_console: At, way: Way, seat: Seat, book: dict[str, str]) -> None:
    said = seat.get("/v1/overview")
    expected = {
        **{f"within {days} days": said["renewals_due"][days] for days in ("30", "60", "90")},
        "Waiting for the ECA": said["pending_eca"],
        HELD: said["held"],
        **{name: said[name.lower()] for name in ("Suspended", "Scheduled", "Active")},
    }
    with at_console(way) as hand:
        assert counts(hand) == expected
        for name in ("within 30 days", "within 90 days", HELD, "Suspended", "Waiting for the ECA"):
            hand.open("/console")
            hand.follow(re.compile(name))
            hand.page.wait_for_url(re.compile(r"/console/subscriptions\?"))
            assert hand.page.locator(ROWS).count() == min(expected[name], 50), name
        hand.open("/console/subscriptions?held=true")
        assert hand.page.locator(f'{ROWS} a[href$="{book["held"]}"]').count() == 1
        assert hand.page.locator(f'{ROWS} a[href$="{book["suspended"]}"]').count() == 0


def test_what_was_sold_last_is_named_first_and_leads_to_it(at_console: At, seat: Seat) -> None:
    bought = seat.bought()
    customer = seat.get(f"/v1/customers/{bought['customer_id']}")
    with at_console() as hand:
        first = hand.page.locator(".recent li").first
        assert f"Purchase of 5 certificates for {customer['company_name']}" in first.inner_text()
        hand.follow(customer["company_name"], within=first)
        assert hand.path == f"/console/customers/{customer['id']}"


@pytest.mark.parametrize(("as_", "sees"), [("billing", True), ("sales", True), ("ops", False)])
def test_the_upcoming_invoice_is_for_those_who_are_billed(at_console: At, seat: Seat, as_: str, *, sees: bool) -> None:
    seat.bought()
    with at_console(as_=as_) as hand:
        assert (hand.page.get_by_role("heading", name="Upcoming invoice").count() == 1) is sees


def test_whoever_names_no_page_is_led_to_the_first(running: Running) -> None:
    answer = httpx2.get(running.base_url)
    assert (answer.status_code, answer.headers["location"]) == (307, "/console")
