"""The manual's "Suspend a subscription", and its "Enable", which is there at any time."""

from __future__ import annotations

from support_problems import refused
from support_product import Seat
from support_states import last_day


def test_a_subscription_is_suspended_with_a_reason_and_its_term_runs_on(seat: Seat) -> None:
    bought = seat.bought()

    answer = seat.done(seat.command(bought["id"], "suspend", reason="unpaid"))

    assert (answer["state"], answer["state_reason"], answer["transaction"]) == ("suspended", "unpaid", None)
    assert answer["suspended_at"] is not None
    assert (answer["start_date"], answer["end_date"]) == (bought["start_date"], bought["end_date"])
    assert len(seat.transactions(bought["id"])) == 1


def test_a_suspended_subscription_is_enabled_in_the_same_term_without_a_charge(seat: Seat) -> None:
    bought = seat.bought()
    seat.done(seat.command(bought["id"], "suspend"))

    answer = seat.done(seat.command(bought["id"], "enable", reason="paid", expected_total=0))

    assert (answer["state"], answer["suspended_at"], answer["transaction"]) == ("active", None, None)
    assert (answer["term_number"], answer["end_date"]) == (1, bought["end_date"])
    assert len(seat.transactions(bought["id"])) == 1


def test_while_suspended_nothing_is_added_and_the_renewal_can_be_prepared(seat: Seat) -> None:
    bought = seat.bought()
    seat.done(seat.command(bought["id"], "suspend"))

    refused(seat.add(bought["id"], "tls-dv-single", 1), "subscription_suspended")
    assert seat.done(seat.set_renewal(bought["id"], {"tls-dv-single": 2}))["state"] == "suspended"
    assert seat.done(seat.set_mode(bought["id"], "one_time"))["state"] == "suspended"
    refunded = seat.refund(bought["transaction"], 1)
    assert refunded.status_code == 201
    assert seat.subscription(bought["id"])["inventory"] == [{"product": "tls-dv-single", "quantity": 4}]


def test_suspended_over_the_end_on_one_time_it_expires(seat: Seat) -> None:
    bought = seat.bought(start_date=last_day(seat), renewal_mode="one_time")
    seat.done(seat.command(bought["id"], "suspend"))

    ended = seat.advance(bought["id"], bought["end_date"])

    assert (ended["state"], ended["renewal_held_since"]) == ("expired", None)
    assert len(seat.transactions(bought["id"])) == 1


def test_partner_and_customer_are_told_both_times(seat: Seat) -> None:
    bought = seat.bought()
    seat.command(bought["id"], "suspend", reason="unpaid")
    seat.command(bought["id"], "enable")

    seat.advance(bought["id"], bought["start_date"])

    for kind in ("suspended", "enabled"):
        told = seat.mails(bought["id"], kind=kind)
        assert sorted(mail["to"] for mail in told) == ["ann@company.example", "billing@distributor.example"]


def test_reasons_are_kept_on_the_timeline(seat: Seat) -> None:
    bought = seat.bought()
    seat.command(bought["id"], "suspend", reason="unpaid")
    seat.command(bought["id"], "enable", reason="paid")

    told = {entry["kind"]: entry["reason"] for entry in seat.timeline(bought["id"]) if entry["version"]}

    assert (told["suspended"], told["enabled"]) == ("unpaid", "paid")
