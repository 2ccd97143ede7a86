"""What stands in a cell of a report, and how it is written so that a spreadsheet takes no text for a formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from lifecycle.money import Money
from lifecycle.portrait import instant
from lifecycle.sheets import safe_text
from lifecycle.wording import minor_digits

T = TypeVar("T")
Cell = str | int | date | datetime | Money | None


@dataclass(frozen=True)
class Column(Generic[T]):
    """A column of a report: its name, and what stands in it for a row."""

    name: str
    cell: Callable[[T], Cell]


def decimal_of(money: Money) -> Decimal:
    """Return an amount in the currency's major unit, with all digits of the minor one: `-93.66`."""
    return Decimal(money.amount).scaleb(-minor_digits(money.currency))


def csv_text(cell: Cell) -> str:
    """Return a cell as it stands in CSV: amounts as decimal text, days and instants as elsewhere in the API."""
    match cell:
        case None:
            return ""
        case str():
            return safe_text(cell)
        case Money():
            return f"{decimal_of(cell):f}"
        case datetime():
            return instant(cell) or ""
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
