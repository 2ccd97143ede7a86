"""Two years of transactions are invoiced while the worker is killed: every cent on one document, no number lost."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import Client, WorkflowHandle

from activities.invoicing_orders import InvoicingDone, InvoicingOrder
from counts import ran_on
from intake.invoices import bill_instant
from lifecycle.charges import PostedLine, PostedTransaction
from lifecycle.months import Month, months_between
from lifecycle.refunds import refund_due
from oracle.documents import Posted, documents_owed, holes_in
from perennial.engine_client import DATA_CONVERTER
from repetitions import Repetitions
from storage.database import Database
from storage.invoice_faults import list_invoice_faults
from storage.transactions import insert_transaction, mark_refunded
from support_faults import look
from support_invoicing import Holding, charge, new_account, new_holding, refund
from support_postgres import PostgresServer
from support_product import Running, start_running
from workflows import names
from workflows.invoicing import InvoicingWorkflow

pytestmark = pytest.mark.xdist_group("invoicing killed")
ACCOUNTS = 60
MONTHS = months_between(Month.parse("2027-01"), Month.parse("2028-12"))
RATES = (0, 0, 700, 1_900, 2_100)
SERVE, WORKER = ("serve",), ("worker",)


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A product of its own on each database, whose worker is a process of its own."""
    ran_on(request, request.param)
    ran_on(request, "the engine")
    data = tmp_path_factory.mktemp("invoicing")
    address = f"sqlite:///{data}/perennial.db"
    if request.param == "PostgreSQL":
        server: PostgresServer = request.getfixturevalue("postgres")
        address = server.create_database("invoicing")
    found = start_running(data, address, SERVE, WORKER)
    yield found
    found.end()


@dataclass
class Trade:
    """What accounts buy and give back at random, month by month; and what of it the reckoning must know."""

    chance: random.Random
    rates: dict[str, int] = field(default_factory=dict[str, int])
    holdings: list[Holding] = field(default_factory=list[Holding])
    refundable: list[tuple[Holding, PostedLine, int, int]] = field(
        default_factory=list[tuple[Holding, PostedLine, int, int]]
    )
    posted: list[Posted] = field(default_factory=list[Posted])

    async def open_accounts(self, connection: AsyncConnection) -> None:
        for _ in range(ACCOUNTS):
            rate = self.chance.choice(RATES)
            account = await new_account(connection, tax_rate_bp=rate)
            self.rates[account] = rate
            resellers = [await new_account(connection, parent_id=account) for _ in range(self.chance.randrange(3))]
            for _ in range(self.chance.randint(1, 4)):
                reseller = self.chance.choice([None, *resellers])
                self.holdings.append(await new_holding(connection, account, reseller_id=reseller))

    async def post(self, connection: AsyncConnection, count: int, *, before_run_of: Month) -> None:
        """Post so many transactions; one in ten counts for an earlier month than the last."""
        for _ in range(count):
            late = self.chance.randrange(4) if self.chance.random() < 0.1 else 0
            month = max(MONTHS[0], Month(before_run_of.start))
            for _ in range(late):
                month = max(MONTHS[0], month.before())
            day = self.chance.randint(1, 28)
            at = datetime(month.start.year, month.start.month, day, self.chance.randrange(24), tzinfo=UTC)
            if self.refundable and self.chance.random() < 0.3:
                await self._give_back(connection, at, month, before_run_of)
            else:
                await self._buy(connection, at, month, before_run_of)

    async def _buy(self, connection: AsyncConnection, at: datetime, month: Month, posted_in: Month) -> None:
        holding, quantity = self.chance.choice(self.holdings), self.chance.randint(1, 9)
        lines = self.chance.choice((1, 1, 1, 2, 3))
        amount = self.chance.choice((0, 1, self.chance.randrange(100_000)))
        bought = charge(holding, amount=amount, at=at, quantity=quantity, lines=lines)
        await insert_transaction(connection, bought)
        self.refundable += [(holding, line, 0, 0) for line in bought.lines]
        self._note(bought, month, posted_in)

    async def _give_back(self, connection: AsyncConnection, at: datetime, month: Month, posted_in: Month) -> None:
        holding, line, gone, given = self.refundable.pop(self.chance.randrange(len(self.refundable)))
        take = self.chance.randint(1, line.quantity - gone)
        due = refund_due(line.amount, line.quantity, gone, given, take)
        back = refund(line, holding, amount=due, quantity=take, at=at)
        await insert_transaction(connection, back)
        await mark_refunded(connection, back.lines[0])
        if gone + take < line.quantity:
            self.refundable.append((holding, line, gone + take, given + due))
        self._note(back, month, posted_in)

    def _note(self, transaction: PostedTransaction, month: Month, posted_in: Month) -> None:
        amounts = tuple(line.amount for line in transaction.lines)
        self.posted.append(Posted(transaction.id, transaction.account_id, str(month), str(posted_in), amounts))


