"""Files of rows in tests, as JSON Lines and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence

JSON_LINES = "application/x-ndjson"


def json_lines(rows: Sequence[object]) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def csv_file(rows: Sequence[Mapping[str, object]]) -> bytes:
    """A file with the columns that any of the rows has."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
