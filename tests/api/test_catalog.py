from __future__ import annotations

import pytest

from oracle.price_table import OFFERINGS, PRODUCTS, TERMS, TIERS
from storage.catalogue_file import parse_catalogue
from storage.catalogue_loading import load_catalogue
from storage.partners import find_partner
from support_door import NOW, RESELLER_FIELDS, Door, problem_code

LATER = """
prices = [
    { price_list = "default", item = "device-seat", term_months = 12, amount = 350, effective_from = 2027-03-01 },
    { price_list = "gold", item = "device-seat", term_months = 12, amount = 250, effective_from = 2026-11-22 },
]
[[price_lists]]
code = "gold"
currency = "USD"
[[offerings]]
code = "dv-automation"
name = "DV Automation"
eca_required = false
products = ["tls-dv-single", "tls-dv-wildcard"]
terms = [12, 24, 36]
withdrawn_from = 2027-01-01
"""


async def loaded(door: Door, text: str) -> None:
    async with door.database.write() as connection:
        await load_catalogue(connection, parse_catalogue(text), today=NOW.date())


async def test_the_catalogue_holds_every_offering_product_price_and_tier(door: Door) -> None:
    catalog = (await door.distributor.get("/v1/catalog")).json()

    assert catalog["price_list"] == "default"
    assert {offering["code"]: offering["eca_required"] for offering in catalog["offerings"]} == {
        code: offering.needs_eca for code, offering in OFFERINGS.items()
    }
    for offering in catalog["offerings"]:
        expected = OFFERINGS[offering["code"]]
        assert (frozenset(offering["products"]), tuple(offering["terms"])) == (expected.products, expected.terms)
    assert {product["code"]: product["prices"] for product in catalog["products"]} == {
        code: {
            str(months): {"amount": amount, "currency": "USD"} for months, amount in zip(TERMS, amounts, strict=False)
        }
        for code, amounts in PRODUCTS.items()
    }
    assert {tier["code"]: tier["uplift"]["amount"] for tier in catalog["clm_tiers"]} == TIERS
    assert all(tier["benefits"] and tier["name"] for tier in catalog["clm_tiers"])


@pytest.mark.parametrize(
    ("on", "days"), [("2026-03-14", 398), ("2026-03-15", 200), ("2027-03-15", 100), ("2029-03-15", 47)]
)
async def test_the_longest_certificate_is_that_of_the_day(door: Door, on: str, days: int) -> None:
    catalog = (await door.distributor.get(f"/v1/catalog?on={on}")).json()

    longest = {product["code"]: product["max_validity_days"] for product in catalog["products"]}
    assert (longest["tls-ev-single"], longest["doc-signing"]) == (days, None)


async def test_prices_are_those_of_the_day(door: Door) -> None:
    await loaded(door, LATER)

    async def price(on: str) -> int:
        catalog = (await door.distributor.get(f"/v1/catalog?on={on}")).json()
        amounts = [entry["prices"]["12"]["amount"] for entry in catalog["products"] if entry["code"] == "device-seat"]
        return int(amounts[0])

    assert [await price(on) for on in ("2027-02-28", "2027-03-01")] == [300, 350]


async def test_a_withdrawn_offering_is_shown_until_the_day_before(door: Door) -> None:
    await loaded(door, LATER)

    async def codes(on: str) -> set[str]:
        catalog = (await door.distributor.get(f"/v1/catalog?on={on}")).json()
        return {offering["code"] for offering in catalog["offerings"]}

    assert await codes("2026-12-31") - await codes("2027-01-01") == {"dv-automation"}


async def test_a_partner_sees_its_own_list_and_the_default_price_where_it_has_none(door: Door) -> None:
    await loaded(door, LATER)
    body = {**RESELLER_FIELDS, "price_list": "gold"}
    made = (await door.distributor.post("/v1/partners", body)).json()
    async with door.database.read() as connection:
        partner = await find_partner(connection, made["id"])
    assert partner is not None
    reseller = await door.with_key(partner, ("read",))

    catalog = (await reseller.get("/v1/catalog")).json()

    prices = {product["code"]: product["prices"]["12"]["amount"] for product in catalog["products"]}
    assert catalog["price_list"] == "gold"
    assert (prices["device-seat"], prices["private-ca"]) == (250, 480000)


@pytest.mark.parametrize(
    ("query", "code"),
    [("on=tomorrow", "invalid_date"), ("on=2026-02-30", "invalid_date"), ("day=2026-01-01", "unknown_parameter")],
)
async def test_the_catalogue_refuses_what_it_does_not_understand(door: Door, query: str, code: str) -> None:
    assert problem_code(await door.distributor.get(f"/v1/catalog?{query}"), 422) == code
