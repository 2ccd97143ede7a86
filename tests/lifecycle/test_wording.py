from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision

from activities.mail_format import day_words
from lifecycle.wording import (
    bare_money,
    day_in_words,
    minor_digits,
    money_in_words,
    month_in_words,
    period_in_words,
    unrounded_money,
)

# The currencies that are money somewhere today.
CURRENCIES = {
    name
    for used in get_global("territory_currencies").values()
    for name, _, ended, is_tender in used
    if is_tender and ended is None
}
# By ISO 4217 they have a minor unit, which people leave off.
LEFT_OFF = {"AFN", "ALL", "IQD", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"}


@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY", "KWD", "KRW", "BHD", "CHF"])
@pytest.mark.parametrize("amount", [0, 1, -1, 99, 100, -12_345, 123_456_789_012])
def test_money_reads_as_the_library_of_locales_has_it(amount: int, currency: str) -> None:
    major = Decimal(amount).scaleb(-get_currency_precision(currency))

    assert money_in_words(amount, currency) == format_currency(major, currency, "#,##0.00 ¤¤", locale="en")


def test_days_read_as_they_do_in_mails() -> None:
    for day in (date(2027, month, 1 + month) for month in range(1, 13)):
        assert day_in_words(day) == day_words(day)
    assert month_in_words(date(2027, 1, 31)) == "January 2027"


def test_a_period_names_its_last_day() -> None:
    assert period_in_words(date(2027, 1, 10), date(2028, 1, 10)) == "10 January 2027 to 9 January 2028"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (Fraction(25_800 * 265, 365), "187.31506…"),
        (Fraction(4901, 2), "24.50500"),
        (Fraction(1, 3), "0.00333…"),
        (Fraction(100_000_000, 3), "333,333.33333…"),
    ],
    ids=["B", "I, a tie", "a third of a cent", "much"],
)
def test_an_unrounded_amount_shows_enough_to_see_how_it_is_rounded(amount: Fraction, words: str) -> None:
    assert unrounded_money(amount, "USD") == words


def test_a_currency_has_the_digits_that_it_has_by_iso_4217() -> None:
    assert {name for name in CURRENCIES if minor_digits(name) != get_currency_precision(name)} == LEFT_OFF
    assert bare_money(1490, "JPY") == "1,490"
