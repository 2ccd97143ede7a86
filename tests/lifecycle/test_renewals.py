"""Ends of terms: counted from the anchor, with the renewal inventory, held while suspended, under their reference."""

from __future__ import annotations

from datetime import date

import pytest

from lifecycle.charges import Action
from lifecycle.commands import Enable, SetRenewalMode, Suspend
from lifecycle.refusals import PriceChanged
from lifecycle.renewal import next_renewal
from lifecycle.subscription import RenewalMode, State
from lives.asking import add, at, counts, purchase, refund, renew_with
from lives.life import Life, bought
from lives.standings import NOON, held, scheduled, suspended

SINGLE, WILDCARD = "tls-dv-single", "tls-dv-wildcard"


@pytest.mark.parametrize(
    ("term", "start", "ends"),
    [
        pytest.param(
            12,
            date(2028, 2, 29),
            [date(2029, 2, 28), date(2030, 2, 28), date(2031, 2, 28), date(2032, 2, 29), date(2033, 2, 28)],
            id="a year from a leap day",
        ),
        pytest.param(
            24, date(2028, 2, 29), [date(2030, 2, 28), date(2032, 2, 29), date(2034, 2, 28)], id="two years from one"
        ),
        pytest.param(12, date(2028, 1, 31), [date(2029, 1, 31), date(2030, 1, 31)], id="a year from a month's end"),
        pytest.param(36, date(2028, 2, 28), [date(2031, 2, 28), date(2034, 2, 28)], id="three years"),
    ],
)
def test_every_term_ends_where_its_anchor_says_and_the_next_begins_there(
    term: int, start: date, ends: list[date]
) -> None:
    life = bought(purchase(term_months=term), at=at(start.year, start.month, start.day, 18))
    for number, (first, end) in enumerate(zip([start, *ends], ends, strict=False), start=1):
        subscription = life.subscription
        assert (subscription.term_number, subscription.start_date, subscription.end_date) == (number, first, end)
        assert (subscription.anchor_date, subscription.anchor_term_number) == (start, 1)
        life.run_to(at(end.year, end.month, end.day))
    renewals = life.of(Action.RENEWAL)
    assert [posted.occurred_at.date() for posted in renewals] == ends
    assert [(line.remaining_days == line.total_days) for line in life.lines()] == [True] * (len(ends) + 1)


def test_a_backdated_leap_day_is_the_anchor_although_it_was_activated_later() -> None:
    life = bought(purchase(start_date=date(2028, 2, 29)), at=at(2028, 6, 1, 9))
    life.run_to(at(2032, 3, 1))
    assert [posted.occurred_at for posted in life.of(Action.RENEWAL)] == [
        at(2029, 2, 28),
        at(2030, 2, 28),
        at(2031, 2, 28),
        at(2032, 2, 29),
    ]


def test_a_late_worker_renews_once_for_each_missed_term_under_the_same_dates() -> None:
    life = bought(purchase(), at=NOON)
    life.sleep_to(at(2030, 5, 5))
    assert [(posted.term_number, posted.occurred_at) for posted in life.of(Action.RENEWAL)] == [
        (2, at(2028, 1, 10)),
        (3, at(2029, 1, 10)),
        (4, at(2030, 1, 10)),
    ]
    assert {posted.posted_at for posted in life.of(Action.RENEWAL)} == {at(2030, 5, 5)}


def test_a_command_never_overtakes_the_end_of_the_term() -> None:
    life = bought(purchase(inventory={SINGLE: 1}), at=NOON)
    life.do(add({SINGLE: 1}), at=at(2028, 1, 10))
    renewal, added = life.ledger[-2:]
    assert (renewal.action, renewal.term_number, renewal.total_quantity) == (Action.RENEWAL, 2, 1)
    assert (added.action, added.term_number) == (Action.INVENTORY_ADD, 2)
    assert (added.lines[0].period_start, added.amount) == (date(2028, 1, 10), 4900)


def test_the_last_instant_of_a_term_still_belongs_to_it() -> None:
    life = bought(purchase(inventory={SINGLE: 1}), at=NOON)
    life.do(SetRenewalMode(RenewalMode.ONE_TIME), at=at(2028, 1, 9, 23, 59))
    life.run_to(at(2028, 1, 10))
    assert life.subscription.state is State.EXPIRED


def test_one_time_may_be_switched_to_auto_until_it_expires_and_renews_on() -> None:
    life = bought(purchase(renewal_mode=RenewalMode.ONE_TIME), at=NOON)
    life.do(SetRenewalMode(RenewalMode.AUTO), at=at(2028, 1, 9, 23))
    life.run_to(at(2029, 1, 10))
    assert (life.subscription.term_number, life.subscription.renewal_mode) == (3, RenewalMode.AUTO)


