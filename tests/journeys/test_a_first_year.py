"""From a purchase to its first renewal, through the doors."""

from __future__ import annotations

from support_product import Seat


def test_a_purchase_without_agreement_is_active_at_once_and_renews_by_itself(seat: Seat) -> None:
    bought = seat.bought()
    assert bought["state"] == "active"
    assert bought["transaction"]["amount"] == {"amount": 5 * (4900 + 2000), "currency": "USD"}

    renewed = seat.advance(bought["id"], bought["end_date"])

    assert (renewed["state"], renewed["term_number"]) == ("active", 2)
    assert renewed["start_date"] == bought["end_date"]
    assert [item["action"] for item in seat.transactions(bought["id"])] == ["purchase", "renewal"]
    assert seat.versions(bought["id"]) == [1, 2, 3]


def test_five_reminders_to_partner_and_customer_precede_a_renewal(seat: Seat) -> None:
    bought = seat.bought()

    seat.advance(bought["id"], bought["end_date"])

    reminders = seat.mails(bought["id"], kind="renewal_reminder")
    assert sorted(mail["to"] for mail in reminders) == ["ann@company.example"] * 5 + ["billing@distributor.example"] * 5
    assert {mail["sent_at"][11:19] for mail in reminders} == {"09:00:00"}
