"""Customers, who manages them, and who managed them since when."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.customer_orders import CustomerPage
from storage.tables import customer_partners, customers
from storage.webhooks import Listener

FOLDED_LENGTH = 400
TRIGRAM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A company that holds subscriptions; `account_id` is the partner billed, `managing_partner_id` its reseller."""

    id: str
    account_id: str
    managing_partner_id: str | None
    company_name: str
    contact_name: str
    contact_phone: str | None
    contact_extension: str | None
    contact_email: str
    address_line1: str
    address_line2: str | None
    city: str
    state_province: str | None
    postal_code: str | None
    country: str
    eca_acceptance_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A customer as its subscriptions see it: who is billed, who sells, the acceptance on file, and who listens.

    `seller_addresses` are the sellers' own, casefolded, and of their users' the acceptor's: none of them can accept for
    the customer.
    """

    customer_id: str
    account_id: str
    reseller_id: str | None
    acceptance_id: str | None
    seller_addresses: frozenset[str]
    listeners: tuple[Listener, ...] = ()


def folded(name: str) -> str:
    """Return the name as it is compared: composed, without case."""
    return unicodedata.normalize("NFC", name).casefold()[:FOLDED_LENGTH]


def customer_of(row: RowMapping) -> Customer:
    """Return the customer in a row that has all its columns."""
    return Customer(**{name: row[customers.c[name]] for name in Customer.__dataclass_fields__})


async def insert_customer(connection: AsyncConnection, customer: Customer) -> None:
    """Store a new customer; a company name that the account has already raises IntegrityError."""
    await connection.execute(insert(customers).values(**_columns(customer)))


async def update_customer(connection: AsyncConnection, customer: Customer) -> None:
    """Store a customer's new values; a company name that the account has already raises IntegrityError."""
    values = _columns(customer)
    del values["eca_acceptance_id"]  # written by the agreement's own transaction
    await connection.execute(update(customers).where(customers.c.id == customer.id).values(**values))


async def find_customer(
    connection: AsyncConnection, customer_id: str, *, visible: ColumnElement[bool] | None = None, lock: bool = False
) -> Customer | None:
    """Return a customer, None when there is none that is `visible`; `lock` keeps others from changing it."""
    query = select(customers).where(customers.c.id == customer_id)
    if visible is not None:
        query = query.where(visible)
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else customer_of(row)


async def is_customer(connection: AsyncConnection, customer_id: str, visible: ColumnElement[bool]) -> bool:
    """Return whether there is such a customer that is `visible`."""
    query = select(customers.c.id).where(customers.c.id == customer_id, visible)
    return await connection.scalar(query) is not None


async def list_customers(
    connection: AsyncConnection,
    visible: ColumnElement[bool],
    *,
    page: CustomerPage,
    ids: Sequence[str] | None = None,
) -> tuple[Customer, ...]:
    """Return the customers of a page, of `ids` only if they are given."""
    if ids is not None and not ids:
        return ()
    query = page.of(select(customers).where(visible))
    if ids is not None:
        query = query.where(customers.c.id.in_(ids))
    return tuple(customer_of(row) for row in (await connection.execute(query)).mappings())


async def search_customers(
    connection: AsyncConnection, visible: ColumnElement[bool], wanted: str, *, page: CustomerPage
) -> tuple[str, ...]:
    """Return the ids of a page of customers; `wanted` is looked for in company, contact and e-mail address.

    One or two letters are those with which a word begins: the index knows three letters, and beginnings.
    Behind the second wall PostgreSQL would look into every customer that it shows: what LIKE says of the others could
    leak, so that the index of words is of no use there. The connection must be a snapshot's: for this transaction
    PostgreSQL plans anew for each word, because a rare one is found by that index and a frequent one on the way.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.set_config("plan_cache_mode", "force_custom_plan", True)))
    query = page.of(select(customers.c.id).where(visible)).where(_found_by(wanted))
    return tuple(await connection.scalars(query))


async def insert_customer_partner(
    connection: AsyncConnection, customer_id: str, *, since: date, managing_partner_id: str | None
) -> None:
    """Remember who manages the customer since a day; a second move on one day replaces the first."""
    history = customer_partners
    same_day = (history.c.customer_id == customer_id) & (history.c.since == since)
    await connection.execute(delete(history).where(same_day))
    row = {"customer_id": customer_id, "since": since, "managing_partner_id": managing_partner_id}
    await connection.execute(insert(history).values(**row))


def _columns(customer: Customer) -> dict[str, Any]:
    return {**asdict(customer), "company_name_folded": folded(customer.company_name)}


def _found_by(wanted: str) -> ColumnElement[bool]:
    """Whether one of the texts holds the words, or a word of it begins with them, when they are one or two letters."""
    columns = customers.c
    pairs = (
        (columns.company_name_folded, folded(wanted), " "),
        (columns.contact_name, wanted, " "),
        (columns.contact_email, wanted, "@"),
    )
    if len(wanted) >= TRIGRAM:
        return or_(*(column.icontains(words, autoescape=True) for column, words, _ in pairs))
    return or_(
        *(column.istartswith(words, autoescape=True) for column, words, _ in pairs),
        *(column.icontains(f"{before}{words}", autoescape=True) for column, words, before in pairs),
    )
