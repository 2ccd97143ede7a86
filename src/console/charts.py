"""Where the shapes of charts stand: positions in percent of the width, so that words keep their size on any screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

PLOT_TOP, PLOT_HEIGHT = 24, 136
MOST_BAR_PERCENT = 14.0
MARGIN_PERCENT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TermBar:
    """A term and how much of it is over; `end` is the first day after it."""

    start: date
    end: date
    today: date

    @property
    def total(self) -> int:
        """Days of the term."""
        return (self.end - self.start).days

    @property
    def elapsed(self) -> int:
        """Days of it that are over."""
        return min(max((self.today - self.start).days, 0), self.total)

    @property
    def left(self) -> int:
        """Days of it that are left, today included."""
        return self.total - self.elapsed

    @property
    def percent(self) -> float:
        """How much of it is over."""
        return round(100 * self.elapsed / self.total, 2)


@dataclass(frozen=True, slots=True)
class Tick:
    """An instant on a strip, and what it is."""

    x: float
    title: str
    is_future: bool
    has_money: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Instants on a line from the first to the last, and where today is."""

    ticks: tuple[Tick, ...]
    today: float
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Instant:
    """What is put on a strip."""

    at: datetime
    title: str
    is_future: bool
    has_money: bool


def strip(instants: Sequence[Instant], today: datetime) -> Strip | None:
    """Return the strip of instants around today, None when there is only one moment to show."""
    every = [*(instant.at for instant in instants), today]
    first, last = min(every), max(every)
    if last - first < timedelta(days=1):
        return None
    ticks = (Tick(_x(it.at, first, last), it.title, it.is_future, it.has_money) for it in instants)
    return Strip(ticks=tuple(ticks), today=_x(today, first, last), first=first, last=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A charge of a forecast as a bar; `words` are its amount, `day` when."""

    x: float
    middle: float
    width: float
    y: float
    height: float
    words: str
    day: date


def bars(charges: Sequence[tuple[date, int, str]]) -> tuple[Bar, ...]:
    """Return a bar for each charge (day, amount, amount in words), as high as it is of the largest one."""
    if not charges:
        return ()
    largest = max(amount for _, amount, _ in charges) or 1
    slot = 100 / len(charges)
    width = min(MOST_BAR_PERCENT, slot * 0.6)
    return tuple(
        _bar(index * slot + slot / 2, width, amount / largest, words=words, day=day)
        for index, (day, amount, words) in enumerate(charges)
    )


def _bar(middle: float, width: float, share: float, *, words: str, day: date) -> Bar:
    height = max(1.0, round(PLOT_HEIGHT * share, 1))
    return Bar(
        x=round(middle - width / 2, 2),
        middle=round(middle, 2),
        width=round(width, 2),
        y=round(PLOT_TOP + PLOT_HEIGHT - height, 1),
        height=height,
        words=words,
        day=day,
    )


def _x(at: datetime, first: datetime, last: datetime) -> float:
    return round(MARGIN_PERCENT + (100 - 2 * MARGIN_PERCENT) * ((at - first) / (last - first)), 2)
