"""Subscriptions, transactions, refunds and audit entries are found by an index, narrowed or not."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

LONGER = {
    ("subscriptions", "ix_subscriptions_customer_id"): ("customer_id", "id"),
    ("subscriptions", "ix_subscriptions_account_id"): ("account_id", "id"),
    ("subscriptions", "ix_subscriptions_reference"): ("account_id", "reference_id", "id"),
    ("refunds", "ix_refunds_customer_id"): ("customer_id", "id"),
    ("refunds", "ix_refunds_account_id"): ("account_id", "id"),
    ("audit_entries", "ix_audit_entries_partner_id"): ("partner_id", "id"),
}
NEW = {
    ("subscriptions", "ix_subscriptions_state"): ("account_id", "state", "id"),
    ("subscriptions", "ix_subscriptions_offering"): ("account_id", "offering", "id"),
    ("subscriptions", "ix_subscriptions_renewal_mode"): ("account_id", "renewal_mode", "id"),
    ("subscriptions", "ix_subscriptions_end_date"): ("account_id", "end_date"),
    ("transactions", "ix_transactions_action"): ("account_id", "action", "id"),
    ("transactions", "ix_transactions_occurred_at"): ("account_id", "occurred_at"),
    ("audit_entries", "ix_audit_entries_actor"): ("partner_id", "actor", "id"),
    ("audit_entries", "ix_audit_entries_action"): ("partner_id", "action", "id"),
}


def upgrade() -> None:
    """Put the longer indexes in place of those of one column, and add those that were missing."""
    for table, name in LONGER:
        op.drop_index(name, table_name=table)
    for (table, name), columns in (LONGER | NEW).items():
        op.create_index(name, table, list(columns))
