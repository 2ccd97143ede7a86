"""What a term or an added certificate costs. One rounding per line, everything before it is exact."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from lifecycle.catalog import TermPrices
from lifecycle.charges import ChargeLine
from lifecycle.inventory import Inventory
from lifecycle.money import half_up
from lifecycle.terms import Span


def prorated(amount: int, remaining_days: int, total_days: int) -> int:
    """Return the share of `amount` (minor units) on `remaining_days` of `total_days`, rounded half-up once."""
    return half_up(Fraction(amount * remaining_days, total_days))


def charge_lines(
    inventory: Inventory, prices: TermPrices, clm_tier: str, *, term: Span, effective: date
) -> tuple[ChargeLine, ...]:
    """Return a line per product, charged from the effective day (itself included) to the end of the term.

    `total_days` is always the whole term, also when less of it is charged.

    Raises:
        ValueError: the prices of the term do not hold a product.
    """
    first_day = max(effective, term.start)
    remaining = (term.end - first_day).days
    lines: list[ChargeLine] = []
    for line in inventory:
        unit_price = prices.unit_price(line.product)
        if unit_price is None:
            message = f"no price for {line.product}"
            raise ValueError(message)
        lines.append(
            ChargeLine(
                product=line.product,
                clm_tier=clm_tier,
                quantity=line.quantity,
                unit_price=unit_price,
                period_start=first_day,
                period_end=term.end,
                remaining_days=remaining,
                total_days=term.days,
                amount=prorated(line.quantity * unit_price, remaining, term.days),
            )
        )
    return tuple(lines)
