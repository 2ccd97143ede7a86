"""Subscriptions, what happened to them, and what was asked of them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.columns import Document, Instant
from storage.tables.registry import metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("customer_id", String(40), ForeignKey("customers.id"), nullable=False),
    Column("account_id", String(40), ForeignKey("partners.id"), nullable=False),
    Column("purchase_command_id", String(80), nullable=False),
    Column("state", String(16), nullable=False),
    Column("offering", String(64), nullable=False),
    Column("renewal_mode", String(16), nullable=False),
    Column("end_date", Date),
    Column("reference_id", String(64)),
    Column("version", Integer, nullable=False),
    Column("settled_until", Instant, nullable=False),
    Column("next_at", Instant),  # the next instant of the agenda, null when there is none
    Column("clock_offset_us", BigInteger, nullable=False),  # virtual less wall time, sandbox only
    Column("body", Document, nullable=False),  # the whole subscription, equal to the fold of its events
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    # With the id, by which lists are sorted: a page costs the same wherever it is, however rare what it is narrowed to.
    Index("ix_subscriptions_customer_id", "customer_id", "id"),
    Index("ix_subscriptions_account_id", "account_id", "id"),
    Index("ix_subscriptions_reference", "account_id", "reference_id", "id"),
    Index("ix_subscriptions_state", "account_id", "state", "id"),
    Index("ix_subscriptions_offering", "account_id", "offering", "id"),
    Index("ix_subscriptions_renewal_mode", "account_id", "renewal_mode", "id"),
    Index("ix_subscriptions_end_date", "account_id", "end_date"),
)

events = Table(
    "events",
    metadata,
    Column("subscription_id", String(40), ForeignKey("subscriptions.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("reason", String(500)),
    Column("command_id", String(80), nullable=False),
    Column("transaction_id", String(40)),
    Column("body", Document, nullable=False),
    Column("id", String(40), nullable=False, unique=True),
    # The place in the feed of all events, in the order of commits; given when somebody reads the feed.
    Column("position", BigInteger, unique=True),
    Index("ix_events_at", "subscription_id", "at", "version"),  # the timeline's order
)

# What the issuing side reported last of each product. Not of the fold: nobody decided it here.
usage = Table(
    "usage",
    metadata,
    Column("subscription_id", String(40), ForeignKey("subscriptions.id"), primary_key=True),
    Column("product", String(64), primary_key=True),
    Column("in_use", Integer, nullable=False),
    Column("reported_at", Instant, nullable=False),
    CheckConstraint("in_use >= 0", name="in_use"),
)

# A command is one accepted request; for a refund the subscription is empty and the command is the refund.
commands = Table(
    "commands",
    metadata,
    Column("subscription_id", String(40), primary_key=True),
    Column("command_id", String(80), primary_key=True),
    Column("partner_id", String(40), nullable=False),
    Column("key", String(255)),
    Column("fingerprint", String(64)),
    Column("kind", String(32), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("body", Document, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("accepted_at", Instant),
    Column("outcome", Document),
    UniqueConstraint("partner_id", "key"),
    Index("ix_commands_command_id", "command_id"),
    Index(
        "ix_commands_open",
        "received_at",
        sqlite_where=text("outcome IS NULL"),
        postgresql_where=text("outcome IS NULL"),
    ),
)
