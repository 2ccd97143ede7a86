"""`/v1/invoices/{id}.pdf`: a document as a file, the same to the byte whenever it is asked for."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import and_
from starlette.requests import Request
from starlette.responses import Response

from activities.printed_invoices import printed
from api.access import Reader
from api.media import PDF
from api.operations import BINARY, operation
from api.parts import parts_of
from api.query import parameters
from intake.denials import NotFound
from intake.sight import visible_invoices
from storage.invoices import find_document, list_document_lines
from storage.tables import invoices

router = APIRouter(prefix="/v1/invoices", tags=["money"])


@router.get(
    "/{invoice_id}.pdf",
    **operation(
        "Read an invoice or credit note as PDF",
        name="read_invoice_pdf",
        scope="read",
        content={PDF: BINARY},
        codes=("not_found",),
    ),
)
async def read(request: Request, caller: Reader, invoice_id: str) -> Response:
    """Read a document as a PDF that says how each of its amounts came about."""
    parameters(request)
    parts = parts_of(request)
    async with parts.database.read_as(caller.sees) as connection:
        found = await find_document(connection, and_(visible_invoices(caller), invoices.c.id == invoice_id))
        if found is None:
            raise NotFound
        lines = await list_document_lines(connection, [invoice_id])
    document = printed(found, lines[invoice_id])
    disposition = f'inline; filename="{found.number}.pdf"'
    return Response(await parts.printing.pdf(document), media_type=PDF, headers={"Content-Disposition": disposition})
