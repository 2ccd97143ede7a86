"""Days and months by a table of month lengths, walked one by one; no date arithmetic of the standard library."""

from __future__ import annotations

from datetime import date

LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FEBRUARY = 2
DECEMBER = 12


def month_length(year: int, month: int) -> int:
    """Days in this month; February has its 29th every fourth year, not in centuries, but in every fourth century."""
    leap = year % 400 == 0 or (year % 4 == 0 and year % 100 != 0)
    return LENGTHS[month - 1] + (1 if leap and month == FEBRUARY else 0)


def next_month(year: int, month: int) -> tuple[int, int]:
    """The month after this one."""
    return (year + 1, 1) if month == DECEMBER else (year, month + 1)


def next_day(day: date) -> date:
    """The day after this one."""
    if day.day < month_length(day.year, day.month):
        return date(day.year, day.month, day.day + 1)
    year, month = next_month(day.year, day.month)
    return date(year, month, 1)


def previous_day(day: date) -> date:
    """The day before this one."""
    if day.day > 1:
        return date(day.year, day.month, day.day - 1)
    year, month = (day.year - 1, DECEMBER) if day.month == 1 else (day.year, day.month - 1)
    return date(year, month, month_length(year, month))


def day_after_months(anchor: date, months: int) -> date:
    """The day so many months after the anchor: of that month's days the latest that is not above the anchor's."""
    year, month = anchor.year, anchor.month
    for _ in range(months):
        year, month = next_month(year, month)
    days = [number for number in range(1, month_length(year, month) + 1) if number <= anchor.day]
    return date(year, month, days[-1])


def days_between(first: date, last: date) -> int:
    """How many midnights lie from the first day to the last; negative if the last is the earlier one."""
    if last < first:
        return -days_between(last, first)
    days = last.day - first.day
    year, month = first.year, first.month
    while (year, month) != (last.year, last.month):
        days += month_length(year, month)
        year, month = next_month(year, month)
    return days
