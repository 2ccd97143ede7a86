"""How often each key may still ask."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, String, Table

from storage.columns import Instant
from storage.tables.registry import metadata

# One row a key or user that ever asked; `actor` names it, as in the audit trail.
allowances = Table(
    "allowances",
    metadata,
    Column("actor", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("level", BigInteger, nullable=False),  # in millionths of a request
    Column("filled_at", Instant, nullable=False),
    Column("lent", Integer, nullable=False),
    Column("lent_until", Instant, nullable=False),
    CheckConstraint("level >= 0 AND lent >= 0", name="not_negative"),
)
