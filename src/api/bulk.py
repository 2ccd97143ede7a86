"""`/v1/bulk`: files of commands, carried out row by row in a workflow of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.access import Reader, Writer, setting_of
from api.answers import json_answer
from api.bulk_bodies import COLUMNS, ROWS
from api.bulk_files import MAX_BYTES, rows_of_csv, rows_of_json_lines
from api.bulk_pictures import JOB_EXAMPLE, PRICING_EXAMPLE, TALLIED_EXAMPLE, job_picture, tallied_picture
from api.bulk_pricing import priced
from api.listing import PAGE, list_answer, page_of
from api.media import CSV
from api.operations import SCHEMAS, Listed, operation
from api.parsing import bytes_of
from api.parts import parts_of
from api.preconditions import key_of, key_with, required_key
from api.query import flag, parameters
from api.shapes.bulk import BulkJob as BulkJobShape
from api.shapes.bulk import BulkPricing, TalliedBulkJob
from api.spooling import streamed
from intake.bulk import AskedRow, rows_of
from intake.denials import NotFound
from intake.idempotency import Answer, Declined, Key, answered_once
from intake.scope import Caller
from intake.sight import visible_bulk_jobs
from storage.bulk_jobs import BulkJob, find_bulk_job, list_bulk_jobs
from storage.bulk_rows import tally_of

router = APIRouter(prefix="/v1/bulk", tags=["bulk"])

JSON_LINES = "application/x-ndjson"
READERS = {CSV: rows_of_csv, JSON_LINES: rows_of_json_lines}
NO_LIMIT_OF_FORMS = 2**40  # the body is read here, never further than its own limit
TAKES = {
    CSV: {
        "schema": {"type": "string", "description": f"UTF-8 with a header; columns: {', '.join(COLUMNS)}"},
        "example": "kind,subscription_id,add\nadd_inventory,sub_01930c3f9b2d7e4f8a6c1d3b5e7f9a0c,tls-dv-single=5\n",
    },
    JSON_LINES: {
        "schema": {
            "description": "One such object a line",
            "oneOf": [{"$ref": f"{SCHEMAS}{row.__name__}"} for row in ROWS.values()],
            "discriminator": {
                "propertyName": "kind",
                "mapping": {kind: f"{SCHEMAS}{row.__name__}" for kind, row in ROWS.items()},
            },
        }
    },
}
_CODES = (
    *("idempotency_key_required", "empty_bulk", "too_many_rows", "malformed_row", "duplicate_column"),
    *("renewal_mode_required", "empty_inventory", "renewal_inventory_empty", "duplicate_product"),
    *("quantity_out_of_range", "invalid_date", "invalid_email", "engine_unreachable"),
)


@router.post(
    "",
    max_body_size=NO_LIMIT_OF_FORMS,
    **operation(
        "Give a file of commands",
        name="create_bulk_job",
        scope="write",
        status=201,
        file=TAKES,
        answer=TalliedBulkJob,
        example=TALLIED_EXAMPLE,
        preview=BulkPricing,
        previewed=PRICING_EXAMPLE,
        parameters=("dry_run",),
        headers=("Idempotency-Key",),
        codes=_CODES,
    ),
)
async def post_bulk(request: Request, caller: Writer) -> Response:
    """Read every row, store them all or none, and begin; with `dry_run` only judge each on today's rows."""
    is_dry_run = flag(parameters(request, "dry_run"), "dry_run")
    key = None if is_dry_run else required_key(request)
    asked = await _asked_rows(request)
    if key is None:
        pricing = priced(parts_of(request).bulk_desk, caller, rows_of(caller, asked))
        return await streamed(pricing, media_type="application/json", headers={})
    rows = [[one.kind, one.subscription_id, dict(one.members)] for one in asked]
    return json_answer(await _given(request, caller, asked, key_with(request, key, rows)))


