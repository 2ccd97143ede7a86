"""What the issuing side reports of certificates in use, and what it may issue; neither goes through the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from intake.changing import Setting, record_change
from intake.clock import Clock
from intake.denials import NotFound
from lifecycle.catalog import PriceBook
from lifecycle.commands import Settle
from lifecycle.entitlement import ProductUse, check_report
from lifecycle.inventory import quantity_of
from lifecycle.judge import judge
from lifecycle.subscription import Subscription
from storage.price_lists import find_party_and_prices
from storage.subscriptions import SubscriptionRow, lock_subscription
from storage.usage import Usage, list_charged_products, set_usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A subscription as it is at `at`, whatever is due by then settled on paper."""

    subscription: Subscription
    prices: PriceBook
    at: datetime


async def present_of(connection: AsyncConnection, row: SubscriptionRow, clock: Clock) -> Present:
    """Return what the subscription is now, also where the worker is late."""
    _, prices = await find_party_and_prices(connection, row.subscription.customer_id)
    at = clock.of(row)
    judged = judge(row.subscription, Settle(), prices, settled_until=row.settled_until, at=at)
    return Present(subscription=judged.after or row.subscription, prices=prices, at=judged.at)


async def report_usage(
    connection: AsyncConnection, setting: Setting, subscription_id: str, product: str, in_use: int, *, clock: Clock
) -> tuple[ProductUse, Usage]:
    """Store what is in use of a product; the last report counts. An audit entry tells of a count that differs.

    It takes the subscription's lock, so that no refund takes meanwhile what is reported here.

    Raises:
        NotFound: there is no such subscription.
        InvalidInput: `unknown_product`, `product_not_in_inventory`.
        InvalidState: `not_active`.
    """
    row = await lock_subscription(connection, subscription_id)
    if row is None:
        raise NotFound
    present = await present_of(connection, row, clock)
    charged = await list_charged_products(connection, subscription_id)
    check_report(present.subscription, product, present.prices.catalogue, charged_before=charged)
    report = Usage(subscription_id=subscription_id, product=product, in_use=in_use, reported_at=present.at)
    before = await set_usage(connection, report)
    if before is None or before.in_use != in_use:
        known = {} if before is None else {"in_use": before.in_use}
        after = {"product": product, "in_use": in_use}
        await record_change(connection, setting, "usage.report", subject_id=subscription_id, before=known, after=after)
    held = quantity_of(present.subscription.inventory, product)
    return ProductUse(product=product, inventory=held, in_use=in_use), report
