"""Requests for the agreement, their links and decisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    _eca_requests()
    _eca_links()
    _eca_decisions()


def _eca_requests() -> None:
    op.create_table(
        "eca_requests",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("acceptor_email", sa.String(length=254), nullable=False),
        sa.Column("document_id", sa.String(length=40), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_eca_requests_customer_id")),
        sa.ForeignKeyConstraint(["document_id"], ["agreement_documents.id"], name=op.f("fk_eca_requests_document_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_eca_requests_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eca_requests")),
    )
    op.create_index(op.f("ix_eca_requests_subscription_id"), "eca_requests", ["subscription_id"], unique=False)


def _eca_links() -> None:
    op.create_table(
        "eca_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("link_number", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["eca_requests.id"], name=op.f("fk_eca_links_request_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_eca_links")),
        sa.UniqueConstraint("request_id", "link_number", name=op.f("uq_eca_links_request_id_link_number")),
    )


def _eca_decisions() -> None:
    op.create_table(
        "eca_decisions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.Column("subscription_id", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("acceptor_email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("job_title", sa.String(length=200), nullable=True),
        sa.Column("may_bind", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ip", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=500), nullable=False),
        sa.Column("document_id", sa.String(length=40), nullable=False),
        sa.Column("document_version", sa.String(length=16), nullable=False),
        sa.Column("document_language", sa.String(length=8), nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=False),
        sa.Column("message_ids", DOCUMENT, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_eca_decisions_customer_id")),
        sa.ForeignKeyConstraint(["request_id"], ["eca_requests.id"], name=op.f("fk_eca_decisions_request_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_eca_decisions_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eca_decisions")),
        sa.UniqueConstraint("request_id", name=op.f("uq_eca_decisions_request_id")),
    )
    op.create_index(op.f("ix_eca_decisions_customer_id"), "eca_decisions", ["customer_id"], unique=False)
