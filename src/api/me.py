"""Who the caller is; the one address that answers a disabled partner too."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.access import Known
from api.operations import operation
from api.partners import EXAMPLE, partner_body
from api.shapes.parties import Me
from intake.roles import SCOPES

router = APIRouter(tags=["partners"])


@router.get(
    "/v1/me",
    **operation(
        "Say who the key belongs to and what it may do",
        name="read_me",
        scope=None,
        answer=Me,
        example={
            "partner": EXAMPLE,
            "kind": "reseller",
            "scopes": ["read", "write"],
            "currency": "USD",
            "key_id": "key_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
        },
        codes=("unauthenticated", "rate_limited"),
    ),
)
async def show_me(caller: Known) -> JSONResponse:
    """Return partner, kind, scopes and currency."""
    return JSONResponse(
        {
            "partner": partner_body(caller.partner),
            "kind": caller.partner.kind,
            "scopes": [scope for scope in SCOPES if caller.has_scope(scope)],
            "currency": caller.partner.currency,
            "key_id": caller.actor,
        }
    )
