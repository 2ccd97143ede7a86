"""Who is signed in to the console, who tried to, and what they have begun there."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from storage.columns import Document, Instant
from storage.tables.registry import metadata

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),  # keyed hash of the cookie, never the cookie
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

# `subject` is the keyed hash of an address of mail, or of the network, that failed: none says whether a user has it.
failed_sign_ins = Table(
    "failed_sign_ins",
    metadata,
    Column("subject", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
)

# A draft's id is the idempotency key of what it becomes, so that confirming it twice is once.
drafts = Table(
    "drafts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("user_id", String(40), ForeignKey("users.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject_id", String(40), nullable=False),
    Column("data", Document, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_drafts_user_id_kind_subject_id", "user_id", "kind", "subject_id"),
)
