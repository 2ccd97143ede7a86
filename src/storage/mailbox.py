"""What the sandbox's own mail receiver took in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import values_of
from storage.tables import customers, invoices, mailbox, subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    """One mail as it arrived, about a subscription or a document; `sent_at` is its Date, on the clock of that."""

    id: str
    message_id: str
    to: str
    kind: str
    subject: str
    text: str
    html: str
    subscription_id: str | None
    sent_at: datetime
    invoice_id: str | None = None


async def insert_mails(connection: AsyncConnection, mails: Iterable[ReceivedMail]) -> None:
    """File mails; a repeat of the same message is filed again, as a person's mailbox would."""
    names = ReceivedMail.__dataclass_fields__
    await connection.execute(_INSERT, [{name: getattr(mail, name) for name in names} for mail in mails])


async def list_mails(
    connection: AsyncConnection,
    *,
    visible_customers: ColumnElement[bool],
    visible_invoices: ColumnElement[bool],
    before: str | None,
    limit: int,
    subscription_id: str | None = None,
    invoice_id: str | None = None,
    kind: str | None = None,
    to: str | None = None,
) -> tuple[ReceivedMail, ...]:
    """Return mails about subscriptions of visible customers and about visible documents, the last to arrive first.

    The conditions are on the customers and the invoices table; `before` is the id of the last mail of the page before.
    """
    wanted = {"subscription_id": subscription_id, "invoice_id": invoice_id, "kind": kind, "to": to}
    is_seen = or_(
        and_(customers.c.id.is_not(None), visible_customers), and_(invoices.c.id.is_not(None), visible_invoices)
    )
    query = (
        select(mailbox)
        .outerjoin(subscriptions, subscriptions.c.id == mailbox.c.subscription_id)
        .outerjoin(customers, customers.c.id == subscriptions.c.customer_id)
        .outerjoin(invoices, invoices.c.id == mailbox.c.invoice_id)
        .where(is_seen, *(mailbox.c[name] == value for name, value in wanted.items() if value is not None))
        .order_by(mailbox.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(mailbox.c.id < before)
    return tuple(ReceivedMail(**values_of(row)) for row in await connection.execute(query))


_INSERT = insert(mailbox)  # built once: two mails a purchase
