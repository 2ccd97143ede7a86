"""A term that ends while suspended: held, enabled later, or expired; and a subscription that ends by itself."""

from __future__ import annotations

from support_problems import refused
from support_product import Seat
from support_states import held, last_day, pending, suspended

BOTH = ["ann@company.example", "billing@distributor.example"]


def test_a_suspended_subscription_does_not_renew_and_everybody_is_told(seat: Seat) -> None:
    waiting = held(seat)

    assert (waiting["state"], waiting["term_number"], waiting["next_event"]) == ("suspended", 1, None)
    assert waiting["renewal_held_since"] == f"{waiting['end_date']}T00:00:00Z"
    assert [item["action"] for item in seat.transactions(waiting["id"])] == ["purchase"]
    told = seat.mails(waiting["id"], kind="renewal_held")
    assert sorted(mail["to"] for mail in told) == [*BOTH, "billing@operator.example"]


def test_while_suspended_there_is_one_reminder_thirty_days_ahead(seat: Seat) -> None:
    bought = suspended(seat, start_date="2026-01-10")

    seat.advance(bought["id"], bought["end_date"])

    told = seat.mails(bought["id"], kind="suspended_reminder")
    assert sorted(mail["to"] for mail in told) == BOTH
    assert {mail["sent_at"] for mail in told} == {"2026-12-11T09:00:00Z"}
    assert seat.mails(bought["id"], kind="renewal_reminder") == []


def test_enabled_later_a_new_term_starts_that_day_with_the_renewal_inventory(seat: Seat) -> None:
    waiting = held(seat)
    prepared = seat.done(seat.set_renewal(waiting["id"], {"tls-ov-single": 2}, reference_id="PO-BACK"))
    assert prepared["renewal_preview"]["lines"][0]["period_start"] == waiting["today"]
    on_the_day = seat.advance_days(waiting["id"], 10)
    shown = seat.done(seat.post(f"/v1/subscriptions/{waiting['id']}/enable", {}, dry_run="true"))

    enabled = seat.done(seat.command(waiting["id"], "enable", expected_total=29_800))

    assert shown["transaction"]["amount"] == enabled["transaction"]["amount"] == {"amount": 29_800, "currency": "USD"}
    assert (enabled["state"], enabled["term_number"], enabled["renewal_held_since"]) == ("active", 2, None)
    day = on_the_day["today"]
    assert (enabled["start_date"], enabled["anchor_date"], enabled["anchor_term_number"]) == (day, day, 2)
    assert (day, enabled["end_date"]) == ("2026-12-03", "2027-12-03")
    assert (enabled["transaction"]["action"], enabled["transaction"]["reference_id"]) == ("renewal", "PO-BACK")
    assert enabled["inventory"] == [{"product": "tls-ov-single", "quantity": 2}]
    again = seat.advance(waiting["id"], enabled["end_date"])
    assert (again["term_number"], again["end_date"]) == (3, "2028-12-03")


def test_held_and_set_to_one_time_it_expires_at_once(seat: Seat) -> None:
    waiting = held(seat)

    ended = seat.done(seat.set_mode(waiting["id"], "one_time"))

    assert (ended["state"], ended["renewal_mode"]) == ("expired", "one_time")
    assert [entry["kind"] for entry in seat.timeline(waiting["id"]) if entry["version"]][-2:] == [
        "renewal_mode_set",
        "expired",
    ]
    refused(seat.command(waiting["id"], "enable"), "not_suspended")


def test_a_refund_while_held_gives_money_only(seat: Seat) -> None:
    waiting = held(seat)
    (purchase,) = seat.transactions(waiting["id"])

    assert seat.refund(purchase, 5).status_code == 201
    assert seat.subscription(waiting["id"])["state"] == "suspended"
    assert seat.subscription(waiting["id"])["inventory"] == waiting["inventory"]


def test_an_expiry_is_announced_told_and_told_again_a_week_later(seat: Seat) -> None:
    bought = seat.bought(start_date="2026-01-10", renewal_mode="one_time")

    ended = seat.advance(bought["id"], bought["end_date"])
    assert (ended["state"], ended["next_event"]) == (
        "expired",
        {"kind": "expired_followup", "at": "2027-01-17T00:00:00Z"},
    )
    after = seat.advance_days(bought["id"], 8)

    assert (after["state"], after["next_event"], after["today"]) == ("expired", None, "2027-01-18")
    announced = seat.mails(bought["id"], kind="expiry_reminder")
    assert {mail["sent_at"] for mail in announced} == {
        f"{day}T09:00:00Z" for day in ("2026-12-11", "2027-01-03", "2027-01-09")
    }
    for kind, at in (("expired", "2027-01-10T00:00:00Z"), ("expired_followup", "2027-01-17T00:00:00Z")):
        told = seat.mails(bought["id"], kind=kind)
        assert (sorted(mail["to"] for mail in told), {mail["sent_at"] for mail in told}) == (BOTH, {at})


def test_buying_again_with_a_backdated_start_closes_the_gap(seat: Seat) -> None:
    bought = seat.bought(start_date=last_day(seat), renewal_mode="one_time")
    ended = seat.advance(bought["id"], bought["end_date"])

    again = seat.bought(customer_id=bought["customer_id"], start_date=ended["end_date"])

    assert again["start_date"] == ended["end_date"]


def test_a_withdrawn_purchase_is_over_and_its_link_is_dead(seat: Seat) -> None:
    bought = pending(seat)
    link = seat.eca_link(bought["id"])

    ended = seat.done(seat.command(bought["id"], "cancel", reason="changed their mind"))

    assert (ended["state"], ended["state_reason"]) == ("cancelled", "withdrawn")
    refused(seat.public().get(link), "eca_link_invalid", 410)
    assert seat.transactions(bought["id"]) == []
