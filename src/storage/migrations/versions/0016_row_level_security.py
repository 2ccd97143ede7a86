"""The second wall: a role for what callers read, and on every tenant's table a policy of what it is shown.

SQLite has no such thing; there the conditions of the queries are the only wall.
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ROLE = "perennial_caller"
# What is put together here are the names below, so S608 sees nothing that somebody else could say.
# Looked up once a statement, not once a row. Unset it is null, which equals nothing.
CALLER = "(SELECT current_setting('perennial.caller', true))"
OPEN = ("agreement_documents", "catalogues", "price_rows")


def upgrade() -> None:
    """Make the role where that is permitted, the policies in any case."""
    if op.get_bind().dialect.name != "postgresql":
        return
    _make_role()
    for table, shown in {**_partners(), **_customers(), **_subscriptions(), **_money(), **_messages()}.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        # Whoever else is let in, such as a worker that is not the tables' owner, goes on as before.
        op.execute(f"CREATE POLICY all_others ON {table} USING (current_user <> '{ROLE}')")
        op.execute(f"CREATE POLICY callers ON {table} FOR SELECT USING ({CALLER} = '*' OR {shown})")
        _let_read(table)
    for table in OPEN:
        _let_read(table)


def _make_role() -> None:
    """Roles are the server's: another database may have made it, and a plain owner may not make any."""
    op.execute(
        f"DO $$ BEGIN CREATE ROLE {ROLE} NOLOGIN; "
        "EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL; END $$"
    )
    op.execute(
        f"DO $$ BEGIN IF NOT pg_has_role(current_user, '{ROLE}', 'MEMBER') THEN GRANT {ROLE} TO CURRENT_USER; END IF; "
        "EXCEPTION WHEN undefined_object OR insufficient_privilege THEN NULL; END $$"
    )


def _let_read(table: str) -> None:
    op.execute(f"DO $$ BEGIN GRANT SELECT ON {table} TO {ROLE}; EXCEPTION WHEN undefined_object THEN NULL; END $$")


def _partners() -> dict[str, str]:
    """What a partner and the resellers below it have."""
    mine = f"{{0}} = {CALLER} OR (SELECT p.parent_id FROM partners p WHERE p.id = {{0}}) = {CALLER}"  # noqa: S608
    tables = ("partner_price_lists", "api_keys", "users", "webhooks", "audit_entries", "commands")
    shown = {table: mine.format(f"{table}.partner_id") for table in tables}
    return {"partners": f"id = {CALLER} OR parent_id = {CALLER}", **shown}


def _customers() -> dict[str, str]:
    """Customers are shown to their account and to the reseller that manages them now."""
    return {
        "customers": f"account_id = {CALLER} OR managing_partner_id = {CALLER}",
        "customer_partners": _with("customers", "customer_partners.customer_id"),
    }


def _subscriptions() -> dict[str, str]:
    """What belongs to a subscription goes with it."""
    parts = ("events", "eca_requests", "eca_decisions")
    return {
        "subscriptions": _of_customer("subscriptions"),
        **{table: _with("subscriptions", f"{table}.subscription_id") for table in parts},
        "eca_links": _with("eca_requests", "eca_links.request_id"),
    }


def _money() -> dict[str, str]:
    """Documents are shown to the account that is billed alone."""
    return {
        "transactions": _of_customer("transactions"),
        "transaction_lines": _with("transactions", "transaction_lines.transaction_id"),
        "refunds": _of_customer("refunds"),
        "invoices": f"account_id = {CALLER}",
        "invoice_lines": _with("invoices", "invoice_lines.invoice_id"),
    }


def _messages() -> dict[str, str]:
    """A message is shown with its subject, a delivery with its webhook."""
    both = "{0} OR {1}"
    shown = {
        table: both.format(_with("subscriptions", f"{table}.subscription_id"), _with("invoices", f"{table}.invoice_id"))
        for table in ("tellings", "mailbox")
    }
    return {**shown, "tellings": both.format(shown["tellings"], _with("webhooks", "tellings.webhook_id"))}


def _of_customer(table: str) -> str:
    """By the row's own copy of the account, which spares a look, else by who manages its customer now."""
    managing = f"(SELECT c.managing_partner_id FROM customers c WHERE c.id = {table}.customer_id)"  # noqa: S608
    return f"account_id = {CALLER} OR {managing} = {CALLER}"


def _with(table: str, column: str) -> str:
    """Shown when the row that `column` names is: one look by its key, for which that table's own policy holds."""
    return f"(SELECT true FROM {table} whole WHERE whole.id = {column})"  # noqa: S608
