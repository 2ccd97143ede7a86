"""`perennial verify`: everything that the database says twice says the same, and every workflow fits its row."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from lifecycle.charges import ChargeLine, PostedLine, PostedTransaction
from lifecycle.event_portrait import RecordedEvent
from lifecycle.events import charge_of
from lifecycle.evolve import fold
from lifecycle.notices import notices_of
from lifecycle.subscription import Subscription
from perennial.open_workflows import Workflows, list_stray_workflows
from storage.database import Database
from storage.faults import Fault, list_faults
from storage.histories import History, list_histories
from storage.subscriptions import columns_of

AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was looked at and what was wrong with it."""

    subscriptions: int
    events: int
    transactions: int
    faults: tuple[Fault, ...]


async def verify(database: Database, workflows: Workflows | None) -> Findings:
    """Hold the database against itself, and against the engine's workflows if they are given.

    Raises:
        EngineLost: the engine does not answer.
    """
    looked, faults = Counter[str](), list[Fault]()
    async for history in _histories(database):
        looked.update(subscriptions=1, events=len(history.events), transactions=len(history.transactions))
        faults.extend(Fault(history.subscription_id, what) for what in faults_of(history))
    async with database.snapshot() as connection:
        faults.extend(await list_faults(connection))
    if workflows is not None:
        faults.extend(await list_stray_workflows(database, workflows))
    return Findings(
        subscriptions=looked["subscriptions"],
        events=looked["events"],
        transactions=looked["transactions"],
        faults=tuple(sorted(faults)),
    )


async def _histories(database: Database) -> AsyncIterator[History]:
    after = ""
    while True:
        async with database.snapshot() as connection:
            batch = await list_histories(connection, after=after, limit=AT_ONCE)
        if not batch:
            return
        for history in batch:
            yield history
        after = batch[-1].subscription_id


def faults_of(history: History) -> Iterator[str]:
    """Return what is wrong with a subscription: its history, its row, its charges, its tellings, its commands."""
    versions = [event.version for event in history.events]
    if versions != list(range(1, len(versions) + 1)):
        yield f"its events are not numbered without a hole: {versions}"
    try:
        folded = fold(event.event for event in history.events)
    except ValueError as error:
        yield f"its events do not fold: {error}"
        return
    yield from _faults_of_row(history, folded)
    for event in history.events:
        yield from _faults_of_event(history, event)
    if history.columns["purchase_command_id"] not in history.answered:
        yield "the purchase that it came from has no outcome"


def _faults_of_row(history: History, folded: Subscription) -> Iterator[str]:
    columns = columns_of(folded, history.columns["settled_until"])
    for name, value in columns.items():
        if history.columns[name] != value:
            yield f"its {name} is not what its events add up to"


def _faults_of_event(history: History, event: RecordedEvent) -> Iterator[str]:
    place = f"event {event.version} ({event.event.kind})"
    charge = charge_of(event.event)
    if (charge is None) != (event.transaction_id is None):
        yield f"{place} posts nothing although it charges, or the other way round"
    if charge is not None and event.transaction_id is not None:
        posted = history.transactions.get(event.transaction_id)
        if posted is None:
            yield f"{place} posted a transaction that is not there"
        elif _charged(posted) != (charge.action, charge.term_number, charge.currency, charge.occurred_at, charge.lines):
            yield f"{place} and its transaction differ"
    for notice in notices_of(event.event):
        if (notice.kind, f"v{event.version}", notice.receiver.value) not in history.told:
            yield f"{place} owes {notice.kind} to the {notice.receiver.value}"


def _charged(posted: PostedTransaction) -> tuple[object, ...]:
    lines = tuple(_charge_line(line) for line in posted.lines)
    return posted.action, posted.term_number, posted.currency, posted.occurred_at, lines


def _charge_line(line: PostedLine) -> ChargeLine:
    return ChargeLine(**{name: getattr(line, name) for name in ChargeLine.__dataclass_fields__})
