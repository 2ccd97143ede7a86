"""Bulk jobs: who gave them, how many rows they have, and how far they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.partners import Partner, partner_of
from storage.tables import bulk_jobs, partners

RUNNING, PAUSED, CANCELLING, CANCELLED, DONE = "running", "paused", "cancelling", "cancelled", "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkJob:
    """A file of rows that a partner gave by `actor`, a key or a user, which held `scopes` then.

    `finished_at` is None until every row has its result.
    """

    id: str
    partner_id: str
    actor: str
    scopes: tuple[str, ...]
    state: str
    row_count: int
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None


async def insert_bulk_job(connection: AsyncConnection, job: BulkJob) -> None:
    """Store a new job."""
    await connection.execute(insert(bulk_jobs).values(**{**asdict(job), "scopes": list(job.scopes)}))


async def find_bulk_job(
    connection: AsyncConnection, job_id: str, visible: ColumnElement[bool], *, lock: bool = False
) -> BulkJob | None:
    """Return a job, None when there is none that is `visible`; `lock` keeps others from changing it."""
    query = select(bulk_jobs).where(bulk_jobs.c.id == job_id, visible)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else _job_of(row)


async def find_job_and_partner(connection: AsyncConnection, job_id: str) -> tuple[BulkJob, Partner]:
    """Return a job and its partner, both as they are now.

    Raises:
        NoResultFound: there is no such job.
    """
    joined = select(bulk_jobs, partners).join(partners, partners.c.id == bulk_jobs.c.partner_id)
    row = (await connection.execute(joined.where(bulk_jobs.c.id == job_id))).mappings().one()
    return _job_of(row), partner_of(row)


async def lock_bulk_job(connection: AsyncConnection, job_id: str) -> BulkJob:
    """Return a job and keep others from changing it until the transaction ends.

    Raises:
        NoResultFound: there is no such job.
    """
    query = select(bulk_jobs).where(bulk_jobs.c.id == job_id).with_for_update()
    return _job_of((await connection.execute(query)).mappings().one())


async def list_bulk_jobs(
    connection: AsyncConnection, visible: ColumnElement[bool], *, before: str | None, limit: int
) -> tuple[BulkJob, ...]:
    """Return jobs, newest first."""
    query = select(bulk_jobs).where(visible).order_by(bulk_jobs.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(bulk_jobs.c.id < before)
    return tuple(_job_of(row) for row in (await connection.execute(query)).mappings())


async def list_open_jobs(connection: AsyncConnection) -> tuple[BulkJob, ...]:
    """Return the jobs that are not finished, oldest first; paused ones too."""
    query = select(bulk_jobs).where(bulk_jobs.c.finished_at.is_(None)).order_by(bulk_jobs.c.id)
    return tuple(_job_of(row) for row in (await connection.execute(query)).mappings())


async def update_bulk_job(connection: AsyncConnection, job: BulkJob) -> None:
    """Store how far a job is; who gave it stays."""
    values = {"state": job.state, "updated_at": job.updated_at, "finished_at": job.finished_at}
    await connection.execute(update(bulk_jobs).where(bulk_jobs.c.id == job.id).values(values))


def _job_of(row: RowMapping) -> BulkJob:
    values: dict[str, Any] = {name: row[bulk_jobs.c[name]] for name in BulkJob.__dataclass_fields__}
    values["scopes"] = tuple(values["scopes"])
    return BulkJob(**values)
