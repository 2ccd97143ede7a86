"""Whoever reckons an explanation after gets its amount, whatever the amounts are."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.charges import Action, PostedLine
from lifecycle.explain import GivenBack, line_words
from lifecycle.money import half_up
from lifecycle.refunds import refund_due
from lifecycle.wording import minor_digits

NUMBER = r"-?[\d,]+(?:\.\d+)?"
SUM = re.compile(rf": ({NUMBER}(?: x {NUMBER})?)(?: x ([\d,]+)/([\d,]+))? = ({NUMBER})(…?)")
ROUNDED = re.compile(rf"rounded half-up to ({NUMBER}) [A-Z]{{3}}")
LESS = re.compile(rf"less ({NUMBER}) given back before = ({NUMBER}) [A-Z]{{3}}\.$")
START = date(2027, 1, 10)


@st.composite
def charges(draw: st.DrawFn) -> PostedLine:
    """A charge for a part of a term, or all of it."""
    total = draw(st.integers(min_value=1, max_value=1_827))
    remaining = draw(st.integers(min_value=1, max_value=total))
    quantity = draw(st.integers(min_value=1, max_value=100_000))
    price = draw(st.integers(min_value=0, max_value=3_000_000))
    return PostedLine(
        id="txl_1",
        transaction_id="txn_1",
        subscription_id="sub_1",
        action=Action.PURCHASE,
        term_number=1,
        currency=draw(st.sampled_from(["USD", "JPY", "KWD"])),
        posted_at=datetime(2027, 1, 10, tzinfo=UTC),
        product="tls-ov-single",
        clm_tier="essentials",
        quantity=quantity,
        unit_price=price,
        period_start=START,
        period_end=START + timedelta(days=remaining),
        remaining_days=remaining,
        total_days=total,
        amount=half_up(Fraction(quantity * price * remaining, total)),
    )


def minor(words: str, currency: str) -> Fraction:
    """The minor units of an amount in words."""
    return Fraction(words.replace(",", "")) * Fraction(10) ** minor_digits(currency)


def reckoned(words: str, currency: str) -> int:
    """What a person gets who reckons the words after, and finds that what is shown unrounded is what comes out."""
    found = SUM.search(words)
    assert found is not None, words
    factors = found[1].split(" x ")
    exact = minor(factors[-1], currency) * (int(factors[0].replace(",", "")) if len(factors) > 1 else 1)
    if found[2] is not None:
        exact *= Fraction(int(found[2].replace(",", "")), int(found[3].replace(",", "")))
    shown = minor(found[4], currency)
    rounded = ROUNDED.search(words)
    assert shown == (Fraction(floor(exact * 1000), 1000) if found[5] else exact), words
    assert (rounded is None) == (exact.denominator == 1), words
    if rounded is not None:
        assert minor(rounded[1], currency) == half_up(exact), words
    return half_up(exact)


@given(charges())
def test_a_charge_is_what_its_words_come_to(line: PostedLine) -> None:
    assert reckoned(line_words(line), line.currency) == line.amount


@given(charges(), st.data())
def test_the_refunds_of_a_line_are_each_what_their_words_come_to_and_all_of_it_together(
    line: PostedLine, data: st.DataObject
) -> None:
    gone, given_back = 0, 0
    while gone < line.quantity:
        left = line.quantity - gone
        take = left if data.draw(st.booleans()) else data.draw(st.integers(min_value=1, max_value=left))
        due = refund_due(line.amount, line.quantity, gone, given_back, take)
        back = replace(line, action=Action.REFUND, quantity=take, amount=-due, refunds_line_id=line.id)
        words = line_words(back, GivenBack(original=line, earlier_quantity=gone, earlier_amount=given_back))
        less = LESS.search(words)
        assert (less is None) == (gone == 0)
        cumulative = reckoned(words, line.currency)
        if less is not None:
            assert [minor(found, line.currency) for found in less.groups()] == [Fraction(given_back), Fraction(due)]
        assert cumulative - given_back == due
        gone, given_back = gone + take, given_back + due
    assert given_back == line.amount
