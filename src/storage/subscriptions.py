"""Subscription rows: the present state beside what the clock and the lists need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, insert, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.agenda import agenda
from lifecycle.subscription import TERMINAL, Subscription
from storage.codec import dump_subscription, load_subscription
from storage.tables import customers, subscriptions

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRow:
    """A subscription as stored, with its customer's `company_name`.

    `clock_offset` is how far its virtual clock is ahead of the wall's, in the sandbox.
    """

    subscription: Subscription
    account_id: str
    reseller_id: str | None
    company_name: str
    purchase_command_id: str
    settled_until: datetime
    clock_offset: timedelta
    created_at: datetime
    updated_at: datetime


SELECT_ROWS = select(
    subscriptions, customers.c.managing_partner_id.label("reseller_id"), customers.c.company_name
).join(customers, customers.c.id == subscriptions.c.customer_id)


def subscription_row(row: Row[Any]) -> SubscriptionRow:
    """Return what a row of `SELECT_ROWS` holds."""
    return SubscriptionRow(
        subscription=load_subscription(row.body),
        account_id=row.account_id,
        reseller_id=row.reseller_id,
        company_name=row.company_name,
        purchase_command_id=row.purchase_command_id,
        settled_until=row.settled_until,
        clock_offset=row.clock_offset_us * MICROSECOND,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def find_subscription(connection: AsyncConnection, subscription_id: str) -> SubscriptionRow | None:
    """Return the subscription, None when there is none."""
    row = (await connection.execute(_BY_ID, {"id": subscription_id})).one_or_none()
    return None if row is None else subscription_row(row)


async def lock_subscription(connection: AsyncConnection, subscription_id: str) -> SubscriptionRow | None:
    """Return the subscription and keep others from changing it until the transaction ends."""
    row = (await connection.execute(_BY_ID_LOCKED, {"id": subscription_id})).one_or_none()
    return None if row is None else subscription_row(row)


async def list_living_subscriptions(connection: AsyncConnection) -> tuple[str, ...]:
    """Return the ids of the subscriptions to which something can still happen."""
    is_over = subscriptions.c.state.in_([state.value for state in TERMINAL])
    query = select(subscriptions.c.id).where(or_(not_(is_over), subscriptions.c.next_at.is_not(None)))
    return tuple(await connection.scalars(query))


async def insert_subscription(
    connection: AsyncConnection,
    subscription: Subscription,
    *,
    account_id: str,
    purchase_command_id: str,
    settled_until: datetime,
    clock_offset: timedelta,
) -> None:
    """Store a new subscription."""
    values = {
        "id": subscription.id,
        "customer_id": subscription.customer_id,
        "account_id": account_id,
        "purchase_command_id": purchase_command_id,
        "offering": subscription.offering,
        "clock_offset_us": clock_offset // MICROSECOND,
        "created_at": subscription.confirmed_at,
        "updated_at": settled_until,
        **columns_of(subscription, settled_until),
    }
    await connection.execute(_INSERT, values)


async def update_subscription(
    connection: AsyncConnection, subscription: Subscription, *, settled_until: datetime, changed: bool
) -> None:
    """Store the subscription's new state; `changed` says whether an event changed it."""
    values = columns_of(subscription, settled_until)
    if changed:
        values["updated_at"] = settled_until
    await connection.execute(_UPDATE, {"of_id": subscription.id, **values})


async def set_clock_offset(connection: AsyncConnection, subscription_id: str, offset: timedelta) -> None:
    """Remember how far the subscription's virtual clock is ahead."""
    change = update(subscriptions).where(subscriptions.c.id == subscription_id)
    await connection.execute(change.values(clock_offset_us=offset // MICROSECOND))


def columns_of(subscription: Subscription, settled_until: datetime) -> dict[str, Any]:
    """Return the columns that change with the subscription; all of them follow from it and `settled_until`."""
    upcoming = agenda(subscription, after=settled_until)
    return {
        "state": subscription.state.value,
        "renewal_mode": subscription.renewal_mode.value,
        "end_date": subscription.end_date,
        "reference_id": subscription.reference_id,
        "version": subscription.version,
        "settled_until": settled_until,
        "next_at": upcoming[0].at if upcoming else None,
        "body": dump_subscription(subscription),
    }


# Built once: they are on the path of every command, and putting one together costs more than running it.
_INSERT = insert(subscriptions)
_BY_ID = SELECT_ROWS.where(subscriptions.c.id == bindparam("id"))
_BY_ID_LOCKED = _BY_ID.with_for_update(of=subscriptions)
_UPDATE = update(subscriptions).where(subscriptions.c.id == bindparam("of_id"))
