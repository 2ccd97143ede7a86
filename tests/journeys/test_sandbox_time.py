"""Virtual time: each subscription has a clock of its own, which goes to the first instant of a day."""

from __future__ import annotations

from datetime import date, timedelta

from support_product import Seat
from support_states import expired, last_day


def test_advancing_says_where_each_subscription_stands(seat: Seat) -> None:
    renews = seat.bought(start_date=last_day(seat))
    expires = seat.bought(start_date=last_day(seat), renewal_mode="one_time")
    body = {"subscription_ids": [renews["id"], expires["id"]], "to": "2026-11-25"}

    moved = seat.done(seat.http.post("/v1/sandbox/advance", json=body))

    assert moved == {
        "subscriptions": [
            {"id": renews["id"], "today": "2026-11-25", "state": "active"},
            {"id": expires["id"], "today": "2026-11-25", "state": "expired"},
        ]
    }
    assert seat.done(seat.http.post("/v1/sandbox/advance", json=body)) == moved


def test_what_is_due_at_midnight_has_happened_and_what_is_due_at_nine_has_not(seat: Seat, today: date) -> None:
    bought = seat.bought(start_date="2026-01-10")
    reminded = date(2027, 1, 10) - timedelta(days=30)

    seat.advance(bought["id"], reminded)
    assert seat.mails(bought["id"], kind="renewal_reminder") == []
    seat.advance(bought["id"], reminded + timedelta(days=1))

    assert {mail["sent_at"] for mail in seat.mails(bought["id"], kind="renewal_reminder")} == {"2026-12-11T09:00:00Z"}
    assert seat.advance(bought["id"], "2027-01-10")["term_number"] == 2


def test_other_clocks_stand(seat: Seat, today: date) -> None:
    one = seat.bought()
    other = seat.bought(customer_id=one["customer_id"])

    seat.advance_days(one["id"], 50)

    assert seat.subscription(other["id"])["today"] == str(today)
    added = seat.done(seat.add(one["id"], "tls-dv-single", 1))["transaction"]
    assert (added["occurred_at"][:10], added["lines"][0]["remaining_days"]) == ("2027-01-11", 315)
    assert seat.done(seat.add(other["id"], "tls-dv-single", 1))["transaction"]["lines"][0]["remaining_days"] == 365


def test_the_clock_of_an_ended_subscription_goes_on(seat: Seat) -> None:
    ended = expired(seat)
    (purchase,) = seat.transactions(ended["id"])

    later = seat.advance(ended["id"], "2028-01-01")

    assert (later["today"], later["state"]) == ("2028-01-01", "expired")
    assert seat.refund(purchase, 1).json()["code"] == "refund_window_closed"
