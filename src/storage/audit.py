"""The audit trail: who changed what, from what to what."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import audit_entries


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change: `partner_id` and `actor` did `action` to `subject_id`; only changed members are kept."""

    id: str
    at: datetime
    partner_id: str
    actor: str
    action: str
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str


async def insert_audit_entry(connection: AsyncConnection, entry: AuditEntry) -> None:
    """Store an entry, in the transaction of the change itself."""
    await connection.execute(insert(audit_entries).values(**asdict(entry)))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are wanted; None is all."""

    partner_id: str | None = None
    actor: str | None = None
    action: str | None = None
    subject_id: str | None = None


async def list_audit(
    connection: AsyncConnection, visible: ColumnElement[bool], wanted: AuditFilter, *, before: str | None, limit: int
) -> tuple[AuditEntry, ...]:
    """Return entries, newest first."""
    query = select(audit_entries).where(visible).order_by(audit_entries.c.id.desc()).limit(limit)
    for name, value in asdict(wanted).items():
        if value is not None:
            query = query.where(audit_entries.c[name] == value)
    if before is not None:
        query = query.where(audit_entries.c.id < before)
    return tuple(AuditEntry(**row) for row in (await connection.execute(query)).mappings())


async def list_audit_entries(connection: AsyncConnection, subject_id: str) -> tuple[AuditEntry, ...]:
    """Return what was done to a subject, oldest first."""
    query = select(audit_entries).where(audit_entries.c.subject_id == subject_id).order_by(audit_entries.c.id)
    return tuple(AuditEntry(**row) for row in (await connection.execute(query)).mappings())
