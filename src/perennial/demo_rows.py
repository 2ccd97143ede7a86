"""Rows of CSV files with the place where each stands, and the rows that cannot be read, with the reason."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

MOST_DIGITS = 9


class BookUnreadable(Exception):
    """The book as a whole cannot be read: a file is missing, or its header is another."""


class BadCell(Exception):
    """A cell holds what its column cannot hold; the message is the reason."""


@dataclass(frozen=True, slots=True, order=True)
class BadRow:
    """A row that cannot be carried out: its file as the caller named it, its line (the header is line 1) and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        """As compilers say it, so that editors find the place."""
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by column, trimmed of nothing, and where it stands."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """The cell of a column; empty means not given."""
        return self.cells[column]

    def bad(self, reason: str) -> BadRow:
        """This row, with the reason why it cannot be carried out."""
        return BadRow(self.file, self.line, reason)

    def given(self, *columns: str) -> dict[str, str]:
        """Those of the cells that are not empty, by column."""
        return {column: self.cells[column] for column in columns if self.cells[column]}


@dataclass(frozen=True, slots=True)
class Rows:
    """What a file holds: its good rows, and its bad ones."""

    good: list[Row] = field(default_factory=list[Row])
    bad: list[BadRow] = field(default_factory=list[BadRow])


def read_rows(path: Path, columns: Sequence[str]) -> Rows:
    """Read a CSV file that has at least these columns; raises BookUnreadable when it has not, or is not there."""
    try:
        # A byte that is no UTF-8 spoils its own row only.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            return _rows(str(path), csv.reader(file, strict=True), columns)
    except OSError as error:
        raise BookUnreadable(f"{path}: {error.strerror}") from error


def _rows(file: str, reader: _Reader, columns: Sequence[str]) -> Rows:
    rows = Rows()
    header: list[str] | None = None
    for line, cells in _lines(reader):
        if isinstance(cells, str):
            rows.bad.append(BadRow(file, line, cells))
        elif header is None:
            header = _checked_header(file, cells, columns)
        elif reason := _misfit(cells, header):
            rows.bad.append(BadRow(file, line, reason))
        else:
            rows.good.append(Row(file, line, dict(zip(header, cells, strict=True))))
    if header is None:
        raise BookUnreadable(f"{file}: there is no header")
    return rows


_Reader = Iterator[list[str]]


def _lines(reader: _Reader) -> Iterator[tuple[int, list[str] | str]]:
    """Each row with the line on which it begins, or what is wrong with it; empty lines are passed over."""
    begins = 1
    while True:
        try:
            cells: list[str] | str = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells = f"not CSV: {error}"
        if cells:
            yield begins, cells
        begins = getattr(reader, "line_num", begins) + 1


def _checked_header(file: str, cells: list[str], columns: Sequence[str]) -> list[str]:
    missing = [column for column in columns if column not in cells]
    if missing:
        raise BookUnreadable(f"{file}:1: the header lacks {', '.join(missing)}")
    return cells


def _misfit(cells: list[str], header: list[str]) -> str | None:
    if len(cells) != len(header):
        return f"{len(cells)} cells, where the header has {len(header)}"
    if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
        return "not UTF-8"
    return None


def day_in(row: Row, column: str) -> date:
    """The day in a cell; raises BadCell."""
    try:
        return date.fromisoformat(row[column])
    except ValueError:
        raise BadCell(f"{column} is no day (YYYY-MM-DD): {row[column]!r}") from None


def number_in(row: Row, column: str) -> int:
    """The count in a cell; raises BadCell."""
    return _number(row[column], column)


def lines_in(row: Row, column: str) -> list[tuple[str, int]]:
    """`tls-ov-single:25 tls-san-pack:5` as products with counts; raises BadCell."""
    lines: list[tuple[str, int]] = []
    for word in row[column].split():
        product, colon, count = word.partition(":")
        if not product or not colon:
            raise BadCell(f"{column} wants product:count, not {word!r}")
        lines.append((product, _number(count, column)))
    return lines


def _number(text: str, column: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise BadCell(f"{column} wants a whole number, not {text!r}")
    return int(text)
