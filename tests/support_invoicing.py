"""Accounts with posted transactions, as the ledger leaves them, and a look at the documents that they got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.charges import Action, PostedLine, PostedTransaction
from storage.customers import Customer, insert_customer
from storage.database import Database
from storage.ids import new_id
from storage.partners import DISTRIBUTOR, RESELLER, insert_partner
from storage.tables import invoices, subscriptions
from storage.transactions import insert_transaction
from support_parties import partner_row

THEN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class AccountBook:
    """What an account was charged, in minor units, by month."""

    amounts: dict[str, list[int]] = field(default_factory=dict[str, list[int]])


@dataclass(frozen=True, kw_only=True)
class Holding:
    """A subscription of an account's customer, to which transactions can be posted."""

    account_id: str
    reseller_id: str | None
    customer_id: str
    subscription_id: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """A document in the database."""

    account_id: str
    month: str
    number: str
    total: int


async def posted_book(database: Database, books: Sequence[AccountBook]) -> list[str]:
    """Make an account of each book and post its charges; the accounts' ids."""
    found: list[str] = []
    async with database.write() as connection:
        for book in books:
            holding = await new_holding(connection, await new_account(connection))
            found.append(holding.account_id)
            for month, amounts in book.amounts.items():
                at = datetime.fromisoformat(f"{month}-01T09:00:00+00:00")
                for amount in amounts:
                    await insert_transaction(connection, charge(holding, amount=amount, at=at))
    return found


async def new_account(connection: AsyncConnection, *, tax_rate_bp: int = 0, parent_id: str | None = None) -> str:
    """A distributor, or a reseller under one."""
    kind = DISTRIBUTOR if parent_id is None else RESELLER
    partner = partner_row(
        THEN,
        kind=kind,
        parent_id=parent_id,
        name="An account",
        billing_contact_email="bills@account.example",
        tax_rate_bp=tax_rate_bp,
    )
    await insert_partner(connection, partner)
    return partner.id


async def new_holding(connection: AsyncConnection, account_id: str, *, reseller_id: str | None = None) -> Holding:
    """A customer of the account with a subscription."""
    customer = Customer(
        id=new_id("cus"),
        account_id=account_id,
        managing_partner_id=reseller_id,
        company_name=new_id("Company"),
        contact_name="Ann Example",
        contact_phone=None,
        contact_extension=None,
        contact_email="ann@company.example",
        address_line1="1 Example Street",
        address_line2=None,
        city="Berlin",
        state_province=None,
        postal_code="10115",
        country="DE",
        eca_acceptance_id=None,
        version=1,
        created_at=THEN,
        updated_at=THEN,
    )
    await insert_customer(connection, customer)
    holding = Holding(
        account_id=account_id, reseller_id=reseller_id, customer_id=customer.id, subscription_id=new_id("sub")
    )
    await connection.execute(insert(subscriptions).values(**_subscription_columns(holding)))
    return holding


def charge(
    holding: Holding, *, amount: int, at: datetime, quantity: int = 1, lines: int = 1, reference_id: str | None = None
) -> PostedTransaction:
    """Certificates added for a whole term, so many on each line, that cost `amount` on each line."""
    posted = PostedTransaction(
        id=new_id("txn"),
        action=Action.INVENTORY_ADD,
        occurred_at=at,
        posted_at=at,
        customer_id=holding.customer_id,
        account_id=holding.account_id,
        reseller_id=holding.reseller_id,
        subscription_id=holding.subscription_id,
        term_number=1,
        reference_id=reference_id,
        actor="key_1",
        currency="USD",
        lines=(),
    )
    return _with_lines(posted, [_line(posted, amount=amount, quantity=quantity) for _ in range(lines)])


def refund(of: PostedLine, holding: Holding, *, amount: int, quantity: int, at: datetime) -> PostedTransaction:
    """So many certificates of a line given back, for so much in minor units."""
    posted = PostedTransaction(
        id=new_id("txn"),
        action=Action.REFUND,
        occurred_at=at,
        posted_at=at,
        customer_id=holding.customer_id,
        account_id=holding.account_id,
        reseller_id=holding.reseller_id,
        subscription_id=holding.subscription_id,
        term_number=1,
        reference_id=None,
        actor="key_1",
        currency="USD",
        lines=(),
        refunds_transaction_id=of.transaction_id,
    )
    return _with_lines(posted, [_line(posted, amount=-amount, quantity=quantity, refunds_line_id=of.id)])


async def documents(database: Database) -> list[Found]:
    """Every document, by month and account."""
    async with database.read() as connection:
        rows = await connection.execute(select(invoices).order_by(invoices.c.period_start, invoices.c.account_id))
        return [
            Found(account_id=row.account_id, month=f"{row.period_start:%Y-%m}", number=row.number, total=row.total)
            for row in rows
        ]


def _with_lines(posted: PostedTransaction, lines: list[PostedLine]) -> PostedTransaction:
    return PostedTransaction(
        **{name: getattr(posted, name) for name in PostedTransaction.__dataclass_fields__ if name != "lines"},
        lines=tuple(lines),
    )


def _line(posted: PostedTransaction, *, amount: int, quantity: int, refunds_line_id: str | None = None) -> PostedLine:
    start: date = posted.occurred_at.date()
    return PostedLine(
        id=new_id("txl"),
        transaction_id=posted.id,
        subscription_id=posted.subscription_id,
        action=posted.action,
        term_number=1,
        currency=posted.currency,
        posted_at=posted.posted_at,
        product="tls-dv-single",
        clm_tier="essentials",
        quantity=quantity,
        unit_price=abs(amount),
        period_start=start,
        period_end=start + timedelta(days=365),
        remaining_days=365,
        total_days=365,
        amount=amount,
        refunds_line_id=refunds_line_id,
    )


def _subscription_columns(holding: Holding) -> dict[str, object]:
    return {
        "id": holding.subscription_id,
        "customer_id": holding.customer_id,
        "account_id": holding.account_id,
        "purchase_command_id": "cmd_1",
        "state": "active",
        "offering": "dv-automation",
        "renewal_mode": "auto",
        "version": 1,
        "settled_until": THEN,
        "clock_offset_us": 0,
        "body": {},
        "created_at": THEN,
        "updated_at": THEN,
    }
