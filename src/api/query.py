"""Query parameters: only those that an endpoint knows, each once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from starlette.requests import Request

from lifecycle.months import Month
from lifecycle.refusals import FieldError, InvalidInput

LONGEST_WINDOW = 366  # days
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def parameters(request: Request, *known: str) -> Mapping[str, str]:
    """Return the query parameters.

    Raises:
        InvalidInput: `unknown_parameter`, or `invalid_value` for one that is repeated or not printable.
    """
    given: dict[str, str] = {}
    errors: list[FieldError] = []
    for name, value in request.query_params.multi_items():
        if name not in known:
            errors.append(FieldError(name, "unknown_parameter", "There is no such parameter."))
        elif name in given or not value.isprintable():
            errors.append(FieldError(name, "invalid_value", "Give this parameter once, in printable characters."))
        given[name] = value
    if errors:
        raise InvalidInput(*errors)
    return given


def flag(given: Mapping[str, str], name: str) -> bool:
    """Return a parameter that is `true` or `false`; absent is false.

    Raises:
        InvalidInput: it is neither.
    """
    value = given.get(name, "false")
    if value not in {"true", "false"}:
        raise InvalidInput(FieldError(name, "invalid_value", "This is true or false."))
    return value == "true"


def day_of(given: Mapping[str, str], name: str) -> date | None:
    """Return a parameter that is a day, None when it is absent.

    Raises:
        InvalidInput: it is not a day.
    """
    value = given.get(name)
    if value is None:
        return None
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise InvalidInput(FieldError(name, "invalid_date", "A day is written YYYY-MM-DD."))


def month_of(given: Mapping[str, str], name: str) -> Month | None:
    """Return a parameter that is a month, None when it is absent.

    Raises:
        InvalidInput: it is not a month.
    """
    value = given.get(name)
    if value is None:
        return None
    try:
        return Month.parse(value)
    except ValueError:
        raise InvalidInput(FieldError(name, "invalid_month", "A month is written YYYY-MM.")) from None


def number_of(given: Mapping[str, str], name: str, *, most: int) -> int | None:
    """Return a parameter that is a number from 1 to `most`, None when it is absent.

    Raises:
        InvalidInput: it is something else.
    """
    value = given.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()) or not 1 <= int(value[:9]) <= most:
        raise InvalidInput(FieldError(name, "out_of_range", f"This is a number from 1 to {most}."))
    return int(value)


def choice_of(given: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str | None:
    """Return a parameter that is one of `choices`, None when it is absent.

    Raises:
        InvalidInput: it is something else.
    """
    value = given.get(name)
    if value is not None and value not in choices:
        raise InvalidInput(FieldError(name, "invalid_value", f"This is one of {', '.join(choices)}."))
    return value
