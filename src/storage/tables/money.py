"""Posted money: transactions, their lines, and refunds."""

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

from storage.columns import Instant
from storage.tables.registry import metadata

transactions = Table(
    "transactions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("subscription_id", String(40), ForeignKey("subscriptions.id"), nullable=False),
    Column("customer_id", String(40), ForeignKey("customers.id"), nullable=False),
    Column("account_id", String(40), ForeignKey("partners.id"), nullable=False),
    Column("reseller_id", String(40), ForeignKey("partners.id"), index=True),
    Column("action", String(16), nullable=False),
    Column("term_number", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("total_quantity", Integer, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("posted_at", Instant, nullable=False),
    Column("reference_id", String(64)),
    Column("actor", String(80), nullable=False),
    Column("invoice_id", String(40), index=True),
    Column("refund_id", String(40), index=True),
    Column("refunds_transaction_id", String(40), ForeignKey("transactions.id")),
    Index("ix_transactions_subscription_id", "subscription_id", "term_number"),
    # With the id, by which lists are sorted: else every page of a long one would be sorted anew.
    Index("ix_transactions_customer", "customer_id", "id"),
    Index("ix_transactions_account", "account_id", "id"),
    Index("ix_transactions_reference", "account_id", "reference_id"),
    Index("ix_transactions_action", "account_id", "action", "id"),
    # With all that the sums of a report are made of, and who may see them: no row is read for these.
    Index("ix_transactions_occurred_at", "account_id", "occurred_at", "customer_id", "currency", "amount"),
    Index(
        "ix_transactions_uninvoiced",
        "account_id",
        "occurred_at",
        sqlite_where=text("invoice_id IS NULL"),
        postgresql_where=text("invoice_id IS NULL"),
    ),
    Index(
        "uq_transactions_term_charge",
        "subscription_id",
        "term_number",
        unique=True,
        sqlite_where=text("action IN ('purchase', 'renewal')"),
        postgresql_where=text("action IN ('purchase', 'renewal')"),
    ),
)

transaction_lines = Table(
    "transaction_lines",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("transaction_id", String(40), ForeignKey("transactions.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("product", String(64), nullable=False),
    Column("clm_tier", String(64), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("unit_price", BigInteger, nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("remaining_days", Integer, nullable=False),
    Column("total_days", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("refunds_line_id", String(40), ForeignKey("transaction_lines.id"), index=True),
    Column("refunded_quantity", Integer, nullable=False),
    Column("refunded_amount", BigInteger, nullable=False),
    UniqueConstraint("transaction_id", "position"),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("refunded_quantity BETWEEN 0 AND quantity", name="refunded_quantity"),
    CheckConstraint("refunded_amount BETWEEN 0 AND abs(amount)", name="refunded_amount"),
)

refunds = Table(
    "refunds",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("customer_id", String(40), ForeignKey("customers.id"), nullable=False),
    Column("account_id", String(40), ForeignKey("partners.id"), nullable=False),
    Column("reseller_id", String(40), ForeignKey("partners.id")),
    Column("reason", String(500)),
    Column("reference_id", String(64)),
    Column("currency", String(3), nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_refunds_customer_id", "customer_id", "id"),
    Index("ix_refunds_account_id", "account_id", "id"),
)
