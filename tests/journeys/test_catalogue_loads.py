"""Prices and withdrawals that operators load with `perennial catalog load`, as partners then meet them."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from support_problems import refused, refused_field
from support_product import Json, Running, Seat
from support_tenants import new_partner, partner_body, seat_of

NOTICE = timedelta(days=90)
SINCE = date(2024, 1, 1)


def load(running: Running, text: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Load a catalogue file into the running product, as an operator does."""
    file = tmp_path / "catalogue.toml"
    file.write_text(text)
    environment = {**os.environ, "PERENNIAL_DATA": str(running.data), "PERENNIAL_DATABASE_URL": running.database_url}
    command = (sys.executable, "-m", "perennial", "catalog", "load", str(file))
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def loaded(running: Running, text: str, tmp_path: Path) -> None:
    done = load(running, text, tmp_path)
    assert done.returncode == 0, done.stderr


def price(item: str, amount: int, since: date, *, price_list: str = "default") -> str:
    return (
        f'{{ price_list = "{price_list}", item = "{item}", term_months = 12,'
        f" amount = {amount}, effective_from = {since} }}"
    )


def prices(*rows: str) -> str:
    return f"prices = [{', '.join(rows)}]\n"


def price_list(code: str, currency: str) -> str:
    return f'[[price_lists]]\ncode = "{code}"\ncurrency = "{currency}"\n'


def product(code: str, *, ends: date | None = None) -> str:
    return f'[[products]]\ncode = "{code}"\nname = "{code}"\nwhat = "a test"\n{_ending(ends)}'


def offering(code: str, *products: str, ends: date | None = None) -> str:
    listed = ", ".join(f'"{one}"' for one in products)
    head = f'[[offerings]]\ncode = "{code}"\nname = "{code}"\neca_required = false\n'
    return f"{head}products = [{listed}]\nterms = [12]\n{_ending(ends)}"


def _ending(ends: date | None) -> str:
    return "" if ends is None else f"withdrawn_from = {ends}\n"


@dataclass(frozen=True)
class Names:
    """Codes that no other test has: an offering that stays with products that change, one that goes, a price list."""

    mark: str

    def __getattr__(self, name: str) -> str:
        return f"{name.replace('_', '-')}-{self.mark}"


@dataclass(frozen=True)
class Story:
    """What was bought and quoted before the catalogue changed."""

    names: Names
    holder: Json
    other: Json
    before_the_rise: Json
    quoted: Json
    quoted_total: int


_TOLD: dict[str, Story] = {}


def order(names: Names, *products: str, **changes: object) -> Json:
    inventory = [{"product": one, "quantity": 1} for one in products]
    return {"offering": names.kept, "clm_tier": "essentials", "inventory": inventory, **changes}


@pytest.fixture
def story(running: Running, seat: Seat, tmp_path: Path, today: date) -> Story:
    """A catalogue on sale, purchases of it, and then its changes; once for each running product."""
    if running.base_url not in _TOLD:
        names = Names(uuid.uuid4().hex[:12])
        _put_on_sale(running, names, tmp_path)
        _TOLD[running.base_url] = _bought(seat, names, today)
        _change(running, names, tmp_path, today)
    return _TOLD[running.base_url]


def _put_on_sale(running: Running, names: Names, tmp_path: Path) -> None:
    products = (names.steady, names.withdrawn, names.lowered, names.raised)
    rows = [price(one, 10_000, SINCE) for one in products]
    entries = [offering(names.kept, *products), offering(names.gone, names.steady)]
    loaded(running, prices(*rows) + "".join([*entries, *map(product, products)]), tmp_path)


def _bought(seat: Seat, names: Names, today: date) -> Story:
    quoted = seat.purchase_body(**order(names, names.lowered))
    start = str(today - timedelta(days=265))
    return Story(
        names=names,
        holder=seat.bought(**order(names, names.steady, names.withdrawn, start_date="2025-11-23")),
        other=seat.bought(**order(names, names.steady)),
        before_the_rise=seat.bought(**order(names, names.raised, start_date=start)),
        quoted=quoted,
        quoted_total=seat.done(seat.post("/v1/quotes", quoted))["total"]["amount"],
    )


def _change(running: Running, names: Names, tmp_path: Path, today: date) -> None:
    rows = prices(
        price(names.lowered, 9_000, today),
        price(names.raised, 12_000, today + NOTICE),
        price(names.steady, 7_000, today, price_list=names.own_list),
    )
    entries = (
        product(names.withdrawn, ends=today),
        offering(names.gone, names.steady, ends=today),
        price_list(names.own_list, "USD"),
    )
    loaded(running, rows + "".join(entries), tmp_path)


