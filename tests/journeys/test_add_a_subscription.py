"""The manual's "Add a subscription": every offering, term, tier and date, reviewed by a quote and confirmed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from oracle.price_table import OFFERINGS, PRODUCTS, TERMS, TIERS
from support_problems import refused_field
from support_product import Json, Seat
from support_states import ACCEPTOR, last_day, pending


def price(product: str, tier: str, months: int) -> int:
    return PRODUCTS[product][TERMS.index(months)] + TIERS[tier] * months // 12


def order(offering: str, **changes: object) -> Json:
    """Every product of an offering, each with another count."""
    products = sorted(OFFERINGS[offering].products)
    return {
        "offering": offering,
        "inventory": [{"product": product, "quantity": count} for count, product in enumerate(products, start=1)],
        **changes,
    }


@pytest.mark.parametrize("offering", list(OFFERINGS))
def test_each_offering_is_bought_with_all_its_products_at_the_catalogue_s_prices(seat: Seat, offering: str) -> None:
    body = seat.purchase_body(**order(offering), eca_acceptor_email=ACCEPTOR)
    quoted = seat.done(seat.post("/v1/quotes", body))

    bought = seat.bought(**body, expected_total=quoted["total"]["amount"])

    lines = body["inventory"]
    assert quoted["total"]["amount"] == sum(n["quantity"] * price(n["product"], "professional", 12) for n in lines)
    assert bought["inventory"] == bought["renewal_inventory"] == lines
    if OFFERINGS[offering].needs_eca:
        assert (bought["state"], bought["eca"]["status"], bought["transaction"]) == ("pending_eca", "requested", None)
        assert (quoted["eca"], quoted["due_now"]["amount"]) == ({"status": "required"}, 0)
        assert seat.accept_eca(bought["id"]).status_code == 200
    else:
        assert (bought["state"], bought["eca"]["status"]) == ("active", "not_required")
        assert quoted["due_now"] == quoted["total"] == bought["transaction"]["amount"]
    (transaction,) = seat.transactions(bought["id"])
    assert transaction["amount"] == quoted["total"]
    assert [line["unit_price"] for line in transaction["lines"]] == [line["unit_price"] for line in quoted["lines"]]


@pytest.mark.parametrize(
    ("months", "tier"),
    [(12, "essentials"), (24, "professional"), (36, "enterprise"), (60, "enterprise")],
    ids=["one year, essentials", "two years, professional", "three years, enterprise", "five years, enterprise"],
)
def test_each_term_and_each_tier_has_its_price_and_its_end(seat: Seat, today: date, months: int, tier: str) -> None:
    lines = [{"product": "device-seat", "quantity": 700}, {"product": "private-ca", "quantity": 2}]

    bought = seat.bought(offering="private-pki", term_months=months, clm_tier=tier, inventory=lines)

    assert bought["clm_tier"] == tier
    assert (bought["start_date"], bought["end_date"]) == (str(today), str(today.replace(year=2026 + months // 12)))
    unit_prices = [price("device-seat", tier, months), price("private-ca", tier, months)]
    assert [line["unit_price"]["amount"] for line in bought["transaction"]["lines"]] == unit_prices
    assert bought["transaction"]["amount"]["amount"] == 700 * unit_prices[0] + 2 * unit_prices[1]


def test_the_plans_and_benefits_of_the_three_tiers_can_be_viewed(seat: Seat) -> None:
    tiers = seat.get("/v1/catalog")["clm_tiers"]

    assert {tier["code"]: tier["uplift"]["amount"] for tier in tiers} == TIERS
    assert all(tier["benefits"] and tier["name"] for tier in tiers)


def test_the_catalogue_lists_what_can_be_selected(seat: Seat) -> None:
    catalogue = seat.get("/v1/catalog")

    listed = {offering["code"]: offering for offering in catalogue["offerings"] if offering["code"] in OFFERINGS}
    assert {code: offering["eca_required"] for code, offering in listed.items()} == {
        code: offering.needs_eca for code, offering in OFFERINGS.items()
    }
    assert all(set(listed[code]["products"]) == offering.products for code, offering in OFFERINGS.items())
    assert all(tuple(listed[code]["terms"]) == offering.terms for code, offering in OFFERINGS.items())
    prices = {product["code"]: product["prices"] for product in catalogue["products"] if product["code"] in PRODUCTS}
    for code, amounts in PRODUCTS.items():
        expected = {str(months): amount for months, amount in zip(TERMS, amounts, strict=False)}
        assert {months: found["amount"] for months, found in prices[code].items()} == expected


def test_a_backdated_start_is_prorated(seat: Seat, today: date) -> None:
    start = today - timedelta(days=100)
    body = seat.purchase_body(start_date=str(start))
    quoted = seat.done(seat.post("/v1/quotes", body))

    bought = seat.bought(**body, expected_total=quoted["total"]["amount"])

    assert (quoted["remaining_days"], quoted["total_days"]) == (265, 365)
    assert bought["transaction"]["amount"] == quoted["total"] == {"amount": 25048, "currency": "USD"}
    assert (bought["state"], bought["start_date"], bought["end_date"]) == ("active", "2026-08-14", "2027-08-14")
    assert bought["transaction"]["occurred_at"][:10] == str(today)


def test_a_start_may_be_backdated_until_one_day_is_left_and_no_further(seat: Seat, today: date) -> None:
    earliest = last_day(seat)
    before = date.fromisoformat(earliest) - timedelta(days=1)

    bought = seat.bought(start_date=earliest)
    answer = seat.post("/v1/subscriptions", seat.purchase_body(start_date=str(before)))

    assert bought["end_date"] == str(today + timedelta(days=1))
    assert bought["transaction"]["lines"][0]["remaining_days"] == 1
    assert bought["warnings"] == ["renews_within_30_days"]
    assert refused_field(answer, "start_date_too_early", "start_date")["earliest_start_date"] == earliest


def test_a_future_start_waits_uncharged_and_starts_by_itself(seat: Seat, today: date) -> None:
    start = today + timedelta(days=40)

    bought = seat.bought(start_date=str(start))

    assert (bought["state"], bought["transaction"], bought["anchor_date"]) == ("scheduled", None, None)
    assert bought["next_event"] == {"kind": "start", "at": f"{start}T00:00:00Z"}
    before = seat.advance(bought["id"], start - timedelta(days=1))
    assert (before["state"], seat.transactions(bought["id"])) == ("scheduled", [])
    started = seat.advance(bought["id"], start)
    (transaction,) = seat.transactions(bought["id"])
    assert (started["state"], started["start_date"], started["anchor_date"]) == ("active", str(start), str(start))
    assert transaction["amount"]["amount"] == 5 * 6900
    assert transaction["occurred_at"] == f"{start}T00:00:00Z"


def test_a_start_lies_at_most_a_year_ahead(seat: Seat, today: date) -> None:
    latest = today + timedelta(days=365)

    assert seat.bought(start_date=str(latest))["state"] == "scheduled"
    answer = seat.post("/v1/subscriptions", seat.purchase_body(start_date=str(latest + timedelta(days=1))))

    assert refused_field(answer, "start_date_too_late", "start_date")["latest_start_date"] == str(latest)


def test_the_agreement_is_asked_of_the_representative_whose_address_was_given(seat: Seat) -> None:
    bought = pending(seat, eca_acceptor_email="Counsel@Company.Example")

    assert bought["eca"]["acceptor_email"] == "Counsel@company.example"
    assert seat.eca_link(bought["id"])
    assert {mail["to"] for mail in seat.mails(bought["id"])} == {"Counsel@company.example"}


def test_a_reference_id_is_kept_on_the_purchase_and_its_transaction(seat: Seat) -> None:
    bought = seat.bought(reference_id="  PO-4711 / Ä ")

    assert bought["reference_id"] == bought["transaction"]["reference_id"] == "PO-4711 / Ä"
    again = seat.bought(customer_id=bought["customer_id"], reference_id="PO-4711 / Ä")
    assert again["warnings"] == ["reference_id_reused"]
    found = seat.get("/v1/subscriptions", reference_id="PO-4711 / Ä", customer_id=bought["customer_id"])
    assert [item["id"] for item in found["data"]] == [again["id"], bought["id"]]


def test_several_subscriptions_of_one_customer_live_apart(seat: Seat) -> None:
    first = seat.bought()
    second = seat.bought(customer_id=first["customer_id"], renewal_mode="one_time")

    listed = seat.get("/v1/subscriptions", customer_id=first["customer_id"])["data"]

    assert [(item["id"], item["renewal_mode"]) for item in listed] == [
        (second["id"], "one_time"),
        (first["id"], "auto"),
    ]


def test_partner_and_customer_are_told_of_the_activation(seat: Seat) -> None:
    bought = seat.bought()

    seat.advance(bought["id"], bought["start_date"])

    told = seat.mails(bought["id"], kind="activated")
    assert sorted(mail["to"] for mail in told) == ["ann@company.example", "billing@distributor.example"]
