"""Documents keep who issued them, and transactions are found in the order of lists, however many there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPERATOR = "FROM partners WHERE kind = 'operator' ORDER BY id LIMIT 1"


def upgrade() -> None:
    """Add the columns, and give two indexes the id; documents that are there were issued by the operator."""
    for name, length in (("name", 200), ("country", 2), ("tax_id", 32)):
        op.add_column("invoices", sa.Column(f"seller_{name}", sa.String(length=length), nullable=True))
    for name in ("name", "country", "tax_id"):
        op.execute(f"UPDATE invoices SET seller_{name} = (SELECT {name} {OPERATOR})")  # noqa: S608 - names of columns
    for name in ("customer", "account"):
        op.drop_index(f"ix_transactions_{name}_id", table_name="transactions")
        op.create_index(f"ix_transactions_{name}", "transactions", [f"{name}_id", "id"], unique=False)
