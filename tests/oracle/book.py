"""A partner's book read from its folder: orders and actions, their days moved to another today, bad rows by line."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar

from oracle.acts import ACTIONS
from oracle.script import Action, Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from oracle.script import Counts

FOLLOW = "follow"
Row = dict[str, str]
Kept = TypeVar("Kept")


@dataclass(frozen=True, order=True)
class BadRow:
    """A row that cannot be carried out, where it stands (the header is line 1) and why."""

    file: str
    line_number: int
    why: str


@dataclass
class Book:
    """What the folder holds, every day in it as far from `today` as it was from the book's day."""

    today: date
    orders: list[Order] = field(default_factory=list[Order])
    actions: list[Action] = field(default_factory=list[Action])
    bad_rows: list[BadRow] = field(default_factory=list[BadRow])


def read_book(folder: Path, today: date | None = None) -> Book:
    """Read orders and actions as of a today, or of the book's own day; bad rows are left out and listed."""
    with (folder / "book.toml").open("rb") as file:
        book_day: date = tomllib.load(file)["day"]
    book = Book(today or book_day)
    moved = book.today - book_day
    resellers: dict[str, str] = {}

    def add_customer(row: Row, _line_number: int) -> None:
        resellers[row["customer"]] = row["managing_partner"]

    def add_order(row: Row, line_number: int) -> None:
        book.orders.append(order_of(row, line_number, moved=moved, resellers=resellers))

    def add_action(row: Row, line_number: int) -> None:
        action = action_of(row, line_number, moved=moved)
        check_place(action, book)
        book.actions.append(action)

    for name, add in (("customers.csv", add_customer), ("orders.csv", add_order), ("actions.csv", add_action)):
        book.bad_rows += _read(folder / name, add)
    return book


def _read(path: Path, add: Callable[[Row, int], None]) -> list[BadRow]:
    bad_rows: list[BadRow] = []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, restkey="", restval="")
        for row in reader:
            try:
                add(row, reader.line_num)
            except ValueError as bad:
                bad_rows.append(BadRow(path.name, reader.line_num, str(bad)))
    return bad_rows


def order_of(row: Row, line_number: int, *, moved: timedelta, resellers: dict[str, str]) -> Order:
    """One row of orders.csv; a ValueError says what is wrong with it."""
    if row["customer"] not in resellers:
        raise ValueError("unknown customer " + row["customer"])
    return Order(
        order=row["order"],
        customer=row["customer"],
        offering=row["offering"],
        term_months=int(row["term_months"]),
        clm_tier=row["clm_tier"],
        inventory=counts_of(row["inventory"]),
        renewal_mode=row["renewal_mode"],
        end=date.fromisoformat(row["end"]) + moved,
        start_date=date.fromisoformat(row["start_date"]) + moved if row["start_date"] else None,
        eca_acceptor_email=row["eca_acceptor_email"],
        reference_id=row["reference_id"],
        reseller=resellers[row["customer"]],
        line_number=line_number,
    )


def action_of(row: Row, line_number: int, *, moved: timedelta) -> Action:
    """One row of actions.csv; a ValueError says what is wrong with it."""
    if row["action"] not in ACTIONS:
        raise ValueError("unknown action " + row["action"])
    return Action(
        order=row["order"],
        day=date.fromisoformat(row["day"]) + moved,
        action=row["action"],
        lines=None if row["lines"] == FOLLOW else counts_of(row["lines"]),
        transaction=row["transaction"],
        renewal_mode=row["renewal_mode"],
        email=row["email"],
        name=row["name"],
        job_title=row["job_title"],
        reason=row["reason"],
        reference_id=row["reference_id"],
        line_number=line_number,
    )


def check_place(action: Action, book: Book) -> None:
    """A ValueError unless the order is there, the day in its span, and no later day of it came before."""
    orders = [order for order in book.orders if order.order == action.order]
    if not orders:
        raise ValueError("unknown order " + action.order)
    before = [other.day for other in book.actions if other.order == action.order]
    if not max([book.today, *before]) <= action.day <= orders[0].end:
        raise ValueError("out of order or outside of the order's days: " + action.day.isoformat())


def counts_of(text: str) -> Counts:
    """`tls-ov-single:25 tls-san-pack:5` as counts by product; a ValueError if it is something else."""
    counts: Counts = {}
    for word in text.split():
        product, colon, count = word.partition(":")
        if not colon or product in counts:
            raise ValueError("not product:count, or a product twice: " + word)
        counts[product] = int(count)
    return counts
