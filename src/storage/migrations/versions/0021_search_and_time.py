"""Timelines and the sandbox's mails are found by an index, on PostgreSQL also the words by which customers are found.

SQLite looks for words as before. So does a PostgreSQL without the extension `pg_trgm`, or where the database's owner
may not create it: the index is then missing, and nothing else.
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LONGER = {
    ("customers", "ix_customers_account_id"): ("account_id", "id"),
    ("customers", "ix_customers_managing_partner_id"): ("managing_partner_id", "id"),
    ("transactions", "ix_transactions_subscription_id"): ("subscription_id", "term_number"),
}
NEW = {
    ("events", "ix_events_at"): ("subscription_id", "at", "version"),
    ("tellings", "ix_tellings_at"): ("subscription_id", "at", "id"),
    ("mailbox", "ix_mailbox_to"): ("to", "id"),
    ("mailbox", "ix_mailbox_kind"): ("kind", "id"),
}
WORDS = ("company_name_folded", "contact_name", "contact_email")


def upgrade() -> None:
    """Put the longer indexes in place of those of one column, and add those that were missing."""
    for table, name in LONGER:
        op.drop_index(name, table_name=table)
    for (table, name), columns in (LONGER | NEW).items():
        op.create_index(name, table, list(columns))
    if op.get_bind().dialect.name == "postgresql":
        _index_words()


def _index_words() -> None:
    op.execute(
        "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; "
        "EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN NULL; END $$"
    )
    columns = ", ".join(f"{name} gin_trgm_ops" for name in WORDS)
    op.execute(
        f"DO $$ BEGIN CREATE INDEX ix_customers_words ON customers USING gin ({columns}); "
        "EXCEPTION WHEN undefined_object THEN NULL; END $$"
    )
