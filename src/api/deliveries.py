"""`/v1/webhooks/{id}/deliveries`: what a webhook was told and is still owed, and having it told again."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Admin, Reader, setting_of
from api.answers import json_answer
from api.examples import DELIVERY, page_of_examples
from api.listing import PAGE, list_answer, page_of
from api.operations import Listed, operation
from api.parameter_table import one_of
from api.parts import parts_of
from api.preconditions import key_of
from api.query import choice_of, parameters
from api.shapes.events import Delivery
from api.webhooks import visible_webhook
from intake.idempotency import Answer, answered_once
from lifecycle.portrait import instant
from storage.deliveries import list_deliveries
from storage.tellings import FAILED, PENDING, SENT, Telling

router = APIRouter(prefix="/v1/webhooks/{webhook_id}/deliveries", tags=["webhooks"])

STATUSES = (PENDING, SENT, FAILED)


@router.get(
    "",
    **operation(
        "List what a webhook was told and is owed",
        name="list_deliveries",
        answer=Listed(Delivery),
        special={"status": one_of("With this status only.", *STATUSES)},
        scope="read",
        example=page_of_examples(DELIVERY),
        parameters=("status", *PAGE),
        codes=("not_found", "invalid_value", "unknown_parameter", "limit_out_of_range", "invalid_cursor"),
    ),
)
async def get_deliveries(request: Request, webhook_id: str, caller: Reader) -> JSONResponse:
    """Return a page, newest first."""
    await visible_webhook(request, caller, webhook_id)
    given = parameters(request, "status", *PAGE)
    page, status = page_of(given), choice_of(given, "status", STATUSES)
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await list_deliveries(connection, webhook_id, before=page.before_id, limit=page.fetch, status=status)
    return list_answer(request, page, found, key=lambda telling: (telling.id,), body=delivery_body)


@router.post(
    "/{delivery_id}/retry",
    **operation(
        "Tell a webhook again, whatever became of it before",
        name="retry_delivery",
        answer=Delivery,
        scope="admin",
        example={**DELIVERY, "status": "pending", "sent_at": None},
        headers=("Idempotency-Key",),
        codes=("not_found", "webhook_disabled", "idempotency_key_reused", "engine_unreachable"),
    ),
)
async def retry_delivery(request: Request, webhook_id: str, delivery_id: str, caller: Admin) -> JSONResponse:
    """Owe it anew, under the same id."""
    parameters(request)
    parts = parts_of(request)
    setting, now = setting_of(request, caller), parts.clock.wall()
    await visible_webhook(request, caller, webhook_id)
    await parts.webhooks.check_engine()

    async def retry(connection: AsyncConnection) -> Answer:
        telling = await parts.webhooks.retry(connection, setting, webhook_id, delivery_id, now=now)
        return Answer(status=200, body=delivery_body(telling), headers={})

    key = await key_of(request, required=False)
    answer = await answered_once(parts.database, caller, key, retry, kind="webhook.retry", at=now)
    await parts.webhooks.wake(webhook_id)
    return json_answer(answer)


def delivery_body(telling: Telling) -> dict[str, Any]:
    """Return a telling as its webhook's partner sees it; `id` is the `webhook-id` of every try."""
    return {
        "id": telling.id,
        "webhook_id": telling.webhook_id,
        "event_id": telling.body["id"],
        "subscription_id": telling.subscription_id,
        "version": telling.version,
        "kind": telling.kind,
        "status": telling.status,
        "attempts": telling.attempts,
        "last_error": telling.last_error,
        "next_try_at": instant(telling.next_try_at),
        "created_at": instant(telling.created_at),
        "sent_at": instant(telling.sent_at),
    }
