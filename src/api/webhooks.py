"""`/v1/webhooks`: where a partner is told of events, and what secret signs what it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.access import Admin, Reader, setting_of
from api.answers import NOTHING_LEFT, empty_answer, json_answer
from api.examples import WEBHOOK, WEBHOOK_WITH_SECRET, page_of_examples
from api.listing import PAGE, list_answer, page_of
from api.operations import Listed, operation
from api.parsing import body_of
from api.parts import parts_of
from api.preconditions import key_of
from api.query import parameters
from api.shapes.events import Webhook as WebhookShape
from api.shapes.events import WebhookWithSecret
from api.webhook_bodies import NewWebhookBody, RotationBody, WebhookChangesBody
from intake.denials import NotFound
from intake.idempotency import Answer, Declined, answered_once
from intake.scope import Caller
from intake.sight import visible_webhooks
from lifecycle.portrait import instant
from storage.webhooks import DISABLED, Webhook, find_webhook, list_webhooks

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

NUMBER = "number"  # of the secret; stands in a kept answer, since the secret itself is kept nowhere
_FIELDS = ("unknown_field", "required", "invalid_url", "webhook_port_not_allowed", "webhook_address_not_public")
_CHANGE = ("not_found", "idempotency_key_reused")


@router.post(
    "",
    **operation(
        "Create a webhook; its secret is shown once",
        name="create_webhook",
        answer=WebhookWithSecret,
        scope="admin",
        status=201,
        body=NewWebhookBody,
        example=WEBHOOK_WITH_SECRET,
        headers=("Idempotency-Key",),
        codes=(*_FIELDS, "unknown_event_kind", "webhook_limit", "idempotency_key_reused"),
    ),
)
async def post_webhook(request: Request, caller: Admin) -> JSONResponse:
    """Create it with its audit entry."""
    parameters(request)
    fields = (await body_of(request, NewWebhookBody)).model_dump()

    async def create(connection: AsyncConnection) -> Answer:
        webhook = await parts_of(request).webhooks.create(connection, setting_of(request, caller), fields)
        location = {"Location": f"{router.prefix}/{webhook.id}"}
        return Answer(status=201, body=_with_number(request, webhook), headers=location)

    return await _answered(request, caller, create, kind="webhook.create")


@router.get(
    "",
    **operation(
        "List webhooks",
        name="list_webhooks",
        answer=Listed(WebhookShape),
        scope="read",
        example=page_of_examples(WEBHOOK),
        parameters=PAGE,
        codes=("unknown_parameter", "limit_out_of_range", "invalid_cursor"),
    ),
)
async def get_webhooks(request: Request, caller: Reader) -> JSONResponse:
    """Return a page, newest first."""
    page = page_of(parameters(request, *PAGE))
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await list_webhooks(connection, visible_webhooks(caller), before=page.before_id, limit=page.fetch)
    return list_answer(
        request, page, found, key=lambda webhook: (webhook.id,), body=lambda webhook: webhook_body(request, webhook)
    )


@router.get(
    "/{webhook_id}",
    **operation(
        "Read a webhook", name="read_webhook", answer=WebhookShape, scope="read", example=WEBHOOK, codes=("not_found",)
    ),
)
async def get_webhook(request: Request, webhook_id: str, caller: Reader) -> JSONResponse:
    """Return it, without its secret."""
    webhook = await visible_webhook(request, caller, webhook_id)
    parameters(request)
    return JSONResponse(webhook_body(request, webhook))


@router.patch(
    "/{webhook_id}",
    **operation(
        "Change a webhook, disable or enable it",
        name="change_webhook",
        answer=WebhookShape,
        scope="admin",
        body=WebhookChangesBody,
        example=WEBHOOK,
        headers=("Idempotency-Key",),
        codes=(*_CHANGE, *_FIELDS, "unknown_event_kind"),
    ),
)
async def patch_webhook(request: Request, webhook_id: str, caller: Admin) -> JSONResponse:
    """Change what the body names; what a disabled one was owed is given up."""
    await visible_webhook(request, caller, webhook_id)
    parameters(request)
    changes = (await body_of(request, WebhookChangesBody)).model_dump(exclude_unset=True)
    webhooks = parts_of(request).webhooks

    async def edit(connection: AsyncConnection) -> Answer:
        webhook = await webhooks.edit(connection, setting_of(request, caller), webhook_id, changes)
        return Answer(status=200, body=webhook_body(request, webhook), headers={})

    answer = await _answered(request, caller, edit, kind="webhook.edit")
    if changes.get("state") == DISABLED:
        await webhooks.wake(webhook_id)  # so that its delivery ends
    return answer


@router.delete(
    "/{webhook_id}",
    **operation(
        "Delete a webhook",
        name="delete_webhook",
        scope="admin",
        status=204,
        example=None,
        headers=("Idempotency-Key",),
        codes=("not_found",),
    ),
)
async def delete_webhook(request: Request, webhook_id: str, caller: Admin) -> Response:
    """End it; what it was owed is given up. A key is looked at first: a repeat would not find the webhook."""
    parameters(request)
    parts = parts_of(request)

    async def delete(connection: AsyncConnection) -> Answer:
        await parts.webhooks.delete(connection, setting_of(request, caller), webhook_id)
        return NOTHING_LEFT

    key, at = await key_of(request, required=False), parts.clock.wall()
    answer = await answered_once(parts.database, caller, key, delete, kind="webhook.delete", at=at)
    await parts.webhooks.wake(webhook_id)
    return empty_answer(answer)


@router.post(
    "/{webhook_id}/rotate-secret",
    **operation(
        "Give a webhook a new secret; for a while the one before is signed with too",
        name="rotate_webhook_secret",
        answer=WebhookWithSecret,
        may_be_empty=True,
        scope="admin",
        body=RotationBody,
        example=WEBHOOK_WITH_SECRET,
        headers=("Idempotency-Key",),
        codes=(*_CHANGE, "unknown_field", "out_of_range"),
    ),
)
async def rotate_secret(request: Request, webhook_id: str, caller: Admin) -> JSONResponse:
    """Return the new secret, once."""
    await visible_webhook(request, caller, webhook_id)
    parameters(request)
    overlap = timedelta(hours=(await body_of(request, RotationBody, may_be_empty=True)).overlap_hours)
    parts = parts_of(request)

    async def rotate(connection: AsyncConnection) -> Answer:
        until = parts.clock.wall() + overlap
        webhook = await parts.webhooks.rotate(connection, setting_of(request, caller), webhook_id, until=until)
        return Answer(status=200, body=_with_number(request, webhook), headers={})

    return await _answered(request, caller, rotate, kind="webhook.rotate")


async def visible_webhook(request: Request, caller: Caller, webhook_id: str) -> Webhook:
    """Return a webhook.

    Raises:
        NotFound: there is none, or none that the caller sees.
    """
    async with parts_of(request).database.read_as(caller.sees) as connection:
        webhook = await find_webhook(connection, webhook_id, visible_webhooks(caller))
    if webhook is None:
        raise NotFound
    return webhook


def webhook_body(request: Request, webhook: Webhook) -> dict[str, Any]:
    """Return a webhook as it is shown: never with its secret."""
    overlaps = len(webhook.secret_numbers(parts_of(request).clock.wall())) > 1
    return {
        "id": webhook.id,
        "partner_id": webhook.partner_id,
        "url": webhook.url,
        "description": webhook.description,
        "kinds": None if webhook.kinds is None else list(webhook.kinds),
        "state": webhook.state,
        "state_reason": webhook.state_reason,
        "previous_secret_expires_at": instant(webhook.previous_until) if overlaps else None,
        "created_at": instant(webhook.created_at),
        "updated_at": instant(webhook.updated_at),
    }


def _with_number(request: Request, webhook: Webhook) -> dict[str, Any]:
    return {**webhook_body(request, webhook), NUMBER: webhook.secret_number}


async def _answered(request: Request, caller: Caller, work: Any, *, kind: str) -> JSONResponse:
    """Do it once under the request's key; a kept answer names its secret by number, and shows it again."""
    parts = parts_of(request)
    key = await key_of(request, required=False)
    answer = await answered_once(parts.database, caller, key, work, kind=kind, at=parts.clock.wall())
    if isinstance(answer, Declined):
        return json_answer(answer)
    body = dict(answer.body)
    number = body.pop(NUMBER, None)
    if number is not None:
        body["secret"] = parts.webhooks.secret(body["id"], number)
    return json_answer(Answer(status=answer.status, body=body, headers=answer.headers, replayed=answer.replayed))
