"""Lists: newest first, a page at a time, each page found by the last key of the one before."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse

from lifecycle.refusals import FieldError, InvalidInput

PAGE = ("limit", "cursor")  # the parameters that every list knows
DEFAULT_LIMIT = 50
MAX_LIMIT = 200

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Page:
    """How many items, after which sort key (None: from the beginning).

    `carried` is what the page before said of all items, in a list whose cursors carry that along.
    """

    limit: int
    after: tuple[str, ...] | None = None
    carried: object = None

    @property
    def fetch(self) -> int:
        """How many to read: one more than is shown tells whether there are more."""
        return self.limit + 1

    @property
    def before_id(self) -> str | None:
        """The key of a list that is sorted by id alone."""
        return None if self.after is None else self.after[0]


def page_of(given: Mapping[str, str], *, keys: int = 1, carries: bool = False) -> Page:
    """Return the page that `limit` and `cursor` ask for; a sort key has `keys` members, and the cursor `carries` more.

    Raises:
        InvalidInput: `limit_out_of_range`, `invalid_cursor`.
    """
    limit, cursor = _limit(given.get("limit")), given.get("cursor")
    if cursor is None:
        return Page(limit)
    members = _members(cursor, keys + carries)
    after = tuple(member for member in members[:keys] if isinstance(member, str) and member.isprintable())
    if len(after) != keys:
        raise invalid_cursor()
    return Page(limit, after, members[keys] if carries else None)


def invalid_cursor() -> InvalidInput:
    """Return the refusal of a cursor that no page ended with."""
    return InvalidInput(FieldError("cursor", "invalid_cursor", "This cursor was not given out here."))


def list_answer(
    request: Request,
    page: Page,
    items: Sequence[_T],
    *,
    key: Callable[[_T], tuple[str, ...]],
    body: Callable[[_T], Mapping[str, Any]],
    more: Mapping[str, Any] | None = None,
    carried: Sequence[object] = (),
) -> JSONResponse:
    """Return a page of `items`, of which one more than the limit was read.

    `more` is what is said of all of them, `carried` what the cursor takes along of that.
    """
    shown = items[: page.limit]
    following = _cursor((*key(shown[-1]), *carried)) if len(items) > page.limit else None
    headers = None if following is None else {"Link": f'<{_next_address(request, following)}>; rel="next"'}
    answer = {"data": [dict(body(item)) for item in shown], "next_cursor": following, **(more or {})}
    return JSONResponse(answer, headers=headers)


def _limit(value: str | None) -> int:
    if value is None:
        return DEFAULT_LIMIT
    if not (value.isascii() and value.isdigit()) or not 1 <= int(value[:9]) <= MAX_LIMIT:
        raise InvalidInput(FieldError("limit", "limit_out_of_range", f"The limit is 1 to {MAX_LIMIT}."))
    return int(value)


def _members(cursor: str, count: int) -> list[object]:
    try:
        found: object = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise invalid_cursor() from None
    members = cast("list[object]", found) if isinstance(found, list) else []
    if len(members) != count:
        raise invalid_cursor()
    return members


def _cursor(members: tuple[object, ...]) -> str:
    return urlsafe_b64encode(json.dumps(members, separators=(",", ":")).encode()).decode().rstrip("=")


def _next_address(request: Request, cursor: str) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*kept, ('cursor', cursor)])}"
