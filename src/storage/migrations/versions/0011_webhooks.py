"""Webhooks, and what is owed to them; the next try of a telling stands on its row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the table and the columns; a telling that was tried in vain before is due at once."""
    _webhooks()
    with op.batch_alter_table("tellings") as table:
        table.add_column(sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("webhook_id", sa.String(length=40), nullable=True))
        table.create_foreign_key(op.f("fk_tellings_webhook_id"), "webhooks", ["webhook_id"], ["id"])
    op.create_index(
        "ix_tellings_webhook",
        "tellings",
        ["webhook_id", "id"],
        unique=False,
        sqlite_where=sa.text("webhook_id IS NOT NULL"),
        postgresql_where=sa.text("webhook_id IS NOT NULL"),
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("partner_id", sa.String(length=40), nullable=False),
        sa.Column("hears_of", sa.String(length=40), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=True),
        sa.Column("kinds", DOCUMENT, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_reason", sa.String(length=200), nullable=True),
        sa.Column("secret_number", sa.Integer(), nullable=False),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_webhooks_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index(op.f("ix_webhooks_partner_id"), "webhooks", ["partner_id"], unique=False)
    op.create_index(op.f("ix_webhooks_hears_of"), "webhooks", ["hears_of"], unique=False)
