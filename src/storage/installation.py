"""Facts of this installation that outlive a process."""

from __future__ import annotations

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import installation

_ONE_BEGINNER = 4_101_968  # the advisory lock of whoever begins an installation


async def lock_installation(connection: AsyncConnection) -> None:
    """Let no other process begin the installation until the transaction ends."""
    # SQLite's write transactions are alone anyway.
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_BEGINNER})


async def get_fact(connection: AsyncConnection, name: str) -> str | None:
    """Return a fact, None when it was never put."""
    query = select(installation.c.value).where(installation.c.name == name)
    return (await connection.execute(query)).scalar_one_or_none()


async def put_fact(connection: AsyncConnection, name: str, value: str) -> None:
    """Store a fact in place of what it was before."""
    changed = await connection.execute(update(installation).where(installation.c.name == name).values(value=value))
    if changed.rowcount == 0:
        await connection.execute(insert(installation).values(name=name, value=value))
