"""Ids: a prefix that names the kind and a time-sortable UUID."""

from __future__ import annotations

from uuid_utils import uuid7


def new_id(prefix: str) -> str:
    """Return a fresh id such as `sub_0192…`; later ids of a kind sort after earlier ones."""
    return f"{prefix}_{uuid7().hex}"
