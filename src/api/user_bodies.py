"""The bodies of requests on users and their passwords."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, SecretStr

from api.body_types import Body, Email, Id, Text200
from intake.passwords import LONGEST, SHORTEST

Role = Literal["admin", "technician", "sales", "billing", "ops"]


class NewUserBody(Body):
    """A person of the caller's own partner, or of a reseller below it."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"email": "jana@nordlicht.example", "name": "Jana Nord", "role": "sales"}}
    )

    email: Email
    name: Text200
    role: Role
    partner_id: Id | None = None


class UserChangesBody(Body):
    """What changes of a user: absent is unchanged."""

    model_config = ConfigDict(json_schema_extra={"example": {"state": "disabled"}})

    name: Text200 = Field(default="")
    role: Role = "technician"
    state: Literal["enabled", "disabled"] = "enabled"


class NoBody(Body):
    """Nothing: a secret needs no word."""


class PasswordBody(Body):
    """A password, and the secret that was shown when the user was made."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"setup_secret": "prs_…", "password": "seven otters keep the ledger"},
        }
    )

    setup_secret: SecretStr
    password: Annotated[SecretStr, Field(min_length=SHORTEST, max_length=LONGEST)]
