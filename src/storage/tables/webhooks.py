"""The addresses that partners want to be told at."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from storage.columns import Document, Instant
from storage.tables.registry import metadata

# The secret is nowhere: it is derived from the id and its number, see `storage/webhook_secrets.py`.
webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("partner_id", String(40), ForeignKey("partners.id"), nullable=False, index=True),
    # Whose customers it hears of: its partner's id, or `*` for the operator, who sees all.
    Column("hears_of", String(40), nullable=False, index=True),
    Column("url", String(2000), nullable=False),
    Column("description", String(200)),
    Column("kinds", Document),  # null: every kind
    Column("state", String(16), nullable=False),
    Column("state_reason", String(200)),
    Column("secret_number", Integer, nullable=False),
    Column("previous_until", Instant),  # until when the secret before is signed with too
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
