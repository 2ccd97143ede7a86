"""A batch of a bulk job: many rows at once, those of one subscription in the order of the file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.bulk_desk import BulkDesk, NotYet, OutOfReach
from storage.bulk_jobs import BulkJob, find_job_and_partner
from storage.bulk_rows import BulkRow, RowResult, set_row_result
from storage.database import Database
from storage.joint_writes import JointWrites

AT_ONCE = 8
log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Batch:
    """Rows that are handed in while the job stays as it is.

    `waiting` are subscriptions with an earlier row that has no result. After the run, `failed` counts the rows that
    are to be tried again, and `is_stopped` says that the job was paused or cancelled, or that this worker ends.
    """

    database: Database
    writes: JointWrites
    desk: BulkDesk
    job: BulkJob
    rows: Sequence[BulkRow]
    waiting: frozenset[str]
    failed: int = 0
    is_stopped: bool = False
    _lost: OutOfReach | None = field(default=None, init=False)

    async def run(self) -> None:
        """Carry the rows out.

        Raises:
            OutOfReach: no command can be taken now; the rows at hand are finished first.
        """
        queues = queues_of(row for row in self.rows if row.subscription_id not in self.waiting)
        self.failed = len(self.rows) - sum(len(queue) for queue in queues)
        async with asyncio.TaskGroup() as lanes:
            for _ in range(min(AT_ONCE, len(queues))):
                lanes.create_task(self._work(queues))
        if self._lost is not None:
            raise self._lost

    async def _work(self, queues: list[list[BulkRow]]) -> None:
        while queues and not self.is_stopped:
            queue = queues.pop(0)
            for place, row in enumerate(queue):
                if not await self._is_settled(row):
                    self.failed += len(queue) - place  # the later ones of the subscription wait for this one
                    break

    async def _is_settled(self, row: BulkRow) -> bool:
        """Hand a row in, unless the job is another one by now; what goes wrong is never the row's result."""
        try:
            async with self.database.read() as connection:
                job, partner = await find_job_and_partner(connection, self.job.id)
            if job.state != self.job.state or activity.is_worker_shutdown():
                self.is_stopped = True
                return False
            result = await self.desk.settle(job, partner, row)
            await self._write(row, result)
        except OutOfReach as lost:
            self._lost, self.is_stopped = lost, True
            return False
        except NotYet:
            log.info("row_not_yet", job_id=row.job_id, position=row.position)
            return False
        except Exception as error:
            log.exception("row_failed", job_id=row.job_id, position=row.position, error=type(error).__name__)
            return False
        return True

    async def _write(self, row: BulkRow, result: RowResult) -> None:
        async def work(connection: AsyncConnection) -> None:
            await set_row_result(connection, row, result)

        await self.writes.write(work)


def queues_of(rows: Iterable[BulkRow]) -> list[list[BulkRow]]:
    """Return the rows that must keep their order among themselves: those of one subscription."""
    queues: dict[str, list[BulkRow]] = {}
    for row in rows:
        queues.setdefault(row.subscription_id, []).append(row)
    return list(queues.values())
