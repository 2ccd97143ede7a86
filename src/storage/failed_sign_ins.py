"""How often somebody failed to sign in, by the keyed hash of who it was said to be, or of where it came from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import failed_sign_ins

FORGOTTEN_AFTER = timedelta(minutes=15)


async def count_failures(
    connection: AsyncConnection, subjects: Collection[str], *, at: datetime
) -> Mapping[str, tuple[int, datetime]]:
    """Return the failures that are not forgotten yet, and the instant of the last one, by subject."""
    columns = failed_sign_ins.c
    wanted = select(columns.subject, columns["count"], columns.last_at).where(columns.subject.in_(subjects))
    rows = await connection.execute(wanted.where(columns.last_at > at - FORGOTTEN_AFTER))
    return {subject: (count, last_at) for subject, count, last_at in rows}


async def note_failure(connection: AsyncConnection, subject: str, *, at: datetime) -> None:
    """Count one more failure, the first one anew when those before are forgotten; others' old ones are removed."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    columns = failed_sign_ins.c
    begun = dialect.insert(failed_sign_ins).values(subject=subject, count=1, last_at=at)
    more = case((columns.last_at > at - FORGOTTEN_AFTER, columns["count"] + 1), else_=1)
    await connection.execute(
        begun.on_conflict_do_update(index_elements=[columns.subject], set_={"count": more, "last_at": at})
    )
    await connection.execute(delete(failed_sign_ins).where(columns.last_at < at - 2 * FORGOTTEN_AFTER))


async def forget_failures(connection: AsyncConnection, subject: str) -> None:
    """Forget the failures of somebody who has signed in."""
    await connection.execute(delete(failed_sign_ins).where(failed_sign_ins.c.subject == subject))
