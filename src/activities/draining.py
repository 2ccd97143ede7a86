"""Draining a receiver: what is due is told, and what comes in meanwhile; then it is noted that the receiver sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.beating import beating
from activities.delivery_orders import Drained, DrainOrder
from activities.rounds import FEWEST_TRIES, GIVE_UP_AFTER
from storage.database import Database
from storage.joint_writes import JointWrites
from storage.tellings import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Telling,
    count_pending,
    fall_asleep,
    give_up_old,
    list_due,
    mark_unreached,
    next_try,
)

BATCH = 200
BEAT_SECONDS = 5.0
BUSY_LIMIT = timedelta(minutes=2)
# A drain stays a moment for what comes next: in a busy hour that spares the engine a cycle for every purchase.
LINGER = timedelta(seconds=1)
LOOK_EVERY = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class Told:
    """How many of a batch were dealt with, why no more can be told now, and for how long at least."""

    count: int
    trouble: str = ""
    pause: timedelta = timedelta(0)


Tell = Callable[[Sequence[Telling]], Awaitable[Told]]


class Draining:
    """What all kinds of receivers have in common. Every call may be repeated: what was told is not due any more."""

    def __init__(
        self,
        database: Database,
        *,
        linger: timedelta = LINGER,
        busy_limit: timedelta = BUSY_LIMIT,
    ) -> None:
        """Take the database, and for how long a drain stays and works.

        A drain that has nothing to do looks now and then, until it has found nothing for as long as it lingers.
        After `busy_limit` it begins no further batch, so that the engine can give the work to others.
        """
        self.database = database
        self.writes = JointWrites(database)
        self._linger = linger
        self._busy_limit = busy_limit

    async def drain(self, order: DrainOrder, tell: Tell) -> Drained:
        """Tell what is due and what comes in meanwhile, then note that the receiver sleeps."""
        async with beating(BEAT_SECONDS):
            await self._begin(order.receiver, activity.info().attempt)
            count, last, is_asleep, stops_at = 0, Told(0), False, _now() + self._busy_limit
            batch = await self._due(order.receiver)
            while not last.trouble and not is_asleep and _now() < stops_at:
                if batch:
                    last = await tell(batch)
                    count += last.count
                is_left_over = bool(batch) and (last.count < len(batch) or len(batch) == BATCH)
                batch = () if last.trouble else await self._more(order.receiver, at_once=is_left_over)
                is_asleep = not last.trouble and not batch and await self._fallen_asleep(order.receiver)
        if last.trouble:
            await self._note_trouble(order.receiver, last.trouble)
        return await self._drained(order, count, last, is_asleep=is_asleep)

    async def _begin(self, receiver: str, attempt: int) -> None:
        """Let a drain whose last attempt broke off tell nothing, and so nothing twice, unless that can be noted."""
        if attempt > 1:
            await self._note_trouble(receiver, f"telling broke off, this is attempt {attempt}")

    async def _due(self, receiver: str) -> tuple[Telling, ...]:
        async with self.database.read() as connection:
            return await list_due(connection, receiver, now=_now(), limit=BATCH)

    async def _more(self, receiver: str, *, at_once: bool) -> tuple[Telling, ...]:
        """Return what is due, staying for a moment when there is nothing; what is owed together costs one look."""
        until = _now() + self._linger
        while True:
            if not at_once:
                await asyncio.sleep(min(LOOK_EVERY, self._linger).total_seconds())
            batch = await self._due(receiver)
            if batch or _now() >= until or activity.is_worker_shutdown():
                return batch
            at_once = False

    async def _fallen_asleep(self, receiver: str) -> bool:
        async def work(connection: AsyncConnection) -> bool:
            return await fall_asleep(connection, receiver)

        return await self.database.in_transaction(work)

    async def _note_trouble(self, receiver: str, trouble: str) -> None:
        async def work(connection: AsyncConnection) -> None:
            await mark_unreached(connection, receiver, error=trouble)

        await self.writes.write(work)

    async def give_up_old(self, order: DrainOrder, trouble: str) -> None:
        """Give up what has been owed for days to a receiver that was tried in vain again and again."""
        if order.failures < FEWEST_TRIES:
            return
        before = _now() - GIVE_UP_AFTER

        async def work(connection: AsyncConnection) -> None:
            await give_up_old(connection, order.receiver, before=before, error=trouble)

        await self.writes.write(work)

    async def _drained(self, order: DrainOrder, count: int, last: Told, *, is_asleep: bool) -> Drained:
        async with self.database.read() as connection:
            pending = await count_pending(connection, order.receiver)
            # While it is busy there is more to tell at once, however long what was tried in vain must wait.
            next_at = await next_try(connection, order.receiver) if pending and is_asleep else None
        wait = next_at and max(next_at - _now(), FIRST_PAUSE)
        if last.trouble:
            wait = max(_pause(order.failures), last.pause)
        return Drained(
            sent=count,
            pending=pending,
            asleep=is_asleep,
            retry_in_seconds=wait.total_seconds() if wait else None,
            trouble=last.trouble,
        )


def _pause(failures: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(failures, 10)), LONGEST_PAUSE)


def _now() -> datetime:
    return datetime.now(UTC)
