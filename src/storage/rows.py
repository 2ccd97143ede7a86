"""Rows as plain values."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row


def values_of(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """Return a row's columns by name."""
    return dict(row._mapping)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the public name of it, underscore and all
