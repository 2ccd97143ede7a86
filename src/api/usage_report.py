"""The report on usage as its readers see it. What is in use is null where the issuing side has not reported it."""

from __future__ import annotations

from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from api.report import Place, Report
from api.report_cells import Column
from api.report_totals import Totals
from api.shapes.usage import ProductUsage
from intake.sight import visible_subscriptions
from lifecycle.entitlement import ProductUse
from lifecycle.portrait import Picture
from storage.report_selection import Selection
from storage.usage_reports import ReportedUsage, TotalUsage, list_reported_usage, total_usage


async def _rows(
    connection: AsyncConnection, selection: Selection, after: Place | None, limit: int
) -> tuple[ReportedUsage, ...]:
    place = cast("tuple[str, str] | None", after)
    return await list_reported_usage(connection, selection, after=place, limit=limit)


async def _totals(connection: AsyncConnection, selection: Selection) -> list[Picture]:
    return [use_picture(total) for total in await total_usage(connection, selection)]


def use_picture(use: ProductUse | TotalUsage) -> Picture:
    """Return what is held and what is in use of a product, as it is shown everywhere."""
    return {
        "product": use.product,
        "inventory": use.inventory,
        "in_use": use.in_use,
        "available": use.available,
        "overage": use.overage,
    }


def _picture(row: ReportedUsage) -> Picture:
    return {
        "customer": row.customer,
        "customer_id": row.customer_id,
        "subscription_id": row.subscription_id,
        **use_picture(row.use),
    }


USAGE = Report[ReportedUsage](
    name="usage",
    visible=visible_subscriptions,
    columns=(
        Column("customer", lambda row: row.customer),
        Column("customer_id", lambda row: row.customer_id),
        Column("subscription_id", lambda row: row.subscription_id),
        Column("product", lambda row: row.use.product),
        Column("inventory", lambda row: row.use.inventory),
        Column("in_use", lambda row: row.use.in_use),
        Column("available", lambda row: row.use.available),
        Column("overage", lambda row: row.use.overage),
    ),
    rows=_rows,
    totals=_totals,
    of_totals=Totals(ProductUsage),
    picture=_picture,
    place=lambda row: row.key,
    keys=2,
)
