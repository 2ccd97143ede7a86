"""Reports: what there is and what was posted, as JSON page by page, or whole as CSV or as a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import examples
from api.access import Reader
from api.listing import PAGE, list_answer, page_of
from api.media import CSV, JSON, XLSX, media_type_of
from api.operations import BINARY, operation
from api.parts import parts_of
from api.query import day_of, parameters
from api.report import Report
from api.report_csv import MEDIA_TYPE, csv_chunks
from api.report_xlsx import xlsx_chunks, xlsx_file
from api.shapes.reports import SubscriptionReport, TransactionReport, UsageReport
from api.spooling import spooled, streamed
from api.subscription_report import SUBSCRIPTIONS
from api.transaction_report import TRANSACTIONS
from api.usage_report import USAGE
from intake.scope import Caller, visible_partners
from intake.sight import visible_invoices
from storage.report_selection import Selection

router = APIRouter(prefix="/v1/reports", tags=["reports"])

FILTERS = ("customer_id", "from", "to")
CODES = ("unknown_parameter", "invalid_date", "limit_out_of_range", "invalid_cursor", "not_acceptable")
T = TypeVar("T")


def _documented(name: str, summary: str, answer: type, example: Mapping[str, object]) -> dict[str, Any]:
    return operation(
        summary,
        name=name,
        scope="read",
        answer=answer,
        example=example,
        content={CSV: {"schema": {"type": "string"}}, XLSX: BINARY},
        parameters=(*FILTERS, *PAGE),
        codes=CODES,
    )


@router.get(
    "/subscriptions",
    **_documented("report_subscriptions", "Report on subscriptions", SubscriptionReport, examples.SUBSCRIPTION_REPORT),
)
async def report_subscriptions(request: Request, caller: Reader) -> Response:
    """Report what each subscription holds and what its term cost; with `from` and `to` those charged in these days."""
    return await _answer(request, caller, SUBSCRIPTIONS)


@router.get(
    "/transactions",
    **_documented("report_transactions", "Report on transactions", TransactionReport, examples.TRANSACTION_REPORT),
)
async def report_transactions(request: Request, caller: Reader) -> Response:
    """Report every transaction, refunds too; `from` and `to` are inclusive days of `occurred_at`."""
    return await _answer(request, caller, TRANSACTIONS)


@router.get("/usage", **_documented("report_usage", "Report on usage", UsageReport, examples.USAGE_REPORT))
async def report_usage(request: Request, caller: Reader) -> Response:
    """Report what each running subscription holds; with `from` and `to` those charged in these days."""
    return await _answer(request, caller, USAGE)


async def _answer(request: Request, caller: Caller, report: Report[T]) -> Response:
    media_type = media_type_of(request, JSON, CSV, XLSX)
    given = parameters(request, *FILTERS, *(PAGE if media_type == JSON else ()))
    selection = Selection(
        seer=caller.sees,
        visible=report.visible(caller),
        named=visible_partners(caller),
        documents=visible_invoices(caller),
        customer_id=given.get("customer_id"),
        first=day_of(given, "from"),
        last=day_of(given, "to"),
    )
    if media_type == JSON:
        return await _page(request, report, selection)
    if media_type == CSV:
        return await _csv(request, report, selection)
    return await _xlsx(request, report, selection)


async def _page(request: Request, report: Report[T], selection: Selection) -> Response:
    page, of_totals = page_of(request.query_params, keys=report.keys, carries=True), report.of_totals
    totals = None if page.after is None else of_totals.unpacked(page.carried)
    async with parts_of(request).database.snapshot_as(selection.seer) as connection:
        rows = await report.rows(connection, selection, page.after, page.fetch)
        if totals is None:
            totals = await report.totals(connection, selection)
    more, carried = {"totals": totals}, (of_totals.packed(totals),)
    answer = list_answer(request, page, rows, key=report.place, body=report.picture, more=more, carried=carried)
    answer.headers["Vary"] = "Accept"
    return answer


async def _csv(request: Request, report: Report[T], selection: Selection) -> Response:
    chunks = csv_chunks(report.header, report.batches(parts_of(request).database, selection))
    return await streamed(spooled(chunks), media_type=MEDIA_TYPE, headers=_headers(report, "csv"))


async def _xlsx(request: Request, report: Report[T], selection: Selection) -> Response:
    parts = parts_of(request)
    batches = report.batches(parts.database, selection)
    file = await xlsx_file(report.name, report.header, batches, at=parts.clock.now())
    return await streamed(xlsx_chunks(file), media_type=XLSX, headers=_headers(report, "xlsx"))


def _headers(report: Report[T], ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{report.name}.{ending}"', "Vary": "Accept"}
