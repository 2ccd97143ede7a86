"""Who the caller is; the one address that answers a disabled partner too."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.access import Known
from api.operations import operation
from api.partners import EXAMPLE, partner_body
from intake.keys import SCOPES

router = APIRouter(tags=["partners"])


@router.get(
    "/v1/me",
    **operation(
        "Say who the key belongs to and what it may do",
        scope=None,
        example={"partner": EXAMPLE, "kind": "reseller", "scopes": ["read", "write"], "currency": "USD"},
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
            "key_id": caller.key_id,
        }
    )
