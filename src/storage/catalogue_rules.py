"""What a catalogue must keep to when a file is loaded over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from lifecycle.catalog import DEFAULT_LIST, PRICE_NOTICE, UPLIFT_MONTHS, Catalogue, PriceRow
from storage.catalogue_file import (
    CatalogueBody,
    CatalogueFile,
    CatalogueProblem,
    OfferingEntry,
    PriceEntry,
    PriceListEntry,
    ProductEntry,
    TierEntry,
    ValidityEntry,
)

_E = TypeVar("_E", OfferingEntry, ProductEntry, TierEntry, PriceListEntry, ValidityEntry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A file over the catalogue that is there: entries `before` and `after`, and the prices before."""

    file: CatalogueFile
    before: CatalogueBody
    after: CatalogueBody
    prices: Catalogue
    today: date


def merged(before: CatalogueBody, file: CatalogueFile) -> CatalogueBody:
    """Return the entries after the load: the file's, and those it does not name. Nothing is ever removed."""
    return CatalogueBody(
        offerings=_replaced(before.offerings, file.offerings),
        products=_replaced(before.products, file.products),
        clm_tiers=_replaced(before.clm_tiers, file.clm_tiers),
        price_lists=_replaced(before.price_lists, file.price_lists),
        validities=_replaced(before.validities, file.validities),
        addresses=file.addresses or before.addresses,
    )


def entry_problems(load: Load) -> Iterator[CatalogueProblem]:
    """Yield what is wrong with offerings, products, tiers and lists."""
    yield from _twice("offerings", load.file.offerings)
    yield from _twice("products", load.file.products)
    yield from _twice("clm_tiers", load.file.clm_tiers)
    yield from _twice("price_lists", load.file.price_lists)
    yield from _twice("validities", load.file.validities)
    yield from _tiers_named_as_products(load)
    yield from _unknown_references(load)
    yield from _dropped(load)
    yield from _currencies_changed(load)


def price_problems(load: Load) -> Iterator[CatalogueProblem]:
    """Yield what is wrong with single price rows; amounts in minor units."""
    seen: set[tuple[str, str, int, date]] = set()
    for index, entry in enumerate(load.file.prices):
        key = (entry.price_list, entry.item, entry.term_months, entry.effective_from)
        if key in seen:
            yield CatalogueProblem(f"prices[{index}]", "duplicate_row", "This row is in the file twice.")
        seen.add(key)
        yield from _one_price(load, f"prices[{index}]", entry)


def notice_problems(load: Load) -> Iterator[CatalogueProblem]:
    """Yield the rows that raise a price sooner than its notice allows."""
    soonest = load.today + PRICE_NOTICE
    for index, entry in enumerate(load.file.prices):
        former = _price_before(load, entry)
        if (
            former is not None
            and entry.amount > former
            and entry.effective_from < soonest
            and not _is_known(load, entry)
        ):
            message = f"This raises the price from {former} to {entry.amount}; the earliest day for that is {soonest}."
            yield CatalogueProblem(f"prices[{index}].effective_from", "price_notice_too_short", message)


def missing_prices(load: Load, after: Catalogue) -> Iterator[CatalogueProblem]:
    """Yield what can be sold after the load without a price in force today.

    The list `default` prices everything; a list in another currency has nothing to fall back on, so it does too.
    """
    main = after.currencies.get(DEFAULT_LIST)
    lists = [name for name, currency in after.currencies.items() if name == DEFAULT_LIST or currency != main]
    for item, months in sorted(_sold(after, load.today)):
        for name in lists or [DEFAULT_LIST]:
            if after.row_in_force(name, item, months, on=load.today) is None:
                message = f"{item} for {months} months has no price in {name} today."
                yield CatalogueProblem(f"prices ({name}, {item}, {months})", "price_missing", message)


def new_rows(load: Load) -> tuple[PriceRow, ...]:
    """Return the file's rows that are not there yet."""
    return tuple(_row(entry) for entry in load.file.prices if not _is_known(load, entry))


def _row(entry: PriceEntry) -> PriceRow:
    return PriceRow(**entry.model_dump(exclude={"currency"}))


def _replaced(before: Sequence[_E], file: Sequence[_E]) -> list[_E]:
    by_code: dict[str, _E] = {entry.code: entry for entry in before}
    by_code.update({entry.code: entry for entry in file})
    return list(by_code.values())


def _twice(section: str, entries: Sequence[_E]) -> Iterator[CatalogueProblem]:
    codes = [entry.code for entry in entries]
    for index, code in enumerate(codes):
        if code in codes[:index]:
            yield CatalogueProblem(f"{section}[{index}].code", "duplicate_code", f"{code} is in the file twice.")


def _tiers_named_as_products(load: Load) -> Iterator[CatalogueProblem]:
    products = {entry.code for entry in load.after.products}
    for index, tier in enumerate(load.file.clm_tiers):
        if tier.code in products:
            message = f"{tier.code} is a product; a tier needs a code of its own."
            yield CatalogueProblem(f"clm_tiers[{index}].code", "duplicate_code", message)


def _unknown_references(load: Load) -> Iterator[CatalogueProblem]:
    products = {entry.code for entry in load.after.products}
    validities = {entry.code for entry in load.after.validities}
    for index, offering in enumerate(load.file.offerings):
        for position, code in enumerate(offering.products):
            if code not in products:
                place = f"offerings[{index}].products[{position}]"
                yield CatalogueProblem(place, "unknown_product", f"There is no product {code}.")
    for index, product in enumerate(load.file.products):
        if product.validity is not None and product.validity not in validities:
            place = f"products[{index}].validity"
            yield CatalogueProblem(place, "unknown_validity", f"There are no limits named {product.validity}.")


