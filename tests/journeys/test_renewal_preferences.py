"""The manual's "Set the renewal preferences": auto-renewal or one-time, changed until the subscription expires."""

from __future__ import annotations

from support_problems import refused, refused_field
from support_product import Seat
from support_states import last_day


def test_the_preference_must_be_said(seat: Seat) -> None:
    body = seat.purchase_body()
    del body["renewal_mode"]

    refused_field(seat.post("/v1/subscriptions", body), "renewal_mode_required", "renewal_mode")
    answer = seat.post("/v1/subscriptions", {**body, "renewal_mode": None})
    refused_field(answer, "renewal_mode_required", "renewal_mode")
    answer = seat.put(f"/v1/subscriptions/{seat.bought()['id']}/renewal-mode", {})
    refused_field(answer, "renewal_mode_required", "renewal_mode")


def test_on_auto_it_renews_at_the_end_of_the_term(seat: Seat) -> None:
    bought = seat.bought(start_date=last_day(seat))

    renewed = seat.advance(bought["id"], bought["end_date"])

    assert (renewed["state"], renewed["term_number"]) == ("active", 2)
    assert (renewed["start_date"], renewed["end_date"]) == ("2026-11-23", "2027-11-23")
    assert seat.transactions(bought["id"])[-1]["amount"]["amount"] == 5 * 6900


def test_on_one_time_it_expires_and_cannot_be_revived(seat: Seat) -> None:
    bought = seat.bought(start_date=last_day(seat), renewal_mode="one_time")

    ended = seat.advance(bought["id"], bought["end_date"])

    assert (ended["state"], ended["allowed"]) == ("expired", ["refund"])
    refused(seat.set_mode(bought["id"], "auto"), "not_active")
    assert len(seat.transactions(bought["id"])) == 1


def test_one_time_is_switched_to_auto_before_it_expires(seat: Seat) -> None:
    bought = seat.bought(start_date=last_day(seat), renewal_mode="one_time")

    switched = seat.done(seat.set_mode(bought["id"], "auto"))

    assert (switched["renewal_mode"], switched["transaction"]) == ("auto", None)
    assert seat.advance(bought["id"], bought["end_date"])["term_number"] == 2


def test_auto_is_switched_to_one_time_before_it_renews(seat: Seat) -> None:
    bought = seat.bought(start_date=last_day(seat))

    seat.done(seat.set_mode(bought["id"], "one_time"))

    assert seat.advance(bought["id"], bought["end_date"])["state"] == "expired"
    told = seat.mails(bought["id"], kind="renewal_mode_set")
    assert sorted(mail["to"] for mail in told) == ["ann@company.example", "billing@distributor.example"]


def test_the_preference_that_holds_already_changes_nothing(seat: Seat) -> None:
    bought = seat.bought()

    assert seat.done(seat.set_mode(bought["id"], "auto"))["version"] == bought["version"]
