"""Transactions and refunds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _transactions()
    _transaction_lines()
    _refunds()


def _transactions() -> None:
    op.create_table(
        "transactions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("reseller_id", sa.String(length=40), nullable=True),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("term_number", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("total_quantity", sa.Integer(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference_id", sa.String(length=64), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=True),
        sa.Column("refund_id", sa.String(length=40), nullable=True),
        sa.Column("refunds_transaction_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["partners.id"], name=op.f("fk_transactions_account_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_transactions_customer_id")),
        sa.ForeignKeyConstraint(
            ["refunds_transaction_id"], ["transactions.id"], name=op.f("fk_transactions_refunds_transaction_id")
        ),
        sa.ForeignKeyConstraint(["reseller_id"], ["partners.id"], name=op.f("fk_transactions_reseller_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_transactions_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
    )
    op.create_index(op.f("ix_transactions_account_id"), "transactions", ["account_id"], unique=False)
    op.create_index(op.f("ix_transactions_customer_id"), "transactions", ["customer_id"], unique=False)
    op.create_index("ix_transactions_reference", "transactions", ["account_id", "reference_id"], unique=False)
    op.create_index(op.f("ix_transactions_refund_id"), "transactions", ["refund_id"], unique=False)
    op.create_index(op.f("ix_transactions_reseller_id"), "transactions", ["reseller_id"], unique=False)
    op.create_index(op.f("ix_transactions_subscription_id"), "transactions", ["subscription_id"], unique=False)
    op.create_index(
        "uq_transactions_term_charge",
        "transactions",
        ["subscription_id", "term_number"],
        unique=True,
        sqlite_where=sa.text("action IN ('purchase', 'renewal')"),
        postgresql_where=sa.text("action IN ('purchase', 'renewal')"),
    )


def _transaction_lines() -> None:
    op.create_table(
        "transaction_lines",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=64), nullable=False),
        sa.Column("clm_tier", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("remaining_days", sa.Integer(), nullable=False),
        sa.Column("total_days", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("refunds_line_id", sa.String(length=40), nullable=True),
        sa.Column("refunded_quantity", sa.Integer(), nullable=False),
        sa.Column("refunded_amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_transaction_lines_quantity")),
        sa.CheckConstraint(
            "refunded_amount BETWEEN 0 AND abs(amount)", name=op.f("ck_transaction_lines_refunded_amount")
        ),
        sa.CheckConstraint(
            "refunded_quantity BETWEEN 0 AND quantity", name=op.f("ck_transaction_lines_refunded_quantity")
        ),
        sa.ForeignKeyConstraint(
            ["refunds_line_id"], ["transaction_lines.id"], name=op.f("fk_transaction_lines_refunds_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_transaction_lines_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transaction_lines")),
        sa.UniqueConstraint("transaction_id", "position", name=op.f("uq_transaction_lines_transaction_id_position")),
    )


def _refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("reseller_id", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("reference_id", sa.String(length=64), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["partners.id"], name=op.f("fk_refunds_account_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_refunds_customer_id")),
        sa.ForeignKeyConstraint(["reseller_id"], ["partners.id"], name=op.f("fk_refunds_reseller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
    )
    op.create_index(op.f("ix_refunds_account_id"), "refunds", ["account_id"], unique=False)
    op.create_index(op.f("ix_refunds_customer_id"), "refunds", ["customer_id"], unique=False)