def test_what_is_withdrawn_is_not_sold_added_or_newly_put_into_a_renewal(seat: Seat, story: Story) -> None:
    gone = story.names.withdrawn

    body = seat.purchase_body(**order(story.names, story.names.steady, gone))
    refused_field(seat.post("/v1/subscriptions", body), "product_not_offered", "inventory[1].product")
    refused_field(seat.add(story.holder["id"], gone, 1), "product_not_offered", "add[0].product")
    refused_field(seat.set_renewal(story.other["id"], {gone: 1}), "product_not_offered", "lines[0].product")
    sold = {item["code"] for item in seat.get("/v1/catalog")["products"]}
    assert (gone in sold, story.names.steady in sold) == (False, True)


def test_what_renews_already_goes_on_after_its_withdrawal(seat: Seat, story: Story) -> None:
    kept = {story.names.steady: 1, story.names.withdrawn: 2}
    assert seat.set_renewal(story.holder["id"], kept).status_code == 200

    renewed = seat.advance(story.holder["id"], story.holder["end_date"])

    assert {line["product"]: line["quantity"] for line in renewed["inventory"]} == kept
    assert seat.transactions(story.holder["id"])[-1]["amount"]["amount"] == 30_000


def test_a_withdrawn_offering_is_not_sold(seat: Seat, story: Story) -> None:
    body = seat.purchase_body(**order(story.names, story.names.steady, offering=story.names.gone))

    answer = seat.post("/v1/subscriptions", body)

    refused_field(answer, "product_not_offered", "offering")
    assert story.names.gone not in [found["code"] for found in seat.get("/v1/catalog")["offerings"]]


def test_a_lower_price_changes_what_was_quoted(seat: Seat, story: Story) -> None:
    body = {**story.quoted, "expected_total": story.quoted_total}

    problem = refused(seat.post("/v1/subscriptions", body), "price_changed")

    assert (problem["expected_total"], problem["total"]) == (10_000, 9_000)


def test_a_rise_counts_for_terms_that_start_after_it(seat: Seat, story: Story, today: date) -> None:
    bought = story.before_the_rise
    forecast = seat.get(f"/v1/subscriptions/{bought['id']}/forecast")["data"]
    seat.advance(bought["id"], today + NOTICE)

    added = seat.done(seat.add(bought["id"], story.names.raised, 1))["transaction"]
    seat.advance(bought["id"], bought["end_date"])

    # The price of the running term is frozen; the renewal takes the row in force on its day.
    assert (added["lines"][0]["unit_price"]["amount"], added["amount"]["amount"]) == (10_000, 274)
    renewal = seat.transactions(bought["id"])[-1]
    assert (renewal["lines"][0]["unit_price"]["amount"], renewal["amount"]["amount"]) == (12_000, 24_000)
    charges = [item["charge"]["amount"] for item in forecast if item["charge"]]
    assert charges == [12_000]


def test_a_partner_s_own_list_comes_before_the_default(running: Running, seat: Seat, story: Story) -> None:
    reseller = seat_of(running, new_partner(seat, price_list=story.names.own_list)["id"])

    bought = reseller.bought(**order(story.names, story.names.steady, story.names.lowered))

    assert bought["transaction"]["amount"]["amount"] == 7_000 + 9_000
    assert reseller.get("/v1/catalog")["price_list"] == story.names.own_list


def test_prices_are_in_the_currency_of_the_account(running: Running, operator: Seat, story: Story) -> None:
    euros = seat_of(running, new_partner(operator, currency="EUR")["id"])

    refused_field(euros.post("/v1/subscriptions", euros.purchase_body()), "currency_mismatch", "customer_id")
    other = partner_body(currency="EUR", price_list=story.names.own_list)
    refused_field(operator.post("/v1/partners", other), "currency_mismatch", "price_list")


def test_a_refused_file_changes_nothing_and_says_every_reason(
    running: Running, seat: Seat, story: Story, tmp_path: Path, today: date
) -> None:
    names, soon = story.names, today + NOTICE - timedelta(days=1)
    before = seat.get("/v1/catalog")
    wrong = prices(price(names.steady, -1, soon), price(names.steady, -1, soon), price(names.steady, 1, SINCE))
    too_soon = prices(price(names.steady, 10_001, soon)) + offering(names.new, names.unpriced) + product(names.unpriced)

    shapes, rules = (load(running, text, tmp_path) for text in (wrong, too_soon))

    assert (shapes.returncode, rules.returncode) == (1, 1)
    for said in (
        "prices[0].amount: negative_amount: ",
        "prices[1]: duplicate_row: ",
        "prices[2]: price_row_immutable: ",
    ):
        assert said in shapes.stderr
    assert "prices[0].effective_from: price_notice_too_short: " in rules.stderr
    assert f"prices (default, {names.unpriced}, 12): price_missing: " in rules.stderr
    assert seat.get("/v1/catalog") == before
