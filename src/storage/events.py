"""The history of each subscription."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.event_portrait import RecordedEvent
from storage.codec import dump_event, load_event
from storage.tables import events


async def insert_events(connection: AsyncConnection, rows: Sequence[RecordedEvent]) -> None:
    """Append events; a number that is taken already raises IntegrityError."""
    values = [
        {
            "subscription_id": row.subscription_id,
            "version": row.version,
            "kind": row.event.kind,
            "at": row.event.at,
            "recorded_at": row.recorded_at,
            "actor": row.actor,
            "reason": getattr(row.event, "reason", None),
            "command_id": row.command_id,
            "transaction_id": row.transaction_id,
            "body": dump_event(row.event),
            "id": row.id,
        }
        for row in rows
    ]
    if values:
        await connection.execute(_INSERT, values)


async def list_events(connection: AsyncConnection, subscription_id: str) -> tuple[RecordedEvent, ...]:
    """Return the whole history, oldest first."""
    query = select(events).where(events.c.subscription_id == subscription_id).order_by(events.c.version)
    return tuple(event_row(row) for row in await connection.execute(query))


def event_row(row: Row[Any]) -> RecordedEvent:
    """Return what a row of the table holds."""
    return RecordedEvent(
        id=row.id,
        subscription_id=row.subscription_id,
        version=row.version,
        event=load_event(row.body),
        recorded_at=row.recorded_at,
        actor=row.actor,
        command_id=row.command_id,
        transaction_id=row.transaction_id,
    )


_INSERT = insert(events)  # built once: it is on the path of every command
