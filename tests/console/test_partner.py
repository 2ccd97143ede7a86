"""Partners look after their resellers, users, API keys and webhooks; compared with what the API then says."""

from __future__ import annotations

import uuid

import httpx2
import pytest
from playwright.sync_api import Browser

from support_browser import At, Hand, Way, at_page
from support_product import Json, Running, Seat

pytestmark = pytest.mark.xdist_group("console money")


def shown_once(hand: Hand) -> str:
    """The secret on the page; it is in no address, and no cache may keep the page."""
    found = hand.page.locator("#secret").input_value()
    assert found not in hand.page.url
    return found


def test_a_reseller_is_added_disabled_and_enabled_again(at_console: At, seat: Seat, way: Way) -> None:
    name = f"Nordlicht {uuid.uuid4().hex[:8]}"
    with at_console(way) as hand:
        hand.open("/console/partner/resellers")
        hand.follow("Add a reseller")
        hand.fill("Name", name)
        hand.fill("Billing contact’s e-mail address", "rechnung@nordlicht.example")
        hand.choose("Country", "Germany")
        hand.fill("Tax rate in percent", "7.5")
        hand.press("Add")
        hand.sees("Added.")
        added = _partner(seat, name)
        assert (added["state"], added["country"], added["tax_rate_bp"]) == ("enabled", "DE", 750)

        hand.follow("Disable")
        hand.sees("Its users and API keys can do nothing more here")
        assert _partner(seat, name)["state"] == "enabled"
        hand.press("Disable")
        hand.sees("This partner is disabled")
        assert _partner(seat, name)["state"] == "disabled"

        hand.follow("Enable")
        hand.press("Enable")
        hand.sees("Enabled.")
        assert _partner(seat, name)["state"] == "enabled"


def test_what_is_refused_of_a_partner_is_said_beside_its_field(at_console: At) -> None:
    with at_console() as hand:
        hand.open("/console/partner/edit")
        hand.fill("Tax rate in percent", "a lot")
        hand.press("Save")
        hand.page.locator("#f-tax_rate_bp-error").wait_for()
        assert hand.page.get_by_label("Tax rate in percent").input_value() == "a lot"


def test_a_user_is_added_sets_a_password_and_sees_only_what_the_role_may(
    running: Running, browser: Browser, at_console: At, seat: Seat, way: Way
) -> None:
    email, password = f"{uuid.uuid4().hex}@nordlicht.example", f"pass-{uuid.uuid4().hex}"
    with at_console(way) as hand:
        hand.open("/console/partner/users/new")
        hand.fill("Name", "Bea Billing")
        hand.fill("E-mail address", email)
        hand.tick("Billing")
        hand.press("Add")
        hand.sees("This is the only time that the secret is shown.")
        secret = shown_once(hand)
    (user,) = seat.get("/v1/users", email=email)["data"]
    assert user["role"] == "billing"

    with at_page(browser, running.base_url, way=way) as hand:
        hand.open("/console/set-password")
        hand.fill("Secret", secret)
        hand.fill("New password", password)
        hand.fill("New password, again", password)
        hand.press("Set the password")
        hand.sees("Your password is set.")
        hand.sign_in(email, password)
        hand.open("/console/partner/users")
        hand.sees("Your role may not see this")
        hand.open("/console/partner")
        assert hand.page.get_by_role("link", name="Edit").count() == 0
        hand.open("/console/bulk/new")
        hand.sees("You may not do this")


def test_a_user_gets_another_name_role_and_secret_and_is_disabled(at_console: At, seat: Seat) -> None:
    email = f"{uuid.uuid4().hex}@nordlicht.example"
    asked = {"email": email, "name": "Ina Interim", "role": "sales"}
    user = seat.done(seat.post("/v1/users", asked), 201)
    with at_console() as hand:
        hand.open(f"/console/partner/users?email={email}")
        hand.follow("Ina Interim")
        hand.follow("Edit")
        hand.fill("Name", "Ina Immer")
        hand.tick("Technician")
        hand.press("Save")
        hand.sees("Saved.")
        hand.follow("New setup secret")
        hand.press("Make a new secret")
        assert shown_once(hand) != user["setup_secret"]
        hand.follow("To the user")
        hand.follow("Disable")
        hand.press("Disable")
        hand.sees("Disabled.")
    changed = seat.get(f"/v1/users/{user['id']}")
    assert (changed["name"], changed["role"], changed["state"]) == ("Ina Immer", "technician", "disabled")


def test_an_api_key_is_shown_once_works_and_is_revoked(running: Running, at_console: At, way: Way) -> None:
    name = f"Storefront {uuid.uuid4().hex[:8]}"
    with at_console(way) as hand:
        hand.open("/console/partner/keys/new")
        hand.fill("Name", name)
        hand.fill("Last day on which it works", "2030-01-31")
        hand.press("Create")
        hand.sees("This is the only time that the key is shown.")
        headers = {"Authorization": f"Bearer {shown_once(hand)}"}
        me = httpx2.get(f"{running.base_url}/v1/me", headers=headers, trust_env=False)
        assert (me.status_code, me.json()["scopes"]) == (200, ["read"])

        hand.follow("To the API keys")
        row = hand.page.get_by_role("row").filter(has_text=name)
        assert "31 January 2030" in row.inner_text()
        hand.follow(f"Revoke {name}")
        hand.press("Revoke")
        hand.sees("The key is revoked.")
        assert httpx2.get(f"{running.base_url}/v1/me", headers=headers, trust_env=False).status_code == 401


def _partner(seat: Seat, name: str) -> Json:
    partners: list[Json] = seat.get("/v1/partners", limit=200)["data"]
    (found,) = [one for one in partners if one["name"] == name]
    return found
