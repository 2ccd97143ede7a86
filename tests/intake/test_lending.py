"""The rule by which a key's limit is shared, without a database and without a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.lending import CLOCKS_APART, LOAN, WHOLE, filled, full, given_back, lend, next_loan_at, share_of
from storage.allowances import Allowance
from support_door import NOW

MICROSECOND = timedelta(microseconds=1)


def emptied(limit: int, at: datetime = NOW) -> Allowance:
    """An allowance of which everything was lent to one process, which has spent it all."""
    allowance, size = full(limit, at=at), 1
    while size:
        allowance, size = lend(allowance, limit, at=at)
        allowance = given_back(allowance, limit, spent=size, at=at)
    return allowance


@pytest.mark.parametrize(("limit", "share"), [(1, 1), (3, 1), (19, 1), (50, 5), (1000, 100)])
def test_a_share_is_a_tenth_and_at_least_one_request(limit: int, share: int) -> None:
    assert share_of(limit) == share
    assert lend(full(limit, at=NOW), limit, at=NOW)[1] == share


@pytest.mark.parametrize("limit", [1, 3, 7, 50, 1000])
def test_what_is_lent_at_one_instant_is_the_limit_and_no_more(limit: int) -> None:
    allowance, lent = full(limit, at=NOW), 0
    for _ in range(2 * limit + 20):
        allowance, size = lend(allowance, limit, at=NOW)
        allowance = given_back(allowance, limit, spent=size, at=NOW)
        lent += size
    assert lent == limit


@pytest.mark.parametrize("limit", [1, 3, 7, 50, 997])
def test_the_next_request_comes_back_to_the_microsecond(limit: int) -> None:
    empty = emptied(limit)
    needed = -(-WHOLE // limit) * MICROSECOND
    assert lend(empty, limit, at=NOW + needed - MICROSECOND)[1] == 0
    assert lend(empty, limit, at=NOW + needed)[1] == 1
    assert next_loan_at(empty, limit) == NOW - (-share_of(limit) * WHOLE // limit) * MICROSECOND


def test_an_idle_key_saves_no_more_than_its_limit() -> None:
    later = NOW + timedelta(days=400)
    assert filled(emptied(50), 50, at=later).level == 50 * WHOLE


def test_what_others_hold_is_not_filled_up_until_their_loan_ends() -> None:
    held, _ = lend(full(50, at=NOW), 50, at=NOW)
    just_before = held.lent_until - MICROSECOND
    assert held.lent_until == NOW + LOAN
    assert filled(held, 50, at=just_before).level == 45 * WHOLE
    over = filled(held, 50, at=held.lent_until)
    # Until now the five could be spent, so only from now on there are others in their place.
    assert (over.lent, over.level) == (0, 45 * WHOLE)
    assert filled(held, 50, at=held.lent_until + timedelta(milliseconds=40)).level == 47 * WHOLE
    assert filled(held, 50, at=held.lent_until + timedelta(seconds=1)).level == 50 * WHOLE


def test_what_was_spent_is_filled_up_from_when_it_was_spent() -> None:
    held, size = lend(full(50, at=NOW), 50, at=NOW)
    spent_at = NOW + timedelta(seconds=5)
    returned = given_back(held, 50, spent=size, at=spent_at)
    assert filled(returned, 50, at=spent_at).level == 45 * WHOLE
    assert filled(returned, 50, at=spent_at + timedelta(milliseconds=60)).level == 48 * WHOLE
    assert filled(returned, 50, at=spent_at + timedelta(seconds=1)).level == 50 * WHOLE


def test_when_others_hold_everything_one_waits_for_the_end_of_their_loans() -> None:
    allowance = full(3, at=NOW)
    for _ in range(3):
        allowance, _ = lend(allowance, 3, at=NOW)
    refused, size = lend(allowance, 3, at=NOW + timedelta(seconds=5))
    assert size == 0
    assert next_loan_at(refused, 3) == NOW + LOAN


def test_a_clock_that_is_a_little_behind_borrows_and_fills_nothing_up() -> None:
    empty = emptied(50)
    behind = NOW - CLOCKS_APART
    assert lend(empty, 50, at=behind)[1] == 0
    assert filled(empty, 50, at=behind).filled_at == NOW


def test_who_spent_long_ago_turns_no_time_back() -> None:
    empty = emptied(50)
    assert lend(given_back(empty, 50, spent=0, at=NOW - timedelta(days=1)), 50, at=NOW)[1] == 0


def test_a_clock_that_was_far_ahead_locks_nobody_out() -> None:
    wrong = emptied(50, at=NOW + timedelta(days=1))
    first, size = lend(wrong, 50, at=NOW)
    assert size == 0
    assert lend(first, 50, at=NOW + timedelta(seconds=1))[1] == share_of(50)


def test_a_lower_limit_counts_at_once_and_a_higher_one_as_it_fills() -> None:
    assert filled(full(1000, at=NOW), 50, at=NOW).level == 50 * WHOLE
    higher = filled(full(50, at=NOW), 1000, at=NOW + timedelta(milliseconds=100))
    assert higher.level == 150 * WHOLE


@dataclass
class Process:
    """One of several that share a key, as `intake.rates` has it."""

    size: int = 0
    left: int = 0
    until: datetime = NOW
    spent_at: datetime = NOW


# Some come just before and just after the end of a loan.
passing = st.one_of(st.integers(0, 3_000_000), st.sampled_from([0, 1, 9_999_999, 10_000_000]))
asked = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 40), passing),
    max_size=60,
)


@given(limit=st.integers(1, 60), asked=asked)
def test_however_many_processes_there_are_they_let_in_no_more_than_one_would(
    limit: int, asked: list[tuple[int, int, int]]
) -> None:
    allowance, at, let_in = full(limit, at=NOW), NOW, list[datetime]()
    processes = [Process() for _ in range(4)]
    for number, wanted, passed in asked:
        at += passed * MICROSECOND
        process = processes[number]
        for _ in range(wanted):
            if not process.left or at >= process.until:
                if not process.left and process.until == allowance.lent_until:
                    allowance = given_back(allowance, limit, spent=process.size, at=process.spent_at)
                allowance, process.size = lend(allowance, limit, at=at)
                process.left, process.until = process.size, allowance.lent_until
            if process.left:
                process.left, process.spent_at = process.left - 1, at
                let_in.append(at)
        # Nothing is kept twice: in the bucket, or with a process.
        kept = sum(one.left for one in processes if at < one.until)
        assert filled(allowance, limit, at=at).level + kept * WHOLE <= limit * WHOLE
    for first, began in enumerate(let_in):
        for last in range(first, len(let_in)):
            span = (let_in[last] - began) // MICROSECOND
            assert (last - first + 1) * WHOLE <= limit * (WHOLE + span)
