"""Partners, their keys, their customers, and what was changed of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from api.shapes.members import Actor, Currency, CustomerId, Instant, PartnerId

PartnerKind = Literal["operator", "distributor", "reseller"]
RoleName = Literal["admin", "technician", "sales", "billing", "ops"]
ScopeName = Literal["read", "write", "refund", "admin", "ops"]


class Partner(TypedDict):
    """The operator, a distributor, or a reseller under it."""

    id: PartnerId
    kind: PartnerKind
    parent_id: str | None
    state: Literal["enabled", "disabled"]
    name: str
    currency: Currency
    price_list: str
    billing_contact_email: str
    country: str
    tax_id: str | None
    tax_rate_bp: Annotated[int, Field(description="Basis points: 1900 is 19 %.")]
    tax_note: str
    created_at: Instant
    updated_at: Instant


class Me(TypedDict):
    """Whom the key belongs to, and what it may do."""

    partner: Partner
    kind: PartnerKind
    scopes: list[ScopeName]
    currency: Currency
    key_id: str


class Customer(TypedDict):
    """A company that holds subscriptions."""

    id: CustomerId
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
    managing_partner_id: Annotated[str | None, Field(description="The reseller that manages it.")]
    eca_acceptance_id: str | None
    version: Annotated[int, Field(description="Rises with every change; the `ETag`.")]
    created_at: Instant
    updated_at: Instant


class ApiKey(TypedDict):
    """An API key, shown by its beginning."""

    id: str
    partner_id: PartnerId
    name: str | None
    prefix: str
    scopes: list[ScopeName]
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None
    revoked_at: Instant | None


class CreatedApiKey(ApiKey):
    """An API key with its text, which is shown once: null in a repeated answer."""

    key: str | None


class User(TypedDict):
    """A person of a partner: what it may do, and whether it has a password."""

    id: str
    partner_id: PartnerId
    email: str
    name: str
    role: RoleName
    scopes: list[ScopeName]
    state: Literal["enabled", "disabled"]
    password_set_at: Instant | None
    setup_expires_at: Instant | None
    created_at: Instant
    updated_at: Instant


class UserWithSecret(User):
    """A user with the secret that sets its password, which is shown once: null in a repeated answer."""

    setup_secret: str | None


class AuditEntry(TypedDict):
    """Who changed what, when, from what to what, in which request."""

    id: str
    at: Instant
    partner_id: PartnerId
    actor: Actor
    action: str
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str
