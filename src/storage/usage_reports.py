"""The report on usage: what each subscription in its term holds of each product, newest subscription first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, and_, column, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.subscription import State
from storage.report_selection import Selection
from storage.tables import customers, subscriptions

IN_TERM = (State.ACTIVE.value, State.SUSPENDED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedUsage:
    """A row of the report: a product and how many certificates of it the subscription holds."""

    subscription_id: str
    customer_id: str
    customer: str
    product: str
    inventory: int

    @property
    def key(self) -> tuple[str, str]:
        """Where the row stands in the report."""
        return self.subscription_id, self.product


async def list_reported_usage(
    connection: AsyncConnection, selection: Selection, *, after: tuple[str, str] | None, limit: int
) -> tuple[ReportedUsage, ...]:
    """Return rows of the report, those that stand behind `after`; a subscription's products are sorted by code."""
    held, product, quantity = _held(connection)
    company = customers.alias("company")
    query = (
        select(
            subscriptions.c.id,
            subscriptions.c.customer_id,
            company.c.company_name,
            product.label("product"),
            quantity.label("quantity"),
        )
        .join_from(subscriptions, company, company.c.id == subscriptions.c.customer_id)
        .join(held, true())
        .where(*_conditions(selection))
        .order_by(subscriptions.c.id.desc(), product)
        .limit(limit)
    )
    if after is not None:
        id_, last = after
        behind = and_(subscriptions.c.id == id_, product > last)
        query = query.where(subscriptions.c.id <= id_, or_(subscriptions.c.id < id_, behind))
    return tuple(
        ReportedUsage(
            subscription_id=row.id,
            customer_id=row.customer_id,
            customer=row.company_name,
            product=row.product,
            inventory=row.quantity,
        )
        for row in await connection.execute(query)
    )


async def total_usage(connection: AsyncConnection, selection: Selection) -> dict[str, int]:
    """Return how many certificates the whole report has of each product."""
    held, product, quantity = _held(connection)
    query = (
        select(product, func.sum(quantity))
        .join_from(subscriptions, held, true())
        .where(*_conditions(selection))
        .group_by(product)
        .order_by(product)
    )
    return {code: int(count) for code, count in await connection.execute(query)}


def _conditions(selection: Selection) -> Sequence[ColumnElement[bool]]:
    return (subscriptions.c.state.in_(IN_TERM), *selection.of_subscriptions())


def _held(connection: AsyncConnection) -> tuple[FromClause, ColumnElement[str], ColumnElement[int]]:
    """Return the lines of a subscription's inventory as a table, with their product and their quantity."""
    if connection.dialect.name == "sqlite":
        lines = func.json_each(subscriptions.c.body, "$.inventory").table_valued("value").alias("held")
        line = lines.c.value
        return lines, func.json_extract(line, "$.product"), func.json_extract(line, "$.quantity")
    found = func.jsonb_array_elements(subscriptions.c.body["inventory"])
    lines = found.table_valued(column("value", JSONB)).alias("held")
    held = lines.c.value
    return lines, held["product"].as_string(), held["quantity"].as_integer()
