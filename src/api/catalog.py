"""`/v1/catalog`: what can be bought on a day, at the caller's own prices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Reader
from api.operations import operation
from api.parts import parts_of
from api.query import day_of, parameters
from api.shapes.catalog import Catalog
from lifecycle.catalog import UPLIFT_MONTHS, Offering, PriceBook
from lifecycle.portrait import money
from storage.catalogue import CatalogueVersion, current_catalogue
from storage.price_lists import partner_price_book

router = APIRouter(tags=["catalogue"])

_EXAMPLE = {
    "on": "2026-11-22",
    "price_list": "default",
    "currency": "USD",
    "offerings": [
        {
            "code": "dv-automation",
            "name": "DV Automation",
            "eca_required": False,
            "products": ["tls-dv-single"],
            "terms": [12, 24, 36],
        }
    ],
    "products": [
        {
            "code": "tls-dv-single",
            "name": "Domain-validated certificate",
            "what": "one name",
            "max_validity_days": 200,
            "prices": {"12": {"amount": 4900, "currency": "USD"}},
        }
    ],
    "clm_tiers": [
        {
            "code": "essentials",
            "name": "Essentials",
            "uplift": {"amount": 0, "currency": "USD"},
            "benefits": ["Inventory view"],
        }
    ],
}


@router.get(
    "/v1/catalog",
    **operation(
        "Read the catalogue of a day",
        name="read_catalog",
        answer=Catalog,
        scope="read",
        example=_EXAMPLE,
        parameters=("on",),
        codes=("unknown_parameter", "invalid_date"),
    ),
)
async def get_catalog(request: Request, caller: Reader) -> JSONResponse:
    """Return what is sold on a day, today unless said."""
    parts = parts_of(request)
    on = day_of(parameters(request, "on"), "on") or parts.clock.now().date()
    async with parts.database.read() as connection:
        book = await partner_price_book(connection, caller.partner)
        version = await current_catalogue(connection)
    return JSONResponse(catalog_body(version, book, on=on))


def catalog_body(version: CatalogueVersion, book: PriceBook, *, on: date) -> dict[str, Any]:
    """Return what is sold on a day with the prices of a book."""
    offerings = [offering for offering in version.catalogue.offerings.values() if _is_sold(offering.withdrawn_from, on)]
    lists = book.lists_for_term(on)
    return {
        "on": on.isoformat(),
        "price_list": lists[0] if lists else None,
        "currency": book.currency,
        "offerings": [_offering(version, offering, on) for offering in offerings],
        "products": list(_products(version, book, offerings, on=on)),
        "clm_tiers": list(_tiers(book, on=on)),
    }


def _offering(version: CatalogueVersion, offering: Offering, on: date) -> dict[str, Any]:
    products = version.catalogue.products
    return {
        "code": offering.code,
        "name": offering.name,
        "eca_required": offering.eca_required,
        "products": [code for code in offering.products if _is_sold(products[code].withdrawn_from, on)],
        "terms": list(offering.terms),
    }


def _products(
    version: CatalogueVersion, book: PriceBook, offerings: list[Offering], *, on: date
) -> Iterator[dict[str, Any]]:
    for entry in version.body.products:
        terms = {months for offering in offerings if entry.code in offering.products for months in offering.terms}
        if terms and _is_sold(entry.withdrawn_from, on):
            priced = ((months, _price(book, entry.code, months, on=on)) for months in sorted(terms))
            yield {
                "code": entry.code,
                "name": entry.name,
                "what": entry.what,
                "max_validity_days": version.longest_validity(entry.code, on=on),
                "prices": {str(months): price for months, price in priced if price is not None},
            }


def _tiers(book: PriceBook, *, on: date) -> Iterator[dict[str, Any]]:
    for tier in book.catalogue.tiers.values():
        uplift = _price(book, tier.code, UPLIFT_MONTHS, on=on)
        yield {"code": tier.code, "name": tier.name, "uplift": uplift, "benefits": list(tier.benefits)}


def _price(book: PriceBook, item: str, months: int, *, on: date) -> dict[str, object] | None:
    lists = book.lists_for_term(on)
    if not book.is_priced(item, months, on=on, lists=lists):
        return None
    return money(book.price_of(item, months, on=on, lists=lists), book.currency)


def _is_sold(withdrawn_from: date | None, on: date) -> bool:
    return withdrawn_from is None or on < withdrawn_from
