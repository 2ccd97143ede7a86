"""The transactions of an account and a month become one document: lines, sums, tax, carried credit, due date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from lifecycle.charges import PostedLine, PostedTransaction
from lifecycle.explain import GivenBack, document_words
from lifecycle.money import half_up
from lifecycle.months import Month

DUE_AFTER = timedelta(days=30)
WHOLE_BP = 10_000
NUMBER_DIGITS = 6
THIS_DOCUMENT = "this document"


class DocumentKind(StrEnum):
    """What a document is: it asks for money, or says that credit is carried to the next one."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceStatus(StrEnum):
    """How far a document has come."""

    CREATED = "created"
    EMAILED = "emailed"
    PAID = "paid"


_PREFIXES = {DocumentKind.INVOICE: "INV", DocumentKind.CREDIT_NOTE: "CN"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxation:
    """An account's tax: a rate in hundredths of a percent, or, at rate 0, the note that says why there is none."""

    rate_bp: int
    note: str | None

    def on(self, subtotal: int) -> int:
        """Return the tax on a net sum in minor units, rounded half-up once; negative on a negative sum."""
        return half_up(Fraction(subtotal * self.rate_bp, WHOLE_BP))


@dataclass(frozen=True, slots=True, kw_only=True)
class Billable:
    """A transaction that is to go on a document; `given_back` is by the id of a refund's line."""

    transaction: PostedTransaction
    given_back: Mapping[str, GivenBack] = field(default_factory=dict[str, GivenBack])


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One transaction line as it stands on a document.

    `refunds_number` names the document of what it refunds; `refunds_here` says that it is this very one.
    """

    transaction: PostedTransaction
    line: PostedLine
    text: str
    refunds_number: str | None = None
    refunds_here: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An account's document for a month, before it has a number; amounts in minor units.

    `carried_credit` is the document before's negative total, else 0; `period_end` is exclusive.
    """

    account_id: str
    currency: str
    month: Month
    lines: tuple[DocumentLine, ...]
    subtotal: int
    taxation: Taxation
    tax: int
    carried_credit: int
    issue_date: date

    @property
    def total(self) -> int:
        """What is to be paid, or, below zero, the credit that is carried on."""
        return self.subtotal + self.tax + self.carried_credit

    @property
    def kind(self) -> DocumentKind:
        """A credit note when the total is below zero."""
        return DocumentKind.CREDIT_NOTE if self.total < 0 else DocumentKind.INVOICE

    @property
    def due_date(self) -> date:
        """The day by which it is to be paid."""
        return self.issue_date + DUE_AFTER


def document_of(
    billables: Iterable[Billable],
    *,
    account_id: str,
    currency: str,
    taxation: Taxation,
    month: Month,
    previous_total: int,
    today: date,
) -> Document:
    """Return the document of these transactions.

    `previous_total` is that of the account's document before, 0 when there is none. It is issued on the day after the
    month, or today when it is made later than that.

    Raises:
        ValueError: a transaction is another account's, or in another currency.
    """
    together = _sorted(billables)
    here = frozenset(billable.transaction.id for billable in together)
    lines = tuple(line for billable in together for line in _lines(billable, here))
    for line in lines:
        posted = line.transaction
        if (posted.account_id, posted.currency) != (account_id, currency):
            message = f"{posted.id} is {posted.account_id}'s in {posted.currency}, not {account_id}'s in {currency}"
            raise ValueError(message)
    subtotal = sum(line.line.amount for line in lines)
    return Document(
        account_id=account_id,
        currency=currency,
        month=month,
        lines=lines,
        subtotal=subtotal,
        taxation=taxation,
        tax=taxation.on(subtotal),
        carried_credit=min(0, previous_total),
        issue_date=max(month.end, today),
    )


def document_number(kind: DocumentKind, year: int, sequence: int) -> str:
    """Return a number such as `INV-2027-000123`; `year` is that of the month, `sequence` counts from one."""
    return f"{_PREFIXES[kind]}-{year:04}-{sequence:0{NUMBER_DIGITS}}"


def _sorted(billables: Iterable[Billable]) -> list[Billable]:
    """By reseller (the account's own customers first), customer, subscription and time."""
    return sorted(billables, key=lambda billable: _place(billable.transaction))


def _place(transaction: PostedTransaction) -> tuple[object, ...]:
    return (
        transaction.reseller_id or "",
        transaction.customer_id,
        transaction.subscription_id,
        transaction.occurred_at,
        transaction.id,
    )


def _lines(billable: Billable, here: frozenset[str]) -> Iterable[DocumentLine]:
    transaction = billable.transaction
    for line in transaction.lines:
        given_back = billable.given_back.get(line.id)
        is_here = given_back is not None and given_back.original.transaction_id in here
        if given_back is not None and is_here:
            given_back = replace(given_back, document=THIS_DOCUMENT)
        yield DocumentLine(
            transaction=transaction,
            line=line,
            text=document_words(transaction, line, given_back),
            refunds_number=None if given_back is None or is_here else given_back.document,
            refunds_here=is_here,
        )
