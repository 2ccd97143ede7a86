"""Bulk jobs and their rows, each with what became of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, text

from storage.columns import Document, Instant
from storage.tables.registry import metadata

# `actor` and `scopes` are those of who gave the job; `finished_at` is null until every row has its result.
bulk_jobs = Table(
    "bulk_jobs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("partner_id", String(40), ForeignKey("partners.id"), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("scopes", Document, nullable=False),
    Column("state", String(16), nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Index("ix_bulk_jobs_partner", "partner_id", "id"),
    Index(
        "ix_bulk_jobs_open",
        "id",
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
)

# The subscription of a purchase is the one that it will make; `body` is the command's own.
bulk_rows = Table(
    "bulk_rows",
    metadata,
    Column("job_id", String(40), ForeignKey("bulk_jobs.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subscription_id", String(40), nullable=False),
    Column("body", Document, nullable=False),
    Column("status", String(16), nullable=False),
    Column("command_id", String(80)),
    Column("transaction_id", String(40)),
    Column("amount", BigInteger),  # minor units of `currency`; null where nothing was posted
    Column("currency", String(3)),
    Column("warnings", Document),
    Column("problem", Document),
    Index("ix_bulk_rows_status", "job_id", "status", "position"),
)
