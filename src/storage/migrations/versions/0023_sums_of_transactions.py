"""The index by which transactions of some days are found answers what they come to by itself."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NAME = "ix_transactions_occurred_at"


def upgrade() -> None:
    """Put the wider index in place of the narrow one."""
    op.drop_index(NAME, table_name="transactions")
    op.create_index(NAME, "transactions", ["account_id", "occurred_at", "customer_id", "currency", "amount"])
