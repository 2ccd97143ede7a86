"""Every table, with the constraints that make each effect happen once."""

from __future__ import annotations

from storage.tables.acceptances import eca_decisions, eca_links, eca_requests
from storage.tables.catalogue import agreement_documents, catalogues, price_rows
from storage.tables.installations import installation
from storage.tables.invoices import invoice_counters, invoice_lines, invoice_runs, invoices
from storage.tables.messages import mailbox, receivers, tellings
from storage.tables.money import refunds, transaction_lines, transactions
from storage.tables.parties import api_keys, audit_entries, customer_partners, customers, partner_price_lists, partners
from storage.tables.registry import metadata
from storage.tables.subscriptions import commands, events, subscriptions
from storage.tables.webhooks import webhooks

__all__ = [
    "agreement_documents",
    "api_keys",
    "audit_entries",
    "catalogues",
    "commands",
    "customer_partners",
    "customers",
    "eca_decisions",
    "eca_links",
    "eca_requests",
    "events",
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
    "subscriptions",
    "tellings",
    "transaction_lines",
    "transactions",
    "webhooks",
]
