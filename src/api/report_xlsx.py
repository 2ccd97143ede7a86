"""A report as an Excel workbook, written row by row to files on disk and then sent from there."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import xlsxwriter  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs] - it has none

from api.report_cells import Cell, decimal_of
from api.spooling import CHUNK
from lifecycle.money import Money
from lifecycle.portrait import instant
from lifecycle.wording import minor_digits

SHEET_ROWS = 1_048_576  # what a sheet can hold, its header included
WIDTH = 20  # of a column, in characters


async def xlsx_file(
    name: str, header: Sequence[str], batches: AsyncIterator[Sequence[Sequence[Cell]]], *, at: datetime
) -> IO[bytes]:
    """Return a finished workbook, a file that has no name any more; `at` is when it was made.

    More rows than a sheet can hold go on in further sheets.
    """
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="perennial-report-"))
    try:
        book = _Book(folder, name, header, at)
        async for batch in batches:
            await asyncio.to_thread(book.write, batch)
        return await asyncio.to_thread(book.close)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def xlsx_chunks(file: IO[bytes]) -> AsyncGenerator[bytes]:
    """Yield the workbook, and close it."""
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk


class _Book:
    """A workbook in the making. Text is always written as text, so that nothing in it becomes a formula or a link."""

    def __init__(self, folder: Path, name: str, header: Sequence[str], at: datetime) -> None:
        self._file = folder / f"{name}.xlsx"
        self._name = name
        self._header = header
        self._book: Any = xlsxwriter.Workbook(
            str(self._file), {"constant_memory": True, "tmpdir": str(folder), "remove_timezone": True}
        )
        self._book.set_properties({"title": name, "created": at.replace(tzinfo=None)})
        self._bold = self._book.add_format({"bold": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._money: dict[str, Any] = {}
        self._sheets = 0
        self._open_sheet()

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Append rows."""
        for row in rows:
            if self._row == SHEET_ROWS:
                self._open_sheet()
            for position, cell in enumerate(row):
                self._put(position, cell)
            self._row += 1

    def close(self) -> IO[bytes]:
        """Put the workbook together and return it, opened."""
        self._book.close()
        return self._file.open("rb")

    def _open_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(self._name if self._sheets == 1 else f"{self._name} {self._sheets}")
        self._sheet.set_column(0, len(self._header) - 1, WIDTH)
        self._sheet.freeze_panes(1, 0)
        for position, name in enumerate(self._header):
            self._sheet.write_string(0, position, name, self._bold)
        self._row = 1

    def _put(self, position: int, cell: Cell) -> None:
        match cell:
            case None:
                return
            case str():
                self._sheet.write_string(self._row, position, cell)
            case Money():
                self._sheet.write_number(self._row, position, decimal_of(cell), self._money_format(cell.currency))
            case datetime():
                self._sheet.write_string(self._row, position, instant(cell) or "")
            case date():
                self._sheet.write_datetime(self._row, position, cell, self._day)
            case int():
                self._sheet.write_number(self._row, position, cell)

    def _money_format(self, currency: str) -> Any:
        if currency not in self._money:
            digits = minor_digits(currency)
            pattern = "#,##0" + ("." + "0" * digits if digits else "")
            self._money[currency] = self._book.add_format({"num_format": pattern})
        return self._money[currency]
