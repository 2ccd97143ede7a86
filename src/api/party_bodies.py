"""The bodies of requests on customers and partners."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from api.body_types import (
    Body,
    Code,
    Country,
    Currency,
    Email,
    Extension,
    Id,
    OptionalText16,
    OptionalText32,
    OptionalText100,
    OptionalText200,
    Phone,
    Text64,
    Text100,
    Text200,
)

TaxRate = Annotated[int, Field(ge=0, le=10_000)]


class NewCustomerBody(Body):
    """A customer's details, and the reseller that manages it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "company_name": "Example GmbH",
                "contact_name": "Erika Muster",
                "contact_phone": "+49 711 5550173",
                "contact_email": "erika@example.com",
                "address_line1": "Königstraße 28",
                "city": "Stuttgart",
                "postal_code": "70173",
                "country": "DE",
            }
        }
    )

    company_name: Text200
    contact_name: Text200
    contact_phone: Phone | None = None
    contact_extension: Extension | None = None
    contact_email: Email
    address_line1: Text200
    address_line2: OptionalText200 = None
    city: Text100
    state_province: OptionalText100 = None
    postal_code: OptionalText16 = None
    country: Country
    managing_partner_id: Id | None = None


class CustomerChangesBody(Body):
    """What changes of a customer: absent is unchanged, null clears where a member may be empty."""

    model_config = ConfigDict(json_schema_extra={"example": {"contact_name": "Max Muster", "contact_phone": None}})

    company_name: Text200 = Field(default="")
    contact_name: Text200 = Field(default="")
    contact_phone: Phone | None = None
    contact_extension: Extension | None = None
    contact_email: Email = Field(default="")
    address_line1: Text200 = Field(default="")
    address_line2: OptionalText200 = None
    city: Text100 = Field(default="")
    state_province: OptionalText100 = None
    postal_code: OptionalText16 = None
    country: Country = Field(default="")
    managing_partner_id: Id | None = None


class NewPartnerBody(Body):
    """A reseller under the distributor that asks."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Nordlicht Zertifikate GmbH",
                "billing_contact_email": "rechnung@nordlicht.example",
                "country": "DE",
            }
        }
    )

    name: Text200
    billing_contact_email: Email
    country: Country
    tax_id: OptionalText32 = None
    tax_rate_bp: TaxRate = 0
    tax_note: Text64 = "not_applicable"
    price_list: Code | None = None
    state: Literal["enabled", "disabled"] = "enabled"


class NewDistributorBody(NewPartnerBody):
    """A distributor, which only the operator makes; its currency is the operator's unless said."""

    kind: Literal["distributor"] = "distributor"
    currency: Currency | None = None


class PartnerChangesBody(Body):
    """What changes of a partner: absent is unchanged, null clears where a member may be empty."""

    model_config = ConfigDict(json_schema_extra={"example": {"state": "disabled"}})

    name: Text200 = Field(default="")
    billing_contact_email: Email = Field(default="")
    country: Country = Field(default="")
    tax_id: OptionalText32 = None
    tax_rate_bp: TaxRate = 0
    tax_note: Text64 = Field(default="")
    price_list: Code | None = None
    state: Literal["enabled", "disabled"] = "enabled"
