"""Events get an id of their own, and a place in the feed of all events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from uuid_utils import uuid7

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

AT_ONCE = 1_000


def upgrade() -> None:
    """Add the columns; what happened before gets ids and places in the order in which it was recorded."""
    with op.batch_alter_table("events") as table:
        table.add_column(sa.Column("id", sa.String(length=40), nullable=True))
        table.add_column(sa.Column("position", sa.BigInteger(), nullable=True))
    _number()
    with op.batch_alter_table("events") as table:
        table.alter_column("id", existing_type=sa.String(length=40), nullable=False)
        table.create_unique_constraint(op.f("uq_events_id"), ["id"])
        table.create_unique_constraint(op.f("uq_events_position"), ["position"])


def _number() -> None:
    connection = op.get_bind()
    # A sandbox's clocks differ from each other, so a subscription's later versions are kept behind its earlier ones.
    order = (
        "SELECT subscription_id, version,"
        " max(recorded_at) OVER (PARTITION BY subscription_id ORDER BY version) AS latest"
        " FROM events ORDER BY latest, subscription_id, version"
    )
    places = [
        {"id": f"evt_{uuid7().hex}", "position": position, "subscription_id": row[0], "version": row[1]}
        for position, row in enumerate(connection.execute(sa.text(order)), start=1)
    ]
    change = sa.text(
        "UPDATE events SET id = :id, position = :position"
        " WHERE subscription_id = :subscription_id AND version = :version"
    )
    for start in range(0, len(places), AT_ONCE):
        connection.execute(change, places[start : start + AT_ONCE])
