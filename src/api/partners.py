"""`/v1/partners`: the caller itself and the resellers below it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Admin, Reader, setting_of
from api.answers import json_answer
from api.listing import PAGE, list_answer, page_of
from api.operations import Listed, operation
from api.parsing import body_of
from api.parts import parts_of
from api.party_bodies import NewDistributorBody, NewPartnerBody, PartnerChangesBody
from api.preconditions import key_of
from api.query import parameters
from api.shapes.parties import Partner as PartnerShape
from intake.denials import NotFound
from intake.idempotency import Answer, answered_once
from intake.partners import check_may_create, create_partner, edit_partner
from intake.scope import Caller, visible_partners
from lifecycle.catalog import DEFAULT_LIST
from lifecycle.portrait import instant
from storage.partners import Partner, find_partner, list_partners

router = APIRouter(prefix="/v1/partners", tags=["partners"])

EXAMPLE: dict[str, Any] = {
    "id": "ptn_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
    "kind": "reseller",
    "parent_id": "ptn_01930c3f7a1b7c3e9d5f2b1a4e6d8c0e",
    "state": "enabled",
    "name": "Nordlicht Zertifikate GmbH",
    "currency": "USD",
    "price_list": "default",
    "billing_contact_email": "rechnung@nordlicht.example",
    "country": "DE",
    "tax_id": None,
    "tax_rate_bp": 0,
    "tax_note": "not_applicable",
    "created_at": "2026-11-22T09:00:00Z",
    "updated_at": "2026-11-22T09:00:00Z",
}


def partner_body(partner: Partner) -> dict[str, Any]:
    """Return a partner as it is shown."""
    return {
        "id": partner.id,
        "kind": partner.kind,
        "parent_id": partner.parent_id,
        "state": partner.state,
        "name": partner.name,
        "currency": partner.currency,
        "price_list": partner.price_list or DEFAULT_LIST,
        "billing_contact_email": partner.billing_contact_email,
        "country": partner.country,
        "tax_id": partner.tax_id,
        "tax_rate_bp": partner.tax_rate_bp,
        "tax_note": partner.tax_note,
        "created_at": instant(partner.created_at),
        "updated_at": instant(partner.updated_at),
    }


@router.post(
    "",
    **operation(
        "Create a reseller; for the operator: a distributor",
        name="create_partner",
        answer=PartnerShape,
        scope="admin",
        status=201,
        body=NewPartnerBody,
        example=EXAMPLE,
        headers=("Idempotency-Key",),
        codes=("not_permitted", "invalid_email", "invalid_country", "unknown_price_list", "currency_mismatch"),
    ),
)
async def post_partner(request: Request, caller: Admin) -> JSONResponse:
    """Create it with its audit entry."""
    check_may_create(caller)
    parameters(request)
    body = await body_of(request, NewDistributorBody if caller.is_operator else NewPartnerBody)
    fields = body.model_dump(exclude={"kind"}, exclude_none=True)

    async def create(connection: AsyncConnection) -> Answer:
        partner = await create_partner(connection, setting_of(request, caller), fields)
        headers = {"Location": f"{router.prefix}/{partner.id}"}
        return Answer(status=201, body=partner_body(partner), headers=headers)

    key = await key_of(request, required=False)
    parts = parts_of(request)
    at = parts.clock.wall()
    return json_answer(await answered_once(parts.database, caller, key, create, kind="partner.create", at=at))


@router.get(
    "",
    **operation(
        "List the caller and the resellers below it",
        name="list_partners",
        answer=Listed(PartnerShape),
        scope="read",
        example={"data": [EXAMPLE], "next_cursor": None},
        parameters=PAGE,
        codes=("unknown_parameter", "limit_out_of_range", "invalid_cursor"),
    ),
)
async def get_partners(request: Request, caller: Reader) -> JSONResponse:
    """Return a page, newest first."""
    page = page_of(parameters(request, *PAGE))
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await list_partners(connection, visible_partners(caller), before=page.before_id, limit=page.fetch)
    return list_answer(request, page, found, key=lambda partner: (partner.id,), body=partner_body)


@router.get(
    "/{partner_id}",
    **operation(
        "Read a partner", name="read_partner", answer=PartnerShape, scope="read", example=EXAMPLE, codes=("not_found",)
    ),
)
async def get_partner(request: Request, partner_id: str, caller: Reader) -> JSONResponse:
    """Return it."""
    partner = await visible_partner(request, caller, partner_id)
    parameters(request)
    return JSONResponse(partner_body(partner))


@router.patch(
    "/{partner_id}",
    **operation(
        "Change a partner, enable or disable a reseller",
        name="change_partner",
        answer=PartnerShape,
        scope="admin",
        body=PartnerChangesBody,
        example=EXAMPLE,
        headers=("Idempotency-Key",),
        codes=(
            "not_permitted",
            "not_found",
            "invalid_email",
            "invalid_country",
            "unknown_price_list",
            "currency_mismatch",
        ),
    ),
)
async def patch_partner(request: Request, partner_id: str, caller: Admin) -> JSONResponse:
    """Change what the body names."""
    await visible_partner(request, caller, partner_id)
    parameters(request)
    changes = (await body_of(request, PartnerChangesBody)).model_dump(exclude_unset=True)

    async def edit(connection: AsyncConnection) -> Answer:
        partner = await edit_partner(connection, setting_of(request, caller), partner_id, changes)
        return Answer(status=200, body=partner_body(partner), headers={})

    key = await key_of(request, required=False)
    parts = parts_of(request)
    at = parts.clock.wall()
    return json_answer(await answered_once(parts.database, caller, key, edit, kind="partner.edit", at=at))


async def visible_partner(request: Request, caller: Caller, partner_id: str) -> Partner:
    """Return a partner.

    Raises:
        NotFound: there is none, or none that the caller sees.
    """
    async with parts_of(request).database.read_as(caller.sees) as connection:
        partner = await find_partner(connection, partner_id, visible=visible_partners(caller))
    if partner is None:
        raise NotFound
    return partner
