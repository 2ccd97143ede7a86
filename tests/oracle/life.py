"""One subscription at one day of its life, what it has posted so far, and how it posts more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oracle.charges import prorated
from oracle.month_walk import day_after_months, days_between

if TYPE_CHECKING:
    from datetime import date

    from oracle.price_table import PriceTable
    from oracle.script import Counts, Order


@dataclass
class PostedLine:
    """One product of a transaction; of a refund the count is positive and the amount not."""

    product: str
    quantity: int
    unit_price: int
    period_start: date
    period_end: date
    remaining_days: int
    total_days: int
    amount: int
    refunded_quantity: int = 0


@dataclass
class Posting:
    """One transaction; its name counts those of the same action on this order."""

    action: str
    number: int
    occurred_on: date
    term_number: int
    reference_id: str
    lines: list[PostedLine]
    refunds: str = ""

    @property
    def name(self) -> str:
        """`purchase`, and for the others the action and which of them it is, such as `renewal:2`."""
        return self.action if self.action == "purchase" else f"{self.action}:{self.number}"


@dataclass
class Life:
    """Everything that is known of one subscription at the end of `today`."""

    order: Order
    prices: PriceTable
    today: date
    state: str
    renewal_mode: str
    inventory: Counts
    uplift: int
    frozen: Counts
    acceptor_email: str = ""
    reason: str = ""
    term_number: int = 1
    start: date | None = None
    end: date | None = None
    anchor: date | None = None
    anchor_term: int = 1
    pinned: Counts | None = None
    renewal_reference: str = ""
    held_since: date | None = None
    requested_on: date | None = None
    accepted_on: date | None = None
    resends: list[date] = field(default_factory=list["date"])
    acceptor_changes: int = 0
    postings: list[Posting] = field(default_factory=list[Posting])

    @property
    def renewal_inventory(self) -> Counts:
        """What would renew: a copy of the inventory unless it was pinned."""
        return dict(self.inventory if self.pinned is None else self.pinned)

    def span(self) -> tuple[date, date]:
        """First day of the current term and the day on which it is over."""
        if self.start is None or self.end is None:
            raise ValueError(self)
        return self.start, self.end

    def is_over(self) -> bool:
        """Whether nothing more can happen to it but the return of money."""
        return self.state in {"expired", "declined", "eca_expired", "cancelled"}

    def begin_term(self, start: date) -> None:
        """Enter the current term number's term on this day; its end follows from the anchor."""
        if self.anchor is None:
            self.anchor, self.anchor_term = start, self.term_number
        terms = self.term_number - self.anchor_term + 1
        self.start = start
        self.end = day_after_months(self.anchor, terms * self.order.term_months)

    def freeze_prices(self, products: Counts) -> None:
        """Take today's rows as those of the term."""
        term = self.order.term_months
        self.uplift = self.prices.uplift(self.order.clm_tier, term_months=term, day=self.today)
        self.frozen = {code: self.prices.product(code, term_months=term, day=self.today) for code in products}

    def charge(self, action: str, counts: Counts, *, effective: date, reference_id: str) -> None:
        """Post what these certificates cost from the effective day to the end of the term."""
        start, end = self.span()
        remaining, total = days_between(effective, end), days_between(start, end)
        lines: list[PostedLine] = []
        for product, quantity in counts.items():
            unit = self._unit_price(product)
            amount = prorated(quantity * unit, remaining, total)
            lines.append(PostedLine(product, quantity, unit, effective, end, remaining, total, amount))
        self.post(action, lines, term_number=self.term_number, reference_id=reference_id)

    def _unit_price(self, product: str) -> int:
        if product not in self.frozen:
            self.frozen[product] = self.prices.product(product, term_months=self.order.term_months, day=self.today)
        return self.frozen[product] + self.uplift

    def post(
        self, action: str, lines: list[PostedLine], *, term_number: int, reference_id: str, refunds: str = ""
    ) -> None:
        """Write one transaction, dated today."""
        number = 1 + sum(posting.action == action for posting in self.postings)
        self.postings.append(Posting(action, number, self.today, term_number, reference_id, lines, refunds))
