"""How long a receiver of webhooks asks to be left alone: the header `Retry-After`, in seconds or as a date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(hours=1)  # what is owed is given up after days, so nobody may ask for days
MOST_DIGITS = 9


def asked_pause(header: str | None, *, now: datetime) -> timedelta:
    """Return the pause, an hour at most; zero when none was asked for, or in words that mean nothing."""
    if header is None:
        return timedelta(0)
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:MOST_DIGITS])), LONGEST)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return timedelta(0)
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(min(aware - now, LONGEST), timedelta(0))
