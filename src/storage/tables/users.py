"""The people of a partner who may sign in."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table

from storage.columns import Instant
from storage.tables.registry import metadata

users = Table(
    "users",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("partner_id", String(40), ForeignKey("partners.id"), nullable=False, index=True),
    Column("email", String(254), nullable=False),
    Column("email_folded", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("password_hash", String(200)),  # argon2id, with its salt and its costs
    Column("password_set_at", Instant),
    # Keyed hash of the secret with which the user sets a password, until it is used or over.
    Column("setup_hash", String(64), unique=True),
    Column("setup_expires_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
