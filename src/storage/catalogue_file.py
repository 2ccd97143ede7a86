"""The shape of a catalogue file, and of the catalogue as stored: the same entries, prices apart."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

_CODES = {"missing": "required", "extra_forbidden": "unknown_field"}


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OfferingEntry(_Entry):
    """An offering, with the products and the terms (months) that it is sold with."""

    code: Code
    name: Words
    eca_required: bool
    products: list[Code]
    terms: list[Annotated[int, Field(ge=1, le=120)]]
    withdrawn_from: date | None = None


class ProductEntry(_Entry):
    """A product; `validity` names the limits of its certificates' validity."""

    code: Code
    name: Words
    what: Words
    validity: Code | None = None
    withdrawn_from: date | None = None


class TierEntry(_Entry):
    """A CLM tier and what it brings."""

    code: Code
    name: Words
    benefits: list[Words]


class PriceListEntry(_Entry):
    """A price list and its one currency."""

    code: Code
    currency: Currency


class ValidityStep(_Entry):
    """The longest validity, in days, of a certificate made on or after a day."""

    since: date
    days: Annotated[int, Field(ge=1)]


class ValidityEntry(_Entry):
    """How long certificates of a kind may be valid, by the day on which they are made."""

    code: Code
    steps: list[ValidityStep]


class AddressEntry(_Entry):
    """Which countries' addresses need a state or province, and which have no postal code."""

    state_required: list[Country]
    no_postal_code: list[Country]


class PriceEntry(_Entry):
    """A price: of a product for a term, or of a tier per certificate and twelve months; minor units."""

    price_list: Code = "default"
    item: Code
    term_months: int
    amount: int
    effective_from: date
    currency: Currency | None = None


class CatalogueBody(_Entry):
    """Everything that can be sold, without its prices."""

    offerings: list[OfferingEntry] = []
    products: list[ProductEntry] = []
    clm_tiers: list[TierEntry] = []
    price_lists: list[PriceListEntry] = []
    validities: list[ValidityEntry] = []
    addresses: AddressEntry | None = None


class CatalogueFile(CatalogueBody):
    """A file to load: entries that are new or take the place of those with their code, and further price rows."""

    prices: list[PriceEntry] = []

    @property
    def body(self) -> CatalogueBody:
        """The entries without the prices."""
        return CatalogueBody(**{name: getattr(self, name) for name in CatalogueBody.model_fields})


@dataclass(frozen=True, slots=True)
class CatalogueProblem:
    """Something wrong in a file: the place (`prices[3].amount`), a stable code and a sentence."""

    place: str
    code: str
    message: str


class CatalogueRefused(Exception):
    """The file cannot be loaded; `problems` names everything that is wrong with it."""

    def __init__(self, problems: Sequence[CatalogueProblem]) -> None:
        """Take at least one problem."""
        super().__init__(f"{len(problems)} problems, first {problems[0].code} at {problems[0].place}")
        self.problems = tuple(problems)


def parse_catalogue(text: str) -> CatalogueFile:
    """Return the file's content.

    Raises:
        CatalogueRefused: it is not TOML, or an entry has another shape.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueRefused([CatalogueProblem("", "malformed_toml", str(error))]) from None
    try:
        return CatalogueFile.model_validate(content, strict=True)
    except ValidationError as error:
        raise CatalogueRefused([_problem(dict(found)) for found in error.errors(include_url=False)]) from None


def _problem(found: dict[str, Any]) -> CatalogueProblem:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in found["loc"]).removeprefix(".")
    return CatalogueProblem(place, _CODES.get(found["type"], "invalid_value"), found["msg"])
