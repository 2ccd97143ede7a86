"""The example book: it can be carried out, it shows what it should, and its expectation is what the oracle prints."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import pytest

from oracle.book import read_book
from oracle.printing import write_ends, write_ledger
from oracle.walk import walked_book

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from oracle.walk import Walked

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "examples"


def rows_of(name: str) -> list[dict[str, str]]:
    with (BOOK / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("name", "write"), [("expected.csv", write_ledger), ("expected-ends.csv", write_ends)])
def test_the_checked_in_expectation_is_what_the_oracle_prints(
    name: str, write: Callable[[Iterable[Walked], TextIO], None]
) -> None:
    book = read_book(BOOK)
    printed = io.StringIO()
    write(walked_book(book.orders, book.actions, today=book.today), printed)
    assert (BOOK / name).read_text(encoding="utf-8") == printed.getvalue()


@pytest.mark.parametrize("days", [0, 28, 49, 233, 355, 365, 414, 416, 700, 1100])
def test_the_book_can_be_carried_out_on_another_today(days: int) -> None:
    book = read_book(BOOK, date(2027, 1, 10) + timedelta(days=days))
    assert book.bad_rows == []
    assert [result.refused for result in walked_book(book.orders, book.actions, today=book.today)] == [[]] * len(
        book.orders
    )


def test_another_today_moves_every_day_of_the_book_alike() -> None:
    own, moved = read_book(BOOK), read_book(BOOK, date(2026, 11, 22))
    days = [[(order.end, order.start_date) for order in book.orders] for book in (own, moved)]
    assert [end - timedelta(days=49) for end, _ in days[0]] == [end for end, _ in days[1]]
    assert [start and start - timedelta(days=49) for _, start in days[0]] == [start for _, start in days[1]]
    assert [action.day - timedelta(days=49) for action in own.actions] == [action.day for action in moved.actions]


def test_the_book_shows_every_offering_term_tier_and_end() -> None:
    orders, ends = rows_of("orders.csv"), rows_of("expected-ends.csv")
    assert {row["offering"] for row in orders} == {
        "managed-tls",
        "managed-pki",
        "signing-suite",
        "dv-automation",
        "private-pki",
    }
    assert {row["term_months"] for row in orders} == {"12", "24", "36", "60"}
    assert {row["clm_tier"] for row in orders} == {"essentials", "professional", "enterprise"}
    assert {row["state"] for row in ends} == {
        "active",
        "suspended",
        "expired",
        "declined",
        "eca_expired",
        "cancelled",
    }
    assert {"withdrawn", "fully_refunded", "term_over_before_acceptance"} <= {row["state_reason"] for row in ends}
    assert any(row["renewal_held_since"] for row in ends)


def test_the_book_is_large_enough_and_its_orders_are_sorted() -> None:
    orders = [row["order"] for row in rows_of("orders.csv")]
    assert orders == sorted(set(orders))
    assert len(orders) >= 40
    assert len(rows_of("customers.csv")) >= 12
    assert {row["action"] for row in rows_of("expected.csv")} == {"purchase", "inventory_add", "renewal", "refund"}


def test_running_the_folder_prints_the_ledger() -> None:
    printed = run_oracle(BOOK)
    assert printed.returncode == 0
    assert printed.stdout == (BOOK / "expected.csv").read_text(encoding="utf-8")


def test_bad_rows_are_named_by_line_and_stop_nothing_else(tmp_path: Path) -> None:
    shutil.copytree(BOOK, tmp_path / "book")
    orders, actions = tmp_path / "book" / "orders.csv", tmp_path / "book" / "actions.csv"
    with orders.open("a", encoding="utf-8") as file:
        file.write("O-901,C-99,private-pki,12,essentials,device-seat:1,auto,,,,2030-01-10,no such customer\n")
        file.write("O-902,C-17,private-pki,11,essentials,device-seat:1,auto,,,,2030-01-10,no such term\n")
    with actions.open("a", encoding="utf-8") as file:
        file.write("O-001,2029-13-01,suspend,,,,,,,,\nO-049,2028-02-01,enable,,,,,,,,\n")
    printed = run_oracle(tmp_path / "book")
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in (orders, actions)]
    named = [line.split(": ")[0] for line in printed.stderr.splitlines()]
    assert named == [
        f"actions.csv:{lines[1] - 1}",
        f"actions.csv:{lines[1]}",
        f"orders.csv:{lines[0] - 1}",
        f"orders.csv:{lines[0]}",
    ]
    assert printed.returncode == 1
    assert printed.stdout == (BOOK / "expected.csv").read_text(encoding="utf-8")


def run_oracle(book: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tests" / "oracle"), "--book", str(book)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
