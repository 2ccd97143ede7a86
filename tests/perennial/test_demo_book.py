"""Reading a book: what each kind of bad row is told, and that the rest is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from perennial.demo_book import read_book
from perennial.demo_rows import BookUnreadable
from support_demo import EXAMPLES, book_of, rows_of, write_rows

Spoil = Callable[[dict[str, str]], None]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return book_of(tmp_path / "book", ("C-07", "C-08"))


def test_every_row_of_the_example_book_is_good() -> None:
    book = read_book(EXAMPLES)
    assert book.bad_rows == []
    assert len(book.partners) == 2
    assert len(book.customers) == 17
    assert len(book.orders) == 49
    assert sum(len(order.actions) for order in book.orders.values()) == len(rows_of(EXAMPLES / "actions.csv"))


def test_on_another_today_every_day_keeps_its_distance(book: Path) -> None:
    own, moved = read_book(book), read_book(book, today=date(2026, 11, 22))
    distance = timedelta(days=49)
    assert [order.end - distance for order in own.orders.values()] == [order.end for order in moved.orders.values()]
    assert moved.orders["O-025"].fields["start_date"] == "2027-07-14"
    assert [action.day - distance for action in own.orders["O-023"].actions] == [
        action.day for action in moved.orders["O-023"].actions
    ]


@pytest.mark.parametrize(
    ("file", "column", "value", "reason"),
    [
        ("customers.csv", "managing_partner", "P-NONE", "unknown partner P-NONE"),
        ("orders.csv", "customer", "C-99", "unknown customer C-99"),
        ("orders.csv", "order", "", "it has no name"),
        ("orders.csv", "order", "O-024", "O-024 is there already"),
        ("orders.csv", "term_months", "12.0", "term_months wants a whole number, not '12.0'"),
        ("orders.csv", "term_months", "١٢", "term_months wants a whole number, not '١٢'"),
        ("orders.csv", "inventory", "tls-ov-single", "inventory wants product:count, not 'tls-ov-single'"),
        ("orders.csv", "inventory", "tls-ov-single:-1", "inventory wants a whole number, not '-1'"),
        ("orders.csv", "start_date", "1.2.2027", "start_date is no day (YYYY-MM-DD): '1.2.2027'"),
        ("orders.csv", "end", "2027-01-09", "end lies before the day of the purchase: 2027-01-09"),
        ("actions.csv", "order", "O-999", "unknown order O-999"),
        ("actions.csv", "action", "explode", "unknown action 'explode'"),
        ("actions.csv", "day", "2026-12-31", "2026-12-31 is not between 2027-05-05 and 2030-01-10"),
        (
            "actions.csv",
            "transaction",
            "renewal",
            "transaction wants purchase, inventory_add:n or renewal:n, not 'renewal'",
        ),
    ],
)
def test_a_bad_cell_is_named_by_file_line_and_reason(
    book: Path, file: str, column: str, value: str, reason: str
) -> None:
    path = book / file
    rows = rows_of(path)
    extra = dict(rows[0]) | {next(iter(rows[0])): "EXTRA"} if file != "actions.csv" else dict(rows[0])
    write_rows(path, [*rows, extra | {column: value}])

    found = read_book(book)

    assert [str(bad) for bad in found.bad_rows] == [f"{path}:{len(rows) + 2}: {reason}"]
    assert len(found.orders) == 7


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"O-1,C-07", "2 cells, where the header has 12"),
        (b"O-1,C-07,\xff,12,x,x:1,auto,,,,2030-01-10,", "not UTF-8"),
        (b'O-1,"C-07"x,dv,12,x,x:1,auto,,,,2030-01-10,', "not CSV: ',' expected after '\"'"),
    ],
    ids=["too few cells", "a byte that is no text", "a stray quote"],
)
def test_a_row_that_is_no_row_is_named_and_the_next_is_read(book: Path, line: bytes, reason: str) -> None:
    path = book / "orders.csv"
    first, *others = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([first, b"\n", line + b"\n", *others]))

    found = read_book(book)

    assert [str(bad) for bad in found.bad_rows if bad.file == str(path)] == [f"{path}:3: {reason}"]
    assert len(found.orders) == 7


def test_a_cell_of_several_lines_is_named_by_its_first_line(book: Path) -> None:
    path = book / "orders.csv"
    rows = rows_of(path)
    write_rows(path, [{**rows[0], "order": "EXTRA", "note": "one\ntwo\nthree", "end": "soon"}, *rows])
    assert [bad.line for bad in read_book(book).bad_rows] == [2]


def test_the_actions_of_a_bad_order_go_without_a_word(book: Path) -> None:
    rows = rows_of(book / "orders.csv")
    rows[0]["term_months"] = "long"
    write_rows(book / "orders.csv", rows)
    found = read_book(book)
    assert [bad.line for bad in found.bad_rows] == [2]
    assert found.spoilt == {"O-023"}


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("orders.csv", b"order,customer\n", "the header lacks term_months"),
        ("customers.csv", b"", "there is no header"),
        ("book.toml", b"day = 'today'\n", "`day` wants a day"),
        ("book.toml", b"day", "book.toml"),
    ],
    ids=["a header that lacks columns", "an empty file", "a day that is none", "no TOML"],
)
def test_a_file_that_is_no_book_is_a_clear_error(book: Path, file: str, content: bytes, reason: str) -> None:
    (book / file).write_bytes(content)
    with pytest.raises(BookUnreadable, match=reason):
        read_book(book)


def test_a_spreadsheets_byte_order_mark_is_no_part_of_the_header(book: Path) -> None:
    path = book / "orders.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(read_book(book).orders) == 7