def test_renewal_inventory_follows_until_it_is_pinned_and_follows_again_after_the_renewal() -> None:
    life = bought(purchase(inventory={SINGLE: 2}), at=NOON)
    life.do(add({WILDCARD: 1}), at=NOON)
    assert life.subscription.renewal_inventory == counts({SINGLE: 2, WILDCARD: 1})
    life.do(renew_with({SINGLE: 5}), at=NOON)
    life.do(add({WILDCARD: 1}), at=NOON)
    assert life.subscription.renewal_inventory == counts({SINGLE: 5})
    assert life.subscription.renewal_inventory_mode == "pinned"
    life.run_to(at(2028, 1, 10))
    assert life.subscription.inventory == life.subscription.renewal_inventory == counts({SINGLE: 5})
    assert life.subscription.renewal_inventory_mode == "follows"
    life.do(add({SINGLE: 1}), at=life.now)
    assert life.subscription.renewal_inventory == counts({SINGLE: 6})


def test_null_follows_the_inventory_again() -> None:
    life = bought(purchase(inventory={SINGLE: 2}), at=NOON)
    life.do(renew_with({SINGLE: 5}), at=NOON)
    life.do(renew_with(None), at=NOON)
    assert life.subscription.renewal_inventory_mode == "follows"
    life.do(add({SINGLE: 1}), at=NOON)
    assert life.subscription.renewal_inventory == counts({SINGLE: 3})


def test_the_same_counts_pin_although_they_look_like_following() -> None:
    life = bought(purchase(inventory={SINGLE: 2}), at=NOON)
    assert [event.kind for event in life.do(renew_with({SINGLE: 2}), at=NOON)] == ["renewal_inventory_set"]
    assert life.do(renew_with({SINGLE: 2}), at=NOON) == ()
    life.do(add({SINGLE: 1}), at=NOON)
    assert life.subscription.renewal_inventory == counts({SINGLE: 2})


def test_a_refund_lowers_the_renewal_inventory_only_while_it_follows() -> None:
    for pinned, left in ((None, 1), ({SINGLE: 2}, 2)):
        life = bought(purchase(inventory={SINGLE: 2}), at=NOON)
        life.do(renew_with(pinned), at=NOON)
        life.do(refund((life.lines()[0], 1)), at=NOON)
        assert life.subscription.renewal_inventory == counts({SINGLE: left})


def test_what_is_set_before_the_start_renews_after_the_first_term() -> None:
    life = scheduled()
    life.do(renew_with({"tls-ov-single": 7}), at=life.now)
    life.run_to(at(2028, 3, 1))
    assert [posted.total_quantity for posted in life.ledger] == [2, 7]


def test_the_reference_of_a_renewal_edit_is_used_once() -> None:
    life = bought(purchase(reference_id="PO-1"), at=NOON)
    life.do(renew_with({SINGLE: 2}, "PO-2"), at=NOON)
    life.do(renew_with({SINGLE: 3}), at=NOON)
    life.run_to(at(2029, 1, 10))
    assert [posted.reference_id for posted in life.ledger] == ["PO-1", "PO-2", None]
    assert life.subscription.reference_id == "PO-1"


def test_a_reference_given_for_the_renewal_before_the_start_is_not_that_of_the_purchase() -> None:
    life = scheduled()
    life.do(renew_with({"tls-ov-single": 7}, "PO-2"), at=life.now)
    assert life.subscription.reference_id == "PO-2"
    life.run_to(at(2028, 3, 1))
    assert [posted.reference_id for posted in life.ledger] == [None, "PO-2"]


def test_a_new_reference_alone_is_a_change_and_each_addition_has_its_own() -> None:
    life = bought(purchase(), at=NOON)
    life.do(renew_with({SINGLE: 1}, "PO-1"), at=NOON)
    assert life.do(renew_with({SINGLE: 1}, "PO-1"), at=NOON) == ()
    assert len(life.do(renew_with({SINGLE: 1}, "PO-2"), at=NOON)) == 1
    life.do(add({SINGLE: 1}, reference_id="PO-3"), at=NOON)
    life.do(add({SINGLE: 1}), at=NOON)
    life.run_to(at(2028, 1, 10))
    assert [posted.reference_id for posted in life.ledger] == [None, "PO-3", None, "PO-2"]
    assert life.subscription.reference_id == "PO-1"


