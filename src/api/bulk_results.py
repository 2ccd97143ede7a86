"""What became of the rows of a bulk job, page by page or as a file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.access import Reader
from api.bulk import seen_job
from api.bulk_pictures import COLUMNS, ROW_EXAMPLE, row_picture
from api.listing import PAGE, Page, list_answer, page_of
from api.media import CSV, media_type_of
from api.operations import Listed, operation
from api.parameter_table import one_of
from api.parts import parts_of
from api.query import choice_of, parameters
from api.report_cells import Cell
from api.report_csv import MEDIA_TYPE, csv_chunks
from api.shapes.bulk import BulkRow
from api.spooling import spooled, streamed
from lifecycle.refusals import FieldError, InvalidInput
from storage.bulk_rows import STATUSES, list_bulk_rows
from storage.database import Database

router = APIRouter(prefix="/v1/bulk/{job_id}", tags=["bulk"])

BATCH = 500
MAX_DIGITS = 9


@router.get(
    "/rows",
    **operation(
        "List the rows of a bulk job",
        name="list_bulk_rows",
        answer=Listed(BulkRow),
        scope="read",
        example={"data": [ROW_EXAMPLE], "next_cursor": None},
        parameters=("status", *PAGE),
        special={"status": one_of("With this status only.", *STATUSES)},
        codes=("not_found",),
    ),
)
async def get_rows(request: Request, caller: Reader, job_id: str) -> JSONResponse:
    """Return a page in the order of the file, while the job runs too."""
    database = parts_of(request).database
    async with database.read_as(caller.sees) as connection:
        job = await seen_job(connection, caller, job_id)
        given = parameters(request, "status", *PAGE)
        page, status = page_of(given), choice_of(given, "status", STATUSES)
        rows = await list_bulk_rows(connection, job.id, status=status, after=_place(page), limit=page.fetch)
    return list_answer(request, page, rows, key=lambda row: (str(row.position),), body=row_picture)


@router.get(
    "/result",
    **operation(
        "Read the result of a bulk job as a file",
        name="read_bulk_result",
        scope="read",
        content={CSV: {"schema": {"type": "string"}}},
        codes=("not_found", "not_acceptable"),
    ),
)
async def get_result(request: Request, caller: Reader, job_id: str) -> Response:
    """Return every row with its result as it is at one moment, as CSV."""
    media_type_of(request, CSV)
    database = parts_of(request).database
    async with database.read_as(caller.sees) as connection:
        job = await seen_job(connection, caller, job_id)
    parameters(request)
    chunks = csv_chunks(tuple(column.name for column in COLUMNS), _batches(database, caller.sees, job.id))
    return await streamed(spooled(chunks), media_type=MEDIA_TYPE, headers=_headers(job.id))


async def _batches(database: Database, seer: str, job_id: str) -> AsyncGenerator[list[tuple[Cell, ...]]]:
    """All rows as they are at one moment; take them quickly, for a snapshot is held."""
    after = -1
    async with database.snapshot_as(seer) as connection:
        while True:
            rows = await list_bulk_rows(connection, job_id, after=after, limit=BATCH)
            yield [tuple(column.cell(row) for column in COLUMNS) for row in rows]
            if len(rows) < BATCH:
                return
            after = rows[-1].position


def _headers(job_id: str) -> Mapping[str, str]:
    return {"Content-Disposition": f'attachment; filename="{job_id}.csv"'}


def _place(page: Page) -> int:
    if page.after is None:
        return -1
    text = page.after[0]
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise InvalidInput(FieldError("cursor", "invalid_cursor", "This cursor was not given out here."))
    return int(text)
