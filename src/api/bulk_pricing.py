"""The dry run of a bulk file: every row judged on paper, row by row into the answer, with the totals at its end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from pydantic_core import to_json

from api.bulk_pictures import amounts_picture, row_picture
from intake.bulk_desk import PRICED, CounterDesk
from intake.scope import Caller
from storage.bulk_rows import REFUSED, BulkRow

AT_ONCE = 4


async def priced(desk: CounterDesk, caller: Caller, rows: Sequence[BulkRow]) -> AsyncGenerator[bytes]:
    """Yield a JSON object: `dry_run`, `rows` in the order of the file, `totals`. No more than a few rows are held."""
    counts, amounts = Counter[str](), Counter[str]()
    yield b'{"dry_run":true,"rows":['
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        results = await asyncio.gather(*(desk.on_paper(caller, row) for row in some))
        for row, result in zip(some, results, strict=True):
            counts[result.status] += 1
            if result.amount is not None and result.currency is not None:
                amounts[result.currency] += result.amount
            yield (b"," if row.position else b"") + to_json(row_picture(replace(row, result=result)))
    totals = {
        "rows": len(rows),
        "priced": counts[PRICED],
        "refused": counts[REFUSED],
        "amounts": amounts_picture(amounts),
    }
    yield b'],"totals":' + to_json(totals) + b"}"
