"""What may be sold: offerings and products that are not withdrawn, at prices that exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from lifecycle.catalog import UPLIFT_MONTHS, Catalogue, Offering, PriceBook, TermPrices
from lifecycle.commands import Purchase
from lifecycle.inventory import Inventory
from lifecycle.refusals import FieldError, InvalidInput


def check(errors: Iterable[FieldError]) -> None:
    """Refuse if there is any error.

    Raises:
        InvalidInput: with all of them.
    """
    found = tuple(errors)
    if found:
        raise InvalidInput(*found)


def catalogue_errors(purchase: Purchase, prices: PriceBook, today: date) -> Iterator[FieldError]:
    """Yield what is wrong with the offering, term, tier and products of a purchase."""
    catalogue = prices.catalogue
    offering = catalogue.offerings.get(purchase.offering)
    if offering is None:
        yield FieldError("offering", "unknown_offering", "There is no such offering.")
    elif _withdrawn(offering.withdrawn_from, today):
        yield FieldError("offering", "product_not_offered", "This offering is not sold any more.")
    elif purchase.term_months not in offering.terms:
        terms = ", ".join(str(term) for term in offering.terms)
        yield FieldError("term_months", "term_not_offered", f"{offering.name} is sold for {terms} months.")
    if purchase.clm_tier not in catalogue.tiers:
        yield FieldError("clm_tier", "unknown_clm_tier", "There is no such CLM tier.")
    if offering is not None:
        yield from product_errors(
            purchase.inventory, catalogue, offering, field="inventory", today=today, held=frozenset()
        )


def missing_prices(purchase: Purchase, prices: PriceBook, lists: tuple[str, ...], today: date) -> Iterator[FieldError]:
    """Yield what the lists do not price, all of it where none is in the customer's currency."""
    if not lists:
        yield FieldError("customer_id", "currency_mismatch", f"No price list is in {prices.currency}.")
        return
    if not prices.is_priced(purchase.clm_tier, UPLIFT_MONTHS, on=today, lists=lists):
        yield FieldError("clm_tier", "product_not_offered", "This CLM tier has no price.")
    yield from price_errors(purchase.inventory, prices, purchase.term_months, field="inventory", on=today, lists=lists)


def product_errors(
    inventory: Inventory, catalogue: Catalogue, offering: Offering, *, field: str, today: date, held: frozenset[str]
) -> Iterator[FieldError]:
    """Yield what is wrong with the products of `field`; those that are `held` may have been withdrawn since."""
    over = _withdrawn(offering.withdrawn_from, today)
    for index, line in enumerate(inventory):
        name = f"{field}[{index}].product"
        product = catalogue.products.get(line.product)
        if product is None:
            yield FieldError(name, "unknown_product", "There is no such product.")
        elif line.product not in offering.products:
            yield FieldError(name, "product_not_in_offering", f"{offering.name} does not include this product.")
        elif line.product not in held and (over or _withdrawn(product.withdrawn_from, today)):
            yield FieldError(name, "product_not_offered", "This product is not sold any more.")


def price_errors(
    inventory: Inventory,
    prices: PriceBook,
    term_months: int,
    *,
    field: str,
    on: date,
    lists: tuple[str, ...],
    frozen: TermPrices | None = None,
) -> Iterator[FieldError]:
    """Yield the products of `field` that cannot be sold: no list prices them on the day, and no price is `frozen`."""
    for index, line in enumerate(inventory):
        is_known = frozen is not None and frozen.unit_price(line.product) is not None
        if not is_known and not prices.is_priced(line.product, term_months, on=on, lists=lists):
            message = "This product has no price for the term."
            yield FieldError(f"{field}[{index}].product", "product_not_offered", message)


def _withdrawn(withdrawn_from: date | None, today: date) -> bool:
    return withdrawn_from is not None and withdrawn_from <= today
