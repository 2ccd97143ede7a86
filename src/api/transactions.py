"""Transactions: one, many, and which of them can still be refunded."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Reader
from api.listing import PAGE, list_answer, page_of
from api.parts import parts_of
from api.query import choice_of, day_of, flag, parameters
from intake.sight import seen_transaction, visible_invoices, visible_transactions
from lifecycle.charges import Action
from lifecycle.portrait import explained, transaction_picture
from lifecycle.terms import REFUND_WINDOW, refundable_until
from storage.given_back import list_given_back
from storage.tables import transactions
from storage.transaction_lists import ListedTransaction, TransactionFilter, list_transactions

router = APIRouter(prefix="/v1/transactions", tags=["money"])

FILTERS = ("customer_id", "subscription_id", "action", "refundable", "from", "to", "reference_id")


@router.get("", summary="List transactions")
async def list_all(request: Request, caller: Reader) -> JSONResponse:
    """List transactions, newest first; `from` and `to` are inclusive days of `occurred_at`."""
    given = parameters(request, *PAGE, *FILTERS)
    page = page_of(given)
    parts = parts_of(request)
    wall = parts.clock.wall()
    refundable = flag(given, "refundable")
    wanted = TransactionFilter(
        customer_id=given.get("customer_id"),
        subscription_id=given.get("subscription_id"),
        action=choice_of(given, "action", tuple(Action)),
        reference_id=given.get("reference_id"),
        first=day_of(given, "from"),
        last=day_of(given, "to"),
        posted_since=min(wall, parts.clock.now()) - REFUND_WINDOW if refundable else None,
    )
    async with parts.database.read_as(caller.sees) as connection:
        found = await _listed(
            connection, visible_transactions(caller), wanted, before=page.before_id, limit=page.fetch, wall=wall
        )
    return list_answer(
        request,
        page,
        found,
        key=lambda item: (item.transaction.id,),
        body=lambda item: {**transaction_picture(item.transaction), "is_refundable": _is_refundable(item, wall)},
    )


@router.get("/{transaction_id}", summary="Read a transaction")
async def read(request: Request, caller: Reader, transaction_id: str) -> JSONResponse:
    """Read a transaction with its lines, and in words how each amount came about."""
    parameters(request)
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await seen_transaction(connection, caller, transaction_id)
        given_back = await list_given_back(
            connection, transactions.c.id == found.id, documents=visible_invoices(caller)
        )
    return JSONResponse(explained(found, given_back))


async def _listed(
    connection: AsyncConnection,
    visible: ColumnElement[bool],
    wanted: TransactionFilter,
    *,
    before: str | None,
    limit: int,
    wall: datetime,
) -> list[ListedTransaction]:
    """Each sandbox subscription has a clock of its own, so the window is looked at row by row until a page is full."""
    found: list[ListedTransaction] = []
    while True:
        batch = await list_transactions(connection, visible, wanted, before=before, limit=limit)
        found.extend(item for item in batch if wanted.posted_since is None or _in_window(item, wall))
        if len(found) >= limit or len(batch) < limit:
            return found[:limit]
        before = batch[-1].transaction.id


def _is_refundable(item: ListedTransaction, wall: datetime) -> bool:
    transaction = item.transaction
    has_left = any(line.refunded_quantity < line.quantity for line in transaction.lines)
    return transaction.action is not Action.REFUND and has_left and _in_window(item, wall)


def _in_window(item: ListedTransaction, wall: datetime) -> bool:
    return wall + item.clock_offset <= refundable_until(item.transaction.posted_at)
