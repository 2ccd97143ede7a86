"""Which price lists a customer's or a partner's prices come from, since when; for a customer with its party."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, CompoundSelect, Select, String, bindparam, literal, select, true, union_all
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.catalog import DEFAULT_LIST, PriceBook, PriceListNames
from storage.catalogue import catalogue_version, current_catalogue
from storage.customers import Party
from storage.partners import Partner
from storage.tables import catalogues, customer_partners, customers, partner_price_lists, partners, users, webhooks
from storage.users import folded_address
from storage.webhooks import ENABLED, EVERYBODY, list_listeners

ALWAYS = date.min  # the `since` of what was so from the beginning
AT_ONCE = 1_000  # ids in one statement
_RESELLER, _LIST, _WEBHOOK, _USER = "reseller", "list", "webhook", "user"
_CUSTOMER: BindParameter[str] = bindparam("customer_id", type_=String)
_ACCEPTOR: BindParameter[str | None] = bindparam("acceptor", type_=String)


@dataclass(frozen=True, slots=True)
class _Since:
    """A value that holds from a day on: a reseller's id, or the name of a list."""

    day: date
    value: str | None


async def find_party_and_prices(
    connection: AsyncConnection, customer_id: str, *, acceptor: str | None = None
) -> tuple[Party, PriceBook]:
    """Return a customer's part in its subscriptions, and the catalogue as it sees it.

    All of it comes by one statement, and by another one only where webhooks hear of the customer. `acceptor` is who
    shall accept for the customer: of its sellers' many users, only the one of this address is looked for.

    Its prices come through its reseller of each time and its distributor.

    Raises:
        NoResultFound: there is no such customer.
    """
    asked = {"customer_id": customer_id, "acceptor": None if acceptor is None else folded_address(acceptor)}
    found = (await connection.execute(_party_and_prices(), asked)).all()
    if not found:
        raise NoResultFound(customer_id)
    first = found[0]
    resellers = tuple(_Since(row.since, row.value) for row in found if row.what == _RESELLER)
    lists: dict[str, tuple[_Since, ...]] = {}
    for row in found:
        if row.what == _LIST:
            lists[row.owner] = (*lists.get(row.owner, ()), _Since(row.since, row.value))
    version = await catalogue_version(connection, first.catalogue_id, first.catalogue_loaded_at)
    names = _merged(resellers, first.account_id, lists)
    hearing = [row.value for row in found if row.what == _WEBHOOK]
    people = (row.value for row in found if row.what == _USER)
    addresses = (address for address in (first.account_email, first.reseller_email, *people) if address)
    party = Party(
        customer_id=customer_id,
        account_id=first.account_id,
        reseller_id=first.managing_partner_id,
        acceptance_id=first.eca_acceptance_id,
        seller_addresses=frozenset(address.casefold() for address in addresses),
        listeners=await list_listeners(connection, hearing) if hearing else (),
    )
    return party, PriceBook(catalogue=version.catalogue, currency=first.currency, lists=names)


async def partner_price_book(connection: AsyncConnection, partner: Partner) -> PriceBook:
    """Return the catalogue as a partner sees it: what its next customer would pay."""
    lists = await _lists_of(connection, {partner.id, partner.account_id})
    reseller = partner.id if partner.parent_id is not None else None
    names = _merged((_Since(ALWAYS, reseller),), partner.account_id, lists)
    version = await current_catalogue(connection)
    return PriceBook(catalogue=version.catalogue, currency=partner.currency, lists=names)


async def customer_price_books(
    connection: AsyncConnection, account: Partner, customer_ids: Collection[str]
) -> Mapping[str, PriceBook]:
    """Return the catalogue as each of an account's customers sees it, by customer, in few statements for many."""
    resellers: dict[str, tuple[_Since, ...]] = dict.fromkeys(customer_ids, ())
    ids = sorted(customer_ids)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        query = select(customer_partners).where(customer_partners.c.customer_id.in_(some))
        for row in await connection.execute(query.order_by(customer_partners.c.since)):
            moved = _Since(row.since, row.managing_partner_id)
            resellers[row.customer_id] = (*resellers[row.customer_id], moved)
    owners = {moved.value for moves in resellers.values() for moved in moves if moved.value is not None}
    lists = await _lists_of(connection, owners | {account.id})
    catalogue = (await current_catalogue(connection)).catalogue
    return {
        customer_id: PriceBook(catalogue=catalogue, currency=account.currency, lists=_merged(moves, account.id, lists))
        for customer_id, moves in resellers.items()
    }


