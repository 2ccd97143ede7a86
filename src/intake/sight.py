"""Reading what a caller may see of subscriptions and their money; what it may not see does not exist for it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.denials import NotFound
from intake.scope import Caller, visible_by_customer, visible_customers, visible_partners
from lifecycle.charges import PostedTransaction
from storage.customers import is_customer
from storage.subscription_lists import find_visible_subscriptions
from storage.subscriptions import SubscriptionRow
from storage.tables import (
    api_keys,
    audit_entries,
    bulk_jobs,
    invoices,
    partners,
    refunds,
    subscriptions,
    transactions,
    users,
    webhooks,
)
from storage.transaction_lists import find_visible_transaction


def visible_subscriptions(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `subscriptions`."""
    columns = subscriptions.c
    return visible_by_customer(caller, customer_id=columns.customer_id, account_id=columns.account_id)


def counted_subscriptions(caller: Caller) -> ColumnElement[bool]:
    """Return the same condition for counting: the operator's names every account, by which the indexes begin."""
    if not caller.is_operator:
        return visible_subscriptions(caller)
    return subscriptions.c.account_id.in_(select(partners.c.id).where(partners.c.parent_id.is_(None)))


def visible_transactions(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `transactions`."""
    columns = transactions.c
    return visible_by_customer(caller, customer_id=columns.customer_id, account_id=columns.account_id)


def visible_refunds(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `refunds`."""
    columns = refunds.c
    return visible_by_customer(caller, customer_id=columns.customer_id, account_id=columns.account_id)


def visible_invoices(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `invoices`: the account that is billed sees its documents, its resellers do not."""
    if caller.is_operator:
        return true()
    return false() if caller.is_reseller else invoices.c.account_id == caller.partner.id


def visible_webhooks(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `webhooks`: a partner's own and those of the resellers below it."""
    return _of_visible_partner(caller, webhooks.c.partner_id)


def visible_api_keys(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `api_keys`: a partner's own and those of the resellers below it."""
    return _of_visible_partner(caller, api_keys.c.partner_id)


def visible_bulk_jobs(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `bulk_jobs`: a partner's own and those of the resellers below it."""
    return _of_visible_partner(caller, bulk_jobs.c.partner_id)


def visible_users(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `users`: a partner's own and those of the resellers below it."""
    return _of_visible_partner(caller, users.c.partner_id)


def visible_audit(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `audit_entries`: what a partner and the resellers below it did."""
    return _of_visible_partner(caller, audit_entries.c.partner_id)


async def seen_subscriptions(
    connection: AsyncConnection, caller: Caller, ids: Sequence[str]
) -> tuple[SubscriptionRow, ...]:
    """Return the subscriptions in the order of `ids`.

    Raises:
        NotFound: one of them cannot be seen.
    """
    rows = await find_visible_subscriptions(connection, visible_subscriptions(caller), ids)
    found = {row.subscription.id: row for row in rows}
    if any(id_ not in found for id_ in ids):
        raise NotFound
    return tuple(found[id_] for id_ in dict.fromkeys(ids))


async def seen_subscription(connection: AsyncConnection, caller: Caller, subscription_id: str) -> SubscriptionRow:
    """Return a subscription.

    Raises:
        NotFound: it cannot be seen.
    """
    return (await seen_subscriptions(connection, caller, (subscription_id,)))[0]


async def seen_transaction(connection: AsyncConnection, caller: Caller, transaction_id: str) -> PostedTransaction:
    """Return a transaction.

    Raises:
        NotFound: it cannot be seen.
    """
    found = await find_visible_transaction(connection, visible_transactions(caller), transaction_id)
    if found is None:
        raise NotFound
    return found


async def check_customer(connection: AsyncConnection, caller: Caller, customer_id: str) -> None:
    """Let pass only a customer, named by a body, that the caller sees.

    Raises:
        NotFound: `customer_not_found`.
    """
    if not await is_customer(connection, customer_id, visible_customers(caller)):
        raise NotFound("customer_not_found", "There is no such customer.")


def _of_visible_partner(caller: Caller, partner_id: ColumnElement[str]) -> ColumnElement[bool]:
    if caller.is_operator:
        return true()
    if caller.is_reseller:  # there is nobody below it, and so an index finds what it has
        return partner_id == caller.partner.id
    return partner_id.in_(select(partners.c.id).where(visible_partners(caller)))
