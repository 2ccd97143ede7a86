"""Documents, their lines, the counters of their numbers, and the months that are done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the indexes by which transactions find their documents."""
    _invoices()
    _invoice_lines()
    _counters_and_runs()
    op.create_index(op.f("ix_transactions_invoice_id"), "transactions", ["invoice_id"], unique=False)
    op.create_index(
        op.f("ix_transaction_lines_refunds_line_id"), "transaction_lines", ["refunds_line_id"], unique=False
    )
    op.create_index(
        "ix_transactions_uninvoiced",
        "transactions",
        ["account_id", "occurred_at"],
        unique=False,
        sqlite_where=sa.text("invoice_id IS NULL"),
        postgresql_where=sa.text("invoice_id IS NULL"),
    )


def _invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("chain", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate_bp", sa.Integer(), nullable=False),
        sa.Column("tax_note", sa.String(length=64), nullable=True),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("carried_credit", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("account_name", sa.String(length=200), nullable=False),
        sa.Column("account_country", sa.String(length=2), nullable=False),
        sa.Column("account_tax_id", sa.String(length=32), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("emailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("total = subtotal + tax + carried_credit", name=op.f("ck_invoices_total")),
        sa.CheckConstraint("carried_credit <= 0", name=op.f("ck_invoices_carried_credit")),
        sa.CheckConstraint("(kind = 'credit_note') = (total < 0)", name=op.f("ck_invoices_kind")),
        sa.CheckConstraint("line_count > 0", name=op.f("ck_invoices_line_count")),
        sa.ForeignKeyConstraint(["account_id"], ["partners.id"], name=op.f("fk_invoices_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("account_id", "chain", name=op.f("uq_invoices_account_id_chain")),
        sa.UniqueConstraint("account_id", "period_start", name=op.f("uq_invoices_account_id_period_start")),
        sa.UniqueConstraint("kind", "year", "sequence", name=op.f("uq_invoices_kind_year_sequence")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
    )


def _invoice_lines() -> None:
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("transaction_line_id", sa.String(length=40), nullable=False),
        sa.Column("transaction_id", sa.String(length=40), nullable=False),
        sa.Column("customer_name", sa.String(length=200), nullable=False),
        sa.Column("reseller_name", sa.String(length=200), nullable=True),
        sa.Column("refunds_number", sa.String(length=24), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_lines_invoice_id")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_invoice_lines_transaction_id")),
        sa.ForeignKeyConstraint(
            ["transaction_line_id"], ["transaction_lines.id"], name=op.f("fk_invoice_lines_transaction_line_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", "position", name=op.f("pk_invoice_lines")),
        sa.UniqueConstraint("transaction_line_id", name=op.f("uq_invoice_lines_transaction_line_id")),
    )
    op.create_index(op.f("ix_invoice_lines_transaction_id"), "invoice_lines", ["transaction_id"], unique=False)


def _counters_and_runs() -> None:
    op.create_table(
        "invoice_counters",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", name=op.f("pk_invoice_counters")),
    )
    op.create_table(
        "invoice_runs",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_invoice_runs")),
    )
