"""The bodies of requests on API keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from api.bodies import check_distinct
from api.body_types import Body, Id, Moment, OptionalText200

Scope = Literal["read", "write", "refund", "admin", "ops"]


def _distinct(scopes: list[Scope]) -> list[Scope]:
    check_distinct(scopes, code="duplicate_scope", member="", message="This scope is named twice.")
    return scopes


class NewKeyBody(Body):
    """A key for the caller's own partner, or for a reseller below it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"name": "Storefront", "scopes": ["read", "write"], "expires_at": "2027-11-22T09:00:00Z"}
        }
    )

    scopes: Annotated[list[Scope], Field(min_length=1), AfterValidator(_distinct)]
    partner_id: Id | None = None
    name: OptionalText200 = None
    expires_at: Moment | None = None
