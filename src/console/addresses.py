"""The present address with another cursor: how a list leads to its further pages and to its file."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.datastructures import QueryParams

NOT_KEPT = frozenset({"cursor", "done"})


def page_address(path: str, query: QueryParams, cursor: str | None = None) -> str:
    """Return a list's address with the query's filters, from a cursor on; without one its beginning."""
    kept = [(name, value) for name, value in query.multi_items() if value and name not in NOT_KEPT]
    asked = urlencode([*kept, ("cursor", cursor)] if cursor else kept)
    return f"{path}?{asked}" if asked else path


def further_pages(path: str, query: QueryParams, cursor: str | None) -> tuple[str, str]:
    """Return the addresses of the next page and of the first one, each empty when there is nothing to lead to."""
    following = page_address(path, query, cursor) if cursor else ""
    return following, page_address(path, query) if query.get("cursor") else ""
