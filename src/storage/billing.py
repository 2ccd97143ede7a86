"""What is still to be invoiced: which accounts and months, and the transactions that a document takes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.invoices import Billable
from lifecycle.months import Month
from lifecycle.terms import midnight
from storage.given_back import list_given_back
from storage.invoices import PartyNames
from storage.partners import Partner, partner_of
from storage.tables import customers, invoice_runs, invoices, partners, subscriptions, transactions
from storage.transactions import list_posted


async def lock_account(connection: AsyncConnection, account_id: str) -> Partner:
    """Return an account, and keep others from invoicing it until the transaction ends.

    Transactions may be posted meanwhile: their reference to the account asks for a weaker lock than this one keeps out.

    Raises:
        NoResultFound: there is no such account.
    """
    query = select(partners).where(partners.c.id == account_id).with_for_update(key_share=True)
    return partner_of((await connection.execute(query)).mappings().one())


async def stamp_uninvoiced(connection: AsyncConnection, account_id: str, month: Month, *, invoice_id: str) -> bool:
    """Give everything of the account that is on no document and lies before the month's end to one; return if any was.

    One statement chooses and stamps, so that what is posted meanwhile is left whole for the next document.
    """
    change = update(transactions).where(transactions.c.account_id == account_id, _due(month))
    return bool((await connection.execute(change.values(invoice_id=invoice_id))).rowcount)


def on_document(invoice_id: str) -> ColumnElement[bool]:
    """Return the condition for the transactions that were stamped for a document."""
    return transactions.c.invoice_id == invoice_id


def on_next_document(account_id: str, month: Month) -> ColumnElement[bool]:
    """Return the condition for what the account's document of a month would take if it were made now.

    A sandbox subscription with a clock of its own may be months ahead, and is looked at by its own dates.
    """
    on_own_clock = select(subscriptions.c.id).where(
        subscriptions.c.account_id == account_id, subscriptions.c.clock_offset_us != 0
    )
    is_due = or_(transactions.c.occurred_at < midnight(month.end), transactions.c.subscription_id.in_(on_own_clock))
    return and_(transactions.c.account_id == account_id, transactions.c.invoice_id.is_(None), is_due)


async def list_billables(connection: AsyncConnection, which: ColumnElement[bool]) -> tuple[Billable, ...]:
    """Return transactions that meet a condition on `transactions`, with what refunds among them give back."""
    posted = await list_posted(connection, which)
    given_back = await list_given_back(connection, which, documents=true())
    return tuple(
        Billable(
            transaction=transaction,
            given_back={line.id: given_back[line.id] for line in transaction.lines if line.refunds_line_id},
        )
        for transaction in posted
    )


async def find_party_names(connection: AsyncConnection, account_id: str) -> PartyNames:
    """Return what the account's customers and resellers are called."""
    companies = await connection.execute(
        select(customers.c.id, customers.c.company_name).where(customers.c.account_id == account_id)
    )
    resellers = await connection.execute(
        select(partners.c.id, partners.c.name).where(partners.c.parent_id == account_id)
    )
    return PartyNames(
        customers={row.id: row.company_name for row in companies}, resellers={row.id: row.name for row in resellers}
    )


async def list_document_months(connection: AsyncConnection, account_id: str) -> frozenset[Month]:
    """Return the months of which an account has its document."""
    starts = await connection.scalars(select(invoices.c.period_start).where(invoices.c.account_id == account_id))
    return frozenset(Month(start) for start in starts)


async def list_due_accounts(connection: AsyncConnection, month: Month, *, after: str, limit: int) -> tuple[str, ...]:
    """Return accounts that miss their document of a month, by id, those that sort after `after`."""
    query = _due_accounts(month).where(transactions.c.account_id > after)
    found = await connection.execute(query.order_by(transactions.c.account_id).limit(limit))
    return tuple(row.account_id for row in found)


async def count_due_accounts(connection: AsyncConnection, month: Month) -> int:
    """Return how many accounts miss their document of a month."""
    return await connection.scalar(select(func.count()).select_from(_due_accounts(month).subquery())) or 0


async def first_due_month(connection: AsyncConnection) -> Month | None:
    """Return the first month whose run has not come to its end, None when there never was anything to invoice.

    Before the first run that is the month of the earliest transaction.
    """
    last = await connection.scalar(select(func.max(invoice_runs.c.month)))
    if last is not None:
        return Month(last).following()
    earliest = await connection.scalar(
        select(func.min(transactions.c.occurred_at)).where(transactions.c.invoice_id.is_(None))
    )
    return None if earliest is None else Month.of(earliest.date())


async def is_finished(connection: AsyncConnection, month: Month) -> bool:
    """Return whether a month's run came to its end."""
    query = select(invoice_runs.c.month).where(invoice_runs.c.month == month.start)
    return await connection.scalar(query) is not None


async def finish_month(connection: AsyncConnection, month: Month, *, at: datetime) -> None:
    """Note that a month's run came to its end; what is posted for it later goes on a later document."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    done = dialect.insert(invoice_runs).values(month=month.start, finished_at=at)
    await connection.execute(done.on_conflict_do_nothing())


def _due(month: Month) -> ColumnElement[bool]:
    return and_(transactions.c.invoice_id.is_(None), transactions.c.occurred_at < midnight(month.end))


def _due_accounts(month: Month) -> Select[tuple[str]]:
    has_one = exists().where(invoices.c.account_id == transactions.c.account_id, invoices.c.period_start == month.start)
    return select(transactions.c.account_id).where(_due(month), not_(has_one)).distinct()
