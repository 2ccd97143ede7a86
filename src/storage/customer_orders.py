"""The orders in which customers are listed; each page goes on after the last customer of the one before."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, tuple_

from storage.tables import customers


class CustomerOrder(StrEnum):
    """How a list of customers is sorted; names without regard to case."""

    NEWEST = "-created_at"
    BY_NAME = "company_name"
    BY_NAME_BACKWARDS = "-company_name"

    @property
    def has_names(self) -> bool:
        """Whether a customer's place is its folded name and its id; else its id alone, which tells when it was made."""
        return self is not CustomerOrder.NEWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """So many customers in an order, those behind a place in it, of one reseller only if it is given."""

    limit: int
    order: CustomerOrder = CustomerOrder.NEWEST
    after: tuple[str, ...] | None = None
    managing_partner_id: str | None = None

    def of(self, query: Select[Any]) -> Select[Any]:
        """Return a query of customers narrowed to the page."""
        if self.managing_partner_id is not None:
            query = query.where(customers.c.managing_partner_id == self.managing_partner_id)
        return self._behind(query).limit(self.limit)

    def _behind(self, query: Select[Any]) -> Select[Any]:
        by_id, by_name = customers.c.id, tuple_(customers.c.company_name_folded, customers.c.id)
        match self.order:
            case CustomerOrder.NEWEST:
                query = query.order_by(by_id.desc())
                return query if self.after is None else query.where(by_id < self.after[0])
            case CustomerOrder.BY_NAME:
                query = query.order_by(customers.c.company_name_folded, by_id)
                return query if self.after is None else query.where(by_name > self.after)
            case CustomerOrder.BY_NAME_BACKWARDS:
                query = query.order_by(customers.c.company_name_folded.desc(), by_id.desc())
                return query if self.after is None else query.where(by_name < self.after)