class Killer:
    """Kills the worker by SIGKILL when a run has made a random number of its documents."""

    def __init__(self, running: Running, chance: random.Random, *, kills: int) -> None:
        self.running = running
        self.chance = chance
        self.left = kills
        self.amidst = 0

    async def kill(self, month: Month, due: int) -> None:
        """Let the run come that far, kill the worker, note whether it was at work, and start it again."""
        enough = self.chance.randrange(due)
        while self._made(month) < enough:  # noqa: ASYNC110 # Another process changes it.
            await asyncio.sleep(0.01)
        await asyncio.sleep(self.chance.uniform(0, 0.02))
        self.running.kill9("worker")
        self.amidst += 0 < self._made(month) < due
        self.left -= 1
        self.running.start("worker")

    def _made(self, month: Month) -> int:
        found = look(self.running, "SELECT count(*) FROM invoices WHERE period_start = ?", str(month.start))
        return int(found[0][0])


async def run_of(client: Client, month: Month) -> WorkflowHandle[Any, InvoicingDone]:
    """A run as the schedule starts it on the first day after the month."""
    return await client.start_workflow(
        InvoicingWorkflow.run,
        InvoicingOrder(at=bill_instant(month), batch=10),
        id=names.invoicing_workflow_id(str(month), uuid.uuid4().hex),
        task_queue=names.INVOICING_QUEUE,
    )


async def test_every_transaction_is_invoiced_once_though_the_run_is_killed_again_and_again(
    running: Running, repetitions: Repetitions
) -> None:
    chance, transactions = random.Random(20_270_101), repetitions.invoiced_transactions
    trade, killer = Trade(chance), Killer(running, chance, kills=repetitions.invoicing_kills)
    database = Database(running.database_url)
    client = await Client.connect(
        running.engine.address, namespace=running.engine.namespace, data_converter=DATA_CONVERTER
    )
    async with database.write() as connection:
        await trade.open_accounts(connection)
    for index, month in enumerate(MONTHS):
        count = transactions * (index + 1) // len(MONTHS) - transactions * index // len(MONTHS)
        async with database.write() as connection:
            await trade.post(connection, count, before_run_of=month)
        owed = documents_owed(trade.posted, trade.rates, [str(month) for month in MONTHS])
        due = sum(document.month == str(month) for document in owed.values())
        run = await run_of(client, month)
        if killer.left:
            # The killed run is left to itself; whenever the engine takes it up again, it finds nothing to do.
            await killer.kill(month, due)
            run = await run_of(client, month)
        await run.result()

    owed = documents_owed(trade.posted, trade.rates, [str(month) for month in MONTHS])
    assert killer.left == 0
    assert killer.amidst > repetitions.invoicing_kills / 2, killer.amidst
    assert len(trade.posted) == transactions
    assert found_in(running) == {
        key: (document.transactions, document.subtotal, document.tax, document.carried, document.total)
        for key, document in owed.items()
    }
    numbers = look(running, "SELECT number, account_id, period_start FROM invoices")
    assert holes_in([number for number, _, _ in numbers]) == []
    assert all(number.startswith(owed[account, str(day)[:7]].prefix) for number, account, day in numbers)
    assert any(document.carried for document in owed.values())
    assert look(running, LINES_ELSEWHERE) == [(0,)]
    assert look(running, MAILS_OWED) == [(len(owed), len(owed))]
    async with database.read() as connection:
        assert await list_invoice_faults(connection) == []
    await database.close()


def found_in(running: Running) -> dict[tuple[str, str], tuple[set[str], int, int, int, int]]:
    """The documents as they stand in the tables, with the transactions whose lines are on them."""
    on: dict[str, set[str]] = {}
    for invoice, transaction in look(running, "SELECT DISTINCT invoice_id, transaction_id FROM invoice_lines"):
        on.setdefault(invoice, set()).add(transaction)
    query = "SELECT id, account_id, period_start, subtotal, tax, carried_credit, total FROM invoices"
    return {
        (account, str(start)[:7]): (on.get(invoice, set()), subtotal, tax, carried, total)
        for invoice, account, start, subtotal, tax, carried, total in look(running, query)
    }


LINES_ELSEWHERE = """
SELECT count(*) FROM transaction_lines
JOIN transactions ON transactions.id = transaction_lines.transaction_id
LEFT JOIN invoice_lines ON invoice_lines.transaction_line_id = transaction_lines.id
WHERE invoice_lines.invoice_id IS NULL
   OR invoice_lines.invoice_id <> transactions.invoice_id
   OR invoice_lines.amount <> transaction_lines.amount
"""
MAILS_OWED = "SELECT count(*), count(DISTINCT invoice_id) FROM tellings WHERE invoice_id IS NOT NULL"
