"""Offerings, products, tiers and price rows: their shape, and which row is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

PRICE_NOTICE = timedelta(days=90)
DEFAULT_LIST = "default"
UPLIFT_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A certificate type; `withdrawn_from` is the first day on which it is not sold any more."""

    code: str
    name: str
    withdrawn_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """What a subscription is; decides whether the agreement is needed, which products and terms go with it."""

    code: str
    name: str
    eca_required: bool
    products: tuple[str, ...]
    terms: tuple[int, ...]
    withdrawn_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClmTier:
    """A feature level that applies to every certificate of a subscription."""

    code: str
    name: str
    benefits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """The price of a product for a term, or of a tier per certificate and twelve months, from a day on."""

    price_list: str
    item: str
    term_months: int
    amount: int
    effective_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListNames:
    """The lists that a customer's prices come from, best first, and since when that is so (None: always)."""

    since: date | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything that can be sold, with the currency of each price list and its rows."""

    offerings: Mapping[str, Offering]
    products: Mapping[str, Product]
    tiers: Mapping[str, ClmTier]
    currencies: Mapping[str, str]
    rows: Mapping[tuple[str, str, int], tuple[PriceRow, ...]]

    def row_in_force(self, price_list: str, item: str, term_months: int, *, on: date) -> PriceRow | None:
        """Return the newest row of the list that is effective on the day, None when it has none."""
        rows = self.rows.get((price_list, item, term_months), ())
        return max((row for row in rows if row.effective_from <= on), key=lambda row: row.effective_from, default=None)


def rows_by_key(rows: tuple[PriceRow, ...]) -> dict[tuple[str, str, int], tuple[PriceRow, ...]]:
    """Return the rows grouped by list, item and term, as a catalogue holds them."""
    grouped: dict[tuple[str, str, int], tuple[PriceRow, ...]] = {}
    for row in rows:
        key = (row.price_list, row.item, row.term_months)
        grouped[key] = (*grouped.get(key, ()), row)
    return grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPrices:
    """The prices that hold for one term, in minor units: the tier's uplift and the products' own, per certificate."""

    price_lists: tuple[str, ...]
    currency: str
    uplift: int
    products: tuple[tuple[str, int], ...]

    def unit_price(self, product: str) -> int | None:
        """Return product price and uplift together, None for a product that this term has not seen."""
        own = dict(self.products).get(product)
        return None if own is None else own + self.uplift

    def with_products(self, added: tuple[tuple[str, int], ...]) -> TermPrices:
        """Return the prices with further products; those already there stay frozen."""
        merged = {**dict(added), **dict(self.products)}
        return TermPrices(
            price_lists=self.price_lists, currency=self.currency, uplift=self.uplift, products=tuple(merged.items())
        )


class PriceMissing(LookupError):
    """No list of the customer prices the item; loading a catalogue refuses to leave that so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """The catalogue as one customer sees it: its rows, and which lists count for a term that starts on a day."""

    catalogue: Catalogue
    currency: str
    lists: tuple[PriceListNames, ...]

    def lists_for_term(self, start: date) -> tuple[str, ...]:
        """Return the lists, in the customer's currency, for a term.

        A change of a partner's list or of the customer's reseller counts for terms that start 90 days later.
        """
        known = [entry for entry in self.lists if entry.since is None or entry.since + PRICE_NOTICE <= start]
        names = (known[-1] if known else self.lists[0]).names
        return tuple(name for name in names if self.catalogue.currencies.get(name) == self.currency)

    def is_priced(self, item: str, term_months: int, *, on: date, lists: tuple[str, ...]) -> bool:
        """Return whether one of the lists has a row in force for the item."""
        return self._row(item, term_months, on=on, lists=lists) is not None

    def price_of(
        self, item: str, term_months: int, *, on: date, lists: tuple[str, ...], last: int | None = None
    ) -> int:
        """Return the price of a product for the whole term, or of a tier for twelve months, as of a day.

        What the lists do not price goes on at its `last` price, so that no renewal can fail.

        Raises:
            PriceMissing: no list has a row in force, and there is no last price.
        """
        row = self._row(item, term_months, on=on, lists=lists)
        if row is not None:
            return row.amount
        if last is None:
            message = f"{item} for {term_months} months on {on} in {', '.join(lists)}"
            raise PriceMissing(message)
        return last

    def term_prices(
        self,
        products: tuple[str, ...],
        tier: str,
        term_months: int,
        *,
        start: date,
        on: date,
        last: TermPrices | None = None,
    ) -> TermPrices:
        """Return the prices of a term that starts on `start`, with the rows in force on `on`; `last` are those before.

        Raises:
            PriceMissing: a product or the tier has neither a row nor a last price.
        """
        lists = self.lists_for_term(start)
        frozen = {} if last is None else dict(last.products)
        former = None if last is None else last.uplift * UPLIFT_MONTHS // term_months
        uplift = self.price_of(tier, UPLIFT_MONTHS, on=on, lists=lists, last=former) * term_months // UPLIFT_MONTHS
        priced = tuple(
            (code, self.price_of(code, term_months, on=on, lists=lists, last=frozen.get(code))) for code in products
        )
        return TermPrices(price_lists=lists, currency=self.currency, uplift=uplift, products=priced)

    def _row(self, item: str, term_months: int, *, on: date, lists: tuple[str, ...]) -> PriceRow | None:
        rows = (self.catalogue.row_in_force(name, item, term_months, on=on) for name in lists)
        return next((row for row in rows if row is not None), None)
