"""The sample book fills a new sandbox once, however often it is filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from counts import ran_on
from support_browser import at_page
from support_product import Json, Running, Seat, start_running
from support_visitors import ADMIN

pytestmark = pytest.mark.xdist_group("console book")

SALES = "sales@distributor.example"
LISTS = ("/v1/partners", "/v1/customers", "/v1/subscriptions", "/v1/transactions", "/v1/refunds", "/v1/invoices")
WITHIN_MS = 240_000


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """A sandbox with nothing in it."""
    ran_on(request, "SQLite")
    ran_on(request, "the engine")
    # The browser's own loop runs in this thread, so that no other can.
    with ThreadPoolExecutor(1) as thread:
        address = f"sqlite:///{tmp_path}/perennial.db"
        running = thread.submit(start_running, tmp_path, address, settings={}).result()
        yield running
        thread.submit(running.end).result()


def everything(seat: Seat) -> dict[str, list[Json]]:
    """All that the lists show."""
    found: dict[str, list[Json]] = {}
    for path in LISTS:
        page = seat.get(path, limit=200)
        found[path] = page["data"]
        while page["next_cursor"]:
            page = seat.get(path, limit=200, cursor=page["next_cursor"])
            found[path] += page["data"]
    return found


def test_a_new_sandbox_is_filled_and_filled_again_stays_as_it_is(empty: Running, browser: Browser) -> None:
    passwords = empty.passwords()
    seat = empty.seat()
    with at_page(browser, empty.base_url, way="without scripts") as hand:
        hand.sign_in(SALES, passwords[SALES])
        hand.sees("There are no customers yet")
        assert hand.page.get_by_role("button", name="Fill the sandbox with a sample book").count() == 0
        hand.open("/console/sandbox/book")
        hand.sees("There is nothing here")
    with at_page(browser, empty.base_url) as hand:
        hand.sign_in(ADMIN, passwords[ADMIN])
        hand.press("Fill the sandbox with a sample book")
        hand.sees(re.compile(r"of \d+ steps are done"))
        hand.page.get_by_text("The sample book is ready.").wait_for(timeout=WITHIN_MS)
        filled = everything(seat)
        hand.press("Fill it again")
        hand.page.get_by_text("The sample book is ready.").wait_for(timeout=WITHIN_MS)
        assert everything(seat) == filled
    assert (len(filled["/v1/partners"]), len(filled["/v1/customers"])) == (4, 40)
    assert sum(one["kind"] == "reseller" for one in filled["/v1/partners"]) == 3
    states = {one["state"] for one in filled["/v1/subscriptions"]}
    assert states >= {"active", "pending_eca", "scheduled", "suspended", "expired", "declined", "cancelled"}
    overview = seat.get("/v1/overview")
    assert all(overview["renewals_due"][days] for days in ("30", "60", "90"))
    assert overview["held"]
    assert filled["/v1/refunds"]
    assert {one["status"] for one in filled["/v1/invoices"]} >= {"paid"}
