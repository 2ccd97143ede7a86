"""Partners, their keys, and the customers that they sell to."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.columns import Document, Instant
from storage.tables.registry import metadata

partners = Table(
    "partners",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("parent_id", String(40), ForeignKey("partners.id"), index=True),
    Column("state", String(16), nullable=False),
    Column("name", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("price_list", String(64)),  # null: none of its own
    Column("billing_contact_email", String(254), nullable=False),
    Column("country", String(2), nullable=False),
    Column("tax_id", String(32)),
    Column("tax_rate_bp", Integer, nullable=False),
    Column("tax_note", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", name="tax_rate"),
)

# What a partner's list was, and since when: a change counts only for terms that start 90 days later.
partner_price_lists = Table(
    "partner_price_lists",
    metadata,
    Column("partner_id", String(40), ForeignKey("partners.id"), primary_key=True),
    Column("since", Date, primary_key=True),
    Column("price_list", String(64)),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("partner_id", String(40), ForeignKey("partners.id"), nullable=False, index=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("prefix", String(24), nullable=False),
    Column("name", String(200)),
    Column("scopes", Document, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),  # to the hour
)

customers = Table(
    "customers",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("account_id", String(40), ForeignKey("partners.id"), nullable=False),
    Column("managing_partner_id", String(40), ForeignKey("partners.id")),
    Column("company_name", String(200), nullable=False),
    Column("company_name_folded", String(400), nullable=False),
    Column("contact_name", String(200), nullable=False),
    Column("contact_phone", String(33)),
    Column("contact_extension", String(10)),
    Column("contact_email", String(254), nullable=False),
    Column("address_line1", String(200), nullable=False),
    Column("address_line2", String(200)),
    Column("city", String(100), nullable=False),
    Column("state_province", String(100)),
    Column("postal_code", String(16)),
    Column("country", String(2), nullable=False),
    Column("eca_acceptance_id", String(40)),  # the latest acceptance, the one on file
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("account_id", "company_name_folded"),
    # Lists are sorted by id or by name. Where PostgreSQL has pg_trgm, there is `ix_customers_words`, too.
    Index("ix_customers_account_id", "account_id", "id"),
    Index("ix_customers_managing_partner_id", "managing_partner_id", "id"),
    Index("ix_customers_name", "company_name_folded", "id"),
    Index("ix_customers_name_of_managing_partner", "managing_partner_id", "company_name_folded", "id"),
)

# Who managed a customer since when, for the price lists of its terms.
customer_partners = Table(
    "customer_partners",
    metadata,
    Column("customer_id", String(40), ForeignKey("customers.id"), primary_key=True),
    Column("since", Date, primary_key=True),
    Column("managing_partner_id", String(40), ForeignKey("partners.id")),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("partner_id", String(40), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject_id", String(40), nullable=False, index=True),
    Column("before", Document),
    Column("after", Document),
    Column("request_id", String(64), nullable=False),
    Index("ix_audit_entries_partner_id", "partner_id", "id"),
    Index("ix_audit_entries_actor", "partner_id", "actor", "id"),
    Index("ix_audit_entries_action", "partner_id", "action", "id"),
)
