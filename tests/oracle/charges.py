"""What a line costs and what its refund gives back, in whole cents by integer arithmetic alone."""

from __future__ import annotations

FIVE = 5


def half_up(numerator: int, denominator: int) -> int:
    """A non-negative quotient to the nearest whole, as in long division: the first decimal decides, five goes up."""
    whole, rest = divmod(numerator, denominator)
    first_decimal = 10 * rest // denominator
    return whole + (1 if first_decimal >= FIVE else 0)


def prorated(amount: int, remaining_days: int, total_days: int) -> int:
    """The part of an amount that falls on the remaining days of a term; half a cent counts as one."""
    return (2 * amount * remaining_days + total_days) // (2 * total_days)


def paid_for_certificate(nth: int, *, amount: int, quantity: int) -> int:
    """The cents of a line's amount that fall on its nth certificate, so that all of them add up to the amount."""
    return half_up(amount * nth, quantity) - half_up(amount * (nth - 1), quantity)


def refunded(amount: int, quantity: int, *, already: int, take: int) -> int:
    """The cents given back for the next certificates of a line, one certificate after the other."""
    certificates = range(already + 1, already + take + 1)
    return sum(paid_for_certificate(nth, amount=amount, quantity=quantity) for nth in certificates)
