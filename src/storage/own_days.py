"""Conditions on subscriptions that are judged by their own day: which end soon, and whose renewal is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, extract

from lifecycle.subscription import State
from storage.tables import subscriptions

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDays:
    """What time it is for all of them; in a sandbox, where `differ` is true, each has a clock of its own beside it."""

    at: datetime
    differ: bool

    def ends_within(self, days: int) -> ColumnElement[bool]:
        """Return what holds for a term that is not over and ends at the latest so many days from its own today."""
        end = subscriptions.c.end_date
        if not self.differ:
            today = self.at.date()
            return and_(end > today, end <= today + timedelta(days=days))
        # Both are first instants of days, so that the clock's time of day changes nothing.
        ahead = extract("epoch", end) * _SECOND_US - subscriptions.c.clock_offset_us
        at = (self.at - _EPOCH) // timedelta(microseconds=1)
        return and_(ahead > at, ahead <= at + days * _DAY_US)


def is_held() -> ColumnElement[bool]:
    """Return what holds for a subscription that was suspended when its term ended, and waits to be enabled.

    Suspended ones whose term is over are these alone: all others expired at its end.
    """
    columns = subscriptions.c
    is_over = extract("epoch", columns.end_date) <= extract("epoch", columns.settled_until)
    return and_(columns.state == State.SUSPENDED.value, is_over)
