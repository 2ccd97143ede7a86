"""A subscription's usage and entitlement: what the issuing side reports, and what it may issue today."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse

from api import examples
from api.access import Reader, Writer, setting_of
from api.answers import json_answer
from api.bodies import UsageBody
from api.operations import operation
from api.parsing import body_of
from api.parts import parts_of
from api.preconditions import key_of
from api.query import parameters
from api.shapes.usage import Entitlement
from api.shapes.usage import Usage as UsageShape
from api.usage_report import use_picture
from intake.idempotency import Answer, answered_once
from intake.sight import seen_subscription
from intake.usage import Present, present_of, report_usage
from lifecycle.entitlement import ProductUse, barred_because, uses
from lifecycle.portrait import instant
from storage.catalogue import CatalogueVersion, current_catalogue
from storage.usage import Usage, list_usage

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}", tags=["subscriptions"])

_USE = {**examples.PRODUCT_USAGE, "reported_at": "2026-11-22T09:30:00Z"}


@router.put(
    "/usage",
    **operation(
        "Report how many certificates of a product are in use; the last report counts",
        name="set_usage",
        answer=UsageShape,
        scope="write",
        body=UsageBody,
        example={"subscription_id": examples.SUBSCRIPTION_ID, **_USE},
        headers=("Idempotency-Key",),
        codes=("not_found", "unknown_product", "product_not_in_inventory", "not_active"),
    ),
)
async def put_usage(request: Request, caller: Writer, subscription_id: str) -> JSONResponse:
    """Store the report, also of a subscription that has ended: its certificates stay valid."""
    parts = parts_of(request)
    async with parts.database.read_as(caller.sees) as connection:
        await seen_subscription(connection, caller, subscription_id)
    parameters(request)
    body = await body_of(request, UsageBody)

    async def report(connection: AsyncConnection) -> Answer:
        setting = setting_of(request, caller)
        use, kept = await report_usage(
            connection, setting, subscription_id, body.product, body.in_use, clock=parts.clock
        )
        return Answer(status=200, body={"subscription_id": subscription_id, **_use_picture(use, kept)}, headers={})

    key = await key_of(request, required=False)
    at = parts.clock.wall()
    return json_answer(await answered_once(parts.database, caller, key, report, kind="usage.report", at=at))


@router.get(
    "/entitlement",
    **operation(
        "Ask whether certificates may be issued, and how many are left",
        name="read_entitlement",
        answer=Entitlement,
        scope="read",
        example={
            "may_issue": True,
            "reason": None,
            "features": ["Inventory view", "ACME and EST automation"],
            "products": [{**_USE, "max_validity_days": 200}],
        },
        codes=("not_found",),
    ),
)
async def get_entitlement(request: Request, caller: Reader, subscription_id: str) -> JSONResponse:
    """Answer for this moment of the subscription's clock, also where what is due by then is not recorded yet."""
    parts = parts_of(request)
    async with parts.database.read_as(caller.sees) as connection:
        row = await seen_subscription(connection, caller, subscription_id)
        parameters(request)
        reported = await list_usage(connection, subscription_id)
        catalogue = await current_catalogue(connection)
    async with parts.database.read() as connection:
        present = await present_of(connection, row, parts.clock)
    return JSONResponse(_entitlement(present, reported, catalogue))


def _entitlement(present: Present, reported: dict[str, Usage], catalogue: CatalogueVersion) -> dict[str, Any]:
    subscription = present.subscription
    reason = barred_because(subscription)
    in_use = {product: report.in_use for product, report in reported.items()}
    return {
        "may_issue": reason is None,
        "reason": reason,
        "features": list(catalogue.catalogue.tiers[subscription.clm_tier].benefits),
        "products": [
            {
                **_use_picture(use, reported.get(use.product)),
                "max_validity_days": catalogue.longest_validity(use.product, on=present.at.date()),
            }
            for use in uses(subscription.inventory, in_use)
        ],
    }


def _use_picture(use: ProductUse, report: Usage | None) -> dict[str, Any]:
    return {**use_picture(use), "reported_at": None if report is None else instant(report.reported_at)}
