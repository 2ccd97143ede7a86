"""Files of bulk jobs, as CSV or JSON Lines: every row read as the single address would read it, or named with its line.

CSV has the same members as JSON, flat: an empty cell is a member left out, products are `product=quantity;…`, and
`lines` may be `follows`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import ConfigDict, ValidationError
from pydantic_core import from_json

from api.body_types import Body
from api.bulk_bodies import COLUMNS, ROWS
from api.parsing import field_errors
from api.shapes.bulk import RowKind
from intake.bulk import AskedRow
from lifecycle.refusals import FieldError, InvalidInput

MAX_ROWS = 10_000
MAX_BYTES = 10_485_760
MAX_ERRORS = 100
PRODUCTS = frozenset({"inventory", "add", "lines"})
NUMBERS = frozenset({"term_months", "expected_total"})
FOLLOWS = "follows"
_MALFORMED = "malformed_row"


class _KindOnly(Body):
    """What is asked of a row whose kind is missing or unknown: a kind."""

    model_config = ConfigDict(extra="ignore")

    kind: RowKind


Line = tuple[int, object]  # the line's number, from 1 on, and what stands there


@dataclass(slots=True)
class _Errors:
    """The first broken rules, and how many there are in all."""

    kept: list[FieldError] = field(default_factory=list[FieldError])
    count: int = 0

    def add(self, error: FieldError) -> None:
        self.count += 1
        if self.count <= MAX_ERRORS:
            self.kept.append(error)


def rows_of_csv(raw: bytes) -> list[AskedRow]:
    """Return the rows of a CSV file with a header.

    Raises:
        InvalidInput: a row does not fit; `errors` has the first hundred, `error_count` says how many there are.
    """
    return _rows(_csv_lines(_text(raw)))


def rows_of_json_lines(raw: bytes) -> list[AskedRow]:
    """Return the rows of a file with a JSON object on each line; blank lines are passed over.

    Raises:
        InvalidInput: as for CSV.
    """
    return _rows(_json_lines(raw))


def _rows(lines: Iterator[Line]) -> list[AskedRow]:
    rows: list[AskedRow] = []
    errors, count = _Errors(), 0
    for index, (number, found) in enumerate(lines):
        count = index + 1
        if count > MAX_ROWS:
            message = f"A job has at most {MAX_ROWS} rows."
            raise InvalidInput(FieldError("rows", "too_many_rows", message), limit=MAX_ROWS)
        row = _row(found)
        if isinstance(row, AskedRow):
            rows.append(row)
            continue
        for one in row:
            place = f"rows[{index}].{one.field}" if one.field else f"rows[{index}]"
            errors.add(FieldError(place, one.code, f"Line {number}: {one.message}"))
    if not count:
        raise InvalidInput(FieldError("rows", "empty_bulk", "Give at least one row."))
    if errors.count:
        raise InvalidInput(*errors.kept, error_count=errors.count)
    return rows


def _row(found: object) -> AskedRow | list[FieldError]:
    if isinstance(found, FieldError):
        return [found]
    if not isinstance(found, dict):
        return [FieldError("", _MALFORMED, "A row is a JSON object.")]
    members = cast("dict[str, Any]", found)
    kind = members.get("kind")
    model = ROWS.get(kind, _KindOnly) if isinstance(kind, str) else _KindOnly
    try:
        body = model.model_validate(members).model_dump(mode="json")
    except ValidationError as error:
        return field_errors(error, model)
    return AskedRow(kind=body.pop("kind"), subscription_id=body.pop("subscription_id", None), members=body)


def _json_lines(raw: bytes) -> Iterator[Line]:
    for index, line in enumerate(raw.split(b"\n")):
        if not line.strip():
            continue
        try:
            yield index + 1, from_json(line)
        except ValueError:
            yield index + 1, FieldError("", _MALFORMED, "This is not JSON.")


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(FieldError("rows", _MALFORMED, "The file is not UTF-8.")) from None


def _csv_lines(text: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    try:
        for cells in reader:
            if not any(cells):
                continue
            if header is None:
                header = _header(cells)
            else:
                yield reader.line_num, _members(header, cells)
    except csv.Error:
        message = f"Line {reader.line_num}: this is not CSV."
        raise InvalidInput(FieldError("rows", _MALFORMED, message)) from None


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    errors: list[FieldError] = []
    for index, name in enumerate(names):
        if name not in COLUMNS:
            errors.append(FieldError(f"columns[{index}]", "unknown_field", "There is no such column."))
        elif name in names[:index]:
            errors.append(FieldError(f"columns[{index}]", "duplicate_column", "This column is named twice."))
    if errors:
        raise InvalidInput(*errors)
    return names


def _members(header: list[str], cells: list[str]) -> dict[str, Any] | FieldError:
    """A row of CSV as the JSON object that says the same."""
    if len(cells) > len(header):
        return FieldError("", _MALFORMED, "The row has more cells than the header has columns.")
    return {name: _member(name, cell.strip()) for name, cell in zip(header, cells, strict=False) if cell.strip()}


def _member(name: str, cell: str) -> Any:
    if name in NUMBERS:
        return _number(cell)
    if name not in PRODUCTS:
        return cell
    if name == "lines" and cell == FOLLOWS:
        return None
    return [_product(part) for part in cell.split(";") if part.strip()]


def _product(part: str) -> dict[str, Any]:
    product, equals, quantity = part.partition("=")
    return {"product": product.strip(), **({"quantity": _number(quantity.strip())} if equals else {})}


def _number(text: str) -> int | str:
    """What is no number stays as it is, and is named as of the wrong type."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else text  # noqa: PLR2004
