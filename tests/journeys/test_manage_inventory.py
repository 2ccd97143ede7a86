"""The manual's "Manage inventory": certificates for use now, pro-rated into the next invoice."""

from __future__ import annotations

from datetime import date

from support_problems import refused_field
from support_product import Seat
from support_states import accepted


def test_more_certificates_of_a_product_are_charged_for_the_days_that_are_left(seat: Seat, today: date) -> None:
    bought = seat.bought(start_date=str(date(2026, 8, 14)))

    added = seat.done(seat.add(bought["id"], "tls-dv-single", 3, reference_id="PO-2", expected_total=15029))

    transaction = added["transaction"]
    assert (transaction["action"], transaction["amount"]["amount"]) == ("inventory_add", 15029)
    (line,) = transaction["lines"]
    assert (line["quantity"], line["unit_price"]["amount"]) == (3, 6900)
    assert (line["remaining_days"], line["total_days"]) == (265, 365)
    assert (line["period_start"], line["period_end"]) == (str(today), bought["end_date"])
    assert (transaction["reference_id"], transaction["invoice_id"]) == ("PO-2", None)
    assert added["inventory"] == [{"product": "tls-dv-single", "quantity": 8}]
    assert seat.transactions(bought["id"])[-1] == {**transaction, "is_refundable": True}


def test_new_products_are_added_in_one_step_with_several_counts(seat: Seat) -> None:
    bought = accepted(seat)
    body = {
        "add": [
            {"product": "tls-ev-multi", "quantity": 2},
            {"product": "tls-ov-single", "quantity": 1},
            {"product": "tls-dv-wildcard", "quantity": 7},
        ]
    }

    added = seat.done(seat.post(f"/v1/subscriptions/{bought['id']}/inventory", body))

    assert added["inventory"] == [
        {"product": "tls-ov-single", "quantity": 6},
        {"product": "tls-ev-multi", "quantity": 2},
        {"product": "tls-dv-wildcard", "quantity": 7},
    ]
    assert added["transaction"]["amount"]["amount"] == 2 * 56900 + 14900 + 7 * 16900
    assert added["transaction"]["total_quantity"] == 10


def test_the_charge_can_be_reviewed_before_it_is_confirmed(seat: Seat) -> None:
    bought = seat.bought(start_date="2026-08-14")
    body = {"add": [{"product": "tls-dv-wildcard", "quantity": 1}]}
    address = f"/v1/subscriptions/{bought['id']}/inventory"

    reviewed = seat.done(seat.post(address, body, dry_run="true"))
    binding = {**body, "expected_total": reviewed["transaction"]["amount"]["amount"]}
    confirmed = seat.done(seat.post(address, binding))

    assert reviewed["transaction"]["amount"] == confirmed["transaction"]["amount"]
    assert reviewed["transaction"]["lines"][0]["remaining_days"] == 265


def test_renewal_inventory_follows_what_was_added(seat: Seat) -> None:
    bought = seat.bought()

    added = seat.done(seat.add(bought["id"], "tls-dv-single", 3))

    assert added["renewal_inventory_mode"] == "follows"
    assert added["renewal_inventory"] == added["inventory"]


def test_a_count_reaches_a_hundred_thousand_and_no_more(seat: Seat) -> None:
    bought = seat.bought(inventory=[{"product": "tls-dv-single", "quantity": 99_999}])

    full = seat.done(seat.add(bought["id"], "tls-dv-single", 1))
    answer = seat.add(bought["id"], "tls-dv-single", 1)

    assert full["inventory"] == [{"product": "tls-dv-single", "quantity": 100_000}]
    refused_field(answer, "quantity_out_of_range", "add[0].quantity")


def test_partner_and_customer_are_told_the_pro_rated_sum(seat: Seat) -> None:
    bought = seat.bought(start_date="2026-08-14")
    seat.add(bought["id"], "tls-dv-single", 3)

    seat.advance(bought["id"], seat.subscription(bought["id"])["today"])

    told = seat.mails(bought["id"], kind="inventory_added")
    assert sorted(mail["to"] for mail in told) == ["ann@company.example", "billing@distributor.example"]
    assert all("150.29" in mail["text"] and "265" in mail["text"] for mail in told)
