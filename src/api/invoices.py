"""`/v1/invoices`: the documents of billing accounts, what the next one holds, and what is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy import ColumnElement, and_
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse

from activities.invoice_pictures import invoice_picture, upcoming_picture
from api import examples
from api.access import Reader, Refunder, setting_of
from api.answers import json_answer
from api.asking import DRY_RUN
from api.bodies import PaidBody
from api.listing import PAGE, list_answer, page_of
from api.operations import Listed, operation
from api.parsing import body_of
from api.parts import parts_of
from api.preconditions import key_of
from api.query import choice_of, flag, month_of, parameters
from api.shapes.invoices import Invoice, UpcomingInvoice
from intake.denials import NotFound
from intake.idempotency import Answer, answered_once
from intake.invoices import as_paid, mark_invoice_paid, payable, upcoming
from intake.scope import Caller, visible_partners
from intake.sight import visible_invoices
from lifecycle.invoices import DocumentKind, InvoiceStatus
from lifecycle.portrait import Picture
from storage.invoices import InvoiceRow, find_document, list_document_lines, list_documents
from storage.partners import Partner, find_partner
from storage.tables import invoices

router = APIRouter(prefix="/v1/invoices", tags=["money"])

FILTERS = ("account_id", "kind", "status", "month")
# In a list a document of more lines than these shows only how many it has.
LISTED_LINES = 100
_LIST = ("unknown_parameter", "invalid_value", "invalid_month", "limit_out_of_range", "invalid_cursor")
_KEY = ("idempotency_key_required", "idempotency_key_reused", "request_in_progress")


@router.get(
    "",
    **operation(
        "List invoices and credit notes",
        name="list_invoices",
        answer=Listed(Invoice),
        scope="read",
        example=examples.page_of_examples(examples.INVOICE),
        parameters=(*FILTERS, *PAGE),
        codes=_LIST,
    ),
)
async def list_all(request: Request, caller: Reader) -> JSONResponse:
    """List documents, newest first; `lines` is null for one that has more than a hundred."""
    given = parameters(request, *PAGE, *FILTERS)
    page = page_of(given)
    wanted = and_(visible_invoices(caller), *_narrowed(given))
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await list_documents(connection, wanted, before=page.before_id, limit=page.fetch)
        pictures = await _pictures(connection, found[: page.limit])
    return list_answer(request, page, found, key=lambda row: (row.id,), body=lambda row: pictures[row.id])


@router.get(
    "/upcoming",
    **operation(
        "Read what the next invoice holds",
        name="read_upcoming_invoice",
        answer=UpcomingInvoice,
        scope="read",
        example=examples.UPCOMING_INVOICE,
        parameters=("account_id",),
        codes=("not_found", "unknown_parameter"),
    ),
)
async def read_upcoming(request: Request, caller: Reader) -> JSONResponse:
    """Read what is posted and on no document yet, and what will be charged by itself before the next one is made."""
    given = parameters(request, "account_id")
    parts = parts_of(request)
    # One snapshot: a run that is at work meanwhile takes all of it or nothing.
    async with parts.database.snapshot_as(caller.sees) as connection:
        account = await _account(connection, caller, given.get("account_id"))
        found = await upcoming(connection, account, parts.clock)
    return JSONResponse(upcoming_picture(found.document, found.names, bill_at=found.bill_at))


@router.get(
    "/{invoice_id}",
    **operation(
        "Read an invoice or credit note",
        name="read_invoice",
        answer=Invoice,
        scope="read",
        example=examples.INVOICE,
        codes=("not_found",),
    ),
)
async def read(request: Request, caller: Reader, invoice_id: str) -> JSONResponse:
    """Read a document with its lines."""
    parameters(request)
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await find_document(connection, and_(visible_invoices(caller), invoices.c.id == invoice_id))
        if found is None:
            raise NotFound
        return JSONResponse(await _picture(connection, found))


@router.post(
    "/{invoice_id}/paid",
    **operation(
        "Mark an invoice as paid",
        name="mark_invoice_paid",
        answer=Invoice,
        may_be_empty=True,
        scope="refund",
        body=PaidBody,
        example={**examples.INVOICE, "status": "paid", "paid_at": "2027-02-20T08:00:00Z"},
        parameters=(DRY_RUN,),
        headers=("Idempotency-Key",),
        codes=("not_found", "unknown_field", *_KEY, "invoice_already_paid", "nothing_to_pay"),
    ),
)
async def pay(request: Request, caller: Refunder, invoice_id: str) -> JSONResponse:
    """Note that the money came in."""
    parts = parts_of(request)
    async with parts.database.read_as(caller.sees) as connection:
        mine = and_(visible_invoices(caller), invoices.c.id == invoice_id)
        if await find_document(connection, mine) is None:
            raise NotFound
    is_dry = flag(parameters(request, DRY_RUN), DRY_RUN)
    await body_of(request, PaidBody, may_be_empty=True)
    setting = setting_of(request, caller)
    if is_dry:
        async with parts.database.read_as(caller.sees) as connection:
            found = await payable(connection, visible_invoices(caller), invoice_id)
            picture = await _picture(connection, as_paid(found, at=setting.at))
        return JSONResponse({**picture, "dry_run": True})

    async def work(connection: AsyncConnection) -> Answer:
        paid = await mark_invoice_paid(connection, setting, invoice_id)
        return Answer(status=200, body=await _picture(connection, paid), headers={})

    key = await key_of(request, required=True)
    at = parts.clock.wall()
    return json_answer(await answered_once(parts.database, caller, key, work, kind="invoice.paid", at=at))


def _narrowed(given: Mapping[str, str]) -> list[ColumnElement[bool]]:
    month = month_of(given, "month")
    wanted = {
        invoices.c.account_id: given.get("account_id"),
        invoices.c.kind: choice_of(given, "kind", tuple(DocumentKind)),
        invoices.c.status: choice_of(given, "status", tuple(InvoiceStatus)),
        invoices.c.period_start: None if month is None else month.start,
    }
    return [column == value for column, value in wanted.items() if value is not None]


async def _account(connection: AsyncConnection, caller: Caller, account_id: str | None) -> Partner:
    """The caller's own account, or one that it sees; a reseller has none."""
    found = await find_partner(connection, account_id or caller.partner.id, visible=visible_partners(caller))
    if found is None or found.parent_id is not None:
        raise NotFound
    return found


async def _picture(connection: AsyncConnection, invoice: InvoiceRow) -> Picture:
    lines = await list_document_lines(connection, [invoice.id])
    return invoice_picture(invoice, lines.get(invoice.id, ()))


async def _pictures(connection: AsyncConnection, found: Sequence[InvoiceRow]) -> dict[str, Mapping[str, Any]]:
    short = [invoice.id for invoice in found if invoice.line_count <= LISTED_LINES]
    lines = await list_document_lines(connection, short)
    return {invoice.id: invoice_picture(invoice, lines.get(invoice.id)) for invoice in found}
