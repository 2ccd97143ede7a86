"""Documents at the counter: what the next one holds, runs that are asked for, and payments that came in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.invoices import taxation_of
from activities.invoicing_orders import InvoicingOrder
from activities.posting import posted
from activities.preview import without_ids
from intake.changing import Setting, record_change
from intake.clock import Clock
from intake.denials import EngineUnreachable, NotFound
from intake.engine import Engine, EngineLost
from intake.sight import visible_invoices
from lifecycle.charges import Charge, PostedTransaction
from lifecycle.forecast import forecast
from lifecycle.invoices import Billable, Document, DocumentKind, InvoiceStatus, document_of
from lifecycle.months import Month
from lifecycle.portrait import instant
from lifecycle.refusals import Conflict
from lifecycle.terms import midnight
from storage.billing import find_party_names, list_billables, list_document_months, on_next_document
from storage.customers import Party
from storage.ids import new_id
from storage.invoices import InvoiceRow, PartyNames, find_document, last_document, mark_paid
from storage.partners import Partner
from storage.price_lists import customer_price_books
from storage.subscription_lists import list_acting_before
from storage.subscriptions import SubscriptionRow
from storage.tables import invoices

BILLED_AFTER = timedelta(hours=2)  # after the month's end: the run is on the first at 02:00Z
MOMENT = timedelta(microseconds=1)
FORESEEN = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """What the next document would hold, and when it is made."""

    document: Document
    names: PartyNames
    bill_at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceRuns:
    """Runs of the sandbox: a month's documents are made when that is asked for, by the transactions' own dates."""

    engine: Engine

    async def run(self, month: Month) -> None:
        """Make the documents of a month that are missing, as if on the first of the month after; return when done.

        Raises:
            EngineUnreachable: the engine does not answer; asking again goes on.
        """
        order = InvoicingOrder(month=str(month), at=bill_instant(month))
        try:
            await self.engine.run_invoicing(order, request_id=new_id("run"))
        except EngineLost as error:
            raise EngineUnreachable from error


def bill_instant(month: Month) -> datetime:
    """Return when the documents of a month are made."""
    return midnight(month.end) + BILLED_AFTER


async def upcoming(connection: AsyncConnection, account: Partner, clock: Clock) -> Upcoming:
    """Return what the account's next document holds: what is posted and on none, and what will be charged before it."""
    done = await list_document_months(connection, account.id)
    month = _billed_next(clock.now(), done)
    billables = list(await list_billables(connection, on_next_document(account.id, month)))
    foreseen = await _foreseen(connection, account, month, clock, done)
    billables += [Billable(transaction=found) for found in foreseen]
    before = await last_document(connection, account.id)
    document = document_of(
        billables,
        account_id=account.id,
        currency=account.currency,
        taxation=taxation_of(account),
        month=month,
        previous_total=0 if before is None else before.total,
        today=month.end,
    )
    names = await find_party_names(connection, account.id)
    return Upcoming(document=document, names=names, bill_at=bill_instant(month))


async def mark_invoice_paid(connection: AsyncConnection, setting: Setting, invoice_id: str) -> InvoiceRow:
    """Note that a document is paid, with an audit entry; return it as it is then.

    Raises:
        NotFound: there is none that the caller sees.
        Conflict: `invoice_already_paid`, `nothing_to_pay`.
    """
    before = await payable(connection, visible_invoices(setting.caller), invoice_id, lock=True)
    await mark_paid(connection, invoice_id, at=setting.at)
    after = as_paid(before, at=setting.at)
    await record_change(
        connection, setting, "invoice.paid", subject_id=invoice_id, before=_audited(before), after=_audited(after)
    )
    return after


async def payable(
    connection: AsyncConnection, visible: ColumnElement[bool], invoice_id: str, *, lock: bool = False
) -> InvoiceRow:
    """Return a document that can be marked as paid.

    Raises:
        NotFound: there is none that is visible.
        Conflict: `invoice_already_paid`, `nothing_to_pay`.
    """
    found = await find_document(connection, and_(visible, invoices.c.id == invoice_id), lock=lock)
    if found is None:
        raise NotFound
    if found.status == InvoiceStatus.PAID.value:
        raise Conflict("invoice_already_paid", "The invoice was marked as paid before.", status=found.status)
    if found.kind == DocumentKind.CREDIT_NOTE.value:
        message = "A credit note asks for no money; its credit is carried to the next invoice."
        raise Conflict("nothing_to_pay", message, status=found.status)
    return found


def as_paid(invoice: InvoiceRow, *, at: datetime) -> InvoiceRow:
    """Return the document as it is when it is paid."""
    return replace(invoice, status=InvoiceStatus.PAID.value, paid_at=at)


def _billed_next(now: datetime, done: Collection[Month]) -> Month:
    """The month of the next document: in the sandbox that of the present month may be there already."""
    month = Month.of((now - BILLED_AFTER).date())
    while month in done:
        month = month.following()
    return month


async def _foreseen(
    connection: AsyncConnection, account: Partner, month: Month, clock: Clock, done: Collection[Month]
) -> list[PostedTransaction]:
    """What will be charged by itself before the month's end, each subscription by its own clock."""
    acting = await list_acting_before(connection, account.id, midnight(month.end))
    prices = await customer_price_books(connection, account, {row.subscription.customer_id for row in acting})
    found: list[PostedTransaction] = []
    for row in acting:
        book = prices[row.subscription.customer_id]
        until = midnight(_billed_next(clock.of(row), done).end) - MOMENT
        ahead = forecast(row.subscription, book, settled_until=row.settled_until, until=until)
        found.extend(_unposted(item.charge, row) for item in ahead if item.charge is not None)
    return found


def _unposted(charge: Charge, row: SubscriptionRow) -> PostedTransaction:
    party = Party(
        customer_id=row.subscription.customer_id,
        account_id=row.account_id,
        reseller_id=row.reseller_id,
        acceptance_id=None,
        seller_addresses=frozenset(),
    )
    transaction = posted(
        charge, subscription=row.subscription, party=party, actor=FORESEEN, posted_at=charge.occurred_at
    )
    return without_ids(transaction)


def _audited(invoice: InvoiceRow) -> dict[str, object]:
    return {"status": invoice.status, "paid_at": instant(invoice.paid_at)}
