"""Customers are listed by their names from an index, for a reseller and for the operator too.

A distributor has the one that keeps its customers' names apart.
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_customers_name", "customers", ["company_name_folded", "id"])
    op.create_index(
        "ix_customers_name_of_managing_partner", "customers", ["managing_partner_id", "company_name_folded", "id"]
    )
