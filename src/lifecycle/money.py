"""Money in minor units, and the only place that rounds or splits an amount."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise


def half_up(value: Fraction) -> int:
    """Return `value` rounded to a whole minor unit, ties away from zero.

    Half-up on the magnitude, so that a refund mirrors its charge to the cent.
    """
    magnitude = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return magnitude if value >= 0 else -magnitude


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents) of one ISO 4217 currency; refunds are negative."""

    amount: int
    currency: str

    def __add__(self, other: Money) -> Money:
        """Add two amounts of the same currency.

        Raises:
            ValueError: the currencies differ.
        """
        if self.currency != other.currency:
            message = f"cannot add {other.currency} to {self.currency}"
            raise ValueError(message)
        return Money(self.amount + other.amount, self.currency)

    def __neg__(self) -> Money:
        """Return the mirrored amount."""
        return Money(-self.amount, self.currency)

    def split(self, parts: int) -> tuple[Money, ...]:
        """Return `parts` amounts that sum to the whole; part k is what the first k+1 parts cost less the first k."""
        bounds = [half_up(Fraction(self.amount * k, parts)) for k in range(parts + 1)]
        return tuple(Money(upper - lower, self.currency) for lower, upper in pairwise(bounds))
