"""Amounts, days and counts as mails and pages say them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import cast

from babel import Locale
from babel.numbers import format_decimal

from lifecycle.wording import day_in_words, money_in_words

LOCALE = "en"
KEPT = 2_000


@lru_cache(KEPT)
def money_words(amount: int, currency: str) -> str:
    """Return minor units as `1,490.00 USD`, as documents do; a refund's magnitude is the caller's to take."""
    return money_in_words(amount, currency)


@lru_cache(KEPT)
def day_words(day: date) -> str:
    """Return a day as `10 January 2028`, as documents do."""
    return day_in_words(day)


@lru_cache(KEPT)
def country_words(code: str) -> str:
    """Return what a country is called, its code where it has no name."""
    names = cast("Mapping[str, str]", Locale(LOCALE).territories)
    return names.get(code, code)


def percent_words(rate_bp: int) -> str:
    """Return basis points as `19 %` or `7.25 %`."""
    whole, rest = divmod(rate_bp, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") + " %"


def instant_words(at: datetime) -> str:
    """Return an instant as `10 January 2028, 00:00 UTC`."""
    utc = at.astimezone(UTC)
    return f"{day_words(utc.date())}, {utc:%H:%M} UTC"


@lru_cache(KEPT)
def count_words(count: int) -> str:
    """Return a count as `12,000`."""
    return format_decimal(count, locale=LOCALE)


def days_words(days: int) -> str:
    """Return `1 day` or `30 days`."""
    return f"{count_words(days)} day" if days == 1 else f"{count_words(days)} days"
