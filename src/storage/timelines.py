"""What happened to a subscription and what was told of it, on one line, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import events, tellings

TELLING, EVENT = "t", "e"  # at one instant what was told comes after what happened


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """An event, or a telling (`version` None)."""

    version: int | None
    kind: str
    at: datetime
    actor: str
    reason: str | None
    command_id: str
    transaction_id: str | None
    data: dict[str, Any]
    place: str

    @property
    def key(self) -> tuple[datetime, str]:
        """Where it stands on the line."""
        return self.at, self.place


async def list_timeline(
    connection: AsyncConnection, subscription_id: str, *, before: tuple[datetime, str] | None, limit: int
) -> tuple[TimelineEntry, ...]:
    """Return entries, newest first, those that stand before `before`."""
    happened = (
        select(events)
        .where(events.c.subscription_id == subscription_id, _events_before(before))
        .order_by(events.c.at.desc(), events.c.version.desc())
        .limit(limit)
    )
    told = (
        select(tellings)
        .where(tellings.c.subscription_id == subscription_id, _tellings_before(before))
        .order_by(tellings.c.at.desc(), tellings.c.id.desc())
        .limit(limit)
    )
    entries = [_event(row) for row in await connection.execute(happened)]
    entries += [_telling(row) for row in await connection.execute(told)]
    return tuple(sorted(entries, key=lambda entry: entry.key, reverse=True)[:limit])


def _events_before(before: tuple[datetime, str] | None) -> ColumnElement[bool]:
    if before is None:
        return true()
    at, place = before
    if place[:1] == TELLING:
        return events.c.at <= at
    # Compared as one, so that an index finds where to go on, however many stand at one instant.
    return tuple_(events.c.at, events.c.version) < tuple_(at, int(place[1:]))


def _tellings_before(before: tuple[datetime, str] | None) -> ColumnElement[bool]:
    if before is None:
        return true()
    at, place = before
    if place[:1] == EVENT:
        return tellings.c.at < at
    return tuple_(tellings.c.at, tellings.c.id) < tuple_(at, place[1:])


def _event(row: Any) -> TimelineEntry:
    return TimelineEntry(
        version=row.version,
        kind=row.kind,
        at=row.at,
        actor=row.actor,
        reason=row.reason,
        command_id=row.command_id,
        transaction_id=row.transaction_id,
        data={name: value for name, value in row.body.items() if name not in {"kind", "at", "reason"}},
        place=f"{EVENT}{row.version:010d}",
    )


def _telling(row: Any) -> TimelineEntry:
    return TimelineEntry(
        version=None,
        kind=row.kind,
        at=row.at,
        actor="system",
        reason=None,
        command_id=row.command_id,
        transaction_id=None,
        data={
            "id": row.id,
            "to": row.webhook_id or row.role,
            "status": row.status,
            "attempts": row.attempts,
            "last_error": row.last_error,
        },
        place=f"{TELLING}{row.id}",
    )
