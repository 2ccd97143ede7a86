"""Whether and until when a transaction can be refunded, or why not, as its row says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lifecycle.charges import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Refundable:
    """What can be refunded of a transaction: `left` of `total` certificates, until `until`.

    `why_not` is a sentence where nothing can be refunded any more, whoever asks; `is_open` whether the window is.
    """

    left: int
    total: int
    until: str | None
    is_open: bool
    why_not: str | None

    @property
    def is_offered(self) -> bool:
        """Whether it can be refunded now without acting out of the window."""
        return self.why_not is None and self.is_open


def refundable_of(transaction: Mapping[str, Any], *, is_open: bool) -> Refundable:
    """Return what the rules say of a transaction whose window is open or not."""
    left = sum(line["refundable_quantity"] for line in transaction["lines"])
    why_not = None
    if transaction["action"] == Action.REFUND:
        why_not = "It is a refund itself, which cannot be refunded."
    elif left == 0:
        why_not = "All of it is refunded."
    return Refundable(
        left=left,
        total=transaction["total_quantity"],
        until=transaction["refundable_until"],
        is_open=is_open,
        why_not=why_not,
    )
