"""Requests for the agreement, their links, and the evidence of what was decided."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, UniqueConstraint

from storage.columns import Document, Instant
from storage.tables.registry import metadata

eca_requests = Table(
    "eca_requests",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("subscription_id", String(40), ForeignKey("subscriptions.id"), nullable=False, index=True),
    Column("customer_id", String(40), ForeignKey("customers.id"), nullable=False),
    Column("acceptor_email", String(254), nullable=False),
    Column("document_id", String(40), ForeignKey("agreement_documents.id"), nullable=False),
    Column("requested_at", Instant, nullable=False),
)

eca_links = Table(
    "eca_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("request_id", String(40), ForeignKey("eca_requests.id"), nullable=False),
    Column("link_number", Integer, nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("made_at", Instant, nullable=False),
    UniqueConstraint("request_id", "link_number"),
)

# Evidence: append-only, one decision a request.
eca_decisions = Table(
    "eca_decisions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("request_id", String(40), ForeignKey("eca_requests.id"), nullable=False, unique=True),
    Column("subscription_id", String(40), ForeignKey("subscriptions.id"), nullable=False),
    Column("customer_id", String(40), ForeignKey("customers.id"), nullable=False, index=True),
    Column("decision", String(16), nullable=False),
    Column("acceptor_email", String(254), nullable=False),
    Column("name", String(200)),
    Column("job_title", String(200)),
    Column("may_bind", Boolean, nullable=False),
    Column("reason", String(500)),
    Column("decided_at", Instant, nullable=False),
    Column("ip", String(64), nullable=False),
    Column("user_agent", String(500), nullable=False),
    Column("document_id", String(40), nullable=False),
    Column("document_version", String(16), nullable=False),
    Column("document_language", String(8), nullable=False),
    Column("document_sha256", String(64), nullable=False),
    Column("message_ids", Document, nullable=False),
    Column("token_hash", String(64), nullable=False),
)
