"""Bulk jobs: their rows are handed in batch by batch, and what became of each is written down as it comes."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.beating import beating
from activities.bulk_batch import Batch
from activities.bulk_desk import BulkDesk
from activities.bulk_orders import CARRY_OUT_ROWS, CLOSE_JOB, BatchDone, BatchOrder, CloseOrder, JobClosed, JobStanding
from storage.bulk_jobs import (
    CANCELLED,
    CANCELLING,
    DONE,
    PAUSED,
    RUNNING,
    BulkJob,
    find_job_and_partner,
    lock_bulk_job,
    update_bulk_job,
)
from storage.bulk_rows import CANCELLED as ROW_CANCELLED
from storage.bulk_rows import DONE as ROW_DONE
from storage.bulk_rows import (
    PENDING,
    REFUSED,
    BulkRow,
    Tally,
    cancel_pending_rows,
    list_pending_rows,
    list_waiting_subscriptions,
    tally_of,
)
from storage.database import Database
from storage.joint_writes import JointWrites

BEAT_SECONDS = 2.0


class BulkRows:
    """Carries rows out. Every call may be repeated: a row that has its result is not looked at again."""

    def __init__(self, database: Database, desk: BulkDesk) -> None:
        """Take the database, and what takes commands."""
        self._database = database
        self._writes = JointWrites(database)
        self._desk = desk

    @activity.defn(name=CARRY_OUT_ROWS)
    async def carry_out_rows(self, order: BatchOrder) -> BatchDone:
        """Hand the next rows in and write down what became of each; of a cancelled job those that were begun.

        Raises:
            OutOfReach: no command can be taken now.
        """
        async with beating(BEAT_SECONDS):
            batch = await self._next(order)
            await batch.run()
            return await self._batch_done(order, batch)

    @activity.defn(name=CLOSE_JOB)
    async def close_bulk_job(self, order: CloseOrder) -> JobClosed:
        """End a job all of whose rows have their results; of a cancelled one the rest is cancelled."""
        return await self._database.in_transaction(lambda connection: _close(connection, order))

    async def _next(self, order: BatchOrder) -> Batch:
        async with self._database.read() as connection:
            job, _ = await find_job_and_partner(connection, order.job_id)
            waiting = await list_waiting_subscriptions(connection, job.id, until=order.after)
            rows: tuple[BulkRow, ...] = ()
            if job.state in {RUNNING, CANCELLING}:
                is_cancelled = job.state == CANCELLING
                rows = await list_pending_rows(
                    connection, job, after=order.after, limit=order.limit, only_begun=is_cancelled
                )
        return Batch(database=self._database, writes=self._writes, desk=self._desk, job=job, rows=rows, waiting=waiting)

    async def _batch_done(self, order: BatchOrder, batch: Batch) -> BatchDone:
        async with self._database.read() as connection:
            job, _ = await find_job_and_partner(connection, order.job_id)
            standing = standing_of(job, await tally_of(connection, job.id))
        is_passed = bool(batch.rows) and not batch.is_stopped
        return BatchDone(
            standing=standing,
            taken=len(batch.rows),
            # Rows that were not got to are found again from the same place.
            after=batch.rows[-1].position if is_passed else order.after,
            failed=batch.failed if is_passed else 0,
            paused=job.state == PAUSED,
            over=job.finished_at is not None,
        )


async def _close(connection: AsyncConnection, order: CloseOrder) -> JobClosed:
    job = await lock_bulk_job(connection, order.job_id)
    if job.finished_at is None and job.state == CANCELLING:
        await cancel_pending_rows(connection, job)
    tally = await tally_of(connection, job.id)
    is_over = not tally.counts[PENDING]
    if is_over and job.finished_at is None:
        state = CANCELLED if job.state == CANCELLING else DONE
        job = replace(job, state=state, updated_at=order.at, finished_at=order.at)
        await update_bulk_job(connection, job)
    return JobClosed(standing=standing_of(job, tally), over=is_over)


def standing_of(job: BulkJob, tally: Tally) -> JobStanding:
    """Return a job's state and counts as its workflow shows them."""
    counts = tally.counts
    return JobStanding(
        state=job.state,
        total=job.row_count,
        done=counts[ROW_DONE],
        refused=counts[REFUSED],
        cancelled=counts[ROW_CANCELLED],
    )
