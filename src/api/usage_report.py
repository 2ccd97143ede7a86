"""The report on usage as its readers see it. What is in use is null: the issuing side has no address to report it."""

from __future__ import annotations

from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from api.report import Place, Report
from api.report_cells import Column
from intake.sight import visible_subscriptions
from lifecycle.portrait import Picture
from storage.report_selection import Selection
from storage.usage_reports import ReportedUsage, list_reported_usage, total_usage

# Nothing is known of what is in use, so nothing of what is left or of what is too much.
NOT_REPORTED: Picture = {"in_use": None, "available": None, "overage": None}


async def _rows(
    connection: AsyncConnection, selection: Selection, after: Place | None, limit: int
) -> tuple[ReportedUsage, ...]:
    place = cast("tuple[str, str] | None", after)
    return await list_reported_usage(connection, selection, after=place, limit=limit)


async def _totals(connection: AsyncConnection, selection: Selection) -> list[Picture]:
    found = await total_usage(connection, selection)
    return [{"product": product, "inventory": count, **NOT_REPORTED} for product, count in found.items()]


def _picture(row: ReportedUsage) -> Picture:
    return {
        "customer": row.customer,
        "customer_id": row.customer_id,
        "subscription_id": row.subscription_id,
        "product": row.product,
        "inventory": row.inventory,
        **NOT_REPORTED,
    }


USAGE = Report[ReportedUsage](
    name="usage",
    visible=visible_subscriptions,
    columns=(
        Column("customer", lambda row: row.customer),
        Column("customer_id", lambda row: row.customer_id),
        Column("subscription_id", lambda row: row.subscription_id),
        Column("product", lambda row: row.product),
        Column("inventory", lambda row: row.inventory),
        *(Column[ReportedUsage](name, lambda _: None) for name in NOT_REPORTED),
    ),
    rows=_rows,
    totals=_totals,
    picture=_picture,
    place=lambda row: row.key,
    keys=2,
)
