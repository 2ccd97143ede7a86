from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from importlib.resources import files
from typing import Any, Literal

import httpx2
import pytest
from playwright.sync_api import Browser
from starlette.routing import Route

from intake.roles import ROLES
from support_browser import Hand, at_page
from support_places import Things, addresses_of, page_routes, scope_of
from support_product import Running
from support_tenants import new_partner, user_body
from support_visitors import ADMIN, signed_in

pytestmark = pytest.mark.xdist_group("console pages")

WIDTHS = (1280, 360)
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# Of a page's four looks all rules see one; these see what colours and the room for them can change.
OF_LOOKS = {
    "type": "rule",
    "values": ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"],
}
TOO_WIDE = """width => [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > width).map(one => one.outerHTML.slice(0, 80))"""
RUN = "options => axe.run(document, options).then(one => one.violations)"
PAGES = page_routes()


@pytest.fixture(scope="module")
def at_window(on_sqlite: Running, browser: Browser) -> Iterator[Hand]:
    """The administrator at one window, for all pages one after the other."""
    passwords = on_sqlite.passwords()
    with at_page(browser, on_sqlite.base_url) as hand:
        hand.sign_in(ADMIN, passwords[ADMIN])
        yield hand


@pytest.mark.parametrize("route", PAGES, ids=[route.path for route in PAGES])
def test_a_page_is_accessible_in_both_themes_and_widths(
    route: Route, running: Running, things: Things, at_window: Hand
) -> None:
    found: list[str] = []
    context = at_window.page.context
    kept: list[Any] = context.cookies()
    if scope_of(route) is None:
        context.clear_cookies()
    for address in addresses_of(route, things):
        at_window.page.set_viewport_size({"width": WIDTHS[0], "height": 800})
        answer = at_window.page.goto(f"{at_window.base_url}{address}")
        assert answer is not None
        assert answer.status in {200, 409}, (address, answer.status)
        found += _faults(at_window, address)
    context.add_cookies(kept)
    assert not found, "\n".join(found)


def _faults(hand: Hand, address: str) -> list[str]:
    """What axe finds, and what is wider than the window, in each theme and width."""
    found: list[str] = []
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    hand.page.evaluate(f"() => {{ {AXE} }}")
    for width in WIDTHS:
        hand.page.set_viewport_size({"width": width, "height": 800})
        reached = hand.page.evaluate("document.documentElement.scrollWidth")
        if reached > width:
            found.append(f"{address} is {reached} px wide at {width}: {hand.page.evaluate(TOO_WIDE, width)}")
        for scheme in schemes:
            hand.page.emulate_media(color_scheme=scheme)
            rules = RULES if (width, scheme) == (WIDTHS[0], "light") else OF_LOOKS
            options = {"runOnly": rules, "resultTypes": ["violations"]}
            violations = hand.page.evaluate(RUN, options)
            found += [
                f"{address} {scheme} {width}: {one['id']}: {[node['target'] for node in one['nodes']]}"
                for one in violations
            ]
    return found


@pytest.mark.parametrize("role", ["sales", "billing", "technician"])
def test_a_role_sees_the_pages_of_its_scopes_alone(role: str, running: Running, things: Things) -> None:
    email = next(one for one in running.passwords() if one.startswith(f"{role}@"))
    with signed_in(running, email) as client:
        for route in PAGES:
            scope = scope_of(route)
            if scope is None or scope in ROLES[role]:
                continue
            for address in addresses_of(route, things):
                assert client.get(address).status_code == 403, address


def test_a_page_of_nobody_who_is_signed_in_leads_to_the_sign_in(running: Running, things: Things) -> None:
    with httpx2.Client(base_url=running.base_url) as client:
        for route in PAGES:
            if scope_of(route) is not None:
                (address, *_) = addresses_of(route, things)
                answer = client.get(address)
                assert answer.status_code == 303, address
                assert answer.headers["location"].startswith("/console/sign-in?next="), address


def test_another_partners_things_are_not_there(running: Running, things: Things) -> None:
    """A sandbox's user of the operator sees all; a reseller's user sees nothing of its distributor's."""
    with _signed_in_as_new_reseller(running) as client:
        for route in PAGES:
            if "{" not in route.path or route.path.startswith("/console/reports/"):
                continue
            for address in addresses_of(route, things):
                assert client.get(address).status_code == 404, address


def _signed_in_as_new_reseller(running: Running) -> AbstractContextManager[httpx2.Client]:
    seat = running.seat()
    partner = new_partner(seat)
    made = seat.done(seat.post("/v1/users", user_body(partner_id=partner["id"], role="admin")), 201)
    password = uuid.uuid4().hex
    secret = {"setup_secret": made["setup_secret"], "password": password}
    assert httpx2.post(f"{running.base_url}/v1/users/password", json=secret).status_code == 204
    return signed_in(running, made["email"], password)
