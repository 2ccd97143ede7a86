"""Products and their counts as they are typed on a form, as a draft keeps them, and as the API takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from console.drafts import typed
from console.visit import Visit

COUNT_DIGITS, TOTAL_DIGITS = 9, 15
NOT_A_COUNT = "Give a whole number of certificates, from 1 to 100,000."
_AT = re.compile(r"\w+\[(\d+)\]")

Line = Mapping[str, str]


def field_of(product: str) -> str:
    """Return the name of the field of a product's count."""
    return f"quantity:{product}"


def typed_lines(visit: Visit, lines: Iterable[Line]) -> list[Line]:
    """Return a draft's lines with the counts on the form, without the line that is to be removed."""
    removed = visit.entered("remove")
    return [_typed_line(visit, line) for line in lines if line["product"] != removed]


def _typed_line(visit: Visit, line: Line) -> Line:
    field = field_of(line["product"])
    quantity = typed(visit.entered(field)) if field in visit.form else line["quantity"]
    return {"product": line["product"], "quantity": quantity}


def chosen_lines(lines: Sequence[Line], chosen: Sequence[str], *, offered: Iterable[str]) -> list[Line]:
    """Return the lines, and one more for each chosen product that has none; a count begins at one."""
    there = {line["product"] for line in lines}
    added = [code for code in offered if code in chosen and code not in there]
    return [*lines, *({"product": code, "quantity": "1"} for code in added)]


def asked_lines(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Return lines as the API takes them; what is no number is zero, which the API refuses as well."""
    return [{"product": line["product"], "quantity": _number(line["quantity"]) or 0} for line in lines]


def count_errors(lines: Iterable[Line]) -> dict[str, str]:
    """Return which counts are no numbers, by their fields."""
    return {field_of(line["product"]): NOT_A_COUNT for line in lines if _number(line["quantity"]) is None}


def field_on_form(field: str, lines: Sequence[Line]) -> str:
    """Return where on the form an error of the API stands: `inventory[1].quantity` beside the second product."""
    at = _AT.match(field)
    return field_of(lines[int(at[1])]["product"]) if at and int(at[1]) < len(lines) else field


def shown_total(visit: Visit) -> int | None:
    """Return the total that the confirmed form showed; None when the form has none."""
    return _number(visit.entered("expected_total"), digits=TOTAL_DIGITS)


def _number(text: str, *, digits: int = COUNT_DIGITS) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= digits
    return int(text) if is_number else None
