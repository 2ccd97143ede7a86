"""Whom a mail about a subscription goes to and what it calls them, as the rows say at the moment of sending."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.partners import OPERATOR
from storage.rows import values_of
from storage.tables import (
    agreement_documents,
    customers,
    eca_decisions,
    eca_links,
    eca_requests,
    invoices,
    partners,
    subscriptions,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondents:
    """The parties of one subscription. The partner is the managing reseller, else the account's own partner."""

    subscription_id: str
    company_name: str
    customer_email: str
    partner_name: str
    partner_email: str
    operator_email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """What mails about one request for the agreement say; the decision's parts are None while there is none."""

    request_id: str
    acceptor_email: str
    requested_at: datetime
    document_id: str
    document_version: str
    name: str | None
    job_title: str | None
    decided_at: datetime | None
    key_ids: Mapping[int, str]


async def list_correspondents(
    connection: AsyncConnection, subscription_ids: Collection[str]
) -> dict[str, Correspondents]:
    """Return the parties of each subscription."""
    rows = await connection.execute(_correspondents(), {"ids": sorted(subscription_ids)})
    return {row.subscription_id: Correspondents(**values_of(row)) for row in rows}


@cache
def _correspondents() -> Select[*tuple[Any, ...]]:
    """Built once: every batch of mails asks it."""
    account, reseller, operator = partners.alias("account"), partners.alias("reseller"), partners.alias("operator")
    return (
        select(
            subscriptions.c.id.label("subscription_id"),
            customers.c.company_name,
            customers.c.contact_email.label("customer_email"),
            func.coalesce(reseller.c.name, account.c.name).label("partner_name"),
            func.coalesce(reseller.c.billing_contact_email, account.c.billing_contact_email).label("partner_email"),
            operator.c.billing_contact_email.label("operator_email"),
        )
        .join(customers, customers.c.id == subscriptions.c.customer_id)
        .join(account, account.c.id == customers.c.account_id)
        .outerjoin(reseller, reseller.c.id == customers.c.managing_partner_id)
        .outerjoin(operator, operator.c.kind == OPERATOR)
        .where(subscriptions.c.id.in_(bindparam("ids", expanding=True)))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingContact:
    """Whom a document goes to: the account as it is now, and the operator, who is asked about it."""

    invoice_id: str
    account_name: str
    account_email: str
    operator_name: str | None
    operator_email: str | None


async def list_billing_contacts(connection: AsyncConnection, invoice_ids: Collection[str]) -> dict[str, BillingContact]:
    """Return whom each document goes to."""
    if not invoice_ids:
        return {}
    account, operator = partners.alias("account"), partners.alias("operator")
    query = (
        select(
            invoices.c.id.label("invoice_id"),
            account.c.name.label("account_name"),
            account.c.billing_contact_email.label("account_email"),
            operator.c.name.label("operator_name"),
            operator.c.billing_contact_email.label("operator_email"),
        )
        .join(account, account.c.id == invoices.c.account_id)
        .outerjoin(operator, operator.c.kind == OPERATOR)
        .where(invoices.c.id.in_(invoice_ids))
    )
    rows = await connection.execute(query)
    return {row.invoice_id: BillingContact(**values_of(row)) for row in rows}


async def list_request_facts(connection: AsyncConnection, request_ids: Collection[str]) -> dict[str, RequestFacts]:
    """Return what is known of each request."""
    if not request_ids:
        return {}
    request, decision = eca_requests.c, eca_decisions.c
    query = (
        select(
            request.id.label("request_id"),
            request.acceptor_email,
            request.requested_at,
            request.document_id,
            agreement_documents.c.version.label("document_version"),
            decision.name,
            decision.job_title,
            decision.decided_at,
        )
        .join(agreement_documents, agreement_documents.c.id == request.document_id)
        .outerjoin(eca_decisions, decision.request_id == request.id)
        .where(request.id.in_(request_ids))
    )
    key_ids = await _key_ids(connection, request_ids)
    rows = await connection.execute(query)
    return {row.request_id: RequestFacts(**values_of(row), key_ids=key_ids.get(row.request_id, {})) for row in rows}


async def _key_ids(connection: AsyncConnection, request_ids: Collection[str]) -> dict[str, dict[int, str]]:
    query = select(eca_links.c.request_id, eca_links.c.link_number, eca_links.c.key_id).where(
        eca_links.c.request_id.in_(request_ids)
    )
    found: dict[str, dict[int, Any]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.request_id, {})[row.link_number] = row.key_id
    return found
