"""The feed of all events in the order of their commits, which a number taken at the time of writing would not give."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.event_portrait import RecordedEvent
from storage.events import event_row
from storage.tables import events, subscriptions

AT_ONCE = 5_000
_ONE_SEQUENCER = 4_101_967  # the advisory lock of whoever numbers


@dataclass(frozen=True, slots=True)
class Placed:
    """An event and its place in the feed."""

    position: int
    event: RecordedEvent


async def list_feed(
    connection: AsyncConnection, visible: ColumnElement[bool], *, after: int, limit: int
) -> tuple[Placed, ...]:
    """Return events that have their place, oldest first, those behind `after`; `visible` is about `subscriptions`."""
    query = (
        select(events)
        .join(subscriptions, subscriptions.c.id == events.c.subscription_id)
        .where(visible, events.c.position > after)
        .order_by(events.c.position)
        .limit(limit)
    )
    return tuple(Placed(row.position, event_row(row)) for row in await connection.execute(query))


async def has_unplaced(connection: AsyncConnection) -> bool:
    """Return whether an event was committed that has no place yet."""
    return await connection.scalar(select(events.c.id).where(events.c.position.is_(None)).limit(1)) is not None


async def find_place(connection: AsyncConnection, event_id: str) -> tuple[int | None] | None:
    """Return the place of an event, `(None,)` when it has none yet, None when there is no such event."""
    row = (await connection.execute(select(events.c.position).where(events.c.id == event_id))).one_or_none()
    return None if row is None else (row.position,)


async def place_events(connection: AsyncConnection) -> int:
    """Give the next places to committed events that have none; return to how many, `AT_ONCE` at most.

    One transaction at a time does this, and it sees only what was committed before: whatever commits later comes behind
    all that has a place, so a reader that goes on from a place misses nothing. Among what was committed since the last
    time, a subscription's events keep their order and are not before the one whose id is latest of those before them.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_SEQUENCER})
    last = await connection.scalar(select(func.max(events.c.position))) or 0
    columns = events.c
    latest = func.max(columns.id).over(partition_by=columns.subscription_id, order_by=columns.version)
    waiting = (
        select(columns.subscription_id, columns.version, latest.label("latest"))
        .where(columns.position.is_(None))
        .subquery("waiting")
    )
    order = (waiting.c.latest, waiting.c.subscription_id, waiting.c.version)
    placed = (
        select(
            waiting.c.subscription_id,
            waiting.c.version,
            (func.row_number().over(order_by=order) + last).label("position"),
        )
        .order_by(*order)
        .limit(AT_ONCE)
        .subquery("placed")
    )
    mine = (columns.subscription_id == placed.c.subscription_id, columns.version == placed.c.version)
    return (await connection.execute(update(events).where(*mine).values(position=placed.c.position))).rowcount
