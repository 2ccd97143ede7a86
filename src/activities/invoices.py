"""Invoicing: an account's transactions of a month become one document, once, however often that is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.invoice_mails import telling_of_document
from activities.invoicing_orders import (
    FINISH_MONTH,
    LIST_ACCOUNTS,
    LIST_MONTHS,
    POST_INVOICE,
    AccountsOrder,
    DueAccounts,
    DueMonths,
    MonthDone,
    MonthsOrder,
    Posted,
    PostOrder,
)
from activities.ledger import Wake
from lifecycle.invoices import Taxation, document_of
from lifecycle.months import Month, months_between
from storage.billing import (
    count_due_accounts,
    find_party_names,
    finish_month,
    first_due_month,
    is_finished,
    list_billables,
    list_due_accounts,
    lock_account,
    on_document,
    stamp_uninvoiced,
)
from storage.database import Database
from storage.ids import new_id
from storage.invoices import InvoiceRow, find_document, insert_document, last_document, next_sequence
from storage.partners import OPERATOR, Partner, find_first_of_kind
from storage.tables import invoices
from storage.tellings import insert_tellings, list_pending_receivers


@dataclass(frozen=True, slots=True)
class _Result:
    posted: Posted
    wake: tuple[str, ...] = ()


class Invoicing:
    """Makes documents. Every call may be repeated: a document that is there is returned as it is."""

    def __init__(self, database: Database, *, wake: Wake) -> None:
        """Take the database, and what wakes the deliveries after the commit."""
        self._database = database
        self._wake = wake

    @activity.defn(name=LIST_MONTHS)
    async def list_months(self, order: MonthsOrder) -> DueMonths:
        """Return the months that are not done."""
        until = Month.parse(order.until)
        async with self._database.read() as connection:
            first = await first_due_month(connection)
        return DueMonths(months=[str(month) for month in months_between(first or until, until)])

    @activity.defn(name=LIST_ACCOUNTS)
    async def list_accounts(self, order: AccountsOrder) -> DueAccounts:
        """Return the next accounts that miss their document."""
        month = Month.parse(order.month)
        async with self._database.read() as connection:
            if not order.again and await is_finished(connection, month):
                return DueAccounts()
            found = await list_due_accounts(connection, month, after=order.after, limit=order.limit)
            total = await count_due_accounts(connection, month) if order.counts else 0
        return DueAccounts(account_ids=list(found), total=total)

    @activity.defn(name=POST_INVOICE)
    async def post_invoice(self, order: PostOrder) -> Posted:
        """Make the document, with its number, its lines, its stamps and the mail that it owes, in one transaction."""

        async def work(connection: AsyncConnection) -> _Result:
            return await _post(connection, order)

        result = await self._database.in_transaction(work)
        if result.wake:
            await self._wake(result.wake)
        return result.posted

    @activity.defn(name=FINISH_MONTH)
    async def finish_month(self, order: MonthDone) -> None:
        """Note that a month is done."""

        async def work(connection: AsyncConnection) -> None:
            await finish_month(connection, Month.parse(order.month), at=order.at)

        await self._database.in_transaction(work)


async def _post(connection: AsyncConnection, order: PostOrder) -> _Result:
    month = Month.parse(order.month)
    account = await lock_account(connection, order.account_id)
    mine = and_(invoices.c.account_id == account.id, invoices.c.period_start == month.start)
    earlier = await find_document(connection, mine)
    if earlier is not None:
        # The commit may have been the last thing that a process did, so the delivery is woken again.
        return _Result(Posted(number=earlier.number), await list_pending_receivers(connection, earlier.id))
    if not order.again and await is_finished(connection, month):
        return _Result(Posted())  # a run that was cut off, taken up again after another one did the month
    invoice_id = new_id("inv")
    if not await stamp_uninvoiced(connection, account.id, month, invoice_id=invoice_id):
        return _Result(Posted())
    invoice = await _insert(connection, account, month, invoice_id, order)
    telling = telling_of_document(invoice, command_id=f"invoicing/{month}", at=order.at)
    return _Result(Posted(number=invoice.number), await insert_tellings(connection, [telling]))


async def _insert(
    connection: AsyncConnection, account: Partner, month: Month, invoice_id: str, order: PostOrder
) -> InvoiceRow:
    stamped = on_document(invoice_id)
    before = await last_document(connection, account.id)
    document = document_of(
        await list_billables(connection, stamped),
        account_id=account.id,
        currency=account.currency,
        taxation=taxation_of(account),
        month=month,
        previous_total=0 if before is None else before.total,
        today=order.at.date(),
    )
    names = await find_party_names(connection, account.id)
    seller = await find_first_of_kind(connection, OPERATOR)
    # The counter comes last of all locks but the delivery's: every other account of the year waits for it.
    return await insert_document(
        connection,
        document,
        invoice_id=invoice_id,
        chain=1 if before is None else before.chain + 1,
        sequence=await next_sequence(connection, document.kind, month.year),
        account=account,
        seller=seller,
        names=names,
        created_at=order.at,
    )


def taxation_of(account: Partner) -> Taxation:
    """Return an account's tax: its rate, or the note that says why there is none."""
    return Taxation(rate_bp=account.tax_rate_bp, note=None if account.tax_rate_bp else account.tax_note)
