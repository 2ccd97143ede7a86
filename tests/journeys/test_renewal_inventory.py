"""The manual's "Renewal inventory": what will be available once the subscription is renewed."""

from __future__ import annotations

from support_problems import refused_field
from support_product import Json, Seat
from support_states import last_day

BOTH = [{"product": "tls-dv-single", "quantity": 5}, {"product": "tls-dv-wildcard", "quantity": 2}]


def ending_tomorrow(seat: Seat) -> Json:
    return seat.bought(inventory=BOTH, start_date=last_day(seat))


def test_counts_change_and_products_come_and_go_without_a_charge(seat: Seat) -> None:
    bought = seat.bought(inventory=BOTH)

    answer = seat.done(seat.set_renewal(bought["id"], {"tls-dv-single": 9}))

    assert answer["renewal_inventory"] == [{"product": "tls-dv-single", "quantity": 9}]
    assert (answer["renewal_inventory_mode"], answer["transaction"]) == ("pinned", None)
    assert answer["inventory"] == BOTH
    assert answer["renewal_preview"]["total"] == {"amount": 9 * 6900, "currency": "USD"}
    assert answer["renewal_preview"]["lines"][0]["unit_price"]["amount"] == 6900
    assert len(seat.transactions(bought["id"])) == 1


def test_a_product_that_is_not_held_yet_can_be_put_into_the_renewal(seat: Seat) -> None:
    bought = seat.bought()

    answer = seat.done(seat.set_renewal(bought["id"], {"tls-dv-single": 5, "tls-dv-wildcard": 1}))

    assert answer["renewal_preview"]["total"]["amount"] == 5 * 6900 + 16900


def test_what_was_set_is_what_renews_with_its_reference_id_and_then_follows_again(seat: Seat) -> None:
    bought = ending_tomorrow(seat)
    set_once = seat.done(seat.set_renewal(bought["id"], {"tls-dv-wildcard": 3}, reference_id="PO-NEXT"))

    renewed = seat.advance(bought["id"], bought["end_date"])

    renewal = seat.transactions(bought["id"])[-1]
    assert (renewal["action"], renewal["reference_id"], renewal["actor"]) == ("renewal", "PO-NEXT", "system:renewal")
    assert renewal["amount"] == set_once["renewal_preview"]["total"]
    assert renewed["inventory"] == renewed["renewal_inventory"] == [{"product": "tls-dv-wildcard", "quantity": 3}]
    assert renewed["renewal_inventory_mode"] == "follows"


def test_a_pinned_renewal_inventory_stays_when_inventory_is_added(seat: Seat) -> None:
    bought = seat.bought()
    seat.done(seat.set_renewal(bought["id"], {"tls-dv-single": 1}))

    added = seat.done(seat.add(bought["id"], "tls-dv-single", 4))

    assert added["inventory"][0]["quantity"] == 9
    assert added["renewal_inventory"] == [{"product": "tls-dv-single", "quantity": 1}]


def test_null_follows_the_inventory_again(seat: Seat) -> None:
    bought = seat.bought()
    seat.done(seat.set_renewal(bought["id"], {"tls-dv-single": 1}))

    answer = seat.done(seat.set_renewal(bought["id"], None))

    assert (answer["renewal_inventory_mode"], answer["renewal_inventory"]) == ("follows", bought["inventory"])


def test_nothing_to_renew_is_what_one_time_renewal_is_for(seat: Seat) -> None:
    bought = seat.bought()

    refused_field(seat.set_renewal(bought["id"], {}), "renewal_inventory_empty", "lines")


def test_setting_the_same_again_changes_nothing(seat: Seat) -> None:
    bought = seat.bought()
    first = seat.done(seat.set_renewal(bought["id"], {"tls-dv-single": 2}))

    again = seat.done(seat.set_renewal(bought["id"], {"tls-dv-single": 2}))

    assert again["version"] == first["version"]
    assert again["updated_at"] == first["updated_at"]
