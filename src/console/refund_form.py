"""What somebody entered to refund: counts per certificate order, reason and Reference ID, as the API takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.desk import Problem

MOST_DIGITS = 9

Picture = Mapping[str, Any]


def field_of(line_id: str) -> str:
    """Return the name of the field with a line's count."""
    return f"count-{line_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundForm:
    """The selected transactions and what was typed; `typed` is by the line's id."""

    transactions: Sequence[Picture]
    typed: Mapping[str, str]
    reason: str
    reference_id: str
    overrides: bool

    @property
    def misspelt(self) -> Mapping[str, str]:
        """What is no count, by field."""
        return {
            field_of(line["id"]): "Enter a whole number, 0 for none."
            for line in self._lines()
            if self._count(line) is None
        }

    def body(self) -> dict[str, Any]:
        """Return the request; lines of which none is to be refunded are left out."""
        body: dict[str, Any] = {
            "lines": [{"transaction_line_id": line["id"], "quantity": self._count(line)} for line in self._taken()],
            "reason": self.reason or None,
            "reference_id": self.reference_id or None,
        }
        return {**body, "override_window": True} if self.overrides else body

    def errors_of(self, problem: Problem) -> Mapping[str, str]:
        """Return what the API found wrong, by the names of the form's fields."""
        named = {f"lines[{index}].quantity": field_of(line["id"]) for index, line in enumerate(self._taken())}
        return {named.get(field, field): message for field, message in problem.errors.items()}

    def _lines(self) -> Iterator[Picture]:
        for transaction in self.transactions:
            yield from transaction["lines"]

    def _taken(self) -> list[Picture]:
        return [line for line in self._lines() if self._count(line)]

    def _count(self, line: Picture) -> int | None:
        text = self.typed.get(line["id"], "") or "0"
        return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