@cache
def _party_and_prices() -> Select[Any]:
    """Built once: it is on the path of every command, and putting it together costs more than running it.

    Each row has the whole party, beside one entry of the history of its resellers and of their and its account's
    lists, or a webhook that hears of it, or the user of its sellers who has the acceptor's address.
    """
    account, reseller, history = partners.alias("account"), partners.alias("reseller"), _history().subquery("history")
    newest = select(catalogues.c.id).order_by(catalogues.c.id.desc()).limit(1)
    loaded_at = select(catalogues.c.loaded_at).order_by(catalogues.c.id.desc()).limit(1)
    return (
        select(
            customers.c.account_id,
            customers.c.managing_partner_id,
            customers.c.eca_acceptance_id,
            account.c.currency,
            account.c.billing_contact_email.label("account_email"),
            reseller.c.billing_contact_email.label("reseller_email"),
            newest.scalar_subquery().label("catalogue_id"),
            loaded_at.scalar_subquery().label("catalogue_loaded_at"),
            history,
        )
        .join(account, account.c.id == customers.c.account_id)
        .outerjoin(reseller, reseller.c.id == customers.c.managing_partner_id)
        .outerjoin(history, true())
        .where(customers.c.id == _CUSTOMER)
        .order_by(history.c.since)
    )


def _history() -> CompoundSelect[*tuple[Any, ...]]:
    moves, changes = customer_partners.c, partner_price_lists.c
    resellers = select(
        literal(_RESELLER).label("what"),
        moves.customer_id.label("owner"),
        moves.since,
        moves.managing_partner_id.label("value"),
    ).where(moves.customer_id == _CUSTOMER)
    owners = union_all(
        select(customers.c.account_id).where(customers.c.id == _CUSTOMER),
        select(moves.managing_partner_id).where(moves.customer_id == _CUSTOMER),
    )
    lists = select(literal(_LIST), changes.partner_id, changes.since, changes.price_list).where(
        changes.partner_id.in_(owners)
    )
    hears = webhooks.c.hears_of.in_((customers.c.account_id, customers.c.managing_partner_id, EVERYBODY))
    listeners = (
        select(literal(_WEBHOOK), webhooks.c.hears_of, literal(ALWAYS), webhooks.c.id)
        .join(customers, hears)
        .where(customers.c.id == _CUSTOMER, webhooks.c.state == ENABLED)
    )
    sellers = (customers.c.account_id, customers.c.managing_partner_id)
    people = (
        select(literal(_USER), users.c.partner_id, literal(ALWAYS), users.c.email_folded)
        .join(customers, users.c.partner_id.in_(sellers))
        .where(customers.c.id == _CUSTOMER, users.c.email_folded == _ACCEPTOR)
    )
    return union_all(resellers, lists, listeners, people)


async def _lists_of(connection: AsyncConnection, partner_ids: Iterable[str]) -> dict[str, tuple[_Since, ...]]:
    history = partner_price_lists
    query = select(history).where(history.c.partner_id.in_(sorted(partner_ids))).order_by(history.c.since)
    lists: dict[str, tuple[_Since, ...]] = {}
    for row in await connection.execute(query):
        lists[row.partner_id] = (*lists.get(row.partner_id, ()), _Since(row.since, row.price_list))
    return lists


def _merged(
    resellers: tuple[_Since, ...], account_id: str, lists: dict[str, tuple[_Since, ...]]
) -> tuple[PriceListNames, ...]:
    """Return the names after each day on which the reseller or a list changed; the first entry holds from ever."""
    days = {entry.day for entry in resellers} | {entry.day for history in lists.values() for entry in history}
    merged: list[PriceListNames] = []
    for day in sorted(days | {ALWAYS}):
        reseller = _value_on(resellers, day)
        own = _value_on(lists.get(reseller or "", ()), day)
        names = _distinct(own, _value_on(lists.get(account_id, ()), day))
        if not merged or merged[-1].names != names:
            merged.append(PriceListNames(since=None if day == ALWAYS else day, names=names))
    return tuple(merged)


def _value_on(history: tuple[_Since, ...], day: date) -> str | None:
    return next((entry.value for entry in reversed(history) if entry.day <= day), None)


def _distinct(*names: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(name for name in names if name is not None), DEFAULT_LIST)))
