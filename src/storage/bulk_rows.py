"""The rows of bulk jobs: what each asks for, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    func,
    insert,
    literal,
    not_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bulk_jobs import BulkJob
from storage.rows import values_of
from storage.tables import bulk_rows, commands

PENDING, DONE, REFUSED, CANCELLED = "pending", "done", "refused", "cancelled"
STATUSES = (PENDING, DONE, REFUSED, CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of a row. `amount` is in minor units of `currency`, None where nothing was posted.

    `problem` is what a refused row's single command would have been answered: `code`, `detail` and further facts.
    """

    status: str
    command_id: str | None = None
    transaction_id: str | None = None
    amount: int | None = None
    currency: str | None = None
    warnings: tuple[str, ...] = ()
    problem: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRow:
    """A row at its place in the file, from 0 on. `subscription_id` of a purchase is the one that it will make."""

    job_id: str
    position: int
    kind: str
    subscription_id: str
    body: dict[str, Any]
    result: RowResult = RowResult(status=PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many rows of a job have each status, and what was posted, by currency in minor units."""

    counts: Mapping[str, int]
    amounts: Mapping[str, int]


def key_of_row(job_id: str, position: int) -> str:
    """Return the idempotency key of a row's command; its dot is one that no client's key can hold."""
    return f"{_key_prefix(job_id)}{position}"


async def insert_bulk_rows(connection: AsyncConnection, rows: Sequence[BulkRow]) -> None:
    """Store the rows of a new job."""
    await connection.execute(insert(bulk_rows), [_values(row) for row in rows])


async def list_pending_rows(
    connection: AsyncConnection, job: BulkJob, *, after: int, limit: int, only_begun: bool = False
) -> tuple[BulkRow, ...]:
    """Return rows without a result behind a place; `only_begun` those whose command was accepted."""
    columns = bulk_rows.c
    query = select(bulk_rows).where(columns.job_id == job.id, columns.status == PENDING, columns.position > after)
    if only_begun:
        query = query.where(_is_begun(job))
    return await _rows(connection, query.order_by(columns.position).limit(limit))


async def list_waiting_subscriptions(connection: AsyncConnection, job_id: str, *, until: int) -> frozenset[str]:
    """Return the subscriptions with a row up to a place that has no result: their later rows wait for it."""
    columns = bulk_rows.c
    is_behind = and_(columns.job_id == job_id, columns.status == PENDING, columns.position <= until)
    return frozenset(await connection.scalars(select(columns.subscription_id).where(is_behind)))


async def set_row_result(connection: AsyncConnection, row: BulkRow, result: RowResult) -> None:
    """Write down what became of a row; what was done stays so, though the row was cancelled meanwhile."""
    await connection.execute(_SET_RESULT, {"of_job": row.job_id, "at": row.position, **_result_values(result)})


async def cancel_pending_rows(connection: AsyncConnection, job: BulkJob) -> None:
    """Cancel the rows without a result whose command was not accepted."""
    mine = and_(bulk_rows.c.job_id == job.id, bulk_rows.c.status == PENDING)
    await connection.execute(update(bulk_rows).where(mine, not_(_is_begun(job))).values(status=CANCELLED))


async def tally_of(connection: AsyncConnection, job_id: str) -> Tally:
    """Return how far a job is."""
    columns = bulk_rows.c
    query = select(columns.status, columns.currency, func.count().label("rows"), func.sum(columns.amount).label("sum"))
    found = await connection.execute(query.where(columns.job_id == job_id).group_by(columns.status, columns.currency))
    counts: dict[str, int] = dict.fromkeys(STATUSES, 0)
    amounts: dict[str, int] = {}
    for row in found:
        counts[row.status] += row.rows
        if row.currency is not None:
            amounts[row.currency] = int(row.sum)
    return Tally(counts=counts, amounts=amounts)


async def list_bulk_rows(
    connection: AsyncConnection, job_id: str, *, status: str | None = None, after: int = -1, limit: int
) -> tuple[BulkRow, ...]:
    """Return rows behind a place, in the order of the file."""
    columns = bulk_rows.c
    query = select(bulk_rows).where(columns.job_id == job_id, columns.position > after)
    if status is not None:
        query = query.where(columns.status == status)
    return await _rows(connection, query.order_by(columns.position).limit(limit))


async def _rows(connection: AsyncConnection, query: Select[Any]) -> tuple[BulkRow, ...]:
    return tuple(_row(values_of(row)) for row in await connection.execute(query))


def _row(values: dict[str, Any]) -> BulkRow:
    result = {name: values.pop(name) for name in RowResult.__dataclass_fields__}
    result["warnings"] = tuple(result["warnings"] or ())
    return BulkRow(**values, result=RowResult(**result))


def _values(row: BulkRow) -> dict[str, Any]:
    values = asdict(row)
    values.pop("result")
    return {**values, **_result_values(row.result)}


def _result_values(result: RowResult) -> dict[str, Any]:
    return {**asdict(result), "warnings": list(result.warnings) or None}


def _key_prefix(job_id: str) -> str:
    return f"bulk·{job_id}·"


def _is_begun(job: BulkJob) -> ColumnElement[bool]:
    key = literal(_key_prefix(job.id)).concat(cast(bulk_rows.c.position, String))
    return exists().where(commands.c.partner_id == job.partner_id, commands.c.key == key)


_SET_RESULT = update(bulk_rows).where(
    bulk_rows.c.job_id == bindparam("of_job"), bulk_rows.c.position == bindparam("at")
)
