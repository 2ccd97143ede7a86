"""The totals of a report on their way from its first page to the later ones, inside the cursor.

They are over the whole report, whatever the page: added up once, when it is begun, and carried from then on. A cursor
that somebody else made shows its maker other totals, and nobody else anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import TypeAdapter

from api.listing import invalid_cursor
from lifecycle.portrait import Picture


class Totals:
    """How the totals of a report look, each a `shape`."""

    def __init__(self, shape: type[Mapping[str, Any]]) -> None:
        """Take a TypedDict."""
        self._names = tuple(shape.__annotations__)
        self._list: TypeAdapter[list[Picture]] = TypeAdapter(list[shape])  # type: ignore[valid-type]

    def packed(self, totals: Sequence[Picture]) -> list[list[object]]:
        """Return them without the names of their members, which each of them repeats."""
        return [[total[name] for name in self._names] for total in totals]

    def unpacked(self, carried: object) -> list[Picture]:
        """Return the totals that `packed` was given.

        Raises:
            InvalidInput: `invalid_cursor`, it never was.
        """
        if not isinstance(carried, list):
            raise invalid_cursor()
        try:
            rows = [dict(zip(self._names, row, strict=True)) for row in cast("list[list[object]]", carried)]
            return self._list.validate_json(json.dumps(rows), strict=True)
        except (TypeError, ValueError, RecursionError):
            raise invalid_cursor() from None
