"""The ends of random terms, against days walked by a table of month lengths."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from lifecycle.money import half_up
from lifecycle.pricing import prorated
from lifecycle.terms import add_months
from oracle import charges
from oracle.month_walk import day_after_months, days_between

ANCHORS = st.dates(date(1990, 1, 1), date(2110, 12, 31))
LEAP_DAYS = st.sampled_from([date(year, 2, 29) for year in range(1992, 2100, 4)])
MONTH_ENDS = ANCHORS.map(lambda day: day.replace(day=1) - timedelta(days=1))
STARTS = ANCHORS | LEAP_DAYS | MONTH_ENDS
TERMS = st.sampled_from([12, 24, 36, 60])


@settings(max_examples=3000, deadline=None, derandomize=False)
@given(anchor=STARTS, months=st.integers(0, 240))
@example(anchor=date(2096, 2, 29), months=48)
def test_a_day_some_months_on_is_the_one_that_the_month_table_gives(anchor: date, months: int) -> None:
    assert add_months(anchor, months) == day_after_months(anchor, months)


@settings(max_examples=1000, deadline=None, derandomize=False)
@given(anchor=STARTS, term=TERMS, last=st.integers(1, 15))
def test_every_term_of_a_chain_ends_where_the_next_one_starts_and_never_drifts(
    anchor: date, term: int, last: int
) -> None:
    ends = [add_months(anchor, number * term) for number in range(last + 1)]
    assert ends == [day_after_months(anchor, number * term) for number in range(last + 1)]
    assert sum(days_between(start, end) for start, end in pairwise(ends)) == (ends[-1] - anchor).days


@settings(max_examples=4000, deadline=None, derandomize=False)
@given(
    start=STARTS, term=TERMS, passed=st.floats(0, 1), quantity=st.integers(1, 100_000), price=st.integers(0, 3_000_000)
)
def test_an_addition_on_a_random_day_of_a_random_term_costs_what_integers_say(
    start: date, term: int, passed: float, quantity: int, price: int
) -> None:
    end = add_months(start, term)
    total = days_between(start, end)
    day = start + timedelta(days=round(passed * total))
    remaining = days_between(day, end)
    assert prorated(quantity * price, remaining, total) == charges.prorated(quantity * price, remaining, total)


@settings(max_examples=1500, deadline=None, derandomize=False)
@given(
    half=st.integers(0, 10**12),
    total=st.sampled_from([366, 730, 1096, 1826]),
    beside=st.integers(-1, 1),
)
def test_half_a_cent_goes_up_and_a_hair_less_does_not(half: int, total: int, beside: int) -> None:
    numerator = max((2 * half + 1) * (total // 2) + beside, 0)
    expected = charges.half_up(numerator, total)
    assert half_up(Fraction(numerator, total)) == expected
    assert prorated(numerator, 1, total) == expected


@settings(max_examples=1500, deadline=None, derandomize=False)
@given(numerator=st.integers(0, 10**15), denominator=st.integers(1, 10**6))
def test_a_fraction_of_a_cent_is_rounded_as_by_long_division(numerator: int, denominator: int) -> None:
    assert half_up(Fraction(numerator, denominator)) == charges.half_up(numerator, denominator)
