"""The example catalogue, typed once more from the rules, and which of its price rows is in force on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

EVER = date.min
DEFAULT_LIST = "default"
CURRENCY = "USD"

# product: cents for 12, 24 and 36 months, and for 60 where it is sold so long
PRODUCTS: dict[str, tuple[int, ...]] = {
    "tls-dv-single": (4900, 9300, 13700),
    "tls-dv-wildcard": (14900, 28300, 41600),
    "tls-ov-single": (12900, 24500, 36000),
    "tls-ov-wildcard": (34900, 66300, 97400),
    "tls-ov-multi": (29900, 56800, 83400),
    "tls-san-pack": (11900, 22600, 33200),
    "tls-ev-single": (24900, 47300, 69500),
    "tls-ev-multi": (54900, 104300, 153200),
    "smime-individual": (2900, 5500, 8100),
    "code-signing-ov": (27900, 53000, 77800),
    "code-signing-ev": (39900, 75800, 111300),
    "doc-signing": (32900, 62500, 91800),
    "private-ca": (480000, 912000, 1339200, 2160000),
    "device-seat": (300, 570, 840, 1350),
}
TERMS = (12, 24, 36, 60)
# tier: cents for each certificate and each twelve months
TIERS = {"essentials": 0, "professional": 2000, "enterprise": 4500}


@dataclass(frozen=True)
class Offering:
    """What a subscription can be: whether an agreement is needed, which products it holds and for how many months."""

    needs_eca: bool
    products: frozenset[str]
    terms: tuple[int, ...]


def _starting(*prefixes: str) -> frozenset[str]:
    return frozenset(product for product in PRODUCTS if product.startswith(prefixes))


OFFERINGS = {
    "managed-tls": Offering(needs_eca=True, products=_starting("tls-"), terms=(12, 24, 36)),
    "managed-pki": Offering(needs_eca=True, products=frozenset(PRODUCTS), terms=(12, 24, 36)),
    "signing-suite": Offering(needs_eca=True, products=_starting("code-", "doc-signing", "smime-"), terms=(12, 24, 36)),
    "dv-automation": Offering(needs_eca=False, products=_starting("tls-dv-"), terms=(12, 24, 36)),
    "private-pki": Offering(needs_eca=False, products=frozenset({"private-ca", "device-seat"}), terms=(12, 24, 36, 60)),
}


@dataclass(frozen=True)
class PriceRow:
    """One price from a day on; of a tier the uplift for twelve months, of a product the price of that term."""

    code: str
    term_months: int
    amount: int
    effective_from: date = EVER
    price_list: str = DEFAULT_LIST


def example_rows() -> list[PriceRow]:
    """The price rows of the example catalogue, all of them in force since ever."""
    products = [
        PriceRow(code, term, amount)
        for code, amounts in PRODUCTS.items()
        for term, amount in zip(TERMS, amounts, strict=False)
    ]
    return products + [PriceRow(tier, 12, amount) for tier, amount in TIERS.items()]


class PriceTable:
    """Price rows of one list, asked for the amount in force on a day."""

    def __init__(self, rows: list[PriceRow] | None = None, *, price_list: str = DEFAULT_LIST) -> None:
        chosen = example_rows() if rows is None else rows
        self._rows = sorted((row for row in chosen if row.price_list == price_list), key=lambda row: row.effective_from)

    def product(self, code: str, *, term_months: int, day: date) -> int:
        """Cents of one certificate for the whole term, without the tier's uplift."""
        return self._in_force(code, term_months=term_months, day=day)

    def uplift(self, tier: str, *, term_months: int, day: date) -> int:
        """Cents that the tier adds to one certificate for the whole term."""
        return self._in_force(tier, term_months=12, day=day) * (term_months // 12)

    def _in_force(self, code: str, *, term_months: int, day: date) -> int:
        amount = None
        for row in self._rows:
            if (row.code, row.term_months) == (code, term_months) and row.effective_from <= day:
                amount = row.amount
        if amount is None:
            raise KeyError(code, term_months, day)
        return amount
