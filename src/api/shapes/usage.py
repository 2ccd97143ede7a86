"""What is in use of a product, and what may be issued."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from api.shapes.members import Instant, Quantity, SubscriptionId
from lifecycle.entitlement import Bar


class ProductUsage(TypedDict):
    """What of a product is held, and in use; null where nothing was reported."""

    product: str
    inventory: Quantity
    in_use: Annotated[int | None, Field(description="What was reported last as in use; null: nothing ever was.")]
    available: Annotated[int | None, Field(description="What is held and not in use, never below 0.")]
    overage: Annotated[int | None, Field(description="What is in use beyond what is held, never below 0.")]


class Usage(ProductUsage):
    """A report on what is in use of a product, as it was taken."""

    subscription_id: SubscriptionId
    reported_at: Instant


class EntitledProduct(ProductUsage):
    """What may be issued of a product; `reported_at` is null where nothing was reported."""

    reported_at: Instant | None
    max_validity_days: Annotated[
        int | None, Field(description="The longest validity of a certificate issued today; null where nothing limits.")
    ]


class Entitlement(TypedDict):
    """Whether certificates may be issued now, reissued ones included, and what for."""

    may_issue: bool
    reason: Annotated[Bar | None, Field(description="Why nothing may be issued; null when it may.")]
    features: Annotated[list[str], Field(description="What the CLM tier includes.")]
    products: Annotated[list[EntitledProduct], Field(description="Those held, and those in use that are held no more.")]
