"""Every table, with the constraints that make each effect happen once."""

from __future__ import annotations

from storage.tables.acceptances import eca_decisions, eca_links, eca_requests
from storage.tables.allowances import allowances
from storage.tables.bulk import bulk_jobs, bulk_rows
from storage.tables.catalogue import agreement_documents, catalogues, price_rows
from storage.tables.installations import installation
from storage.tables.invoices import invoice_counters, invoice_lines, invoice_runs, invoices
from storage.tables.messages import mailbox, receivers, tellings
from storage.tables.money import refunds, transaction_lines, transactions
from storage.tables.parties import api_keys, audit_entries, customer_partners, customers, partner_price_lists, partners
from storage.tables.registry import metadata
from storage.tables.sign_ins import drafts, failed_sign_ins, sessions
from storage.tables.subscriptions import commands, events, subscriptions, usage
from storage.tables.users import users
from storage.tables.webhooks import webhooks

__all__ = [
    "agreement_documents",
    "allowances",
    "api_keys",
    "audit_entries",
    "bulk_jobs",
    "bulk_rows",
    "catalogues",
    "commands",
    "customer_partners",
    "customers",
    "drafts",
    "eca_decisions",
    "eca_links",
    "eca_requests",
    "events",
    "failed_sign_ins",
    "installation",
    "invoice_counters",
    "invoice_lines",
    "invoice_runs",
    "invoices",
    "mailbox",
    "metadata",
    "partner_price_lists",
    "partners",
    "price_rows",
    "receivers",
    "refunds",
    "sessions",
    "subscriptions",
    "tellings",
    "transaction_lines",
    "transactions",
    "usage",
    "users",
    "webhooks",
]
