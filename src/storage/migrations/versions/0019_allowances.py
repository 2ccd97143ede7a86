"""How often each key may still ask, for all processes together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "allowances",
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lent", sa.Integer(), nullable=False),
        sa.Column("lent_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level >= 0 AND lent >= 0", name=op.f("ck_allowances_not_negative")),
        sa.PrimaryKeyConstraint("actor", name=op.f("pk_allowances")),
    )
