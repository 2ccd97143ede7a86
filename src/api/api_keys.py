"""`/v1/api-keys`: a partner's keys and those of its resellers; a key's text is shown once."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.access import Admin, setting_of
from api.answers import NOTHING_LEFT, empty_answer
from api.key_bodies import NewKeyBody
from api.listing import PAGE, list_answer, page_of
from api.operations import Listed, operation
from api.parsing import body_of, named_in_body
from api.partners import visible_partner
from api.parts import parts_of
from api.preconditions import key_of
from api.query import parameters
from api.shapes.parties import ApiKey as ApiKeyShape
from api.shapes.parties import CreatedApiKey
from api.shown_once import answered_with_secret
from intake.api_keys import NewKey, create_key, revoke_key
from intake.denials import NotFound
from intake.idempotency import Answer, answered_once
from intake.sight import visible_api_keys
from lifecycle.portrait import instant
from storage.api_keys import ApiKey, find_api_key, list_api_keys

router = APIRouter(prefix="/v1/api-keys", tags=["access"])

EXAMPLE: dict[str, Any] = {
    "id": "key_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
    "partner_id": "ptn_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
    "name": "Storefront",
    "prefix": "prn_4fT9aQ2b",
    "scopes": ["read", "write"],
    "created_at": "2026-11-22T09:00:00Z",
    "expires_at": "2027-11-22T09:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}
_TEXT = "prn_4fT9aQ2bX7Lm0VdR5sYcKe8uWgNhZ1oPiJ3tB6xAqCD_0Fk2Lz"


@router.post(
    "",
    **operation(
        "Create an API key; it is shown once",
        name="create_api_key",
        answer=CreatedApiKey,
        scope="admin",
        status=201,
        body=NewKeyBody,
        example={**EXAMPLE, "key": _TEXT},
        headers=("Idempotency-Key",),
        codes=(
            *("not_found", "invalid_instant"),
            *("scope_not_grantable", "duplicate_scope", "expires_at_past"),
        ),
    ),
)
async def post_key(request: Request, caller: Admin) -> JSONResponse:
    """Create it with its audit entry. A repeat shows the same key without its text, which is kept nowhere."""
    parameters(request)
    parts, now = parts_of(request), parts_of(request).clock.wall()
    if (partner_id := await named_in_body(request, "partner_id")) is not None:
        await visible_partner(request, caller, partner_id)
    asked = NewKey(**(await body_of(request, NewKeyBody)).model_dump())

    async def create(connection: AsyncConnection) -> tuple[Answer, str]:
        key, text = await create_key(connection, setting_of(request, caller), asked, pepper=parts.pepper, now=now)
        headers = {"Location": f"{router.prefix}/{key.id}"}
        return Answer(status=201, body=key_body(key), headers=headers), text

    return await answered_with_secret(request, caller, create, member="key", kind="api_key.create")


@router.get(
    "",
    **operation(
        "List API keys, revoked and expired ones too",
        name="list_api_keys",
        answer=Listed(ApiKeyShape),
        scope="admin",
        example={"data": [EXAMPLE], "next_cursor": None},
        parameters=PAGE,
        codes=("unknown_parameter", "limit_out_of_range", "invalid_cursor"),
    ),
)
async def get_keys(request: Request, caller: Admin) -> JSONResponse:
    """Return a page, newest first."""
    page = page_of(parameters(request, *PAGE))
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await list_api_keys(connection, visible_api_keys(caller), before=page.before_id, limit=page.fetch)
    return list_answer(request, page, found, key=lambda key: (key.id,), body=key_body)


@router.get(
    "/{key_id}",
    **operation(
        "Read an API key", name="read_api_key", answer=ApiKeyShape, scope="admin", example=EXAMPLE, codes=("not_found",)
    ),
)
async def get_key(request: Request, key_id: str, caller: Admin) -> JSONResponse:
    """Return it, without its text."""
    parameters(request)
    async with parts_of(request).database.read_as(caller.sees) as connection:
        found = await find_api_key(connection, key_id, visible_api_keys(caller))
    if found is None:
        raise NotFound
    return JSONResponse(key_body(found))


@router.delete(
    "/{key_id}",
    **operation(
        "Revoke an API key at once",
        name="revoke_api_key",
        scope="admin",
        status=204,
        headers=("Idempotency-Key",),
        codes=("not_found",),
    ),
)
async def delete_key(request: Request, key_id: str, caller: Admin) -> Response:
    """Revoke it; one that is revoked stays so. Its row stays, for those who ask what it did."""
    parameters(request)
    parts, now = parts_of(request), parts_of(request).clock.wall()

    async def revoke(connection: AsyncConnection) -> Answer:
        await revoke_key(connection, setting_of(request, caller), key_id, now=now)
        return NOTHING_LEFT

    key = await key_of(request, required=False)
    return empty_answer(await answered_once(parts.database, caller, key, revoke, kind="api_key.revoke", at=now))


def key_body(key: ApiKey) -> dict[str, Any]:
    """Return a key as it is shown: by its beginning, never its text."""
    return {
        "id": key.id,
        "partner_id": key.partner_id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": list(key.scopes),
        "created_at": instant(key.created_at),
        "expires_at": instant(key.expires_at),
        "last_used_at": instant(key.last_used_at),
        "revoked_at": instant(key.revoked_at),
    }
