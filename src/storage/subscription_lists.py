"""Lists of subscriptions, newest first, found page by page by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.own_days import is_held
from storage.subscriptions import SELECT_ROWS, SubscriptionRow, subscription_row
from storage.tables import customers, subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFilter:
    """What a list is narrowed to; None does not narrow. Both bounds of the end date are exclusive.

    `ends_within` is a condition of `OwnDays`.
    """

    customer_id: str | None = None
    partner_id: str | None = None
    state: str | None = None
    offering: str | None = None
    renewal_mode: str | None = None
    reference_id: str | None = None
    ends_before: date | None = None
    ends_after: date | None = None
    ends_within: ColumnElement[bool] | None = None
    held: bool = False

    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """Return what holds for the rows of the list."""
        columns = subscriptions.c
        equal = {
            columns.customer_id: self.customer_id,
            columns.state: self.state,
            columns.offering: self.offering,
            columns.renewal_mode: self.renewal_mode,
            columns.reference_id: self.reference_id,
        }
        found: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
        if self.partner_id is not None:
            is_account = columns.account_id == self.partner_id
            found.append(is_account | (customers.c.managing_partner_id == self.partner_id))
        if self.ends_before is not None:
            found.append(columns.end_date < self.ends_before)
        if self.ends_after is not None:
            found.append(columns.end_date > self.ends_after)
        if self.ends_within is not None:
            found.append(self.ends_within)
        if self.held:
            found.append(is_held())
        return found


async def list_subscriptions(
    connection: AsyncConnection,
    visible: ColumnElement[bool],
    wanted: SubscriptionFilter,
    *,
    before: str | None,
    limit: int,
) -> tuple[SubscriptionRow, ...]:
    """Return subscriptions that the caller may see, newest first, those whose id sorts before `before`."""
    query = SELECT_ROWS.where(visible, *wanted.conditions()).order_by(subscriptions.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(subscriptions.c.id < before)
    return tuple(subscription_row(row) for row in await connection.execute(query))


async def find_visible_subscriptions(
    connection: AsyncConnection, visible: ColumnElement[bool], ids: Sequence[str]
) -> tuple[SubscriptionRow, ...]:
    """Return those of the subscriptions that exist and may be seen."""
    query = SELECT_ROWS.where(visible, subscriptions.c.id.in_(ids))
    return tuple(subscription_row(row) for row in await connection.execute(query))


async def list_acting_before(
    connection: AsyncConnection, account_id: str, until: datetime
) -> tuple[SubscriptionRow, ...]:
    """Return the account's subscriptions of which something comes due before `until`, by id.

    In a sandbox those with a clock of their own are all there, because `until` is on another clock than theirs.
    """
    columns = subscriptions.c
    due = or_(columns.next_at < until, columns.clock_offset_us != 0)
    query = SELECT_ROWS.where(columns.account_id == account_id, columns.next_at.is_not(None), due)
    return tuple(subscription_row(row) for row in await connection.execute(query.order_by(columns.id)))
