"""Bulk jobs at the counter: given, paused, resumed, cancelled, and their workflow woken until the engine takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from intake.changing import Setting, record_change
from intake.denials import EngineUnreachable, NotFound
from intake.engine import Engine
from intake.insisting import Insisting
from intake.scope import Caller
from intake.sight import visible_bulk_jobs
from lifecycle.refusals import Conflict
from storage.bulk_jobs import (
    CANCELLED,
    CANCELLING,
    PAUSED,
    RUNNING,
    BulkJob,
    find_bulk_job,
    insert_bulk_job,
    list_open_jobs,
    update_bulk_job,
)
from storage.bulk_rows import BulkRow, insert_bulk_rows
from storage.database import Database
from storage.ids import new_id

# What is asked of a job in a state, and the state that it has then; all else is refused.
MOVES = {
    ("pause", RUNNING): PAUSED,
    ("pause", PAUSED): PAUSED,
    ("resume", PAUSED): RUNNING,
    ("resume", RUNNING): RUNNING,
    ("cancel", RUNNING): CANCELLING,
    ("cancel", PAUSED): CANCELLING,
    ("cancel", CANCELLING): CANCELLING,
    ("cancel", CANCELLED): CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow:
    """A row as it was read: its kind, whom it is about (None for a purchase), and the members of its body."""

    kind: str
    subscription_id: str | None
    members: Mapping[str, Any]


class BulkJobs:
    """Takes bulk jobs, for both doors."""

    def __init__(self, database: Database, engine: Engine) -> None:
        """Take the parts that it connects."""
        self._database = database
        self._engine = engine
        self._insisting = Insisting("job_id")

    async def check_engine(self) -> None:
        """Let pass only while the engine answers.

        Raises:
            EngineUnreachable: it does not.
        """
        if not await self._engine.is_reachable():
            raise EngineUnreachable

    async def create(
        self, connection: AsyncConnection, setting: Setting, asked: Sequence[AskedRow], *, now: datetime
    ) -> BulkJob:
        """Store a job with its rows and its audit entry; call `wake` after the commit. `now` is wall time."""
        caller = setting.caller
        job = BulkJob(
            id=new_id("blk"),
            partner_id=caller.partner.id,
            actor=caller.actor,
            scopes=tuple(sorted(caller.scopes)),
            state=RUNNING,
            row_count=len(asked),
            created_at=now,
            updated_at=now,
        )
        await insert_bulk_job(connection, job)
        await insert_bulk_rows(connection, rows_of(caller, asked, job_id=job.id))
        after = {"state": job.state, "rows": job.row_count}
        await record_change(connection, setting, "bulk.create", subject_id=job.id, before={}, after=after)
        return job

    async def move(
        self, connection: AsyncConnection, setting: Setting, job_id: str, act: str, *, now: datetime
    ) -> BulkJob:
        """Pause, resume or cancel a job, which changes nothing the second time; call `wake` after the commit.

        Raises:
            NotFound: there is none, or none that the caller sees.
            Conflict: `bulk_job_over`.
        """
        job = await find_bulk_job(connection, job_id, visible_bulk_jobs(setting.caller), lock=True)
        if job is None:
            raise NotFound
        state = MOVES.get((act, job.state))
        if state is None:
            raise Conflict("bulk_job_over", f"The bulk job is {job.state}.", state=job.state)
        if state == job.state:
            return job
        moved = replace(job, state=state, updated_at=now)
        await update_bulk_job(connection, moved)
        before, after = {"state": job.state}, {"state": state}
        await record_change(connection, setting, f"bulk.{act}", subject_id=job.id, before=before, after=after)
        return moved

    async def wake(self, job: BulkJob) -> None:
        """Have the job's workflow look at its row; while the engine is lost, that is tried again and again."""

        async def wake() -> None:
            await self._engine.wake_bulk(job.id, partner_id=job.partner_id, rows=job.row_count)

        await self._insisting.deliver(job.id, wake)

    async def resume(self) -> int:
        """Wake every job that is not finished; return how many those were."""
        async with self._database.read() as connection:
            jobs = await list_open_jobs(connection)
        for job in jobs:
            await self.wake(job)
        return len(jobs)

    async def close(self) -> None:
        """Stop trying; the next start goes on with it."""
        await self._insisting.close()


def rows_of(caller: Caller, asked: Sequence[AskedRow], *, job_id: str = "") -> list[BulkRow]:
    """Return the rows as they are stored; a row that is only judged on paper belongs to no job."""
    rows: list[BulkRow] = []
    for position, one in enumerate(asked):
        subscription_id = one.subscription_id or new_id("sub")
        body = _body(one, subscription_id, caller)
        rows.append(
            BulkRow(job_id=job_id, position=position, kind=one.kind, subscription_id=subscription_id, body=body)
        )
    return rows


def _body(asked: AskedRow, subscription_id: str, caller: Caller) -> dict[str, Any]:
    """The body of the command, as the single address makes it."""
    members = dict(asked.members)
    match asked.kind:
        case "purchase":
            return {"subscription_id": subscription_id, "eca_request_id": new_id("eca"), **members}
        case "suspend":
            return {"reason": members["reason"]}
        case "cancel":
            return {"reason": members["reason"], "by_operator": caller.has_scope("ops")}
        case _:
            return members
