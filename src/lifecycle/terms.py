"""Dates of a term from its anchor, the instants that hang on them, and the windows around a purchase and a refund."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

LATEST_START_DAYS = 365
REFUND_WINDOW = timedelta(days=30)
ECA_DEADLINE = timedelta(days=30)
ECA_REMINDER_DAYS = (3, 7, 14, 21, 28)
TERM_REMINDER_DAYS = (90, 60, 30, 7, 1)
SUSPENDED_REMINDER_DAYS = 30
FOLLOWUP_DAYS = 7
REMINDER_TIME = time(9, tzinfo=UTC)
LATE_REMINDER = timedelta(hours=24)


def add_months(anchor: date, months: int) -> date:
    """Return the day `months` after `anchor`, clamped to the last day of a shorter month.

    Always counted from the anchor, never from an earlier result: 29 February gives 28 February in common years
    and 29 February again in the next leap year.
    """
    year, month_index = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    last_day = monthrange(year, month_index + 1)[1]
    return date(year, month_index + 1, min(anchor.day, last_day))


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open run of days: `end` is the first day that no longer belongs to it."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Number of days in the span."""
        return (self.end - self.start).days


def term_end(anchor: date, *, terms_since_anchor: int, term_months: int) -> date:
    """Return the exclusive end of the term that is the `terms_since_anchor`-th from the anchor, counting from one."""
    return add_months(anchor, terms_since_anchor * term_months)


def earliest_start(today: date, term_months: int) -> date:
    """Return the earliest start date whose term still has a day left after `today` (the end must lie after it)."""
    candidate = add_months(today, -term_months)
    while add_months(candidate, term_months) <= today:
        candidate += timedelta(days=1)
    while add_months(candidate - timedelta(days=1), term_months) > today:
        candidate -= timedelta(days=1)
    return candidate


def latest_start(today: date) -> date:
    """Return the last start date that may be asked for today."""
    return today + timedelta(days=LATEST_START_DAYS)


def midnight(day: date) -> datetime:
    """Return the first instant of a UTC day."""
    return datetime.combine(day, time(0, tzinfo=UTC))


def reminder_instant(end: date, days_before: int) -> datetime:
    """Return when the reminder `days_before` the end of a term is due: 09:00Z of that day."""
    return datetime.combine(end - timedelta(days=days_before), REMINDER_TIME)


def refundable_until(posted_at: datetime) -> datetime:
    """Return the last instant, inclusive, at which a transaction may be refunded."""
    return posted_at + REFUND_WINDOW
