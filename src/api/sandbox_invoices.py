"""The sandbox's invoice runs; production, where the engine's schedule starts them, does not have this address."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import and_
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Writer
from api.bodies import InvoiceRunBody
from api.operations import operation
from api.parsing import body_of
from api.parts import parts_of
from api.query import parameters
from api.shapes.invoices import InvoiceRun
from intake.denials import NotFound
from intake.sight import visible_invoices
from storage.invoices import count_documents
from storage.tables import invoices

router = APIRouter(prefix="/v1/sandbox", tags=["sandbox"])


@router.post(
    "/invoice-runs",
    **operation(
        "Make a month's invoices now",
        name="run_invoices",
        answer=InvoiceRun,
        scope="write",
        body=InvoiceRunBody,
        example={"month": "2027-01", "documents": 1},
        codes=("not_found", "invalid_month", "engine_unreachable"),
    ),
)
async def run(request: Request, caller: Writer) -> JSONResponse:
    """Make the documents of a month that are missing, over or not; answers when they exist, with how many one sees."""
    parameters(request)
    month = (await body_of(request, InvoiceRunBody)).month
    parts = parts_of(request)
    if parts.invoice_runs is None:
        raise NotFound
    await parts.invoice_runs.run(month)
    mine = and_(visible_invoices(caller), invoices.c.period_start == month.start)
    async with parts.database.read_as(caller.sees) as connection:
        count = await count_documents(connection, mine)
    return JSONResponse({"month": str(month), "documents": count})
