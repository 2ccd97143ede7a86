"""What is owed to whom, and what the sandbox received."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.columns import Document, Instant
from storage.tables.registry import metadata

# One message owed to one receiver, about a subscription or about a document. `receiver` is the queue that drains it
# (`mail/1`, `webhook/whk_…`), `role` whom it is for; a webhook's role is its id without the prefix.
tellings = Table(
    "tellings",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("receiver", String(64), nullable=False),
    Column("subscription_id", String(40), ForeignKey("subscriptions.id")),
    Column("version", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("key", String(120), nullable=False),
    Column("role", String(32), nullable=False),
    Column("command_id", String(80), nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", String(200)),
    Column("at", Instant, nullable=False),  # on the subscription's clock, or the run's
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("body", Document, nullable=False),
    Column("invoice_id", String(40), ForeignKey("invoices.id")),
    Column("next_try_at", Instant),  # on the wall's clock; null before the first try in vain
    Column("webhook_id", String(40), ForeignKey("webhooks.id")),  # null for a mail
    UniqueConstraint("subscription_id", "kind", "key", "role"),
    UniqueConstraint("invoice_id", "kind", "key", "role"),
    CheckConstraint("(subscription_id IS NULL) <> (invoice_id IS NULL)", name="subject"),
    Index("ix_tellings_subscription", "subscription_id", "status"),
    Index("ix_tellings_at", "subscription_id", "at", "id"),  # the timeline's order
    Index(
        "ix_tellings_pending",
        "receiver",
        "subscription_id",
        "version",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    Index(
        "ix_tellings_webhook",
        "webhook_id",
        "id",
        sqlite_where=text("webhook_id IS NOT NULL"),
        postgresql_where=text("webhook_id IS NOT NULL"),
    ),
)

# Whether a delivery workflow sleeps; it falls asleep in a transaction that sees nothing pending.
receivers = Table(
    "receivers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("asleep", Boolean, nullable=False),
)

# The sandbox's own receiver keeps what arrived by SMTP here.
mailbox = Table(
    "mailbox",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("message_id", String(200), nullable=False, index=True),
    Column("to", String(254), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject", String(400), nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("subscription_id", String(40), index=True),
    Column("sent_at", Instant, nullable=False),
    Column("invoice_id", String(40), index=True),
    Index("ix_mailbox_to", "to", "id"),
    Index("ix_mailbox_kind", "kind", "id"),
)
