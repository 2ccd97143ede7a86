"""What a report is about: whose rows, of which customer, of which days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists

from storage.tables import subscriptions, transactions
from storage.transaction_lists import TransactionFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The rows of a report. `first` and `last` are inclusive days of `occurred_at`; None does not narrow.

    `seer` is as whom the database shows rows, `visible` holds for the rows that the reader may see, `named` for the
    partners whose names it may read, `documents` for the invoices that it sees.
    """

    seer: str
    visible: ColumnElement[bool]
    named: ColumnElement[bool]
    documents: ColumnElement[bool]
    customer_id: str | None = None
    first: date | None = None
    last: date | None = None

    def of_transactions(self) -> Sequence[ColumnElement[bool]]:
        """Return what holds for the transactions of the report."""
        wanted = TransactionFilter(customer_id=self.customer_id, first=self.first, last=self.last)
        return (self.visible, *wanted.conditions())

    def of_subscriptions(self) -> Sequence[ColumnElement[bool]]:
        """Return what holds for the subscriptions of the report: with days, those that had a transaction then."""
        found = [self.visible]
        if self.customer_id is not None:
            found.append(subscriptions.c.customer_id == self.customer_id)
        if self.first is not None or self.last is not None:
            wanted = TransactionFilter(first=self.first, last=self.last)
            found.append(exists().where(transactions.c.subscription_id == subscriptions.c.id, *wanted.conditions()))
        return found
