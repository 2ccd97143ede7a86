"""Settle, then decide: what is due is recorded whatever becomes of the command, and no clock runs back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lifecycle.commands import Cancel, Enable, Settle, Suspend
from lifecycle.decide import decide
from lifecycle.events import Suspended
from lifecycle.evolve import evolve, fold
from lifecycle.subscription import State
from lives.asking import accept, add, at, purchase
from lives.life import Life, bought
from lives.price_books import example_book
from lives.standings import NOON, active, pending, scheduled

DAY = timedelta(days=1)


def test_a_refused_command_still_records_what_was_due() -> None:
    life = active()
    refusal = life.ask(Enable(), at=at(2028, 1, 10)).refusal
    assert refusal is not None
    assert refusal.code == "not_suspended"
    assert life.subscription.term_number == 2


def test_what_is_due_has_its_own_instant_and_the_command_its_own() -> None:
    life = active()
    life.do(Suspend(), at=at(2028, 3, 1, 7))
    assert [(event.kind, event.at) for event in life.events[-2:]] == [
        ("renewed", at(2028, 1, 10)),
        ("suspended", at(2028, 3, 1, 7)),
    ]


def test_a_start_a_deadline_and_an_end_come_before_a_command_of_the_same_instant() -> None:
    start, deadline, end = scheduled(), pending(), active()
    start.do(add({"tls-ov-single": 1}), at=at(2027, 3, 1))
    assert [event.kind for event in start.events[-2:]] == ["activated", "inventory_added"]
    assert deadline.ask(accept(deadline.subscription), at=NOON + 30 * DAY).refusal is not None
    end.do(Suspend(), at=at(2028, 1, 10))
    assert [event.kind for event in end.events[-2:]] == ["renewed", "suspended"]


def test_a_command_from_before_the_clock_is_judged_by_the_clock() -> None:
    life = active()
    life.run_to(NOON + 100 * DAY)
    judgement = life.ask(add({"tls-ov-single": 1}), at=NOON)
    assert judgement.at == NOON + 100 * DAY
    assert life.lines()[-1].remaining_days == 265


def test_a_preview_changes_nothing() -> None:
    life = active()
    before = life.subscription
    shown = life.on_paper(add({"tls-ov-single": 1}), at=at(2028, 2, 1))
    assert (life.subscription, len(life.ledger)) == (before, 1)
    assert life.ask(add({"tls-ov-single": 1}), at=at(2028, 2, 1)) == shown


def test_settling_twice_is_settling_once() -> None:
    life = active()
    life.sleep_to(at(2028, 2, 1))
    before = life.subscription
    assert life.sleep_to(at(2028, 2, 1)) == ()
    assert life.subscription == before


def test_a_refused_purchase_leaves_nothing() -> None:
    judgement = Life().ask(purchase("nothing"), at=NOON)
    assert (judgement.after, judgement.events, judgement.steps) == (None, (), ())


def test_every_event_is_one_version_and_their_fold_is_the_subscription() -> None:
    life = active()
    life.run_to(at(2029, 2, 1))
    life.do(Cancel(by_operator=True), at=life.now)
    assert life.subscription.version == len(life.events)
    assert fold(life.events) == life.subscription
    assert life.subscription.state is State.CANCELLED


def test_what_cannot_be_is_a_failure_and_not_a_refusal() -> None:
    life = bought(purchase(), at=NOON)
    with pytest.raises(ValueError, match="was purchased before"):
        decide(life.subscription, purchase(), example_book(), at=NOON)
    with pytest.raises(ValueError, match="no subscription to decide for"):
        decide(None, Settle(), example_book(), at=NOON)
    with pytest.raises(ValueError, match="suspended cannot come here"):
        evolve(None, Suspended(at=NOON))
    with pytest.raises(ValueError, match="purchase_confirmed cannot come here"):
        evolve(life.subscription, life.events[0])
    with pytest.raises(ValueError, match="at least one event"):
        fold([])
