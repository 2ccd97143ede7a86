"""Tellings and mails may be about a document instead of a subscription."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SUBJECT = "(subscription_id IS NULL) <> (invoice_id IS NULL)"


def upgrade() -> None:
    """Give both a document; SQLite makes a table anew to change it, and none refers to this one."""
    with op.batch_alter_table("tellings") as tellings:
        tellings.alter_column("subscription_id", existing_type=sa.String(length=40), nullable=True)
        tellings.add_column(sa.Column("invoice_id", sa.String(length=40), nullable=True))
        tellings.create_foreign_key(op.f("fk_tellings_invoice_id"), "invoices", ["invoice_id"], ["id"])
        tellings.create_unique_constraint(
            op.f("uq_tellings_invoice_id_kind_key_role"), ["invoice_id", "kind", "key", "role"]
        )
        tellings.create_check_constraint(op.f("ck_tellings_subject"), SUBJECT)
    op.add_column("mailbox", sa.Column("invoice_id", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_mailbox_invoice_id"), "mailbox", ["invoice_id"], unique=False)
