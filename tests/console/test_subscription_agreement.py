from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from lifecycle.wording import money_in_words
from support_browser import At, Way, at_page
from support_product import Running, Seat

pytestmark = pytest.mark.xdist_group("console subscriptions")

GONE, WELL = 410, 200


def asked(seat: Seat, acceptor: str = "legal@company.example") -> dict[str, Any]:
    """A purchase that waits for its agreement."""
    inventory = [{"product": "tls-ov-single", "quantity": 5}]
    return seat.bought(offering="managed-tls", eca_acceptor_email=acceptor, inventory=inventory)


def test_the_request_is_sent_again_with_a_new_link_and_not_twice_in_ten_minutes(
    seat: Seat, at_console: At, way: Way
) -> None:
    waiting = asked(seat)
    old = seat.eca_link(waiting["id"])
    with at_console(way) as hand:
        hand.open(f"/console/subscriptions/{waiting['id']}")
        hand.sees("legal@company.example is asked.")
        hand.follow("Resend")
        hand.press("Resend")
        hand.sees("The request is sent again, with a new link.")
        eca = seat.subscription(waiting["id"])["eca"]
        assert (eca["links_sent"], eca["deadline_at"]) == (2, waiting["eca"]["deadline_at"])
        assert seat.public().get(old).status_code == GONE
        hand.follow("Resend")
        hand.press("Resend")
        hand.page.get_by_role("alert").wait_for()
    assert seat.subscription(waiting["id"])["eca"]["links_sent"] == 2


def test_somebody_else_is_asked(running: Running, seat: Seat, at_console: At, way: Way) -> None:
    waiting = asked(seat)
    old = seat.eca_link(waiting["id"])
    ours = next(iter(running.passwords()))
    with at_console(way) as hand:
        hand.open(f"/console/subscriptions/{waiting['id']}")
        hand.follow("Change the acceptor")
        hand.fill("E-mail address of the new acceptor", ours)
        hand.press("Change the acceptor")
        hand.page.locator("#f-eca_acceptor_email-error").wait_for()
        assert hand.page.get_by_label("E-mail address of the new acceptor").input_value() == ours
        hand.fill("E-mail address of the new acceptor", "counsel@company.example")
        hand.press("Change the acceptor")
        hand.sees("Another acceptor is asked.")
        hand.page.locator(".moments").get_by_text("ECA acceptor changed to counsel@company.example").wait_for()
    assert seat.subscription(waiting["id"])["eca"]["acceptor_email"] == "counsel@company.example"
    assert seat.public().get(old).status_code == GONE
    assert seat.mails(waiting["id"], kind="eca_request")[0]["to"] == "counsel@company.example"


def test_the_agreement_is_accepted_by_the_link_in_the_mail_and_the_page_says_by_whom(
    running: Running, browser: Browser, seat: Seat, at_console: At, way: Way
) -> None:
    waiting = asked(seat)
    link = seat.eca_link(waiting["id"])
    with at_page(browser, running.base_url, way=way) as acceptor:
        acceptor.open(link)
        acceptor.fill("Your full name", "Jo Counsel")
        acceptor.fill("Your job title", "General Counsel")
        acceptor.page.get_by_role("checkbox").check()
        acceptor.press("Accept the agreement")
        acceptor.sees("The agreement is accepted")
    found = seat.subscription(waiting["id"])
    (posted,) = seat.transactions(waiting["id"])
    assert (found["state"], found["eca"]["status"]) == ("active", "accepted")
    with at_console(way) as hand:
        hand.open(f"/console/subscriptions/{waiting['id']}")
        hand.page.locator(".moments").get_by_text("ECA accepted by Jo Counsel, General Counsel").wait_for()
        version = found["eca"]["document_version"]
        hand.sees(f"Enterprise Certificate Agreement, version {version}, accepted by Jo Counsel, General Counsel, on")
        hand.sees(money_in_words(posted["amount"]["amount"], posted["amount"]["currency"]))
        assert hand.page.get_by_role("link", name="Resend").count() == 0
        hand.sees("Nobody is being asked for the agreement: the subscription has begun.")