async def _asked_rows(request: Request) -> list[AskedRow]:
    """Return the rows of the file; they are read beside the loop, which many others wait for."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    reader = READERS.get(media_type)
    if reader is None:
        raise HTTPException(415)
    return await asyncio.to_thread(reader, await bytes_of(request, limit=MAX_BYTES))


async def _given(request: Request, caller: Caller, asked: Sequence[AskedRow], key: Key) -> Answer | Declined:
    parts, now = parts_of(request), parts_of(request).clock.wall()
    await parts.bulk.check_engine()
    given: list[BulkJob] = []

    async def create(connection: AsyncConnection) -> Answer:
        job = await parts.bulk.create(connection, setting_of(request, caller), asked, now=now)
        given[:] = [job]
        body = tallied_picture(job, await tally_of(connection, job.id))
        return Answer(status=201, body=body, headers={"Location": f"{router.prefix}/{job.id}"})

    answer = await answered_once(parts.database, caller, key, create, kind="bulk.create", at=now)
    if isinstance(answer, Answer) and not answer.replayed:
        await parts.bulk.wake(given[0])
    return answer


@router.get(
    "",
    **operation(
        "List bulk jobs",
        name="list_bulk_jobs",
        answer=Listed(BulkJobShape),
        scope="read",
        example={"data": [JOB_EXAMPLE], "next_cursor": None},
        parameters=PAGE,
    ),
)
async def get_jobs(request: Request, caller: Reader) -> JSONResponse:
    """Return a page, newest first."""
    page = page_of(parameters(request, *PAGE))
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await list_bulk_jobs(connection, visible_bulk_jobs(caller), before=page.before_id, limit=page.fetch)
    return list_answer(request, page, found, key=lambda job: (job.id,), body=job_picture)


@router.get(
    "/{job_id}",
    **operation(
        "Read a bulk job",
        name="read_bulk_job",
        answer=TalliedBulkJob,
        scope="read",
        example=TALLIED_EXAMPLE,
        codes=("not_found",),
    ),
)
async def get_job(request: Request, caller: Reader, job_id: str) -> JSONResponse:
    """Return it with its rows by status and what they posted so far."""
    parameters(request)
    async with parts_of(request).database.read_as(caller.sees) as connection:
        job = await seen_job(connection, caller, job_id)
        return JSONResponse(tallied_picture(job, await tally_of(connection, job.id)))


async def seen_job(connection: AsyncConnection, caller: Caller, job_id: str) -> BulkJob:
    """Return a job.

    Raises:
        NotFound: it cannot be seen.
    """
    job = await find_bulk_job(connection, job_id, visible_bulk_jobs(caller))
    if job is None:
        raise NotFound
    return job


def _moving(name: str, summary: str, *codes: str) -> dict[str, Any]:
    return operation(
        summary,
        name=name,
        answer=TalliedBulkJob,
        scope="write",
        example=TALLIED_EXAMPLE,
        headers=("Idempotency-Key",),
        codes=("not_found", "bulk_job_over", *codes),
    )


@router.post("/{job_id}/pause", **_moving("pause_bulk_job", "Pause a bulk job"))
async def pause(request: Request, caller: Writer, job_id: str) -> JSONResponse:
    """Hand no further row in; rows at hand are finished."""
    return await _moved(request, caller, job_id, "pause")


@router.post("/{job_id}/resume", **_moving("resume_bulk_job", "Resume a bulk job", "engine_unreachable"))
async def resume(request: Request, caller: Writer, job_id: str) -> JSONResponse:
    """Go on where it was paused."""
    return await _moved(request, caller, job_id, "resume")


@router.post("/{job_id}/cancel", **_moving("cancel_bulk_job", "Cancel a bulk job", "engine_unreachable"))
async def cancel(request: Request, caller: Writer, job_id: str) -> JSONResponse:
    """Leave done what is done; the rest is cancelled."""
    return await _moved(request, caller, job_id, "cancel")


async def _moved(request: Request, caller: Caller, job_id: str, act: str) -> JSONResponse:
    parameters(request)
    parts, now = parts_of(request), parts_of(request).clock.wall()
    moved: list[BulkJob] = []
    async with parts.database.read_as(caller.sees) as connection:
        await seen_job(connection, caller, job_id)
    key = await key_of(request, required=False)
    if act != "pause":  # which the database alone knows and the rows at hand look at
        await parts.bulk.check_engine()

    async def move(connection: AsyncConnection) -> Answer:
        job = await parts.bulk.move(connection, setting_of(request, caller), job_id, act, now=now)
        moved[:] = [job]
        return Answer(status=200, body=tallied_picture(job, await tally_of(connection, job.id)), headers={})

    answer = await answered_once(parts.database, caller, key, move, kind=f"bulk.{act}", at=now)
    for job in moved:
        if job.finished_at is None and act != "pause":
            await parts.bulk.wake(job)
    return json_answer(answer)
