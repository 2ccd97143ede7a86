"""The agreement over time: reminders, the deadline, and starts that pass while it is awaited."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from support_problems import refused
from support_product import Seat
from support_states import ACCEPTOR, pending

BILLING = "billing@distributor.example"
REMINDED = (3, 7, 14, 21, 28)


def test_five_reminders_then_the_deadline_ends_the_purchase(seat: Seat) -> None:
    bought = pending(seat)
    asked = datetime.fromisoformat(bought["eca"]["requested_at"])
    link = seat.eca_link(bought["id"])

    ended = seat.advance_days(bought["id"], 31)

    reminders = seat.mails(bought["id"], kind="eca_reminder")[::-1]
    assert [mail["to"] for mail in reminders] == [ACCEPTOR] * 5
    assert [datetime.fromisoformat(mail["sent_at"]) for mail in reminders] == [
        (asked + timedelta(days=days)).replace(microsecond=0) for days in REMINDED
    ]
    assert all(link in mail["text"] for mail in reminders)
    (warning,) = seat.mails(bought["id"], kind="eca_expiring")
    assert (warning["to"], warning["sent_at"]) == (BILLING, reminders[-1]["sent_at"])
    (told,) = seat.mails(bought["id"], kind="eca_expired")
    assert told["to"] == BILLING
    assert (ended["state"], ended["eca"]["status"], ended["next_event"]) == ("eca_expired", "expired", None)
    assert seat.transactions(bought["id"]) == []
    event = seat.timeline(bought["id"])[-1 - 1]
    assert (event["kind"], event["at"], event["actor"]) == ("eca_expired", bought["eca"]["deadline_at"], "system")
    refused(seat.public().post(f"{link}/accept", json={}), "eca_link_invalid", 410)


def test_reminders_after_a_resend_carry_the_new_link(seat: Seat) -> None:
    bought = pending(seat)
    seat.done(seat.command(bought["id"], "eca/resend"))
    seat.advance_days(bought["id"], 4)

    (reminder,) = seat.mails(bought["id"], kind="eca_reminder")

    assert seat.eca_link(bought["id"]) in reminder["text"]


def test_it_can_be_accepted_until_the_last_day(seat: Seat) -> None:
    bought = pending(seat)
    seat.advance_days(bought["id"], 30)

    assert seat.done(seat.accept_eca(bought["id"]))["status"] == "accepted"
    active = seat.subscription(bought["id"])
    assert (active["start_date"], active["end_date"]) == ("2026-12-22", "2027-12-22")


def test_a_term_that_is_over_before_the_acceptance_is_never_charged(seat: Seat, today: date) -> None:
    bought = pending(seat, start_date=str(today.replace(year=2025) + timedelta(days=5)))
    seat.advance_days(bought["id"], 6)

    assert seat.done(seat.accept_eca(bought["id"]))["status"] == "accepted"

    ended = seat.subscription(bought["id"])
    assert (ended["state"], ended["state_reason"]) == ("cancelled", "term_over_before_acceptance")
    assert seat.transactions(bought["id"]) == []


def test_an_acceptance_before_the_start_schedules_and_after_it_counts_the_days_left(seat: Seat, today: date) -> None:
    start = str(today + timedelta(days=5))
    early, late = (pending(seat, start_date=start) for _ in range(2))

    seat.accept_eca(early["id"])
    assert seat.subscription(early["id"])["state"] == "scheduled"
    seat.advance_all([early["id"], late["id"]], today + timedelta(days=10))
    assert [seat.subscription(one["id"])["state"] for one in (early, late)] == ["active", "pending_eca"]
    seat.accept_eca(late["id"])

    active = seat.subscription(late["id"])
    assert (active["state"], active["start_date"], active["end_date"]) == ("active", start, "2027-11-27")
    (on_time,), (lately,) = seat.transactions(early["id"]), seat.transactions(late["id"])
    assert on_time["amount"]["amount"] == 5 * 14_900
    assert lately["lines"][0]["remaining_days"] == 360
    assert lately["amount"]["amount"] == 73_479


def test_a_change_of_acceptor_restarts_reminders_and_deadline(seat: Seat) -> None:
    bought = pending(seat)
    seat.advance_days(bought["id"], 25)
    address = f"/v1/subscriptions/{bought['id']}/eca/acceptor"
    seat.done(seat.put(address, {"eca_acceptor_email": "cfo@company.example"}))

    waiting = seat.advance_days(bought["id"], 15)

    assert waiting["state"] == "pending_eca"
    assert [mail["to"] for mail in seat.mails(bought["id"], kind="eca_reminder")] == [
        *["cfo@company.example"] * 3,
        *[ACCEPTOR] * 4,
    ]
