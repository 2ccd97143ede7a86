"""The oracle's price rows and offerings as the catalogue and the price book that the rules read."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from lifecycle.catalog import Catalogue, ClmTier, Offering, PriceBook, PriceListNames, Product, rows_by_key
from lifecycle.catalog import PriceRow as Row
from oracle.price_table import CURRENCY, DEFAULT_LIST, OFFERINGS, PRODUCTS, TIERS, example_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from oracle.price_table import PriceRow

ALWAYS = PriceListNames(since=None, names=(DEFAULT_LIST,))


def catalogue_of(
    rows: Sequence[PriceRow],
    *,
    withdrawn: Mapping[str, date] | None = None,
    currencies: Mapping[str, str] | None = None,
) -> Catalogue:
    """The example catalogue with these price rows; `withdrawn` names products and offerings not sold from a day on."""
    gone = withdrawn or {}
    return Catalogue(
        offerings={
            code: Offering(
                code=code,
                name=code,
                eca_required=offering.needs_eca,
                products=tuple(sorted(offering.products)),
                terms=offering.terms,
                withdrawn_from=gone.get(code),
            )
            for code, offering in OFFERINGS.items()
        },
        products={code: Product(code=code, name=code, withdrawn_from=gone.get(code)) for code in PRODUCTS},
        tiers={code: ClmTier(code=code, name=code, benefits=()) for code in TIERS},
        currencies=currencies or {DEFAULT_LIST: CURRENCY},
        rows=rows_by_key(tuple(_row(row) for row in rows)),
    )


def price_book(
    *more: PriceRow,
    lists: tuple[PriceListNames, ...] = (ALWAYS,),
    withdrawn: Mapping[str, date] | None = None,
    currencies: Mapping[str, str] | None = None,
    currency: str = CURRENCY,
) -> PriceBook:
    """The example prices and further rows, as a customer with these price lists sees them."""
    catalogue = catalogue_of([*example_rows(), *more], withdrawn=withdrawn, currencies=currencies)
    return PriceBook(catalogue=catalogue, currency=currency, lists=lists)


@cache
def example_book() -> PriceBook:
    """The example prices and nothing else."""
    return price_book()


def _row(row: PriceRow) -> Row:
    return Row(
        price_list=row.price_list,
        item=row.code,
        term_months=row.term_months,
        amount=row.amount,
        effective_from=row.effective_from,
    )
