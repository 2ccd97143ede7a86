"""The report on usage: what each subscription in its term holds of each product, newest subscription first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, and_, case, column, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.entitlement import ProductUse
from lifecycle.subscription import State
from storage.report_selection import Selection
from storage.tables import customers, subscriptions, usage

IN_TERM = (State.ACTIVE.value, State.SUSPENDED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedUsage:
    """A row of the report: a product, how many certificates of it the subscription holds and how many are in use."""

    subscription_id: str
    customer_id: str
    customer: str
    use: ProductUse

    @property
    def key(self) -> tuple[str, str]:
        """Where the row stands in the report."""
        return self.subscription_id, self.use.product


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalUsage:
    """The sums of a product; those of what is in use are over what was reported, None where nothing was."""

    product: str
    inventory: int
    in_use: int | None
    available: int | None
    overage: int | None


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
            usage.c.in_use,
        )
        .join_from(subscriptions, company, company.c.id == subscriptions.c.customer_id)
        .join(held, true())
        .outerjoin(usage, _is_of(product))
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
            use=ProductUse(product=row.product, inventory=row.quantity, in_use=row.in_use),
        )
        for row in await connection.execute(query)
    )


async def total_usage(connection: AsyncConnection, selection: Selection) -> tuple[TotalUsage, ...]:
    """Return how many certificates the whole report has of each product, by its code."""
    held, product, quantity = _held(connection)
    query = (
        select(
            product.label("product"),
            func.sum(quantity).label("inventory"),
            func.sum(usage.c.in_use).label("in_use"),
            func.sum(_excess(quantity, usage.c.in_use)).label("available"),
            func.sum(_excess(usage.c.in_use, quantity)).label("overage"),
        )
        .join_from(subscriptions, held, true())
        .outerjoin(usage, _is_of(product))
        .where(*_conditions(selection))
        .group_by(product)
        .order_by(product)
    )
    return tuple(
        TotalUsage(
            product=row.product,
            inventory=int(row.inventory),
            in_use=_count(row.in_use),
            available=_count(row.available),
            overage=_count(row.overage),
        )
        for row in await connection.execute(query)
    )


def _is_of(product: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(usage.c.subscription_id == subscriptions.c.id, usage.c.product == product)


def _excess(more: ColumnElement[int], less: ColumnElement[int]) -> ColumnElement[int]:
    """Return by how much one count is above the other, null where one of them is."""
    return case((more > less, more - less), (more <= less, 0))


def _count(found: int | None) -> int | None:
    return None if found is None else int(found)


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
