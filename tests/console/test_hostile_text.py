"""Five hundred hostile texts in the text fields of the console: nothing of them runs, and no page grows wider."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from playwright.sync_api import Browser, Dialog
from starlette.routing import Route

from repetitions import Repetitions
from support_browser import Hand, at_page, chromium
from support_hostile import hostile_texts
from support_places import Things, addresses_of, page_routes, scope_of, things_of
from support_product import Running, Seat, purchase_body
from support_tenants import new_partner, user_body
from support_visitors import ADMIN

pytestmark = pytest.mark.xdist_group("console hostile")

WIDTHS = (1280, 360)
TEXTS = hostile_texts()
SCRIPT = Path(__file__).with_name("hostile_forms.js").read_text()
SIGN_IN = "/console/sign-in"
TOO_WIDE = """width => [...document.body.querySelectorAll("*")]
  .filter(one => one.getBoundingClientRect().right > width + 1 && !one.closest(".table-responsive"))
  .slice(0, 5).map(one => one.outerHTML.slice(0, 160))"""
# A browser remarks that a field for a day or a number was given back with what is none.
NO_DAY = ("does not conform to the required format", "cannot be parsed")
PAGES = page_routes()


@pytest.fixture(scope="module")
def own_things(on_sqlite: Running) -> Things:
    """One of everything that pages show, which no other file looks at; before this file's browser is there."""
    with chromium() as started, at_page(started, on_sqlite.base_url) as hand:
        hand.sign_in(ADMIN, on_sqlite.passwords()[ADMIN])
        return things_of(on_sqlite, hand, date(2026, 11, 22))


@pytest.fixture(scope="module")
def stored(on_sqlite: Running, own_things: Things) -> Mapping[str, str]:
    """Which record each text was put into, by the text; the texts that may be kept, each as a name of a customer."""
    return _stored(on_sqlite.seat(), own_things)


