"""Documents: invoices and credit notes, their lines, the counters of their numbers, and the months that are done."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.columns import Instant
from storage.tables.registry import metadata

# One document of an account and a month; it never changes but for its status. `chain` numbers an account's documents in
# the order in which they were posted, so that each one's credit is carried by exactly one other.
invoices = Table(
    "invoices",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("account_id", String(40), ForeignKey("partners.id"), nullable=False),
    Column("chain", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("year", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("number", String(24), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),  # exclusive
    Column("issue_date", Date, nullable=False),
    Column("due_date", Date, nullable=False),
    Column("line_count", Integer, nullable=False),
    Column("subtotal", BigInteger, nullable=False),
    Column("tax_rate_bp", Integer, nullable=False),
    Column("tax_note", String(64)),
    Column("tax", BigInteger, nullable=False),
    Column("carried_credit", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    # As the account was called on that day.
    Column("account_name", String(200), nullable=False),
    Column("account_country", String(2), nullable=False),
    Column("account_tax_id", String(32)),
    Column("status", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),  # on the clock by which the run went
    Column("emailed_at", Instant),
    Column("paid_at", Instant),
    # As the operator, who issued it, was called on that day; null in an installation that had none.
    Column("seller_name", String(200)),
    Column("seller_country", String(2)),
    Column("seller_tax_id", String(32)),
    UniqueConstraint("account_id", "period_start"),
    UniqueConstraint("account_id", "chain"),
    UniqueConstraint("kind", "year", "sequence"),
    UniqueConstraint("number"),
    CheckConstraint("total = subtotal + tax + carried_credit", name="total"),
    CheckConstraint("carried_credit <= 0", name="carried_credit"),
    CheckConstraint("(kind = 'credit_note') = (total < 0)", name="kind"),
    CheckConstraint("line_count > 0", name="line_count"),
)

# Every transaction line is on at most one document; what else a line shows never changes where it was posted.
invoice_lines = Table(
    "invoice_lines",
    metadata,
    Column("invoice_id", String(40), ForeignKey("invoices.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("transaction_line_id", String(40), ForeignKey("transaction_lines.id"), nullable=False, unique=True),
    Column("transaction_id", String(40), ForeignKey("transactions.id"), nullable=False, index=True),
    Column("customer_name", String(200), nullable=False),
    Column("reseller_name", String(200)),
    Column("refunds_number", String(24)),
    Column("text", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
)

# The last number given of each kind and year; its row is locked last, and until the document is there.
invoice_counters = Table(
    "invoice_counters",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

# Months whose run came to its end. What is posted for them later goes on a later document.
invoice_runs = Table(
    "invoice_runs",
    metadata,
    Column("month", Date, primary_key=True),
    Column("finished_at", Instant, nullable=False),
)