def test_the_subscription_keeps_the_first_reference_of_an_addition() -> None:
    life = bought(purchase(), at=NOON)
    life.do(add({SINGLE: 1}, reference_id="PO-3"), at=NOON)
    life.do(add({SINGLE: 1}, reference_id="PO-4"), at=NOON)
    assert life.subscription.reference_id == "PO-3"


def test_suspension_stops_no_clock_and_enabling_in_the_term_charges_nothing() -> None:
    life = suspended()
    end = life.subscription.end_date
    life.do(Enable(reason="Paid", expected_total=0), at=at(2027, 12, 31))
    assert (life.subscription.end_date, life.subscription.state_reason) == (end, "Paid")
    assert (life.subscription.suspended_at, len(life.ledger)) == (None, 1)
    life.run_to(at(2028, 1, 10))
    assert life.subscription.term_number == 2


def test_an_enabling_that_charges_nothing_compares_with_zero() -> None:
    refusal = suspended().ask(Enable(expected_total=1), at=NOON).refusal
    assert isinstance(refusal, PriceChanged)
    assert refusal.facts == {"expected_total": 1, "total": 0}


def test_a_suspension_keeps_its_instant_and_its_reason() -> None:
    life = bought(purchase(), at=NOON)
    life.do(Suspend(reason="Unpaid"), at=at(2027, 5, 5, 5))
    assert (life.subscription.suspended_at, life.subscription.state_reason) == (at(2027, 5, 5, 5), "Unpaid")


def test_a_held_renewal_waits_without_a_charge() -> None:
    life = held()
    life.run_to(at(2035, 1, 1))
    assert (life.subscription.state, life.subscription.term_number) == (State.SUSPENDED, 1)
    assert life.subscription.renewal_held_since == at(2028, 1, 10)
    assert len(life.ledger) == 1


def test_enabling_a_held_renewal_begins_a_term_on_that_day_and_anchors_there() -> None:
    life = held()
    life.do(renew_with({"tls-ov-single": 3}, "PO-9"), at=life.now)
    enabled, renewed = life.do(Enable(expected_total=38_700), at=at(2028, 2, 29, 17, 30))
    assert (enabled.kind, renewed.kind) == ("enabled", "renewed")
    subscription = life.subscription
    assert (subscription.term_number, subscription.anchor_term_number) == (2, 2)
    assert (subscription.start_date, subscription.end_date) == (date(2028, 2, 29), date(2029, 2, 28))
    assert (subscription.anchor_date, subscription.renewal_held_since) == (date(2028, 2, 29), None)
    (posted,) = life.of(Action.RENEWAL)
    assert (posted.occurred_at, posted.reference_id, posted.amount) == (at(2028, 2, 29, 17, 30), "PO-9", 38_700)
    life.run_to(at(2032, 2, 29))
    assert [posted.occurred_at for posted in life.of(Action.RENEWAL)][1:] == [
        at(2029, 2, 28),
        at(2030, 2, 28),
        at(2031, 2, 28),
        at(2032, 2, 29),
    ]


def test_a_changed_price_of_a_held_renewal_is_said_and_nothing_happens() -> None:
    life = held()
    refusal = life.ask(Enable(expected_total=0), at=life.now).refusal
    assert isinstance(refusal, PriceChanged)
    assert refusal.facts == {"expected_total": 0, "total": 25_800}
    assert life.subscription.is_held


def test_a_held_renewal_that_is_switched_to_one_time_expires_at_once() -> None:
    life = held()
    life.do(SetRenewalMode(RenewalMode.ONE_TIME), at=at(2028, 2, 3, 4))
    subscription = life.subscription
    assert (subscription.state, subscription.ended_at) == (State.EXPIRED, at(2028, 2, 3, 4))
    assert (subscription.renewal_held_since, subscription.end_date) == (None, date(2028, 1, 10))


def test_a_suspension_at_the_very_end_holds_the_renewal() -> None:
    life = bought(purchase(), at=NOON)
    life.do(Suspend(), at=at(2028, 1, 9, 23, 59))
    life.run_to(at(2028, 1, 10))
    assert life.subscription.is_held
    life.do(Enable(), at=at(2028, 1, 10, 0, 1))
    assert life.subscription.start_date == date(2028, 1, 10)


def test_what_renews_next_is_known_from_the_first_term_on() -> None:
    assert next_renewal(scheduled().subscription, Life().prices) is None
    life = bought(purchase(), at=NOON)
    renewal = next_renewal(life.subscription, life.prices)
    assert renewal is not None
    assert (renewal.at, renewal.term_number, renewal.end_date) == (at(2028, 1, 10), 2, date(2029, 1, 10))
