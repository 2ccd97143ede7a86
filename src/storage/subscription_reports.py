"""The report on subscriptions: what each holds and what its term has cost so far, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.inventory import Inventory
from storage.codec import load_subscription
from storage.report_selection import Selection
from storage.tables import customers, partners, subscriptions, transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedSubscription:
    """A row of the report. `cost` is the sum of the present term's transactions, in minor units of `currency`.

    `reseller` is the name of the one that manages the customer, if it may be read.
    """

    id: str
    customer_id: str
    customer: str
    reseller_id: str | None
    reseller: str | None
    offering: str
    clm_tier: str
    inventory: Inventory
    state: str
    renewal_mode: str
    term_number: int
    start_date: date | None
    end_date: date | None
    reference_id: str | None
    currency: str
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionTotal:
    """How many subscriptions a report has in one currency, and what their terms cost together, in minor units."""

    currency: str
    count: int
    cost: int


async def list_reported_subscriptions(
    connection: AsyncConnection, selection: Selection, *, before: str | None, limit: int
) -> tuple[ReportedSubscription, ...]:
    """Return rows of the report, those whose id sorts before `before`."""
    company = customers.alias("company")
    query = (
        select(
            subscriptions.c.body,
            company.c.company_name.label("customer"),
            company.c.managing_partner_id.label("reseller_id"),
            partners.c.name.label("reseller"),
            _currency_of(_seller_id(company)).label("currency"),
            _cost().label("cost"),
        )
        .join_from(subscriptions, company, company.c.id == subscriptions.c.customer_id)
        .outerjoin(partners, and_(partners.c.id == company.c.managing_partner_id, selection.named))
        .where(*selection.of_subscriptions())
        .order_by(subscriptions.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(subscriptions.c.id < before)
    return tuple(_reported(row) for row in await connection.execute(query))


async def total_subscriptions(connection: AsyncConnection, selection: Selection) -> tuple[SubscriptionTotal, ...]:
    """Return what the whole report comes to, by currency."""
    company = customers.alias("company")
    each = (
        select(_seller_id(company).label("seller_id"), _cost().label("cost"))
        .join_from(subscriptions, company, company.c.id == subscriptions.c.customer_id)
        .where(*selection.of_subscriptions())
        .subquery()
    )
    # Sellers are few: their currencies are looked up when everything is added up.
    sums = select(each.c.seller_id, func.count().label("count"), func.sum(each.c.cost).label("cost"))
    sold = sums.group_by(each.c.seller_id).subquery()
    by_seller = select(_currency_of(sold.c.seller_id).label("currency"), sold.c["count"], sold.c.cost).subquery()
    currency = by_seller.c.currency
    query = select(currency, func.sum(by_seller.c["count"]), func.sum(by_seller.c.cost))
    query = query.group_by(currency).order_by(currency)
    rows = await connection.execute(query)
    return tuple(SubscriptionTotal(currency=code, count=int(count), cost=int(cost)) for code, count, cost in rows)


def _seller_id(company: FromClause) -> ColumnElement[str]:
    """Whose currency it is: a reseller has its distributor's, which it does not see.

    Not `coalesce`: PostgreSQL takes that for one that could leak, and looks up no row by it behind the second wall.
    """
    manager = company.c.managing_partner_id
    return case((manager.is_(None), company.c.account_id), else_=manager)


def _currency_of(partner_id: ColumnElement[str]) -> ColumnElement[str]:
    seller = partners.alias("seller")
    return select(seller.c.currency).where(seller.c.id == partner_id).scalar_subquery()


def _cost() -> ColumnElement[int]:
    term = subscriptions.c.body["term_number"].as_integer()
    posted = transactions.alias("posted")
    query = select(func.coalesce(func.sum(posted.c.amount), 0))
    return query.where(posted.c.subscription_id == subscriptions.c.id, posted.c.term_number == term).scalar_subquery()


def _reported(row: Any) -> ReportedSubscription:
    subscription = load_subscription(row.body)
    return ReportedSubscription(
        id=subscription.id,
        customer_id=subscription.customer_id,
        customer=row.customer,
        reseller_id=row.reseller_id,
        reseller=row.reseller,
        offering=subscription.offering,
        clm_tier=subscription.clm_tier,
        inventory=subscription.inventory,
        state=subscription.state.value,
        renewal_mode=subscription.renewal_mode.value,
        term_number=subscription.term_number,
        start_date=subscription.start_date,
        end_date=subscription.end_date,
        reference_id=subscription.reference_id,
        currency=row.currency,
        cost=int(row.cost),
    )
