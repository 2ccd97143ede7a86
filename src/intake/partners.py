"""Creating and editing partners, each with its audit entry in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from intake.changing import Setting, record_change
from intake.denials import NotFound, NotPermitted
from intake.scope import Caller, visible_partners
from lifecycle.catalog import DEFAULT_LIST
from lifecycle.refusals import FieldError, InvalidInput
from storage.catalogue import current_catalogue
from storage.ids import new_id
from storage.partners import (
    DISTRIBUTOR,
    ENABLED,
    NO_TAX,
    RESELLER,
    Partner,
    find_partner,
    insert_partner,
    insert_partner_price_list,
    update_partner,
)
from storage.price_lists import ALWAYS

FROM_ABOVE = frozenset({"state", "price_list"})  # what a partner cannot decide about itself
_NOT_AUDITED = frozenset({"created_at", "updated_at"})


def check_may_create(caller: Caller) -> None:
    """Let pass whoever may have partners below it.

    Raises:
        NotPermitted: a reseller has no resellers.
    """
    if caller.is_reseller:
        raise NotPermitted("not_permitted", "Only a distributor has resellers.")


async def create_partner(connection: AsyncConnection, setting: Setting, fields: Mapping[str, Any]) -> Partner:
    """Store a new partner: a reseller under the distributor that asks, or a distributor when the operator asks.

    A reseller has its distributor's currency; a distributor's is `fields["currency"]`, else the operator's.

    Raises:
        NotPermitted: a reseller has no resellers.
        InvalidInput: `unknown_price_list`, `currency_mismatch`.
    """
    check_may_create(setting.caller)
    above = setting.caller.partner
    members: dict[str, Any] = {
        "state": ENABLED,
        "tax_id": None,
        "tax_rate_bp": 0,
        "tax_note": NO_TAX,
        **_with_own_list(fields),
    }
    members.setdefault("price_list", None)
    members.setdefault("currency", above.currency)
    partner = Partner(
        id=new_id("ptn"),
        kind=DISTRIBUTOR if setting.caller.is_operator else RESELLER,
        parent_id=None if setting.caller.is_operator else above.id,
        created_at=setting.at,
        updated_at=setting.at,
        **members,
    )
    await _check_price_list(connection, partner)
    await insert_partner(connection, partner)
    if partner.price_list is not None:
        await insert_partner_price_list(connection, partner.id, since=ALWAYS, price_list=partner.price_list)
    await record_change(
        connection, setting, "partner.create", subject_id=partner.id, before={}, after=_audited(partner)
    )
    return partner


async def edit_partner(
    connection: AsyncConnection, setting: Setting, partner_id: str, changes: Mapping[str, Any]
) -> Partner:
    """Store changed members of the caller itself or of a reseller below it. Without a change nothing happens.

    Raises:
        NotFound: no such partner, or none that the caller sees.
        NotPermitted: a partner decides neither its own state nor its own price list.
        InvalidInput: `unknown_price_list`, `currency_mismatch`.
    """
    before = await find_partner(connection, partner_id, visible=visible_partners(setting.caller), lock=True)
    if before is None:
        raise NotFound
    after = replace(before, **_with_own_list(changes))
    if after == before:
        return before
    _check_from_above(setting.caller, before, after)
    if after.price_list != before.price_list:
        await _check_price_list(connection, after)
        await insert_partner_price_list(connection, after.id, since=setting.at.date(), price_list=after.price_list)
    after = replace(after, updated_at=setting.at)
    await update_partner(connection, after)
    await record_change(
        connection, setting, "partner.edit", subject_id=after.id, before=_audited(before), after=_audited(after)
    )
    return after


def _with_own_list(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The list `default` is what everybody falls back on, so pointing to it is having none of one's own."""
    members = dict(fields)
    if members.get("price_list") == DEFAULT_LIST:
        members["price_list"] = None
    return members


def _check_from_above(caller: Caller, before: Partner, after: Partner) -> None:
    if caller.is_operator or before.id != caller.partner.id:
        return
    for member in sorted(FROM_ABOVE):
        if getattr(before, member) != getattr(after, member):
            raise NotPermitted("not_permitted", f"A partner does not decide its own {member}.", field=member)


async def _check_price_list(connection: AsyncConnection, partner: Partner) -> None:
    if partner.price_list is None:
        return
    currency = (await current_catalogue(connection)).catalogue.currencies.get(partner.price_list)
    if currency is None:
        raise InvalidInput(FieldError("price_list", "unknown_price_list", "There is no such price list."))
    if currency != partner.currency:
        message = f"The list is in {currency}, the partner is billed in {partner.currency}."
        raise InvalidInput(FieldError("price_list", "currency_mismatch", message))


def _audited(partner: Partner) -> dict[str, Any]:
    return {name: value for name, value in asdict(partner).items() if name not in _NOT_AUDITED}
