"""What may be refunded and until when, what it gives back, and what is left of the subscription."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lifecycle.charges import Action
from lifecycle.commands import Enable
from lifecycle.refusals import Conflict, InvalidInput, RefundWindowClosed
from lifecycle.subscription import State
from lives.asking import ON_FILE, add, at, counts, purchase, refund
from lives.life import Life, bought
from lives.price_books import price_book
from lives.standings import NOON, TODAY, expired, held
from oracle.price_table import PriceRow

if TYPE_CHECKING:
    from collections.abc import Callable

SINGLE, WILDCARD = "tls-dv-single", "tls-dv-wildcard"
WINDOW = timedelta(days=30)
MOMENT = timedelta(microseconds=1)


def two_products() -> Life:
    """Ten of one and two of the other."""
    return bought(purchase(inventory={SINGLE: 10, WILDCARD: 2}, reference_id="PO-1"), at=NOON)


def test_the_window_closes_thirty_times_a_day_of_seconds_after_the_posting() -> None:
    life = two_products()
    life.do(refund((life.lines()[0], 1)), at=NOON + WINDOW)
    refusal = life.ask(refund((life.lines()[0], 1)), at=NOON + WINDOW + MOMENT).refusal
    assert isinstance(refusal, RefundWindowClosed)
    assert (refusal.code, refusal.facts) == ("refund_window_closed", {"contact_support": True})


def test_operators_may_override_the_window() -> None:
    life = two_products()
    life.do(refund((life.lines()[0], 1), override_window=True), at=NOON + 2 * WINDOW)
    assert life.of(Action.REFUND)[0].amount == -4900


def test_the_window_of_a_renewal_opens_when_it_was_recorded() -> None:
    life = bought(purchase(inventory={SINGLE: 2}), at=at(2027, 3, 1))
    life.sleep_to(at(2028, 3, 4))
    renewal = life.of(Action.RENEWAL)[0]
    assert (renewal.occurred_at, renewal.posted_at) == (at(2028, 3, 1), at(2028, 3, 4))
    life.do(refund((renewal.lines[0], 1)), at=at(2028, 4, 3))
    assert life.ask(refund((life.of(Action.RENEWAL)[0].lines[0], 1)), at=at(2028, 4, 3, 0, 1)).refusal is not None


def test_refunds_give_back_what_was_paid_however_they_are_cut() -> None:
    life = bought(purchase(inventory={SINGLE: 1}), at=at(2027, 1, 10))
    life.do(add({SINGLE: 7}), at=at(2027, 4, 20))
    for take in (2, 3, 2):
        life.do(refund((life.of(Action.INVENTORY_ADD)[0].lines[0], take)), at=life.now)
    assert life.of(Action.INVENTORY_ADD)[0].amount == 24_903
    assert [posted.amount for posted in life.of(Action.REFUND)] == [-7115, -10_673, -7115]
    assert life.subscription.inventory == counts({SINGLE: 1})


def test_one_of_two_added_certificates_gives_back_half() -> None:
    life = bought(purchase("managed-tls", inventory={SINGLE: 1}, standing=ON_FILE), at=at(2027, 1, 10))
    life.do(add({"tls-ov-single": 2}), at=at(2027, 4, 20))
    life.do(refund((life.of(Action.INVENTORY_ADD)[0].lines[0], 1)), at=at(2027, 5, 5))
    assert (life.ledger[1].amount, life.ledger[2].amount) == (18_732, -9366)


def test_a_refund_mirrors_the_line_that_it_gives_back() -> None:
    life = two_products()
    paid = life.lines()[0]
    life.do(refund((paid, 4), reference_id="CR-1"), at=NOON + timedelta(days=3))
    posted = life.of(Action.REFUND)[0]
    line = posted.lines[0]
    assert (posted.refunds_transaction_id, posted.reference_id, posted.term_number) == ("txn-1", "CR-1", 1)
    assert (posted.occurred_at, posted.total_quantity, posted.amount) == (NOON + timedelta(days=3), 4, -19_600)
    assert line.refunds_line_id == paid.id
    assert (line.unit_price, line.period_start, line.period_end) == (
        paid.unit_price,
        paid.period_start,
        paid.period_end,
    )
    assert (line.remaining_days, line.total_days, line.clm_tier) == (paid.remaining_days, paid.total_days, "essentials")


@pytest.mark.parametrize("quantity", [0, -1, 8], ids=["none", "less than none", "more than is left"])
def test_a_count_outside_of_what_is_left_is_refused_by_its_line(quantity: int) -> None:
    life = two_products()
    life.do(refund((life.lines()[0], 3)), at=NOON)
    refusal = life.ask(refund((life.lines()[1], 1), (life.lines()[0], quantity)), at=NOON).refusal
    assert isinstance(refusal, InvalidInput)
    assert [(error.field, error.code) for error in refusal.errors] == [("lines[1].quantity", "refund_quantity_exceeds")]
    assert len(life.of(Action.REFUND)) == 1


def test_a_refund_is_not_refundable_which_is_said_before_the_counts_and_the_counts_before_the_window() -> None:
    life = two_products()
    life.do(refund((life.lines()[0], 3)), at=NOON)
    later = NOON + 2 * WINDOW
    given_back, paid = life.of(Action.REFUND)[0].lines[0], life.lines()[0]
    refusal = life.ask(refund((paid, 99), (given_back, 99)), at=later).refusal
    assert isinstance(refusal, Conflict)
    assert refusal.code == "not_refundable"
    assert isinstance(life.ask(refund((paid, 99)), at=later).refusal, InvalidInput)
    assert isinstance(life.ask(refund((paid, 1)), at=later).refusal, RefundWindowClosed)


def test_one_line_beyond_its_window_stops_all_of_them() -> None:
    life = two_products()
    life.do(add({SINGLE: 1}), at=NOON + timedelta(days=20))
    old, young = life.lines()[0], life.of(Action.INVENTORY_ADD)[0].lines[0]
    assert life.ask(refund((young, 1), (old, 1)), at=NOON + timedelta(days=31)).refusal is not None
    assert life.of(Action.REFUND) == []


def test_a_refund_over_several_transactions_posts_one_for_each() -> None:
    life = two_products()
    life.do(add({SINGLE: 1}), at=NOON)
    lines = life.lines()
    life.do(refund((lines[2], 1), (lines[1], 2), (lines[0], 1)), at=NOON)
    assert [(posted.refunds_transaction_id, len(posted.lines)) for posted in life.of(Action.REFUND)] == [
        ("txn-1", 2),
        ("txn-2", 1),
    ]
    assert life.subscription.inventory == counts({SINGLE: 9})


def test_a_refund_of_everything_over_several_transactions_ends_the_subscription() -> None:
    life = bought(purchase(inventory={SINGLE: 2}), at=NOON)
    life.do(add({SINGLE: 1}), at=NOON)
    first, second = life.lines()
    events = life.do(refund((first, 2), (second, 1)), at=NOON)
    assert [event.kind for event in events] == ["refunded", "refunded", "cancelled"]
    assert (life.subscription.state, life.subscription.state_reason) == (State.CANCELLED, "fully_refunded")
    assert (life.subscription.inventory, life.subscription.ended_at) == ((), NOON)


def test_a_line_of_an_earlier_term_gives_money_only() -> None:
    life = bought(purchase(inventory={SINGLE: 2}), at=NOON)
    life.do(add({SINGLE: 1}), at=at(2028, 1, 5))
    life.run_to(at(2028, 1, 12))
    life.do(refund((life.of(Action.INVENTORY_ADD)[0].lines[0], 1)), at=life.now)
    assert life.subscription.inventory == counts({SINGLE: 3})
    assert life.of(Action.REFUND)[0].term_number == 1


@pytest.mark.parametrize("standing", [held, expired], ids=["held", "expired"])
def test_where_no_term_runs_a_refund_gives_money_only(standing: Callable[[], Life]) -> None:
    life = standing()
    before = life.subscription
    line = life.lines()[0]
    life.do(refund((line, line.quantity), override_window=True), at=life.now)
    assert replace(life.subscription, version=before.version) == before
    assert sum(posted.amount for posted in life.ledger) == 0


def test_after_a_held_renewal_the_term_before_gives_money_only() -> None:
    life = held()
    life.do(Enable(), at=life.now)
    life.do(refund((life.lines()[0], 2), override_window=True), at=life.now)
    assert (life.subscription.state, life.subscription.inventory) == (State.ACTIVE, counts({"tls-ov-single": 2}))


def test_a_line_that_cost_nothing_gives_nothing_back_but_its_certificates() -> None:
    free = price_book(PriceRow(SINGLE, 12, 0, TODAY))
    life = bought(purchase(inventory={SINGLE: 2}), at=NOON, prices=free)
    life.do(refund((life.lines()[0], 1)), at=NOON)
    assert (life.of(Action.REFUND)[0].amount, life.subscription.inventory) == (0, counts({SINGLE: 1}))
