"""How many certificates of a product are in use, as the issuing side reported it last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import transaction_lines, transactions, usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The last report on a product of a subscription; `reported_at` is on the subscription's clock."""

    subscription_id: str
    product: str
    in_use: int
    reported_at: datetime


async def set_usage(connection: AsyncConnection, report: Usage) -> Usage | None:
    """Store a report and return the one that it replaces; the caller holds the subscription's lock."""
    of_product = (usage.c.subscription_id == report.subscription_id, usage.c.product == report.product)
    row = (await connection.execute(select(usage).where(*of_product))).mappings().one_or_none()
    if row is None:
        await connection.execute(insert(usage).values(asdict(report)))
        return None
    change = update(usage).where(*of_product).values(in_use=report.in_use, reported_at=report.reported_at)
    await connection.execute(change)
    return Usage(**row)


async def list_usage(connection: AsyncConnection, subscription_id: str) -> dict[str, Usage]:
    """Return the last reports on a subscription, by product."""
    rows = (await connection.execute(select(usage).where(usage.c.subscription_id == subscription_id))).mappings()
    return {row["product"]: Usage(**row) for row in rows}


async def list_in_use(connection: AsyncConnection, subscription_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Return the reported counts of each subscription, by product; one without a report is left out."""
    query = select(usage).where(usage.c.subscription_id.in_(subscription_ids)).order_by(usage.c.product)
    found: dict[str, dict[str, int]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.subscription_id, {})[row.product] = row.in_use
    return found


async def list_charged_products(connection: AsyncConnection, subscription_id: str) -> frozenset[str]:
    """Return the products for which the subscription was ever charged."""
    query = (
        select(transaction_lines.c.product)
        .join(transactions, transactions.c.id == transaction_lines.c.transaction_id)
        .where(transactions.c.subscription_id == subscription_id)
        .distinct()
    )
    return frozenset(await connection.scalars(query))
