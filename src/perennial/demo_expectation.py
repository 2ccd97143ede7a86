"""What a book must come to: read from its folder, or for another today told by the oracle, apart from the product."""

from __future__ import annotations

import asyncio
import csv
import io
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from perennial.demo_book import Book
from perennial.demo_ledger import END_COLUMNS, LEDGER_COLUMNS, Cells
from perennial.demo_rows import BookUnreadable, read_rows

CHECKOUT = Path(__file__).resolve().parents[2]
LEDGER, ENDS = "expected.csv", "expected-ends.csv"


@dataclass(frozen=True, slots=True)
class Expected:
    """Rows with the line that each stands on, of the file or the output `source`."""

    source: str
    rows: Sequence[tuple[int, Cells]]


async def expectation(book: Book) -> tuple[Expected, Expected]:
    """The expected ledger and the expected ends of the book on its today.

    Raises:
        BookUnreadable: they are not there, or the oracle does not run.
    """
    if book.moved:
        ledger, ends = await _told(book, book.today), await _told(book, book.today, "--ends")
        return _of_text("the oracle's ledger", ledger), _of_text("the oracle's ends", ends)
    return _of_file(book.folder / LEDGER, LEDGER_COLUMNS), _of_file(book.folder / ENDS, END_COLUMNS)


def _of_file(path: Path, columns: Sequence[str]) -> Expected:
    rows = read_rows(path, columns)
    if rows.bad:
        raise BookUnreadable("\n".join(map(str, rows.bad)))
    return Expected(str(path), [(row.line, dict(row.cells)) for row in rows.good])


def _of_text(source: str, text: str) -> Expected:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    return Expected(source, [(reader.line_num, row) for row in reader])


async def _told(book: Book, today: date, *more: str) -> str:
    """What the oracle prints; rows that it refuses too make it end with 1, and are reported where they stand."""
    oracle = CHECKOUT / "tests" / "oracle"
    if not oracle.is_dir():
        raise BookUnreadable(f"{oracle} is not there: another today than the book's needs it")
    command = (sys.executable, str(oracle), "--book", str(book.folder), "--today", today.isoformat(), *more)
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=PIPE)
    printed, said = await process.communicate()
    if process.returncode not in {0, 1} or not printed:
        raise BookUnreadable(f"the oracle failed: {said.decode(errors='replace').strip()}")
    return printed.decode()
