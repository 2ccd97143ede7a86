"""`/v1/customers`: the companies that hold subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Reader, Writer, setting_of
from api.answers import json_answer
from api.customer_places import order_of, ordered_page, place_of
from api.listing import PAGE, list_answer
from api.operations import Listed, operation
from api.parsing import body_of
from api.parts import parts_of
from api.party_bodies import CustomerChangesBody, NewCustomerBody
from api.preconditions import etag, if_match_of, key_of
from api.query import parameters
from api.shapes.parties import Customer as CustomerShape
from intake.customers import create_customer, edit_customer
from intake.denials import NotFound
from intake.idempotency import Answer, answered_once
from intake.scope import Caller, visible_customers
from lifecycle.portrait import instant
from storage.customer_orders import CustomerPage
from storage.customers import Customer, find_customer, list_customers, search_customers

router = APIRouter(prefix="/v1/customers", tags=["customers"])

EXAMPLE: dict[str, Any] = {
    "id": "cus_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
    "company_name": "Example GmbH",
    "contact_name": "Erika Muster",
    "contact_phone": "+49 711 5550173",
    "contact_extension": None,
    "contact_email": "erika@example.com",
    "address_line1": "Königstraße 28",
    "address_line2": None,
    "city": "Stuttgart",
    "state_province": None,
    "postal_code": "70173",
    "country": "DE",
    "managing_partner_id": None,
    "eca_acceptance_id": None,
    "version": 1,
    "created_at": "2026-11-22T09:00:00Z",
    "updated_at": "2026-11-22T09:00:00Z",
}
_RULES = (
    *("invalid_email", "invalid_phone", "invalid_extension", "extension_without_phone", "invalid_country"),
    *("invalid_postal_code", "duplicate_company_name", "reseller_not_available"),
)


def customer_body(customer: Customer) -> dict[str, Any]:
    """Return a customer as it is shown."""
    return {
        "id": customer.id,
        "company_name": customer.company_name,
        "contact_name": customer.contact_name,
        "contact_phone": customer.contact_phone,
        "contact_extension": customer.contact_extension,
        "contact_email": customer.contact_email,
        "address_line1": customer.address_line1,
        "address_line2": customer.address_line2,
        "city": customer.city,
        "state_province": customer.state_province,
        "postal_code": customer.postal_code,
        "country": customer.country,
        "managing_partner_id": customer.managing_partner_id,
        "eca_acceptance_id": customer.eca_acceptance_id,
        "version": customer.version,
        "created_at": instant(customer.created_at),
        "updated_at": instant(customer.updated_at),
    }


@router.post(
    "",
    **operation(
        "Create a customer",
        name="create_customer",
        answer=CustomerShape,
        etag=True,
        scope="write",
        status=201,
        body=NewCustomerBody,
        example=EXAMPLE,
        headers=("Idempotency-Key",),
        codes=_RULES,
    ),
)
async def post_customer(request: Request, caller: Writer) -> JSONResponse:
    """Create it with its audit entry."""
    parameters(request)
    fields = (await body_of(request, NewCustomerBody)).model_dump()

    async def create(connection: AsyncConnection) -> Answer:
        customer = await create_customer(connection, setting_of(request, caller), fields)
        headers = {"Location": f"{router.prefix}/{customer.id}", "ETag": etag(customer.version)}
        return Answer(status=201, body=customer_body(customer), headers=headers)

    key = await key_of(request, required=False)
    parts = parts_of(request)
    at = parts.clock.wall()
    return json_answer(await answered_once(parts.database, caller, key, create, kind="customer.create", at=at))


@router.get(
    "",
    **operation(
        "List customers",
        name="list_customers",
        answer=Listed(CustomerShape),
        scope="read",
        example={"data": [EXAMPLE], "next_cursor": None},
        parameters=("q", "managing_partner_id", "sort", *PAGE),
        codes=("unknown_parameter", "invalid_value", "limit_out_of_range", "invalid_cursor"),
    ),
)
async def get_customers(request: Request, caller: Reader) -> JSONResponse:
    """Return a page, sorted as asked; `q` is looked for in company, contact and e-mail address."""
    given = parameters(request, "q", "managing_partner_id", "sort", *PAGE)
    order = order_of(given)
    page = ordered_page(given, order)
    wanted = CustomerPage(
        limit=page.fetch, order=order, after=page.after, managing_partner_id=given.get("managing_partner_id")
    )
    database, visible = parts_of(request).database, visible_customers(caller)
    ids: Sequence[str] | None = None
    if (words := given.get("q")) is not None:
        async with database.snapshot() as connection:
            ids = await search_customers(connection, visible, words, page=wanted)
    async with database.read_as(caller.sees) as connection:
        found = await list_customers(connection, visible, page=wanted, ids=ids)
    return list_answer(request, page, found, key=lambda customer: place_of(customer, order), body=customer_body)


@router.get(
    "/{customer_id}",
    **operation(
        "Read a customer",
        name="read_customer",
        answer=CustomerShape,
        etag=True,
        scope="read",
        example=EXAMPLE,
        codes=("not_found",),
    ),
)
async def get_customer(request: Request, customer_id: str, caller: Reader) -> JSONResponse:
    """Return it with its version as `ETag`."""
    customer = await _visible_customer(request, caller, customer_id)
    parameters(request)
    return JSONResponse(customer_body(customer), headers={"ETag": etag(customer.version)})


@router.patch(
    "/{customer_id}",
    **operation(
        "Change a customer's details, or who manages it",
        name="change_customer",
        answer=CustomerShape,
        etag=True,
        scope="write",
        body=CustomerChangesBody,
        example=EXAMPLE,
        headers=("Idempotency-Key", "If-Match"),
        codes=("not_found", "version_conflict", "not_permitted", *_RULES),
    ),
)
async def patch_customer(request: Request, customer_id: str, caller: Writer) -> JSONResponse:
    """Change what the body names."""
    await _visible_customer(request, caller, customer_id)
    parameters(request)
    changes = (await body_of(request, CustomerChangesBody)).model_dump(exclude_unset=True)

    async def edit(connection: AsyncConnection) -> Answer:
        setting, seen = setting_of(request, caller), if_match_of(request)
        customer = await edit_customer(connection, setting, customer_id, changes, if_match=seen)
        return Answer(status=200, body=customer_body(customer), headers={"ETag": etag(customer.version)})

    key = await key_of(request, required=False)
    parts = parts_of(request)
    at = parts.clock.wall()
    return json_answer(await answered_once(parts.database, caller, key, edit, kind="customer.edit", at=at))


async def _visible_customer(request: Request, caller: Caller, customer_id: str) -> Customer:
    async with parts_of(request).database.read_as(caller.sees) as connection:
        customer = await find_customer(connection, customer_id, visible=visible_customers(caller))
    if customer is None:
        raise NotFound
    return customer
