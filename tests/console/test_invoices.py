from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Browser

from lifecycle.wording import money_in_words
from support_browser import At, Way, at_page
from support_product import Json, Running, Seat
from support_tenants import new_partner, user_body

pytestmark = pytest.mark.xdist_group("console money")

MONTH = "2026-11"


@pytest.fixture
def invoice(seat: Seat) -> Json:
    """A document of the sandbox's distributor: the newest there is, one of this month if there was none."""
    seat.bought(reference_id="PO-88")
    seat.done(seat.http.post("/v1/sandbox/invoice-runs", json={"month": MONTH}))
    found: Json = seat.get("/v1/invoices", month=MONTH, kind="invoice")["data"][0]
    return seat.get(f"/v1/invoices/{found['id']}")


def test_an_invoice_shows_its_lines_and_sums_and_is_the_apis_file(at_console: At, seat: Seat, invoice: Json) -> None:
    with at_console() as hand:
        hand.open("/console/invoices")
        hand.follow(invoice["number"])
        for sum_ in ("subtotal", "tax", "carried_credit", "total"):
            hand.sees(money_in_words(invoice[sum_]["amount"], "USD"))
        for line in invoice["lines"][:3]:
            hand.sees(line["text"])
        answer = hand.page.request.get(f"/console/invoices/{invoice['id']}.pdf")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == f'inline; filename="{invoice["number"]}.pdf"'
        assert answer.body() == seat.http.get(f"/v1/invoices/{invoice['id']}.pdf").content


def test_an_invoice_is_marked_as_paid_once(at_console: At, seat: Seat, way: Way) -> None:
    month = {"mouse": "2026-12", "keyboard": "2027-01", "without scripts": "2027-02"}[way]
    bought = seat.bought()
    seat.advance(bought["id"], f"{month}-05")
    seat.done(seat.add(bought["id"], "tls-dv-single", 1))
    seat.done(seat.http.post("/v1/sandbox/invoice-runs", json={"month": month}))
    (invoice,) = seat.get("/v1/invoices", month=month)["data"]
    with at_console(way, as_="billing") as hand:
        hand.open(f"/console/invoices/{invoice['id']}")
        hand.follow("Mark as paid")
        hand.press("Mark as paid")
        hand.sees("The invoice is marked as paid.")
        assert hand.page.get_by_role("link", name="Mark as paid").count() == 0
    assert seat.get(f"/v1/invoices/{invoice['id']}")["status"] == "paid"


def test_the_list_is_narrowed_by_status_kind_and_period(at_console: At, invoice: Json, way: Way) -> None:
    with at_console(way) as hand:
        hand.open("/console/invoices")
        hand.choose("Kind", "Credit note")
        hand.press("Filter")
        hand.page.get_by_role("link", name=invoice["number"], exact=True).wait_for(state="detached")
        hand.sees("No invoices here")
        hand.open(f"/console/invoices?month={MONTH}")
        hand.sees(invoice["number"])


def test_the_upcoming_invoice_holds_what_the_api_says(at_console: At, seat: Seat, invoice: Json) -> None:
    seat.bought(reference_id=f"PO-{uuid.uuid4().hex}")
    with at_console() as hand:
        hand.open("/console/invoices")
        hand.follow("Upcoming invoice")
        upcoming = seat.get("/v1/invoices/upcoming")
        assert upcoming["period_start"] > invoice["period_start"]
        hand.sees(money_in_words(upcoming["total"]["amount"], "USD"))
        for line in upcoming["lines"][:3]:
            hand.sees(line["text"])


def test_a_reseller_is_told_why_there_are_no_invoices(running: Running, browser: Browser, seat: Seat) -> None:
    reseller = new_partner(seat)
    made = seat.done(seat.post("/v1/users", {**user_body(), "partner_id": reseller["id"]}), 201)
    password = f"pass-{uuid.uuid4().hex}"
    body = {"setup_secret": made["setup_secret"], "password": password}
    assert seat.public().post("/v1/users/password", json=body).status_code == 204
    with at_page(browser, running.base_url) as hand:
        hand.sign_in(made["email"], password)
        assert hand.page.get_by_role("link", name=re.compile("Invoices")).count() == 0
        hand.open("/console/invoices")
        hand.sees("No invoices for resellers")
