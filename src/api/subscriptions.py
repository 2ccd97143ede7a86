"""Subscriptions: purchase, one, many."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from activities.answers import subscription_picture
from activities.orders import PURCHASE
from api.access import Reader, Writer
from api.asking import ask_counter
from api.bodies import PurchaseBody
from api.listing import PAGE, list_answer, page_of
from api.parsing import body_of, named_in_body
from api.parts import Parts, own_days_of, parts_of
from api.preconditions import etag
from api.query import LONGEST_WINDOW, choice_of, day_of, flag, number_of, parameters
from intake.scope import Caller
from intake.sight import check_customer, seen_subscription, visible_subscriptions
from lifecycle.portrait import instant
from lifecycle.subscription import RenewalMode, State
from storage.ids import new_id
from storage.subscription_lists import SubscriptionFilter, list_subscriptions
from storage.subscriptions import SubscriptionRow
from storage.tellings import Telling, pending_of

router = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"])

FILTERS = (
    "customer_id",
    "partner_id",
    "state",
    "offering",
    "renewal_mode",
    "ends_before",
    "ends_after",
    "ends_within",
    "held",
    "reference_id",
)


@router.post("", status_code=201, summary="Buy a subscription")
async def purchase(request: Request, caller: Writer) -> JSONResponse:
    """Buy a subscription: it becomes active, waits for its start date, or waits for the agreement."""
    body = await purchase_body(request, caller)
    return await ask_counter(request, caller, PURCHASE, body, location="/v1/subscriptions")


@router.get("", summary="List subscriptions")
async def list_all(request: Request, caller: Reader) -> JSONResponse:
    """List subscriptions, newest first."""
    given = parameters(request, *PAGE, *FILTERS)
    page, parts = page_of(given), parts_of(request)
    days = number_of(given, "ends_within", most=LONGEST_WINDOW)
    wanted = SubscriptionFilter(
        customer_id=given.get("customer_id"),
        partner_id=given.get("partner_id"),
        state=choice_of(given, "state", tuple(State)),
        offering=given.get("offering"),
        renewal_mode=choice_of(given, "renewal_mode", tuple(RenewalMode)),
        reference_id=given.get("reference_id"),
        ends_before=day_of(given, "ends_before"),
        ends_after=day_of(given, "ends_after"),
        ends_within=None if days is None else own_days_of(parts).ends_within(days),
        held=flag(given, "held"),
    )
    async with parts.database.read_as(caller.sees) as connection:
        rows = await list_subscriptions(
            connection, visible_subscriptions(caller), wanted, before=page.before_id, limit=page.fetch
        )
    return list_answer(
        request, page, rows, key=lambda row: (row.subscription.id,), body=lambda row: picture_of(row, caller, parts)
    )


@router.get("/{subscription_id}", summary="Read a subscription")
async def read(request: Request, caller: Reader, subscription_id: str) -> JSONResponse:
    """Read a subscription as it stands."""
    parameters(request)
    parts = parts_of(request)
    async with parts.database.read_as(caller.sees) as connection:
        row = await seen_subscription(connection, caller, subscription_id)
        pending = await pending_of(connection, [subscription_id])
    picture = {**picture_of(row, caller, parts), "pending_tellings": [_pending_picture(telling) for telling in pending]}
    return JSONResponse(picture, headers={"ETag": etag(row.subscription.version)})


def _pending_picture(telling: Telling) -> dict[str, Any]:
    return {
        "id": telling.id,
        "kind": telling.kind,
        "to": telling.webhook_id or telling.role,
        "at": instant(telling.at),
        "attempts": telling.attempts,
        "last_error": telling.last_error,
        "next_try_at": instant(telling.next_try_at),
    }


def picture_of(row: SubscriptionRow, caller: Caller, parts: Parts) -> dict[str, Any]:
    """Return a subscription's representation; operators get a link into Temporal's UI, a sandbox shows its day."""
    picture = subscription_picture(
        row.subscription,
        settled_until=row.settled_until,
        reseller_id=row.reseller_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
    picture["company_name"] = row.company_name
    if parts.sandbox:
        picture["today"] = parts.clock.of(row).date().isoformat()
    if caller.is_operator:
        picture["workflow_url"] = parts.workflow_url(row.subscription.id)
    return picture


async def purchase_body(request: Request, caller: Caller) -> dict[str, Any]:
    """Return the purchase in a request, with the ids that it may need; its customer is one that the caller sees.

    Raises:
        NotFound: `customer_not_found`, which comes before everything else about the body.
        InvalidInput: the body's shape.
    """
    customer_id = await named_in_body(request, "customer_id")
    if customer_id is not None:
        async with parts_of(request).database.read_as(caller.sees) as connection:
            await check_customer(connection, caller, customer_id)
    body = await body_of(request, PurchaseBody)
    return {
        "subscription_id": new_id("sub"),
        "eca_request_id": new_id("eca"),
        **body.model_dump(mode="json"),
    }
