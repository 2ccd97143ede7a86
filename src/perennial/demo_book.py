"""A partner's book: who buys, what is ordered, and what is done to each order on which day."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from perennial.demo_rows import BadCell, BadRow, BookUnreadable, Row, day_in, lines_in, number_in, read_rows

PARTNER_FIELDS = ("name", "billing_contact_email", "country", "tax_id")
CUSTOMER_FIELDS = (
    "company_name",
    "contact_name",
    "contact_phone",
    "contact_extension",
    "contact_email",
    "address_line1",
    "address_line2",
    "city",
    "state_province",
    "postal_code",
    "country",
)
ORDER_TEXTS = ("offering", "clm_tier", "renewal_mode", "eca_acceptor_email", "reference_id")
ORDER_COLUMNS = ("order", "customer", "term_months", "inventory", "start_date", "end", *ORDER_TEXTS)
ACTION_TEXTS = ("renewal_mode", "email", "name", "job_title", "reason", "reference_id")
ACTION_COLUMNS = ("order", "day", "action", "lines", "transaction", *ACTION_TEXTS)
KINDS = frozenset(
    {
        "accept",
        "decline",
        "resend",
        "change_acceptor",
        "add",
        "renewal_inventory",
        "renewal_mode",
        "suspend",
        "enable",
        "cancel",
        "refund",
    }
)
FOLLOW = "follow"
NAMED_TRANSACTION = re.compile(r"purchase|(inventory_add|renewal|refund):[1-9]\d{0,3}", re.ASCII)

Lines = list[tuple[str, int]]
_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerEntry:
    """A reseller under the partner whose book this is; `fields` are the API's."""

    row: Row
    name: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEntry:
    """A customer; `partner` names the reseller that manages it, if one does."""

    row: Row
    name: str
    partner: str | None
    fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEntry:
    """One thing that is done to an order on a day. `lines` None stands for `follow`."""

    row: Row
    number: int
    day: date
    kind: str
    lines: Lines | None
    transaction: str
    texts: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEntry:
    """A purchase with its actions, followed up to the day `end`; `fields` are the API's, but for the customer's id."""

    row: Row
    name: str
    customer: str
    fields: dict[str, object]
    end: date
    actions: list[ActionEntry] = field(default_factory=list[ActionEntry])


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What can be carried out of a book on `today`, and the rows that cannot.

    `spoilt` are the names of the orders of which a row is bad.
    """

    folder: Path
    day: date
    today: date
    partners: dict[str, PartnerEntry] = field(default_factory=dict[str, PartnerEntry])
    customers: dict[str, CustomerEntry] = field(default_factory=dict[str, CustomerEntry])
    orders: dict[str, OrderEntry] = field(default_factory=dict[str, OrderEntry])
    bad_rows: list[BadRow] = field(default_factory=list[BadRow])
    spoilt: set[str] = field(default_factory=set[str])

    @property
    def moved(self) -> timedelta:
        """How far every day of the book is moved."""
        return self.today - self.day

    def orders_of(self, customer: str) -> Sequence[OrderEntry]:
        """The orders of a customer, in file order."""
        return [order for order in self.orders.values() if order.customer == customer]


def book_day(folder: Path) -> date:
    """The day on which every order of the book is purchased; raises BookUnreadable."""
    path = folder / "book.toml"
    try:
        day: object = tomllib.loads(path.read_text(encoding="utf-8")).get("day")
    except (OSError, ValueError) as error:
        raise BookUnreadable(f"{path}: {error}") from error
    if type(day) is not date:
        raise BookUnreadable(f"{path}: `day` wants a day, as in: day = 2027-01-10")
    return day


def read_book(folder: Path, *, today: date | None = None) -> Book:
    """Read the book as of `today`, or of its own day: every day in it is moved alike.

    Raises:
        BookUnreadable: a file is missing, or its header is another.
    """
    day = book_day(folder)
    book = Book(folder=folder, day=day, today=today or day)
    _take(book, "partners.csv", ("partner", *PARTNER_FIELDS), read=_partner, into=book.partners)
    _take(
        book, "customers.csv", ("customer", "managing_partner", *CUSTOMER_FIELDS), read=_customer, into=book.customers
    )
    _take(book, "orders.csv", ORDER_COLUMNS, read=_order, into=book.orders)
    _take_actions(book)
    return book


def _take(
    book: Book,
    name: str,
    columns: tuple[str, ...],
    *,
    read: Callable[[Book, Row], _Entry],
    into: dict[str, _Entry],
) -> None:
    """Read a file whose first column names its rows."""
    rows = read_rows(book.folder / name, columns)
    book.bad_rows.extend(rows.bad)
    for row in rows.good:
        own_name = row[columns[0]]
        try:
            _check_name(own_name, taken=own_name in into)
            into[own_name] = read(book, row)
        except BadCell as bad:
            book.bad_rows.append(row.bad(str(bad)))
            if columns[0] == "order":
                book.spoilt.add(own_name)


def _check_name(name: str, *, taken: bool) -> None:
    if not name:
        raise BadCell("it has no name")
    if taken:
        raise BadCell(f"{name} is there already")


def _partner(_book: Book, row: Row) -> PartnerEntry:
    return PartnerEntry(row=row, name=row["partner"], fields=row.given(*PARTNER_FIELDS))


def _customer(book: Book, row: Row) -> CustomerEntry:
    partner = row["managing_partner"] or None
    if partner is not None and partner not in book.partners:
        raise BadCell(f"unknown partner {partner}")
    return CustomerEntry(row=row, name=row["customer"], partner=partner, fields=row.given(*CUSTOMER_FIELDS))


def _order(book: Book, row: Row) -> OrderEntry:
    if row["customer"] not in book.customers:
        raise BadCell(f"unknown customer {row['customer']}")
    fields: dict[str, object] = {
        **row.given(*ORDER_TEXTS),
        "term_months": number_in(row, "term_months"),
        "inventory": counts_body(lines_in(row, "inventory")),
    }
    if row["start_date"]:
        fields["start_date"] = (day_in(row, "start_date") + book.moved).isoformat()
    end = day_in(row, "end") + book.moved
    if end < book.today:
        raise BadCell(f"end lies before the day of the purchase: {end}")
    return OrderEntry(row=row, name=row["order"], customer=row["customer"], fields=fields, end=end)


def counts_body(lines: Lines) -> list[dict[str, object]]:
    """Counts as the API takes them."""
    return [{"product": product, "quantity": quantity} for product, quantity in lines]


def _take_actions(book: Book) -> None:
    rows = read_rows(book.folder / "actions.csv", ACTION_COLUMNS)
    book.bad_rows.extend(rows.bad)
    numbers: dict[str, int] = defaultdict(int)
    for row in rows.good:
        name = row["order"]
        numbers[name] += 1
        if name in book.spoilt and name not in book.orders:
            continue  # A refused order leaves out its actions.
        try:
            action = _action(book, row, number=numbers[name])
            book.orders[name].actions.append(action)
        except BadCell as bad:
            book.bad_rows.append(row.bad(str(bad)))
            book.spoilt.add(name)


def _action(book: Book, row: Row, *, number: int) -> ActionEntry:
    order = book.orders.get(row["order"])
    if order is None:
        raise BadCell(f"unknown order {row['order']}")
    if row["action"] not in KINDS:
        raise BadCell(f"unknown action {row['action']!r}")
    if row["transaction"] and not NAMED_TRANSACTION.fullmatch(row["transaction"]):
        raise BadCell(f"transaction wants purchase, inventory_add:n or renewal:n, not {row['transaction']!r}")
    day = day_in(row, "day") + book.moved
    earliest = order.actions[-1].day if order.actions else book.today
    if not earliest <= day <= order.end:
        raise BadCell(f"{day} is not between {earliest} and {order.end}")
    return ActionEntry(
        row=row,
        number=number,
        day=day,
        kind=row["action"],
        lines=None if row["lines"] == FOLLOW else lines_in(row, "lines"),
        transaction=row["transaction"],
        texts=row.given(*ACTION_TEXTS),
    )
