"""The oracle itself, against the sums and dates that the rules print."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.charges import half_up, paid_for_certificate, prorated, refunded
from oracle.month_walk import day_after_months, days_between, next_day, previous_day
from oracle.price_table import PriceRow, PriceTable, example_rows
from oracle.script import Action, Order, RefusedError
from oracle.turns import earliest_start, purchased
from oracle.walk import walked

LINES = [
    pytest.param(date(2027, 1, 10), 12, date(2027, 1, 10), 129000, 129000, id="A: the whole term"),
    pytest.param(date(2027, 1, 10), 12, date(2027, 4, 20), 25800, 18732, id="B: two added in April"),
    pytest.param(date(2027, 9, 1), 12, date(2028, 2, 29), 24500, 12384, id="C: five added on a leap day"),
    pytest.param(date(2026, 8, 24), 12, date(2026, 11, 22), 129000, 97192, id="D: backdated"),
    pytest.param(date(2026, 8, 24), 12, date(2026, 12, 2), 129000, 93658, id="E: backdated, accepted later"),
    pytest.param(date(2025, 11, 23), 12, date(2026, 11, 22), 129000, 353, id="F: one day left"),
    pytest.param(date(2023, 11, 23), 36, date(2026, 11, 22), 360000, 328, id="G: one day of three years left"),
    pytest.param(date(2027, 1, 10), 12, date(2028, 1, 9), 38700, 106, id="H: added on the last day"),
    pytest.param(date(2027, 9, 1), 12, date(2028, 3, 2), 4901, 2451, id="I: a tie that goes up to odd"),
    pytest.param(date(2027, 9, 1), 12, date(2028, 3, 2), 4903, 2452, id="J: a tie that goes up to even"),
    pytest.param(date(2027, 1, 10), 24, date(2027, 12, 1), 24500, 13607, id="K: one added to two years"),
]


@pytest.mark.parametrize(("start", "months", "effective", "amount", "expected"), LINES)
def test_a_line_costs_what_the_table_of_examples_says(
    start: date, months: int, effective: date, amount: int, expected: int
) -> None:
    end = day_after_months(start, months)
    assert prorated(amount, days_between(effective, end), days_between(start, end)) == expected


def test_three_refunds_of_example_l_give_back_the_whole_line() -> None:
    assert [refunded(24903, 7, already=already, take=take) for already, take in ((0, 2), (2, 3), (5, 2))] == [
        7115,
        10673,
        7115,
    ]


def test_one_of_two_certificates_gives_back_half_of_example_b() -> None:
    assert refunded(18732, 2, already=0, take=1) == 9366


def test_the_terms_of_a_leap_day_start_end_in_february_and_never_drift() -> None:
    ends = [day_after_months(date(2028, 2, 29), 12 * year) for year in (1, 2, 3, 4)]
    assert ends == [date(2029, 2, 28), date(2030, 2, 28), date(2031, 2, 28), date(2032, 2, 29)]


@pytest.mark.parametrize(
    ("today", "months", "expected"),
    [
        pytest.param(date(2026, 11, 22), 12, date(2025, 11, 23), id="a year less a day"),
        pytest.param(date(2026, 11, 22), 36, date(2023, 11, 23), id="three years less a day"),
        pytest.param(date(2029, 2, 28), 12, date(2028, 3, 1), id="not the leap day, whose term is over"),
    ],
)
def test_the_earliest_start_leaves_one_day_of_the_term(today: date, months: int, expected: date) -> None:
    assert earliest_start(today, months) == expected


@pytest.mark.parametrize(
    ("start", "code"),
    [
        pytest.param(date(2028, 2, 29), "start_date_too_early", id="over today"),
        pytest.param(date(2030, 3, 1), "start_date_too_late", id="366 days ahead"),
    ],
)
def test_a_start_outside_of_its_bounds_is_refused(start: date, code: str) -> None:
    with pytest.raises(RefusedError, match=code):
        purchased(an_order(start_date=start), PriceTable(), today=date(2029, 2, 28), on_file=False)


@settings(max_examples=500, deadline=None)
@given(day=st.dates(date(1999, 1, 1), date(2101, 1, 1)), days=st.integers(0, 2000))
def test_days_are_counted_as_the_calendar_counts_them(day: date, days: int) -> None:
    walked_to = day
    for _ in range(days):
        walked_to = next_day(walked_to)
    assert days_between(day, walked_to) == (walked_to - day).days == days
    assert previous_day(next_day(day)) == day


@settings(max_examples=500, deadline=None)
@given(amount=st.integers(0, 10**12), remaining=st.integers(0, 1827), total=st.integers(1, 1827))
def test_two_ways_of_rounding_and_decimal_numbers_agree(amount: int, remaining: int, total: int) -> None:
    exact = Decimal(amount * remaining).quantize(Decimal(1)) / Decimal(1)
    in_decimal = Context(prec=200).divide(exact, Decimal(total)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert prorated(amount, remaining, total) == half_up(amount * remaining, total) == int(in_decimal)


@settings(max_examples=200, deadline=None)
@given(amount=st.integers(0, 10**9), quantity=st.integers(1, 500))
def test_the_certificates_of_a_line_add_up_to_its_amount(amount: int, quantity: int) -> None:
    cents = [paid_for_certificate(nth, amount=amount, quantity=quantity) for nth in range(1, quantity + 1)]
    assert sum(cents) == amount
    assert min(cents) >= 0
    assert max(cents) - min(cents) <= 1


def test_an_addition_keeps_the_price_of_its_term_and_the_renewal_takes_the_new_row() -> None:
    raised = PriceRow("tls-dv-single", 12, 6000, effective_from=date(2027, 6, 1))
    prices = PriceTable([*example_rows(), raised, PriceRow("tls-dv-wildcard", 12, 20000, date(2027, 6, 1))])
    added = Action("O", date(2027, 7, 1), "add", {"tls-dv-single": 1, "tls-dv-wildcard": 1})
    life = walked(an_order(end=date(2028, 3, 1)), [added], today=date(2027, 1, 10), prices=prices).life
    assert life is not None
    units = [(posting.name, [line.unit_price for line in posting.lines]) for posting in life.postings]
    assert units == [("purchase", [4900]), ("inventory_add:1", [4900, 20000]), ("renewal:1", [6000, 20000])]


def an_order(*, start_date: date | None = None, end: date = date(2030, 1, 1)) -> Order:
    """A year of one certificate that needs no agreement and renews."""
    return Order("O", "C", "dv-automation", 12, "essentials", {"tls-dv-single": 1}, "auto", end, start_date)
