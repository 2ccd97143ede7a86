"""What is sold, for how much, and under which agreement."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Integer, String, Table, Text, UniqueConstraint

from storage.columns import Document, Instant
from storage.tables.registry import metadata

catalogues = Table(
    "catalogues",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("loaded_at", Instant, nullable=False),
    Column("body", Document, nullable=False),
)

price_rows = Table(
    "price_rows",
    metadata,
    Column("price_list", String(64), primary_key=True),
    Column("item", String(64), primary_key=True),
    Column("term_months", Integer, primary_key=True),
    Column("effective_from", Date, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("amount >= 0", name="amount"),
)

agreement_documents = Table(
    "agreement_documents",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("version", String(16), nullable=False),
    Column("language", String(8), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    UniqueConstraint("version", "language"),
)
