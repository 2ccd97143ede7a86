"""What changes left in the database, counted by whose it is, past the doors."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import Select, Table, case, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from storage.tables import (
    api_keys,
    audit_entries,
    bulk_jobs,
    bulk_rows,
    commands,
    customer_partners,
    customers,
    eca_links,
    eca_requests,
    events,
    mailbox,
    metadata,
    partners,
    refunds,
    subscriptions,
    tellings,
    transaction_lines,
    transactions,
    usage,
    users,
    webhooks,
)
from support_product import Running
from support_tenants import rows_of
from support_waiting import eventually

Tally = dict[str, Counter[str]]
"""How many rows each partner has, by table and what tells its rows apart."""

UNCOUNTED = frozenset({"receivers", "installation"})
"""Tables of how the product itself goes, in which nothing is an effect of a change."""
_ALIKE = literal("")


def _of_subscription(table: Table, kind: ColumnElement[Any]) -> Select[Any, Any]:
    return select(subscriptions.c.account_id, kind).join_from(
        table, subscriptions, subscriptions.c.id == table.c.subscription_id
    )


def _told() -> ColumnElement[Any]:
    whom = case((tellings.c.webhook_id.is_(None), tellings.c.role), else_="webhook")
    return tellings.c.kind + " to " + whom


def _queries() -> dict[Table, Select[Any, Any]]:
    """Of every table that a change adds to: whose each row is, and what tells the table's rows apart."""
    return {
        api_keys: select(api_keys.c.partner_id, _ALIKE),
        bulk_jobs: select(bulk_jobs.c.partner_id, _ALIKE),
        bulk_rows: select(bulk_jobs.c.partner_id, _ALIKE).join_from(bulk_rows, bulk_jobs),
        audit_entries: select(audit_entries.c.partner_id, audit_entries.c.action),
        commands: select(commands.c.partner_id, commands.c.kind),
        customer_partners: select(customers.c.account_id, _ALIKE).join_from(customer_partners, customers),
        customers: select(customers.c.account_id, _ALIKE),
        eca_links: _of_subscription(eca_requests, _ALIKE).join(eca_links, eca_links.c.request_id == eca_requests.c.id),
        eca_requests: _of_subscription(eca_requests, _ALIKE),
        events: _of_subscription(events, events.c.kind),
        mailbox: _of_subscription(mailbox, mailbox.c.kind),
        partners: select(partners.c.parent_id, _ALIKE),
        refunds: select(refunds.c.account_id, _ALIKE),
        subscriptions: select(subscriptions.c.account_id, _ALIKE),
        tellings: _of_subscription(tellings, _told()),
        transaction_lines: select(transactions.c.account_id, transactions.c.action).join_from(
            transaction_lines, transactions, transactions.c.id == transaction_lines.c.transaction_id
        ),
        transactions: select(transactions.c.account_id, transactions.c.action),
        usage: _of_subscription(usage, _ALIKE),
        users: select(users.c.partner_id, _ALIKE),
        webhooks: select(webhooks.c.partner_id, _ALIKE),
    }


def tally(running: Running) -> Tally:
    """Count the rows of every partner."""
    found: Tally = {}
    for table, query in _queries().items():
        for row in rows_of(running, query):
            owner, kind = tuple(row)
            found.setdefault(owner, Counter())[f"{table.name} {kind}".strip()] += 1
    return found


def totals(running: Running) -> Counter[str]:
    """How many rows each table has, whosever they are."""
    tables = [table for name, table in metadata.tables.items() if name not in UNCOUNTED]
    return Counter({table.name: _count(running, select(func.count()).select_from(table)) for table in tables})


def more(before: Counter[str], after: Counter[str]) -> Counter[str]:
    """What there is more of than before, and less of as well."""
    found = Counter(after)
    found.subtract(before)
    return Counter({name: count for name, count in found.items() if count})


def grown(before: Tally, after: Tally) -> Tally:
    """Who has other rows than before, and how many more of which."""
    nobody = Counter[str]()
    found = {owner: more(before.get(owner, nobody), after.get(owner, nobody)) for owner in before.keys() | after.keys()}
    return {owner: rows for owner, rows in found.items() if rows}


def settled(running: Running) -> None:
    """Wait until every row of a file has its result, and everybody has been told of everything."""
    unfinished = select(func.count()).select_from(bulk_jobs).where(bulk_jobs.c.finished_at.is_(None))
    eventually(lambda: _count(running, unfinished) == 0, within=300)
    owed = select(func.count()).select_from(tellings).where(tellings.c.status == "pending")
    eventually(lambda: _count(running, owed) == 0, within=300)


def _count(running: Running, query: Select[Any]) -> int:
    (row,) = rows_of(running, query)
    return int(row[0])
