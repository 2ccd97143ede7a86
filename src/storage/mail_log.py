"""What was mailed and is to be mailed, as those read it whom it is about: no address, and no text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import customers, invoices, subscriptions, tellings
from storage.tellings import Telling, telling_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFilter:
    """What a list of mails is narrowed to; None does not narrow."""

    subscription_id: str | None = None
    invoice_id: str | None = None
    kind: str | None = None
    role: str | None = None
    status: str | None = None

    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """Return what holds for the rows of the list."""
        wanted = {name: getattr(self, name) for name in MailFilter.__dataclass_fields__}
        return [tellings.c[name] == value for name, value in wanted.items() if value is not None]


async def list_mail_log(
    connection: AsyncConnection,
    *,
    visible_customers: ColumnElement[bool],
    visible_invoices: ColumnElement[bool],
    wanted: MailFilter,
    before: str | None,
    limit: int,
) -> tuple[Telling, ...]:
    """Return mails about subscriptions of visible customers and about visible documents, newest first.

    The conditions are on the customers and the invoices table; `before` is the id of the last one of the page before.
    """
    is_seen = or_(
        and_(customers.c.id.is_not(None), visible_customers), and_(invoices.c.id.is_not(None), visible_invoices)
    )
    query = (
        select(tellings)
        .outerjoin(subscriptions, subscriptions.c.id == tellings.c.subscription_id)
        .outerjoin(customers, customers.c.id == subscriptions.c.customer_id)
        .outerjoin(invoices, invoices.c.id == tellings.c.invoice_id)
        .where(tellings.c.webhook_id.is_(None), is_seen, *wanted.conditions())
        .order_by(tellings.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(tellings.c.id < before)
    return tuple(telling_of(row) for row in await connection.execute(query))
