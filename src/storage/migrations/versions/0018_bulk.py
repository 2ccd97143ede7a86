"""Bulk jobs and their rows, behind the second wall as what a partner and the resellers below it have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ROLE = "perennial_caller"
CALLER = "(SELECT current_setting('perennial.caller', true))"
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make both tables, and the policies of what a caller is shown of them."""
    _jobs()
    _rows()
    if op.get_bind().dialect.name == "postgresql":
        _wall()


def _jobs() -> None:
    op.create_table(
        "bulk_jobs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("partner_id", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_bulk_jobs_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_jobs")),
    )
    op.create_index("ix_bulk_jobs_partner", "bulk_jobs", ["partner_id", "id"], unique=False)
    unfinished = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_bulk_jobs_open", "bulk_jobs", ["id"], unique=False, sqlite_where=unfinished, postgresql_where=unfinished
    )


def _rows() -> None:
    op.create_table(
        "bulk_rows",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("command_id", sa.String(length=80), nullable=True),
        sa.Column("transaction_id", sa.String(length=40), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("warnings", DOCUMENT, nullable=True),
        sa.Column("problem", DOCUMENT, nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["bulk_jobs.id"], name=op.f("fk_bulk_rows_job_id")),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_bulk_rows")),
    )
    op.create_index("ix_bulk_rows_status", "bulk_rows", ["job_id", "status", "position"], unique=False)


def _wall() -> None:
    """As 0016 says; a row is shown when its job is."""
    parent = "(SELECT p.parent_id FROM partners p WHERE p.id = bulk_jobs.partner_id)"
    job = "(SELECT true FROM bulk_jobs whole WHERE whole.id = bulk_rows.job_id)"
    shown = {"bulk_jobs": f"bulk_jobs.partner_id = {CALLER} OR {parent} = {CALLER}", "bulk_rows": job}
    for table, condition in shown.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY all_others ON {table} USING (current_user <> '{ROLE}')")
        op.execute(f"CREATE POLICY callers ON {table} FOR SELECT USING ({CALLER} = '*' OR {condition})")
        grant = f"GRANT SELECT ON {table} TO {ROLE}"
        op.execute(f"DO $$ BEGIN {grant}; EXCEPTION WHEN undefined_object THEN NULL; END $$")
