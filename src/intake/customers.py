"""Creating and editing customers, each with its audit entry in one transaction."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.addresses import address_errors
from intake.changing import Setting, record_change
from intake.denials import NotFound, NotPermitted, VersionConflict
from intake.scope import Caller, visible_customers
from lifecycle.refusals import FieldError, InvalidInput
from storage.catalogue import AddressRules, current_catalogue
from storage.customers import (
    Customer,
    find_customer,
    insert_customer,
    insert_customer_partner,
    update_customer,
)
from storage.ids import new_id
from storage.partners import ENABLED, RESELLER, Partner, find_partner
from storage.price_lists import ALWAYS

_NOT_AUDITED = frozenset({"version", "created_at", "updated_at"})
_NO_FIELDS: Mapping[str, Any] = {
    "contact_phone": None,
    "contact_extension": None,
    "address_line2": None,
    "state_province": None,
    "postal_code": None,
}


async def create_customer(connection: AsyncConnection, setting: Setting, fields: Mapping[str, Any]) -> Customer:
    """Store a new customer; `fields` are those of its details, and `managing_partner_id` if it was given.

    A reseller's own customers are managed by it.

    Raises:
        InvalidInput: a rule is broken; `duplicate_company_name`, `reseller_not_available` among others.
    """
    seat = await _seat(connection, setting.caller, fields.get("managing_partner_id"))
    details: dict[str, Any] = {**_NO_FIELDS, **fields, "managing_partner_id": seat.managing_partner_id}
    customer = Customer(
        id=new_id("cus"),
        account_id=seat.account_id,
        eca_acceptance_id=None,
        version=1,
        created_at=setting.at,
        updated_at=setting.at,
        **details,
    )
    _check(customer, (await current_catalogue(connection)).addresses)
    with _unique_name():
        await insert_customer(connection, customer)
    await insert_customer_partner(
        connection, customer.id, since=ALWAYS, managing_partner_id=customer.managing_partner_id
    )
    await record_change(
        connection, setting, "customer.create", subject_id=customer.id, before={}, after=_audited(customer)
    )
    return customer


async def edit_customer(
    connection: AsyncConnection,
    setting: Setting,
    customer_id: str,
    changes: Mapping[str, Any],
    *,
    if_match: int | None = None,
) -> Customer:
    """Store changed details; moving a customer to another reseller moves who sees it. Without a change nothing happens.

    Raises:
        NotFound: no such customer, or none that the caller sees.
        VersionConflict: its version is not `if_match`.
        NotPermitted: a reseller may not clear who manages its customer.
        InvalidInput: a rule is broken.
    """
    caller = setting.caller
    before = await find_customer(connection, customer_id, visible=visible_customers(caller), lock=True)
    if before is None:
        raise NotFound
    if if_match not in (None, before.version):
        raise VersionConflict
    if "managing_partner_id" in changes:
        await _check_move(connection, caller, before, changes["managing_partner_id"])
    after = replace(before, **changes)
    if after == before:
        return before
    _check(after, (await current_catalogue(connection)).addresses)
    after = replace(after, version=before.version + 1, updated_at=setting.at)
    with _unique_name():
        await update_customer(connection, after)
    await _record_edit(connection, setting, before, after)
    return after


async def _record_edit(connection: AsyncConnection, setting: Setting, before: Customer, after: Customer) -> None:
    if after.managing_partner_id != before.managing_partner_id:
        await insert_customer_partner(
            connection, after.id, since=setting.at.date(), managing_partner_id=after.managing_partner_id
        )
    await record_change(
        connection, setting, "customer.edit", subject_id=after.id, before=_audited(before), after=_audited(after)
    )


@dataclass(frozen=True, slots=True)
class _Seat:
    """Where a customer belongs: whose account is billed, and which reseller manages it."""

    account_id: str
    managing_partner_id: str | None


async def _seat(connection: AsyncConnection, caller: Caller, reseller_id: str | None) -> _Seat:
    if caller.is_reseller:
        if reseller_id not in (None, caller.partner.id):
            raise _not_available()
        return _Seat(caller.account_id, caller.partner.id)
    if reseller_id is None:
        return _Seat(caller.account_id, None)
    reseller = await _available_reseller(connection, reseller_id)
    if not caller.is_operator and reseller.parent_id != caller.account_id:
        raise _not_available()
    return _Seat(reseller.account_id, reseller.id)


async def _check_move(connection: AsyncConnection, caller: Caller, customer: Customer, reseller_id: str | None) -> None:
    if reseller_id == customer.managing_partner_id:
        return
    if caller.is_reseller:
        if reseller_id is None:
            raise NotPermitted("not_permitted", "Only the distributor may take a customer from its reseller.")
        raise _not_available()
    if reseller_id is None:
        return
    if (await _available_reseller(connection, reseller_id)).parent_id != customer.account_id:
        raise _not_available()


async def _available_reseller(connection: AsyncConnection, reseller_id: str) -> Partner:
    reseller = await find_partner(connection, reseller_id)
    if reseller is None or reseller.kind != RESELLER or reseller.state != ENABLED:
        raise _not_available()
    return reseller


def _not_available() -> InvalidInput:
    message = "This is not an enabled reseller under the customer's distributor."
    return InvalidInput(FieldError("managing_partner_id", "reseller_not_available", message))


def _check(customer: Customer, addresses: AddressRules) -> None:
    errors = tuple(_errors(customer, addresses))
    if errors:
        raise InvalidInput(*errors)


def _errors(customer: Customer, addresses: AddressRules) -> Iterator[FieldError]:
    if customer.contact_extension is not None and customer.contact_phone is None:
        message = "An extension needs a contact phone."
        yield FieldError("contact_extension", "extension_without_phone", message)
    yield from address_errors(
        addresses,
        country=customer.country,
        state_province=customer.state_province,
        postal_code=customer.postal_code,
    )


@contextmanager
def _unique_name() -> Generator[None, None, None]:
    """Say in the caller's words that the account has a customer of this name."""
    try:
        yield
    except IntegrityError as error:
        if "company_name_folded" not in str(error.orig):
            raise
        message = "There is a customer of this name already."
        raise InvalidInput(FieldError("company_name", "duplicate_company_name", message)) from error


def _audited(customer: Customer) -> dict[str, Any]:
    return {name: value for name, value in asdict(customer).items() if name not in _NOT_AUDITED}
