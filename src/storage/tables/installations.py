"""Facts of this installation."""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text

from storage.tables.registry import metadata

# Facts of this installation that outlive a process, such as the day on which the sandbox's clock began.
installation = Table(
    "installation",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
