"""One round of telling: a batch of tellings, many at once, but for each role of a subscription one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.trouble import NotNow, Refused, Unreachable
from lifecycle.notices import Receiver
from storage.invoices import mark_emailed
from storage.joint_writes import JointWrites
from storage.tellings import Telling, mark_failed, mark_refused, mark_sent, mark_tried

GIVE_UP_AFTER = timedelta(days=3)
# The days may have gone by without a try, while no worker ran or an earlier telling was in the way.
FEWEST_TRIES = 12
LONGEST_ROUND = timedelta(minutes=2)  # a receiver that answers slowly must not outlast the activity
MARKED_TOGETHER = 20
log = structlog.get_logger(__name__)

Line = TypeVar("Line")
Undelivered = Callable[[AsyncConnection, Telling, str], Awaitable[None]]


async def unreported(_connection: AsyncConnection, _telling: Telling, _reason: str) -> None:
    """Tell nobody of a telling that was given up."""


@dataclass(slots=True)
class Results:
    """What became of some tellings, until it is written down."""

    sent: list[Telling] = field(default_factory=list[Telling])
    refused: list[tuple[Telling, str]] = field(default_factory=list[tuple[Telling, str]])
    tried: list[tuple[Telling, NotNow]] = field(default_factory=list[tuple[Telling, NotNow]])

    def __len__(self) -> int:
        """Count the tellings."""
        return len(self.sent) + len(self.refused) + len(self.tried)


@dataclass(slots=True, kw_only=True)
class Round(Generic[Line]):
    """Tells a batch over the lines; `settled` counts what was dealt with, `trouble` says why it stopped early.

    `pause` is how long the receiver then asked to be left alone. What a round does not get to in `lasts` is still due.

    `deliver` hands one telling over, or raises Refused, NotNow or Unreachable. After `patience` tries in vain in a row
    the receiver counts as out of reach. `undelivered` is asked, in the transaction that notes it, to report a telling
    that was given up.
    """

    writes: JointWrites
    deliver: Callable[[Line, Telling], Awaitable[None]]
    undelivered: Undelivered = unreported
    patience: int | None = None
    lasts: timedelta = LONGEST_ROUND
    settled: int = 0
    trouble: str = ""
    pause: timedelta = timedelta(0)
    _in_vain: int = 0
    _ends_at: datetime = field(init=False)

    async def run(self, batch: Sequence[Telling], lines: Sequence[Line]) -> None:
        """Tell what can be told and write down what became of it."""
        waiting = queues_of(batch)[::-1]
        self._ends_at = datetime.now(UTC) + self.lasts
        async with asyncio.TaskGroup() as tasks:
            for line in lines[: len(waiting)]:
                tasks.create_task(self._work(line, waiting))

    async def _work(self, line: Line, waiting: list[list[Telling]]) -> None:
        results = Results()
        try:
            while waiting and not self._is_over:
                await self._tell_queue(line, waiting.pop(), results)
                if len(results) >= MARKED_TOGETHER:
                    written, results = results, Results()
                    await self._write_down(written)
        finally:
            await self._write_down(results)

    @property
    def _is_over(self) -> bool:
        return bool(self.trouble) or datetime.now(UTC) >= self._ends_at

    async def _tell_queue(self, line: Line, queue: Sequence[Telling], results: Results) -> None:
        """Tell one role in order; after one that must wait, the later ones wait too."""
        before = len(results.tried)
        for telling in queue[:MARKED_TOGETHER]:  # what is left over is due in the next round
            if self._is_over or len(results.tried) > before:
                return
            await self._tell(line, telling, results)

    async def _tell(self, line: Line, telling: Telling, results: Results) -> None:
        try:
            await self.deliver(line, telling)
        except Refused as error:
            results.refused.append((telling, error.reason))
        except NotNow as error:
            results.tried.append((telling, error))
            self._in_vain += 1
            if self.patience is not None and self._in_vain >= self.patience:
                self.trouble, self.pause = error.reason, error.pause
        except Unreachable as error:
            self.trouble = error.reason
        except Exception as error:
            log.exception("telling_not_made", telling_id=telling.id, kind=telling.kind)
            results.tried.append((telling, NotNow(f"it could not be made ({type(error).__name__})")))
        else:
            results.sent.append(telling)
            self._in_vain = 0

    async def _write_down(self, results: Results) -> None:
        if not len(results):
            return
        now = datetime.now(UTC)

        async def work(connection: AsyncConnection) -> None:
            await mark_sent(connection, [telling.id for telling in results.sent], at=now)
            await mark_emailed(connection, _documents_of(results.sent), at=now)
            for telling, reason in results.refused:
                await mark_refused(connection, telling.id, error=reason)
                await self.undelivered(connection, telling, reason)
            for telling, in_vain in results.tried:
                await self._mark_tried(connection, telling, in_vain, now)

        await self.writes.write(work)
        self.settled += len(results)

    async def _mark_tried(self, connection: AsyncConnection, telling: Telling, error: NotNow, now: datetime) -> None:
        if now - telling.created_at > GIVE_UP_AFTER and telling.attempts + 1 >= FEWEST_TRIES:
            await mark_failed(connection, telling.id, error=error.reason)
            await self.undelivered(connection, telling, error.reason)
        else:
            await mark_tried(connection, telling, error=error.reason, now=now, at_least=error.pause)


def _documents_of(sent: Iterable[Telling]) -> list[str]:
    """The documents that went to whom they are for; a report that one could not be delivered is about it too."""
    to_account = Receiver.BILLING.value
    return [telling.invoice_id for telling in sent if telling.invoice_id is not None and telling.role == to_account]


def queues_of(batch: Iterable[Telling]) -> list[list[Telling]]:
    """Return the tellings that must keep their order among themselves: those of one role of one subject."""
    queues: dict[tuple[str, str], list[Telling]] = {}
    for telling in batch:
        queues.setdefault((telling.subject_id, telling.role), []).append(telling)
    return list(queues.values())
