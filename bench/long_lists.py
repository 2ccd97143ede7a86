"""A book of a million transactions, copied inside PostgreSQL from one of everything that was made through the door."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.tables import (
    api_keys,
    audit_entries,
    customers,
    events,
    invoices,
    mailbox,
    partners,
    refunds,
    subscriptions,
    tellings,
    transaction_lines,
    transactions,
    webhooks,
)

MANY = 100_200  # of each thing, so that page 10,000 of ten each is there
TRANSACTIONS = 1_000_000
EACH = TRANSACTIONS // MANY + 1  # transactions of one subscription


def nth(prefix: str, expression: str = "n") -> str:
    """SQL of the id that the n-th copy has; it sorts before all ids that are given out."""
    return f"'{prefix}_' || lpad(to_hex({expression}), 32, '0')"


def nth_id(prefix: str, number: int) -> str:
    """The id itself."""
    return f"{prefix}_{number:032x}"


@dataclass(frozen=True, slots=True)
class Templates:
    """The ids of what is copied."""

    account: str
    operator: str
    reseller: str
    customer: str
    subscription: str
    transaction: str
    refund: str
    invoice: str
    webhook: str


async def fill(database: Database, of: Templates) -> None:
    """Copy all of it, and let PostgreSQL look at how much there is now."""
    async with database.write() as connection:
        await _parties(connection, of)
        await _money(connection, of)
        await _messages(connection, of)
    # As PostgreSQL does by itself within minutes; so an index alone can answer, too.
    async with database.write_once() as connection:
        await connection.execute(text("VACUUM (ANALYZE)"))


async def _parties(connection: AsyncConnection, of: Templates) -> None:
    await _copies(connection, partners, of.reseller, id=nth("ptn"), name="'Reseller ' || n")
    await _copies(
        connection,
        api_keys,
        f"(SELECT min(id) FROM api_keys WHERE partner_id = '{of.account}')",  # noqa: S608 - only our own names and ids.
        id=nth("key"),
        hash="md5(n::text)",
    )
    # Every tenth customer has a reseller, one of a hundred.
    manager = f"CASE WHEN n % 10 = 0 THEN {nth('ptn', 'n / 10 % 100 + 1')} END"
    await _copies(
        connection,
        customers,
        of.customer,
        id=nth("cus"),
        managing_partner_id=manager,
        company_name="'Company ' || n",
        company_name_folded="'company ' || n",
    )
    await _copies(connection, audit_entries, "(SELECT min(id) FROM audit_entries)", id=nth("aud"))


async def _money(connection: AsyncConnection, of: Templates) -> None:
    body = f"jsonb_set(t.body, '{{id}}', to_jsonb({nth('sub')}))"
    await _copies(connection, subscriptions, of.subscription, id=nth("sub"), customer_id=nth("cus"), body=body)
    await _copies(connection, refunds, of.refund, id=nth("rfd"), customer_id=nth("cus"))
    on = f"(n - 1) / {EACH} + 1"
    refund = f"(n - 1) % {EACH} = {EACH - 1}"
    await _copies(
        connection,
        transactions,
        of.transaction,
        count=TRANSACTIONS,
        id=nth("txn"),
        subscription_id=nth("sub", on),
        customer_id=nth("cus", on),
        action=f"CASE WHEN {refund} THEN 'refund' ELSE 'renewal' END",
        refund_id=f"CASE WHEN {refund} THEN {nth('rfd', on)} END",
        term_number=f"(n - 1) % {EACH} + 1",
    )
    line = f"(SELECT min(id) FROM transaction_lines WHERE transaction_id = '{of.transaction}')"  # noqa: S608 - only our own names and ids.
    await _copies(connection, transaction_lines, line, count=TRANSACTIONS, id=nth("txl"), transaction_id=nth("txn"))
    await _copies(
        connection,
        invoices,
        of.invoice,
        id=nth("inv"),
        account_id=nth("ptn"),
        number="'INV-1999-' || n",
        year="1999",
        sequence="n",
    )


async def _messages(connection: AsyncConnection, of: Templates) -> None:
    first = f"(SELECT min(id) FROM events WHERE subscription_id = '{of.subscription}')"  # noqa: S608 - only our own names and ids.
    # One subscription has as many as there are subscriptions, so that its timeline is long too; each other one has ten.
    long, others = f"n <= {MANY}", f"(n - {MANY} - 1)"
    await _copies(
        connection,
        events,
        first,
        count=MANY + TRANSACTIONS,
        id=nth("evt"),
        subscription_id=f"CASE WHEN {long} THEN {nth('sub', '1')} ELSE {nth('sub', f'{others} / {EACH} + 2')} END",
        version=f"CASE WHEN {long} THEN n ELSE {others} % {EACH} + 1 END",
        at="t.at + n * interval '1 second'",
        position="n + 1000000",
    )
    telling = f"(SELECT min(id) FROM tellings WHERE webhook_id = '{of.webhook}')"  # noqa: S608 - only our own names and ids.
    await _copies(
        connection,
        tellings,
        telling,
        id=nth("tel"),
        subscription_id=nth("sub"),
        webhook_id=f"'{of.webhook}'",
        status="'sent'",
    )
    mail = "(SELECT min(id) FROM tellings WHERE webhook_id IS NULL AND subscription_id IS NOT NULL)"
    await _copies(connection, tellings, mail, id=nth("tem"), subscription_id=nth("sub"), status="'sent'")
    await _copies(connection, webhooks, of.webhook, id=nth("whk"), state="'disabled'")
    await _copies(connection, mailbox, "(SELECT min(id) FROM mailbox)", id=nth("mal"), subscription_id=nth("sub"))


async def _copies(
    connection: AsyncConnection, table: Table, template: str, *, count: int = MANY, **columns: str
) -> None:
    """Insert copies of a row, numbered n, with these columns computed; `template` is an id, or SQL of one."""
    names = [column.name for column in table.columns]
    chosen = ", ".join(columns.get(name, f't."{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    of = template if template.startswith("(") else f"'{template}'"
    await connection.execute(
        text(
            f"INSERT INTO {table.name} ({quoted}) SELECT {chosen} FROM {table.name} t, generate_series(1, {count}) n"  # noqa: S608 - only our own names and ids.
            f" WHERE t.id = {of}"
        )
    )
