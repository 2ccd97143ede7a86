"""What was and is told to one webhook, for its partner to read, and to have told again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import tellings
from storage.tellings import FAILED, LAST_ERROR_LENGTH, PENDING, Telling, fall_asleep, lock_receiver, telling_of
from storage.webhooks import webhook_receiver


async def list_deliveries(
    connection: AsyncConnection, webhook_id: str, *, before: str | None, limit: int, status: str | None = None
) -> tuple[Telling, ...]:
    """Return a webhook's tellings, newest first, those whose id sorts before `before`."""
    query = select(tellings).where(tellings.c.webhook_id == webhook_id).order_by(tellings.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(tellings.c.id < before)
    if status is not None:
        query = query.where(tellings.c.status == status)
    return tuple(telling_of(row) for row in await connection.execute(query))


async def find_delivery(connection: AsyncConnection, webhook_id: str, telling_id: str) -> Telling | None:
    """Return one of a webhook's tellings, None when there is none of this id."""
    mine = (tellings.c.id == telling_id, tellings.c.webhook_id == webhook_id)
    row = (await connection.execute(select(tellings).where(*mine))).one_or_none()
    return None if row is None else telling_of(row)


async def owe_again(connection: AsyncConnection, telling: Telling, *, now: datetime) -> None:
    """Owe a telling anew, with days of tries ahead from `now` (wall time); signal its delivery after the commit.

    Whether the delivery sleeps is left as it was noted: should the signal be lost, the next telling brings another.
    """
    values = {"status": PENDING, "attempts": 0, "last_error": None, "created_at": now, "next_try_at": None}
    await connection.execute(update(tellings).where(tellings.c.id == telling.id).values(**values, sent_at=None))


async def close_deliveries(connection: AsyncConnection, webhook_id: str, *, error: str) -> None:
    """Give up what is owed to a webhook that is told nothing more, and note that its delivery sleeps."""
    receiver = webhook_receiver(webhook_id)
    await lock_receiver(connection, receiver)  # first, so that nothing becomes owed unseen
    mine = (tellings.c.webhook_id == webhook_id, tellings.c.status == PENDING)
    change = update(tellings).where(*mine)
    await connection.execute(change.values(status=FAILED, last_error=error[:LAST_ERROR_LENGTH]))
    await fall_asleep(connection, receiver)