@pytest.fixture(scope="module")
def window(on_sqlite: Running, stored: Mapping[str, str], browser: Browser) -> Iterator[Hand]:
    """The administrator at a window in which no dialog may open."""
    dialogs: list[str] = []

    def close(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    with at_page(browser, on_sqlite.base_url) as hand:
        hand.page.on("dialog", close)
        hand.sign_in(ADMIN, on_sqlite.passwords()[ADMIN])
        yield hand
        hand.complaints = [one for one in hand.complaints if not any(known in one for known in NO_DAY)]
        assert not [one for one in hand.complaints if "status of 4" not in one][:5]
    assert not dialogs


def test_there_are_five_hundred_texts() -> None:
    assert len(set(TEXTS)) == len(TEXTS) == 500


@pytest.mark.parametrize("route", PAGES, ids=[route.path for route in PAGES])
def test_a_form_shows_hostile_texts_as_texts(
    route: Route, running: Running, own_things: Things, window: Hand, repetitions: Repetitions
) -> None:
    found: list[str] = []
    context = window.page.context
    kept: list[Any] = context.cookies()
    if scope_of(route) is None:
        context.clear_cookies()
    for address in addresses_of(route, own_things):
        forms = _forms(window, address)
        for nth, form in enumerate(forms):
            if route.path == SIGN_IN and form["method"] == "post":
                continue  # What fails there too often is locked out; it has a test of its own.
            rows = _rows(len(form["fields"]), PAGES.index(route), repetitions.hostile_rows)
            if route.path == "/console/customers/new":
                rows += [[text] * len(form["fields"]) for text in TEXTS if not _may_be_kept(text)]
            sent = window.page.evaluate("one => window.hostile.send(one)", {"nth": nth, "rows": rows})
            found += sent["wrong"]
            found += _submitted(window, address, nth, texts=rows[-1])
        found += _submitted_query(window, address)
    context.add_cookies(kept)
    assert not found, "\n".join(found[:20])


def test_every_text_that_is_kept_is_shown_as_a_text(
    running: Running, stored: Mapping[str, str], own_things: Things, window: Hand
) -> None:
    found: list[str] = []
    unseen = set(stored)
    address = "/console/customers?columns=chosen&column=contact_name&column=city"
    while address:
        window.open(address)
        found += _faults(window, address)
        seen = window.page.evaluate("document.querySelector('main').textContent")
        unseen -= {text for text in unseen if text in seen}
        following = window.page.locator("a[rel=next]")
        address = str(following.first.get_attribute("href")) if following.count() else ""
    assert not found, "\n".join(found[:20])
    assert not unseen, sorted(unseen)[:5]


def test_pages_of_what_has_hostile_texts_keep_their_width(
    running: Running, stored: Mapping[str, str], own_things: Things, window: Hand, repetitions: Repetitions
) -> None:
    found: list[str] = []
    customers = list(dict.fromkeys(stored.values()))[:: max(1, len(stored) // repetitions.hostile_rows)]
    addresses = [f"/console/customers/{one}" for one in customers]
    addresses += [one for route in PAGES if scope_of(route) is not None for one in addresses_of(route, own_things)]
    for address in addresses:
        window.open(address)
        found += _faults(window, address)
    assert not found, "\n".join(found[:20])


def test_a_sign_in_that_fails_shows_hostile_texts_as_texts(
    running: Running, window: Hand, repetitions: Repetitions
) -> None:
    found: list[str] = []
    window.open("/console")
    window.page.evaluate(SCRIPT)
    for nth, text in enumerate(TEXTS[:: len(TEXTS) // repetitions.hostile_rows]):
        # Each from an address of its own: after thirty that fail, one is locked out.
        source = httpx2.HTTPTransport(local_address=f"127.9.{nth // 200}.{nth % 200 + 1}")
        with httpx2.Client(base_url=running.base_url, transport=source) as client:
            sent = {"email": text, "password": text, "next": text}
            answer = client.post(SIGN_IN, data=sent, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == (422 if "\0" in text else 401), text
        found += [f"{one} for {text!r}" for one in window.page.evaluate("window.hostile.foundIn", answer.text)]
    assert not found, "\n".join(found[:20])


def test_a_file_with_hostile_texts_is_priced_or_refused_as_texts(
    running: Running, own_things: Things, window: Hand, repetitions: Repetitions
) -> None:
    found: list[str] = []
    statuses: set[int] = set()
    for text in TEXTS[:: len(TEXTS) // repetitions.hostile_rows]:
        bought = {**purchase_body(own_things["customer"]), "kind": "purchase", "reference_id": text}
        odd = {"kind": "suspend", "subscription_id": text, "reason": text, text: text}
        for rows in ([bought], [{**bought, "customer_id": text}], [odd, {"kind": text}]):
            window.open("/console/bulk/new")
            window.page.evaluate(SCRIPT)
            file = {"name": text, "content": "\n".join(json.dumps(row) for row in rows)}
            given = window.page.evaluate("one => window.hostile.give(one)", file)
            statuses.add(given["status"])
            found += [f"{one} for {text!r}" for one in given["wrong"]]
            if given["path"] != "/console/bulk/new":
                window.open(given["path"])
                found += _faults(window, f"{given['path']} with {text!r}")
    assert not found, "\n".join(found[:20])
    assert statuses == {200, 422}


def _forms(hand: Hand, address: str) -> list[Any]:
    """The forms of a page that have a text field."""
    hand.open(address)
    hand.page.evaluate(SCRIPT)
    found: list[Any] = hand.page.evaluate("window.hostile.forms()")
    return found


def _rows(fields: int, page: int, count: int) -> list[list[str]]:
    """So many rows of texts for a form, which no two fields have at once; each page begins where others do not."""
    begin = page * 20
    return [[TEXTS[(begin + row + field * 37) % len(TEXTS)] for field in range(fields)] for row in range(count)]


def _submitted(hand: Hand, address: str, nth: int, *, texts: Sequence[str]) -> list[str]:
    """What is wrong with the page to which the form leads."""
    _forms(hand, address)
    with hand.page.expect_navigation():
        hand.page.evaluate("one => window.hostile.submit(one)", {"nth": nth, "texts": texts})
    return _faults(hand, f"{address} with {texts!r}")


def _submitted_query(hand: Hand, address: str) -> list[str]:
    """What is wrong with a page whose address has hostile parameters that no field of it is for."""
    with_query = f"{address}?{urlencode({'cursor': TEXTS[1], 'done': TEXTS[0], 'section': TEXTS[2]})}"
    hand.open(with_query)
    return _faults(hand, with_query)


def _faults(hand: Hand, address: str) -> list[str]:
    """What has run, what stands there as more than a text, and what is wider than windows of both widths."""
    found = [f"{address}: a script ran"] if hand.page.evaluate("window.hit !== undefined") else []
    hand.page.evaluate(SCRIPT)
    found += [f"{address}: {one}" for one in hand.page.evaluate("window.hostile.here()")]
    return found + [one for width in WIDTHS for one in _wider(hand, width, address)]


def _wider(hand: Hand, width: int, address: str) -> list[str]:
    """What is wider than a window of this width."""
    hand.page.set_viewport_size({"width": width, "height": 800})
    reached = hand.page.evaluate("document.documentElement.scrollWidth")
    if reached <= width:
        return []
    return [f"{address} is {reached} px wide at {width}: {hand.page.evaluate(TOO_WIDE, width)}"]


def _stored(seat: Seat, things: Things) -> dict[str, str]:
    """Put every text that may be kept into a customer's names, and twenty into each other kind of record."""
    kept = [text for text in TEXTS if _may_be_kept(text)]
    found: dict[str, str] = {}
    for at in range(0, len(kept), 2):
        company, contact = kept[at], kept[(at + 1) % len(kept)]
        others = dict(zip(("address_line1", "address_line2"), islice(cycle(kept), at + 40, at + 42), strict=True))
        made = seat.new_customer(company_name=company, contact_name=contact, **others, **_short(kept, at))
        found |= {company: made["id"], contact: made["id"]}
    for text in kept[::25]:
        seat.done(seat.post("/v1/users", user_body(name=text)), 201)
        seat.done(seat.post("/v1/api-keys", {"name": text, "scopes": ["read"]}), 201)
        new_partner(seat, name=text)
        for command in ("suspend", "enable"):
            seat.done(seat.command(things["subscription"], command, reason=text))
    seat.done(seat.patch(f"/v1/webhooks/{things['webhook']}", {"description": kept[3]}))
    for text in [text for text in kept if len(text) <= 64][::18]:
        seat.bought(customer_id=things["customer"], reference_id=text)
    return found


def _short(kept: Sequence[str], at: int) -> dict[str, str]:
    """Texts for the fields that take a hundred characters."""
    short = [text for text in kept if len(text) <= 100]
    return {name: short[(at + field) % len(short)] for field, name in enumerate(("city", "state_province"))}


def _may_be_kept(text: str) -> bool:
    """The rest holds control characters, and is refused wherever it is entered."""
    return not any(unicodedata.category(one) == "Cc" for one in text) and text == text.strip()
