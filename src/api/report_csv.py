"""A report as CSV (RFC 4180, UTF-8): a chunk for each batch of rows, so that no length needs more memory."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence

from api.report_cells import Cell, csv_text

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


async def csv_chunks(header: Sequence[str], batches: AsyncIterator[Sequence[Sequence[Cell]]]) -> AsyncIterator[bytes]:
    """Yield the header with the first batch of rows, then each further one."""
    rows = [header, *await anext(batches, ())]
    yield _lines(rows)
    async for batch in batches:
        yield _lines(batch)


def _lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([csv_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode()
