"""Amounts, counts and days in words, for what is explained and put on documents; English, the same on every machine."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

# ISO 4217's currencies whose minor unit is not a hundredth.
_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_HUNDREDTHS = 2
_BEYOND = 3  # how many digits of a minor unit are shown of what is then rounded
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def minor_digits(currency: str) -> int:
    """Return how many digits a currency's minor unit has."""
    return _DIGITS.get(currency, _HUNDREDTHS)


def bare_money(amount: int, currency: str) -> str:
    """Return minor units as `1,490.00`, without the currency's name."""
    digits = minor_digits(currency)
    sign, magnitude = "-" if amount < 0 else "", abs(amount)
    major, minor = divmod(magnitude, 10**digits)
    return f"{sign}{major:,}" + (f".{minor:0{digits}}" if digits else "")


def money_in_words(amount: int, currency: str) -> str:
    """Return minor units as `1,490.00 USD`."""
    return f"{bare_money(amount, currency)} {currency}"


def unrounded_money(amount: Fraction, currency: str) -> str:
    """Return an amount of minor units before it is rounded: `187.31506…`; amounts here are not negative."""
    scaled = amount * 10**_BEYOND
    digits = minor_digits(currency) + _BEYOND
    major, minor = divmod(scaled.numerator // scaled.denominator, 10**digits)
    shown = f"{major:,}.{minor:0{digits}}"
    return f"{shown}…" if scaled.denominator != 1 else shown


def day_in_words(day: date) -> str:
    """Return a day as `10 January 2028`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def month_in_words(day: date) -> str:
    """Return a day's month as `January 2028`."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def period_in_words(start: date, end: date) -> str:
    """Return the days from `start` up to the last one before `end`."""
    return f"{day_in_words(start)} to {day_in_words(end - timedelta(days=1))}"
