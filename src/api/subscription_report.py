"""The report on subscriptions as its readers see it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from api.report import Place, Report
from api.report_cells import Column
from api.report_totals import Totals
from api.shapes.reports import SubscriptionTotal
from intake.sight import visible_subscriptions
from lifecycle.money import Money
from lifecycle.portrait import Picture, counts, day, money
from storage.report_selection import Selection
from storage.subscription_reports import ReportedSubscription, list_reported_subscriptions, total_subscriptions


async def _rows(
    connection: AsyncConnection, selection: Selection, after: Place | None, limit: int
) -> tuple[ReportedSubscription, ...]:
    before = None if after is None else after[0]
    return await list_reported_subscriptions(connection, selection, before=before, limit=limit)


async def _totals(connection: AsyncConnection, selection: Selection) -> list[Picture]:
    return [
        {"currency": total.currency, "count": total.count, "cost": money(total.cost, total.currency)}
        for total in await total_subscriptions(connection, selection)
    ]


def _picture(row: ReportedSubscription) -> Picture:
    return {
        "customer": row.customer,
        "customer_id": row.customer_id,
        "subscription_id": row.id,
        "reseller": row.reseller,
        "reseller_id": row.reseller_id,
        "offering": row.offering,
        "clm_tier": row.clm_tier,
        "products": counts(row.inventory),
        "state": row.state,
        "renewal_mode": row.renewal_mode,
        "term_number": row.term_number,
        "start_date": day(row.start_date),
        "end_date": day(row.end_date),
        "reference_id": row.reference_id,
        "cost": money(row.cost, row.currency),
    }


SUBSCRIPTIONS = Report[ReportedSubscription](
    name="subscriptions",
    visible=visible_subscriptions,
    columns=(
        Column("customer", lambda row: row.customer),
        Column("customer_id", lambda row: row.customer_id),
        Column("subscription_id", lambda row: row.id),
        Column("reseller", lambda row: row.reseller),
        Column("offering", lambda row: row.offering),
        Column("clm_tier", lambda row: row.clm_tier),
        Column("products", lambda row: "; ".join(f"{line.product} x {line.quantity}" for line in row.inventory)),
        Column("state", lambda row: row.state),
        Column("renewal_mode", lambda row: row.renewal_mode),
        Column("term_number", lambda row: row.term_number),
        Column("start_date", lambda row: row.start_date),
        Column("end_date", lambda row: row.end_date),
        Column("reference_id", lambda row: row.reference_id),
        Column("cost", lambda row: Money(row.cost, row.currency)),
        Column("currency", lambda row: row.currency),
    ),
    rows=_rows,
    totals=_totals,
    of_totals=Totals(SubscriptionTotal),
    picture=_picture,
    place=lambda row: (row.id,),
)
