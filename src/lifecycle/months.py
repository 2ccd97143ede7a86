"""Calendar months, the periods that documents are made for; all in UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from lifecycle.terms import add_months

_WRITTEN = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month by its first day; `str` gives `2027-01`."""

    start: date

    @classmethod
    def of(cls, day: date) -> Month:
        """Return the month that a day lies in."""
        return cls(day.replace(day=1))

    @classmethod
    def parse(cls, written: str) -> Month:
        """Return the month that is written `YYYY-MM`.

        Raises:
            ValueError: it is written in another way, or there is no such month.
        """
        match = _WRITTEN.fullmatch(written)
        if match is None:
            message = f"{written!r} is not written YYYY-MM"
            raise ValueError(message)
        month = cls(date(int(match[1]), int(match[2]), 1))
        add_months(month.start, 1)  # the calendar's last month has no end
        return month

    @property
    def end(self) -> date:
        """The first day that no longer belongs to it."""
        return add_months(self.start, 1)

    @property
    def year(self) -> int:
        """The year that it lies in."""
        return self.start.year

    def following(self) -> Month:
        """Return the month after it."""
        return Month(self.end)

    def before(self) -> Month:
        """Return the month before it."""
        return Month(add_months(self.start, -1))

    def __str__(self) -> str:
        return f"{self.start:%Y-%m}"


def months_between(first: Month, last: Month) -> tuple[Month, ...]:
    """Return the months from `first` to `last`, both included; none when `first` is the later one."""
    found: list[Month] = []
    while first <= last:
        found.append(first)
        first = first.following()
    return tuple(found)
