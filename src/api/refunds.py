"""Refunds: certificates of one or more transactions given back, all of it or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Reader, Refunder
from api.asking import answer_of, asking_of
from api.bodies import RefundBody
from api.listing import PAGE, list_answer, page_of
from api.parsing import body_of, json_of
from api.parts import parts_of
from api.query import parameters
from intake.denials import MissingScope, NotFound
from intake.refund_lines import seen_lines
from intake.refunds import REFUND
from intake.scope import Caller
from intake.sight import visible_refunds
from lifecycle.charges import PostedTransaction
from lifecycle.portrait import instant, money, transaction_picture
from storage.refunds import RefundRow, find_refund, find_refund_transactions
from storage.transaction_lists import list_refunds

router = APIRouter(prefix="/v1/refunds", tags=["money"])


@router.post("", status_code=201, summary="Refund certificates")
async def refund(request: Request, caller: Refunder) -> JSONResponse:
    """Refund certificates of one customer's transactions of the last 30 days."""
    await _check_override(request, caller)
    body = await body_of(request, RefundBody)
    ids = [line.transaction_line_id for line in body.lines]
    async with parts_of(request).database.read_as(caller.sees) as connection:
        await seen_lines(connection, caller, ids)
    asking = await asking_of(request, caller, REFUND, body.model_dump(mode="json"))
    reply = await parts_of(request).refunds.ask(asking)
    return answer_of(asking, reply, location="/v1/refunds")


@router.get("", summary="List refunds")
async def list_all(request: Request, caller: Reader) -> JSONResponse:
    """List refunds, newest first."""
    given = parameters(request, *PAGE, "customer_id")
    page = page_of(given)
    async with parts_of(request).database.read_as(caller.sees) as connection:
        rows = await list_refunds(
            connection,
            visible_refunds(caller),
            customer_id=given.get("customer_id"),
            before=page.before_id,
            limit=page.fetch,
        )
        pictures = await _pictures(connection, rows)
    return list_answer(request, page, rows, key=lambda row: (row.id,), body=lambda row: pictures[row.id])


@router.get("/{refund_id}", summary="Read a refund")
async def read(request: Request, caller: Reader, refund_id: str) -> JSONResponse:
    """Read a refund with its transactions."""
    parameters(request)
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await find_refund(connection, refund_id, visible_refunds(caller))
        if found is None:
            raise NotFound
        return JSONResponse((await _pictures(connection, [found]))[found.id])


async def _check_override(request: Request, caller: Caller) -> None:
    """Acting out of the window is the operators' alone; a scope comes before the body's shape."""
    raw: object = await json_of(request)
    members = cast("dict[str, object]", raw) if isinstance(raw, dict) else {}
    if members.get("override_window") is True and not caller.has_scope("ops"):
        raise MissingScope("ops")


async def _pictures(connection: AsyncConnection, rows: Sequence[RefundRow]) -> dict[str, dict[str, Any]]:
    transactions = await find_refund_transactions(connection, [row.id for row in rows])
    return {row.id: _picture(row, transactions[row.id]) for row in rows}


def _picture(row: RefundRow, transactions: Sequence[PostedTransaction]) -> dict[str, Any]:
    return {
        "id": row.id,
        "customer_id": row.customer_id,
        "reason": row.reason,
        "reference_id": row.reference_id,
        "total": money(row.total, row.currency),
        "created_at": instant(row.created_at),
        "transactions": [transaction_picture(transaction) for transaction in transactions],
    }
