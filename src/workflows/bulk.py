"""A bulk job: its rows batch by batch, until each has its result; paused, resumed and cancelled by its row.

Whatever it must remember of rows is in the database, so that a run that is lost, repeated or woken for nothing does
exactly what is not done yet.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

from activities.bulk_orders import (
    BULK,
    CARRY_OUT_ROWS,
    CLOSE_JOB,
    WAKE,
    BatchDone,
    BatchOrder,
    BulkDone,
    BulkOrder,
    BulkProgress,
    CloseOrder,
    JobClosed,
    JobStanding,
)
from workflows import retries

LONGEST_PAUSE = timedelta(minutes=5)


@workflow.defn(name=BULK)
class BulkWorkflow:
    """Carries a job out, round after round over the rows that have no result."""

    @workflow.init
    def __init__(self, order: BulkOrder) -> None:
        """Begin, or go on where the run before stopped."""
        self._order = order
        self._progress = order.progress or BulkProgress()
        self._standing = JobStanding(state="")
        self._batches = 0
        self._is_woken = False

    @workflow.run
    async def run(self, order: BulkOrder) -> BulkDone:
        """Carry out what has no result, and return how many rows have which."""
        is_over = False
        while not is_over:
            self._is_woken = False
            batch = await self._carry_out()
            self._show()
            if batch.over:
                break
            if batch.paused:
                await workflow.wait_condition(lambda: self._is_woken)
            elif batch.taken == 0:
                is_over = await self._end_round()
            if not is_over and self._should_continue():
                workflow.continue_as_new(order.model_copy(update={"progress": self._progress}))
        standing = self._standing
        return BulkDone(done=standing.done, refused=standing.refused, cancelled=standing.cancelled)

    @workflow.signal(name=WAKE)
    def wake(self) -> None:
        """Look at the job again: it was resumed or cancelled."""
        self._is_woken = True

    async def _carry_out(self) -> BatchDone:
        progress = self._progress
        batch: BatchDone = await workflow.execute_activity(
            CARRY_OUT_ROWS,
            BatchOrder(job_id=self._order.job_id, after=progress.after, limit=self._order.batch),
            result_type=BatchDone,
            summary=f"rows from {progress.after + 1} on",
            **retries.BULK,
        )
        self._standing = batch.standing
        progress.after = batch.after
        progress.failed += batch.failed
        self._batches += 1
        return batch

    async def _end_round(self) -> bool:
        """Return whether the job is over; else rows that failed are tried again in a round from the beginning."""
        if self._progress.failed:
            await self._pause()
            return False
        closed: JobClosed = await workflow.execute_activity(
            CLOSE_JOB,
            CloseOrder(job_id=self._order.job_id, at=workflow.now()),
            result_type=JobClosed,
            summary="close",
            **retries.RECORD,
        )
        self._standing = closed.standing
        self._progress = BulkProgress(rounds=self._progress.rounds)
        self._show()
        return closed.over

    async def _pause(self) -> None:
        progress = self._progress
        pause = retries.round_pause(self._order.pause_s, progress.rounds, longest=LONGEST_PAUSE)
        summary = f"{progress.failed} rows to be tried again"
        try:
            await workflow.wait_condition(lambda: self._is_woken, timeout=pause, timeout_summary=summary)
        except TimeoutError:
            workflow.logger.info("next round", extra={"job_id": self._order.job_id})
        self._progress = BulkProgress(rounds=progress.rounds + 1)

    def _show(self) -> None:
        standing, failed = self._standing, self._progress.failed
        settled = standing.done + standing.refused + standing.cancelled
        again = f", {failed} to be tried again" if failed else ""
        workflow.set_current_details(
            f"**{standing.state}**: {settled} of {standing.total} rows\n\n"
            f"{standing.done} done, {standing.refused} refused, {standing.cancelled} cancelled{again}"
        )

    def _should_continue(self) -> bool:
        return self._batches >= self._order.batches_a_run or workflow.info().is_continue_as_new_suggested()
