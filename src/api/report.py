"""What a report is to its door: how its rows are read, and how one looks in JSON and in columns."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from api.report_cells import Cell, Column
from api.report_totals import Totals
from intake.scope import Caller
from lifecycle.portrait import Picture
from storage.database import Database
from storage.report_selection import Selection

T = TypeVar("T")
Place = tuple[str, ...]
BATCH = 500  # rows that are held at once when all of a report is read


@dataclass(frozen=True, kw_only=True)
class Report(Generic[T]):
    """A report. `rows` returns those behind a place, of which `keys` members make one up."""

    name: str
    visible: Callable[[Caller], ColumnElement[bool]]
    columns: tuple[Column[T], ...]
    rows: Callable[[AsyncConnection, Selection, Place | None, int], Awaitable[Sequence[T]]]
    totals: Callable[[AsyncConnection, Selection], Awaitable[list[Picture]]]
    of_totals: Totals
    picture: Callable[[T], Picture]
    place: Callable[[T], Place]
    keys: int = 1

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    async def batches(self, database: Database, selection: Selection) -> AsyncGenerator[list[tuple[Cell, ...]]]:
        """Yield all rows as they are at one moment, batch by batch; take them quickly, for a snapshot is held."""
        after: Place | None = None
        async with database.snapshot_as(selection.seer) as connection:
            while True:
                rows = await self.rows(connection, selection, after, BATCH)
                yield [tuple(column.cell(row) for column in self.columns) for row in rows]
                if len(rows) < BATCH:
                    return
                after = self.place(rows[-1])