def _dropped(load: Load) -> Iterator[CatalogueProblem]:
    """An offering keeps its products and terms, since subscriptions on them go on; `withdrawn_from` ends a sale."""
    known = {entry.code: entry for entry in load.before.offerings}
    for index, offering in enumerate(load.file.offerings):
        former = known.get(offering.code)
        if former is None:
            continue
        for member, gone in _gone(former, offering):
            message = f"{offering.code} had {gone} before; use withdrawn_from to end a sale."
            yield CatalogueProblem(f"offerings[{index}].{member}", "never_removed", message)


def _gone(former: OfferingEntry, offering: OfferingEntry) -> Iterator[tuple[str, object]]:
    yield from (("products", code) for code in former.products if code not in offering.products)
    yield from (("terms", months) for months in former.terms if months not in offering.terms)


def _currencies_changed(load: Load) -> Iterator[CatalogueProblem]:
    known = {entry.code: entry.currency for entry in load.before.price_lists}
    for index, entry in enumerate(load.file.price_lists):
        if known.get(entry.code, entry.currency) != entry.currency:
            message = f"{entry.code} is in {known[entry.code]}; a list never changes its currency."
            yield CatalogueProblem(f"price_lists[{index}].currency", "currency_mismatch", message)


def _one_price(load: Load, place: str, entry: PriceEntry) -> Iterator[CatalogueProblem]:
    currencies = {known.code: known.currency for known in load.after.price_lists}
    if entry.price_list not in currencies:
        yield CatalogueProblem(f"{place}.price_list", "unknown_price_list", f"There is no list {entry.price_list}.")
    elif entry.currency not in (None, currencies[entry.price_list]):
        message = f"{entry.price_list} is in {currencies[entry.price_list]}."
        yield CatalogueProblem(f"{place}.currency", "currency_mismatch", message)
    if entry.amount < 0:
        yield CatalogueProblem(f"{place}.amount", "negative_amount", "An amount cannot be negative.")
    yield from _item_problems(load, place, entry)
    former = _known_row(load, entry)
    if former is not None and former.amount != entry.amount:
        message = f"This row is there with {former.amount}; a row never changes, a new day makes a new one."
        yield CatalogueProblem(place, "price_row_immutable", message)


def _item_problems(load: Load, place: str, entry: PriceEntry) -> Iterator[CatalogueProblem]:
    terms = _terms_of(load.after)
    if entry.item not in terms:
        yield CatalogueProblem(f"{place}.item", "unknown_item", f"{entry.item} is neither a product nor a tier.")
    elif entry.term_months not in terms[entry.item]:
        message = f"{entry.item} is not sold for {entry.term_months} months."
        yield CatalogueProblem(f"{place}.term_months", "term_not_offered", message)


def _terms_of(body: CatalogueBody) -> dict[str, set[int]]:
    terms: dict[str, set[int]] = {entry.code: set() for entry in body.products}
    for offering in body.offerings:
        for code in offering.products:
            terms.setdefault(code, set()).update(offering.terms)
    return {**terms, **{tier.code: {UPLIFT_MONTHS} for tier in body.clm_tiers}}


def _known_row(load: Load, entry: PriceEntry) -> PriceRow | None:
    rows = load.prices.rows.get((entry.price_list, entry.item, entry.term_months), ())
    return next((row for row in rows if row.effective_from == entry.effective_from), None)


def _is_known(load: Load, entry: PriceEntry) -> bool:
    return _known_row(load, entry) is not None


def _price_before(load: Load, entry: PriceEntry) -> int | None:
    """Return what is charged until the row counts: by its own list, else by the default list that it falls back on."""
    own = _last_before(load, entry, entry.price_list)
    if own is not None:
        return own
    currencies = load.prices.currencies
    falls_back = entry.price_list in currencies and currencies.get(DEFAULT_LIST) == currencies[entry.price_list]
    return _last_before(load, entry, DEFAULT_LIST) if falls_back else None


def _last_before(load: Load, entry: PriceEntry, price_list: str) -> int | None:
    stored = load.prices.rows.get((price_list, entry.item, entry.term_months), ())
    same = _in_file(
        load,
        lambda other: (other.price_list, other.item, other.term_months) == (price_list, entry.item, entry.term_months),
    )
    earlier = [row for row in (*stored, *same) if row.effective_from < entry.effective_from]
    return max(earlier, key=lambda row: row.effective_from).amount if earlier else None


def _in_file(load: Load, wanted: Callable[[PriceEntry], bool]) -> tuple[PriceRow, ...]:
    # The first load of all has nobody to give notice to.
    if not load.prices.rows:
        return ()
    return tuple(_row(entry) for entry in load.file.prices if wanted(entry))


def _sold(after: Catalogue, today: date) -> set[tuple[str, int]]:
    sold = {
        (code, months)
        for offering in after.offerings.values()
        if not _withdrawn(offering.withdrawn_from, today)
        for code in offering.products
        if code in after.products and not _withdrawn(after.products[code].withdrawn_from, today)
        for months in offering.terms
    }
    return sold | {(code, UPLIFT_MONTHS) for code in after.tiers}


def _withdrawn(withdrawn_from: date | None, today: date) -> bool:
    return withdrawn_from is not None and withdrawn_from <= today
