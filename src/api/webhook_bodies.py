"""The bodies of requests on webhooks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from api.body_types import Body, Code, OptionalText200

MAX_URL = 2000
MAX_OVERLAP_HOURS = 168

Url = Annotated[str, Field(min_length=1, max_length=MAX_URL)]
Kinds = Annotated[list[Code], Field(min_length=1, max_length=50)]


class NewWebhookBody(Body):
    """An address to tell of events; without `kinds` of every kind."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"url": "https://hooks.example.com/perennial", "kinds": ["activated", "renewed"]}}
    )

    url: Url
    description: OptionalText200 = None
    kinds: Kinds | None = None


class WebhookChangesBody(Body):
    """What changes of a webhook: absent is unchanged; null as `kinds` is every kind, as `description` none."""

    model_config = ConfigDict(json_schema_extra={"example": {"state": "disabled"}})

    url: Url = Field(default="")
    description: OptionalText200 = None
    kinds: Kinds | None = None
    state: Literal["enabled", "disabled"] = "enabled"


class RotationBody(Body):
    """For how many hours the secret before is signed with too."""

    model_config = ConfigDict(json_schema_extra={"example": {"overlap_hours": 24}})

    overlap_hours: Annotated[int, Field(ge=0, le=MAX_OVERLAP_HOURS)] = 24
