"""The sandbox's clock: subscriptions are moved to a day on the real engine, and everything due is recorded and told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from activities.ledger import SETTLE
from intake.asking import Asking
from intake.clock import Clock
from intake.counter import Counter
from intake.denials import EngineUnreachable
from intake.engine import Engine, EngineLost
from lifecycle.agenda import agenda
from lifecycle.refusals import FieldError, InvalidInput
from lifecycle.terms import midnight
from storage.database import Database
from storage.subscriptions import SubscriptionRow, find_subscription, set_clock_offset
from storage.tellings import pending_of

AT_ONCE = 8
LOOK_EVERY_SECONDS = 0.1
LOOKS_WITHOUT_PROGRESS = 300
BARRIER_SECONDS = 600.0
TIMERS_EVERY_SECONDS = 0.02
LOOKS_FOR_TIMERS = 100
# The engine skips to a moment before the day and then waits for it. A skip that ends while something is recorded, as
# what is due at the day's first instant would be, misses its end and runs on to the next timer, however far that is.
RUN_UP = timedelta(milliseconds=100)
# What is due at the day's first instant has surely begun by then.
MARGIN = timedelta(milliseconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualTime:
    """Moves the clocks of sandbox subscriptions."""

    database: Database
    engine: Engine
    counter: Counter
    clock: Clock

    async def advance(self, rows: Sequence[SubscriptionRow], to: date) -> list[dict[str, Any]]:
        """Move the subscriptions to the first instant of `to`; return where each stands once all of it is recorded.

        Raises:
            InvalidInput: `already_past`, before anything moved.
            EngineUnreachable: the engine does not answer; asking again goes on.
        """
        if any(self.clock.of(row).date() > to for row in rows):
            message = "Virtual time only moves forward."
            raise InvalidInput(FieldError("to", "already_past", message))
        limit = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._moved(row, to, limit) for row in rows))
        await self._mails_sent([row.subscription.id for row in rows])
        return [await self._place(row.subscription.id) for row in rows]

    async def _moved(self, row: SubscriptionRow, to: date, limit: asyncio.Semaphore) -> None:
        async with limit:
            if midnight(to) <= self.clock.of(row):
                return
            if not _is_done(row):
                if not await self._skipped(row.subscription.id, midnight(to)):
                    # The engine lost the workflow: the command that settles starts it anew, on the row's own clock.
                    await self._keep_offset(row.subscription.id, to)
                if not await self._recorded_by_itself(row.subscription.id, midnight(to)):
                    await self._settled(row)
            await self._keep_offset(row.subscription.id, to)

    async def _skipped(self, subscription_id: str, to: datetime) -> bool:
        try:
            runs = await self.engine.fast_forward(subscription_id, to - RUN_UP)
        except EngineLost as error:
            raise EngineUnreachable from error
        await asyncio.sleep((RUN_UP + MARGIN).total_seconds())
        return runs

    async def _recorded_by_itself(self, subscription_id: str, to: datetime) -> bool:
        """Whether the workflow's own timers recorded everything due; a fast-forward may return before they have."""
        for _ in range(LOOKS_FOR_TIMERS):
            row = await self._row(subscription_id)
            upcoming = agenda(row.subscription, after=row.settled_until)
            if not upcoming or upcoming[0].at > to:
                return True
            await asyncio.sleep(TIMERS_EVERY_SECONDS)
        return False

    async def _settled(self, row: SubscriptionRow) -> None:
        """Have it recorded by a command, whose outcome comes after all that is due."""
        present = await self._row(row.subscription.id)
        if _is_done(present):
            return
        asking = Asking(
            partner_id=present.account_id,
            actor="system",
            kind=SETTLE,
            body={},
            subscription_id=present.subscription.id,
            wait_seconds=BARRIER_SECONDS,
        )
        await self.counter.ask(asking)

    async def _keep_offset(self, subscription_id: str, to: date) -> None:
        row = await self._row(subscription_id)
        offset = max(row.settled_until, midnight(to)) - self.clock.wall()
        async with self.database.write() as connection:
            await set_clock_offset(connection, subscription_id, offset)

    async def _mails_sent(self, subscription_ids: Sequence[str]) -> None:
        """Wait for every mail that has not failed yet: a receiver that is down or hangs must not hold time still."""
        looks, left = 0, -1
        while looks < LOOKS_WITHOUT_PROGRESS:
            async with self.database.read() as connection:
                pending = len(await pending_of(connection, subscription_ids, untried=True))
            if not pending:
                return
            looks, left = (0, pending) if pending != left else (looks + 1, left)
            await asyncio.sleep(LOOK_EVERY_SECONDS)  # mails go out by themselves; there is nothing to be told by

    async def _place(self, subscription_id: str) -> dict[str, Any]:
        row = await self._row(subscription_id)
        state = row.subscription.state.value
        return {"id": subscription_id, "today": self.clock.of(row).date().isoformat(), "state": state}

    async def _row(self, subscription_id: str) -> SubscriptionRow:
        async with self.database.read() as connection:
            row = await find_subscription(connection, subscription_id)
        if row is None:
            raise LookupError(subscription_id)
        return row


def _is_done(row: SubscriptionRow) -> bool:
    """Whether nothing can come any more, so that its workflow has ended."""
    return row.subscription.is_over and not agenda(row.subscription, after=row.settled_until)
