"""What happens by itself and when; and settling, which records all of it up to an instant, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lifecycle.catalog import PriceBook
from lifecycle.events import EcaExpired, Event, Expired, RenewalHeld
from lifecycle.evolve import evolve
from lifecycle.purchase import begin
from lifecycle.renewal import renewed
from lifecycle.subscription import EcaRequest, RenewalMode, State, Subscription
from lifecycle.terms import (
    ECA_REMINDER_DAYS,
    FOLLOWUP_DAYS,
    LATE_REMINDER,
    SUSPENDED_REMINDER_DAYS,
    TERM_REMINDER_DAYS,
    midnight,
    reminder_instant,
)


class AgendaKind(StrEnum):
    """What an agenda item does."""

    ECA_REMINDER = "eca_reminder"
    ECA_DEADLINE = "eca_deadline"
    START = "start"
    RENEWAL_REMINDER = "renewal_reminder"
    EXPIRY_REMINDER = "expiry_reminder"
    SUSPENDED_REMINDER = "suspended_reminder"
    TERM_END = "term_end"
    EXPIRED_FOLLOWUP = "expired_followup"


STATE_CHANGES = frozenset({AgendaKind.ECA_DEADLINE, AgendaKind.START, AgendaKind.TERM_END})


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One instant, what is due then, and its name made of facts (`term-2/end`); `days` is a reminder's distance."""

    at: datetime
    kind: AgendaKind
    name: str
    days: int = 0


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder came due; it changes nothing. `skipped` when a later one replaced it or it is a day too late."""

    item: AgendaItem
    skipped: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that came by itself, under the name of its agenda item."""

    event: Event
    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that settling found, with the subscription as it was right after it."""

    happening: Recorded | Reminded
    after: Subscription


def agenda(subscription: Subscription, *, after: datetime) -> tuple[AgendaItem, ...]:
    """Return what lies ahead of a subscription that nobody touches, in its present state, later than `after`."""
    items = (item for item in _items(subscription) if item.at > after)
    return tuple(sorted(items, key=lambda item: item.at))


def next_change(subscription: Subscription, *, after: datetime) -> AgendaItem | None:
    """Return the next item that changes the state by itself, leaving reminders out."""
    return next((item for item in agenda(subscription, after=after) if item.kind in STATE_CHANGES), None)


def settle(
    subscription: Subscription, prices: PriceBook, *, settled_until: datetime, until: datetime
) -> tuple[Step, ...]:
    """Return everything that came due in `(settled_until, until]`, in order, each at its own instant.

    Of several reminders due only the latest is sent, and none that is more than a day late.
    """
    steps: list[Step] = []
    cursor, present = settled_until, subscription
    while (item := _due(present, cursor, until)) is not None:
        found = _happenings(present, prices, item)
        for happening in found:
            if isinstance(happening, Recorded):
                present = evolve(present, happening.event)
            steps.append(Step(happening, present))
        cursor = item.at
    return _with_skips(tuple(steps), until)


def _due(subscription: Subscription, after: datetime, until: datetime) -> AgendaItem | None:
    item = next(iter(agenda(subscription, after=after)), None)
    return item if item is not None and item.at <= until else None


def _items(subscription: Subscription) -> Iterator[AgendaItem]:
    match subscription.state:
        case State.PENDING_ECA if subscription.eca is not None:
            yield from _eca_items(subscription.eca)
        case State.SCHEDULED if subscription.requested_start_date is not None:
            yield AgendaItem(midnight(subscription.requested_start_date), AgendaKind.START, "start")
        case State.ACTIVE | State.SUSPENDED if not subscription.is_held:
            yield from _term_items(subscription)
        case State.EXPIRED if subscription.ended_at is not None:
            day = subscription.ended_at.date() + timedelta(days=FOLLOWUP_DAYS)
            name = f"term-{subscription.term_number}/followup"
            yield AgendaItem(midnight(day), AgendaKind.EXPIRED_FOLLOWUP, name, FOLLOWUP_DAYS)
        case _:
            return


def _eca_items(eca: EcaRequest) -> Iterator[AgendaItem]:
    for days in ECA_REMINDER_DAYS:
        at = eca.requested_at + timedelta(days=days)
        yield AgendaItem(at, AgendaKind.ECA_REMINDER, f"eca-reminder/{eca.id}/{days}", days)
    yield AgendaItem(eca.deadline_at, AgendaKind.ECA_DEADLINE, f"eca-deadline/{eca.id}")


def _term_items(subscription: Subscription) -> Iterator[AgendaItem]:
    end, number = subscription.term.end, subscription.term_number
    kind, days_before = _reminders(subscription)
    for days in days_before:
        at = reminder_instant(end, days)
        if subscription.began_at is not None and at > subscription.began_at:
            yield AgendaItem(at, kind, f"reminder/term-{number}/{days}", days)
    yield AgendaItem(midnight(end), AgendaKind.TERM_END, f"term-{number}/end")


def _reminders(subscription: Subscription) -> tuple[AgendaKind, tuple[int, ...]]:
    if subscription.state is State.SUSPENDED:
        return AgendaKind.SUSPENDED_REMINDER, (SUSPENDED_REMINDER_DAYS,)
    if subscription.renewal_mode is RenewalMode.AUTO:
        return AgendaKind.RENEWAL_REMINDER, TERM_REMINDER_DAYS
    return AgendaKind.EXPIRY_REMINDER, TERM_REMINDER_DAYS


def _happenings(subscription: Subscription, prices: PriceBook, item: AgendaItem) -> tuple[Recorded | Reminded, ...]:
    match item.kind:
        case AgendaKind.ECA_DEADLINE if subscription.eca is not None:
            events: tuple[Event, ...] = (EcaExpired(at=item.at, request_id=subscription.eca.id),)
        case AgendaKind.START:
            events = begin(subscription, at=item.at)
        case AgendaKind.TERM_END:
            events = (_at_term_end(subscription, prices, item.at),)
        case _:
            return (Reminded(item, skipped=False),)
    return tuple(Recorded(event, item.name) for event in events)


def _at_term_end(subscription: Subscription, prices: PriceBook, at: datetime) -> Event:
    if subscription.renewal_mode is RenewalMode.ONE_TIME:
        return Expired(at=at)
    if subscription.state is State.SUSPENDED:
        return RenewalHeld(at=at)
    return renewed(subscription, prices, term=subscription.next_term(), at=at)


def _with_skips(steps: tuple[Step, ...], until: datetime) -> tuple[Step, ...]:
    reminders = [step.happening for step in steps if _is_reminder(step.happening)]
    return tuple(
        replace(step, happening=_judged(step.happening, last=step.happening is reminders[-1], until=until))
        if _is_reminder(step.happening)
        else step
        for step in steps
    )


def _is_reminder(happening: Recorded | Reminded) -> bool:
    return isinstance(happening, Reminded) and happening.item.kind is not AgendaKind.EXPIRED_FOLLOWUP


def _judged(happening: Recorded | Reminded, *, last: bool, until: datetime) -> Recorded | Reminded:
    if isinstance(happening, Recorded):
        return happening
    late = until - happening.item.at > LATE_REMINDER
    return replace(happening, skipped=late or not last)
