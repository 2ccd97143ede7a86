"""The words of a script: an order, the dated actions on it, and why one of them cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from datetime import date

Counts = dict[str, int]
"""Certificates by product."""


class RefusedError(Exception):
    """The rules say no, or the script leaves open what they say; `code` names why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def refuse(code: str) -> NoReturn:
    """End what is being done, because of this."""
    raise RefusedError(code)


@dataclass(frozen=True)
class Order:
    """One purchase, made on the script's first day, and the day up to which its subscription is followed."""

    order: str
    customer: str
    offering: str
    term_months: int
    clm_tier: str
    inventory: Counts
    renewal_mode: str
    end: date
    start_date: date | None = None
    eca_acceptor_email: str = ""
    reference_id: str = ""
    reseller: str = ""
    line_number: int = 0


@dataclass(frozen=True)
class Action:
    """One dated thing that somebody does to an order's subscription, just after midnight of its day."""

    order: str
    day: date
    action: str
    lines: Counts | None = None
    transaction: str = ""
    renewal_mode: str = ""
    email: str = ""
    name: str = ""
    job_title: str = ""
    reason: str = ""
    reference_id: str = ""
    line_number: int = 0
