from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Browser

from support_browser import At, Way, at_page
from support_product import Running, Seat
from support_tenants import user_body

pytestmark = pytest.mark.xdist_group("console pages")


def test_whoever_is_not_signed_in_is_asked_to_and_then_goes_on_where_they_were(
    running: Running, browser: Browser, way: Way
) -> None:
    passwords = running.passwords()
    email, password = next(iter(passwords.items()))
    with at_page(browser, running.base_url, way=way) as hand:
        hand.open("/console/customers?q=Nord")
        assert hand.path.startswith("/console/sign-in?next=")
        hand.fill("E-mail address", email)
        hand.fill("Password", password)
        hand.press("Sign in")
        hand.page.wait_for_url(re.compile(r"/console/customers\?q=Nord$"))


def test_a_wrong_password_is_told_without_a_word_on_whether_there_is_such_a_user(
    running: Running, browser: Browser
) -> None:
    passwords = running.passwords()
    told: list[str] = []
    for email in (next(iter(passwords)), f"{uuid.uuid4().hex}@nobody.example"):
        with at_page(browser, running.base_url) as hand:
            hand.open("/console/sign-in")
            hand.fill("E-mail address", email)
            hand.fill("Password", "not the password")
            hand.press("Sign in")
            told.append(hand.page.get_by_role("alert").inner_text())
            assert hand.page.get_by_label("E-mail address").input_value() == email
            assert hand.page.get_by_label("Password").input_value() == ""
    assert told[0] == told[1]


def test_after_five_wrong_passwords_the_right_one_has_to_wait(running: Running, browser: Browser, seat: Seat) -> None:
    email, password = _new_user(running, browser, seat)
    with at_page(browser, running.base_url) as hand:
        for _ in range(5):
            hand.open("/console/sign-in")
            hand.fill("E-mail address", email)
            hand.fill("Password", "not the password")
            hand.press("Sign in")
            hand.sees("do not fit")
        hand.fill("Password", password)
        hand.press("Sign in")
        hand.sees("Too many tries failed. Try again in 15 minutes.")


def test_a_new_user_sets_a_password_and_signs_in_and_out(
    running: Running, browser: Browser, seat: Seat, way: Way
) -> None:
    email, password = _new_user(running, browser, seat, way=way)
    with at_page(browser, running.base_url, way=way) as hand:
        hand.sign_in(email, password)
        hand.unfold("Jana Nord")
        hand.press("Sign out")
        hand.sees("You are signed out.")
        hand.open("/console")
        assert hand.path.startswith("/console/sign-in")


def test_a_disabled_user_is_out_at_once(running: Running, browser: Browser, seat: Seat) -> None:
    email, password = _new_user(running, browser, seat)
    with at_page(browser, running.base_url) as hand:
        hand.sign_in(email, password)
        (user,) = seat.get("/v1/users", email=email)["data"]
        seat.done(seat.patch(f"/v1/users/{user['id']}", {"state": "disabled"}))
        hand.open("/console/customers")
        assert hand.path.startswith("/console/sign-in")


def test_the_colours_are_the_systems_until_somebody_chooses(at_console: At) -> None:
    with at_console() as hand:
        assert hand.page.locator("html").get_attribute("data-bs-theme") is None
        hand.unfold("Ada Admin")
        hand.press("Dark")
        assert hand.page.locator("html").get_attribute("data-bs-theme") == "dark"
        assert hand.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
        hand.unfold("Ada Admin")
        hand.press("As my system")
        assert hand.page.locator("html").get_attribute("data-bs-theme") is None


def _new_user(running: Running, browser: Browser, seat: Seat, *, way: Way = "mouse") -> tuple[str, str]:
    """A sales person of the sandbox's distributor who has set a password."""
    made = seat.done(seat.post("/v1/users", user_body()), 201)
    password = f"pass-{uuid.uuid4().hex}"
    with at_page(browser, running.base_url, way=way) as hand:
        hand.open("/console/set-password")
        hand.fill("Secret", made["setup_secret"])
        hand.fill("New password", password)
        hand.fill("New password, again", password)
        hand.press("Set the password")
        hand.sees("Your password is set.")
    return made["email"], password
