"""Which documents an account must have, reckoned from nothing but what was posted when; whole numbers only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Posted:
    """One transaction: whose, the month it counts for, the month before whose run it was posted, and its amounts.

    Months are written `2027-01`, so that they sort; amounts are in cents.
    """

    transaction: str
    account: str
    month: str
    posted_in: str
    amounts: tuple[int, ...]


@dataclass
class Owed:
    """What a document must say."""

    account: str
    month: str
    transactions: set[str] = field(default_factory=set)
    subtotal: int = 0
    tax: int = 0
    carried: int = 0

    @property
    def total(self) -> int:
        return self.subtotal + self.tax + self.carried

    @property
    def prefix(self) -> str:
        return ("CN-" if self.total < 0 else "INV-") + self.month[:4] + "-"


def documents_owed(posted: list[Posted], rates: dict[str, int], months: list[str]) -> dict[tuple[str, str], Owed]:
    """Walk the months: each run takes what was posted by then, counts for then or before, and is on no document."""
    waiting = defaultdict(list)
    for one in posted:
        waiting[one.account].append(one)
    credit = dict.fromkeys(rates, 0)
    owed = {}
    for month in months:
        for account, ones in waiting.items():
            taken = [one for one in ones if one.posted_in <= month and one.month <= month]
            if not taken:
                continue
            waiting[account] = [one for one in ones if one not in taken]
            document = Owed(account, month)
            for one in taken:
                document.transactions.add(one.transaction)
                document.subtotal += sum(one.amounts)
            document.tax = tax_on(document.subtotal, rates[account])
            document.carried = credit[account]
            credit[account] = min(0, document.total)
            owed[account, month] = document
    return owed


def tax_on(cents: int, rate: int) -> int:
    """Hundredths of a percent of a sum, half a cent going away from zero."""
    whole, rest = divmod(abs(cents) * rate, 10_000)
    tax = whole + 1 if rest >= 5_000 else whole
    return -tax if cents < 0 else tax


def holes_in(numbers: list[str]) -> list[str]:
    """What is wrong with numbers like `INV-2027-000004`: each kind and year counts from one without a hole."""
    places = defaultdict(list)
    for number in numbers:
        series, _, place = number.rpartition("-")
        places[series].append(int(place))
    return sorted(series for series, found in places.items() if sorted(found) != list(range(1, len(found) + 1)))
