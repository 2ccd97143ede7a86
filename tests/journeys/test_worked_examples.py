"""The worked examples of the rules, to the cent, on the engine."""

from __future__ import annotations

from typing import Any

import pytest

from support_product import Json, Seat
from support_states import ACCEPTOR, accepted

OV = "tls-ov-single"


def ten(**changes: Any) -> Json:
    return {
        "clm_tier": "essentials",
        "inventory": [{"product": OV, "quantity": 10}],
        "eca_acceptor_email": ACCEPTOR,
        **changes,
    }


def amounts(seat: Seat, subscription_id: str) -> list[int]:
    return [item["amount"]["amount"] for item in seat.transactions(subscription_id)]


@pytest.mark.parametrize(
    ("start_date", "months", "amount"),
    [("2026-08-24", 12, 97_192), ("2025-11-23", 12, 353), ("2023-11-23", 36, 328)],
    ids=["D, ninety days ago", "F, the deepest of a year", "G, the deepest of three years"],
)
def test_backdated_purchases(seat: Seat, start_date: str, months: int, amount: int) -> None:
    bought = accepted(seat, **ten(start_date=start_date, term_months=months))

    assert amounts(seat, bought["id"]) == [amount]


def test_e_days_are_counted_from_a_late_acceptance_so_it_is_only_cheaper(seat: Seat) -> None:
    bought = seat.bought(offering="managed-tls", **ten(start_date="2026-08-24", expected_total=97_192))

    seat.advance(bought["id"], "2026-12-02")
    assert seat.accept_eca(bought["id"]).status_code == 200

    assert amounts(seat, bought["id"]) == [93_658]
    assert seat.subscription(bought["id"])["end_date"] == "2027-08-24"


def test_a_b_m_and_h_a_year_with_additions_and_a_refund(seat: Seat) -> None:
    bought = accepted(seat, **ten(start_date="2027-01-10"))
    assert bought["state"] == "scheduled"

    seat.advance(bought["id"], "2027-04-20")
    added = seat.done(seat.add(bought["id"], OV, 2))["transaction"]
    seat.advance(bought["id"], "2027-05-05")
    assert seat.refund(added, 1).status_code == 201
    seat.advance(bought["id"], "2028-01-09")
    seat.done(seat.add(bought["id"], OV, 3))

    assert amounts(seat, bought["id"]) == [129_000, 18_732, -9_366, 106]
    assert seat.subscription(bought["id"])["inventory"] == [{"product": OV, "quantity": 14}]


def test_k_and_c_two_years_and_a_leap_day(seat: Seat) -> None:
    two_years = accepted(seat, **ten(start_date="2027-01-10", term_months=24))
    order = {"clm_tier": "essentials", "inventory": [{"product": "tls-dv-single", "quantity": 1}]}
    leap = seat.bought(**order, start_date="2027-09-01")

    seat.advance(two_years["id"], "2027-12-01")
    seat.done(seat.add(two_years["id"], OV, 1))
    on_leap_day = seat.advance(leap["id"], "2028-02-29")
    seat.done(seat.add(leap["id"], "tls-dv-single", 5))

    assert amounts(seat, two_years["id"]) == [245_000, 13_607]
    assert (on_leap_day["today"], on_leap_day["end_date"]) == ("2028-02-29", "2028-09-01")
    assert amounts(seat, leap["id"]) == [4_900, 12_384]


def test_three_years_renew_from_the_anchor(seat: Seat) -> None:
    bought = seat.bought(term_months=36, start_date="2023-11-30", clm_tier="essentials")

    renewed = seat.advance(bought["id"], bought["end_date"])

    assert (bought["end_date"], renewed["end_date"]) == ("2026-11-30", "2029-11-30")
    assert (renewed["anchor_date"], renewed["anchor_term_number"], renewed["term_number"]) == ("2023-11-30", 1, 2)
    assert amounts(seat, bought["id"])[-1] == 5 * 13_700
