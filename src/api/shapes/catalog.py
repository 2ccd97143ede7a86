"""What is sold on a day."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from api.shapes.members import Currency, Day, Money

Prices = Annotated[dict[str, Money], Field(description="A certificate's price for a term, by its months: `12`.")]


class Offering(TypedDict):
    """What a subscription is; decides the agreement."""

    code: str
    name: str
    eca_required: bool
    products: list[str]
    terms: Annotated[list[int], Field(description="In months.")]


class Product(TypedDict):
    """A type of certificate."""

    code: str
    name: str
    what: str
    max_validity_days: Annotated[int | None, Field(description="Null where no rule limits it.")]
    prices: Prices


class ClmTier(TypedDict):
    """What managing the certificates' life adds to each certificate's price for twelve months."""

    code: str
    name: str
    uplift: Money | None
    benefits: list[str]


class Catalog(TypedDict):
    """What is sold on a day, at the caller's own prices."""

    on: Day
    price_list: str | None
    currency: Currency
    offerings: list[Offering]
    products: list[Product]
    clm_tiers: list[ClmTier]


class AgreementVersion(TypedDict):
    """A version of the Enterprise Certificate Agreement."""

    id: str
    version: str
    language: str
    effective_from: Day
    sha256: Annotated[str, Field(description="Of the text's UTF-8 bytes.")]
    text: str
