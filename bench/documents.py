"""PDFs and reports at a running door: what a thousand lines take beside ten, and what memory a long CSV needs."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from sqlalchemy import String, cast, func, insert, literal, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.invoices import Invoicing
from activities.invoicing_orders import PostOrder
from lifecycle.charges import PostedTransaction
from storage.database import Database
from storage.tables import transaction_lines, transactions
from storage.transactions import insert_transaction
from support_invoicing import Holding, charge, new_account, new_holding
from support_product import Running, Seat, start_running

AT = datetime(2026, 1, 15, 9, tzinfo=UTC)
MONTH = "2026-01"
SHORT, LONG = 10, 1000  # lines
FEW, MANY = 30_000, 300_000  # rows
ROUNDS = 15
CHUNK = 65_536
MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Book:
    """Who has how many rows, and which accounts have documents of how many lines."""

    customers: dict[int, str]
    accounts: dict[int, str]


def measured_documents(data: Path, address: str, suffix: str) -> dict[str, dict[str, object]]:
    """Return the figures of one kind of database; each is printed, too."""
    running = start_running(data, address)
    try:
        book = asyncio.run(_filled(address))
        seat = running.seat("operator")
        results = {**_pdfs(seat, book, suffix), **_csvs(running, seat, book, suffix)}
    finally:
        running.end()
    for name, figure in results.items():
        print(f"  {name:40} {figure['value']:>10}   beside {figure['baseline']:>10}   n={figure['n']}")
    return results


def _pdfs(seat: Seat, book: Book, suffix: str) -> dict[str, dict[str, object]]:
    """Both in turn, so that whatever else the machine does meets both."""
    paths = {
        count: f"/v1/invoices/{_document_of(seat, account, count)}.pdf" for count, account in book.accounts.items()
    }
    seconds: dict[int, list[float]] = {SHORT: [], LONG: []}
    for _ in range(ROUNDS):
        for count, path in paths.items():
            began = time.perf_counter()
            answer = seat.http.get(path)
            seconds[count].append(time.perf_counter() - began)
            assert answer.content.startswith(b"%PDF-"), answer.status_code
    short, long = (statistics.median(seconds[count]) for count in (SHORT, LONG))
    return {
        f"pdf_1000_vs_10_lines{suffix}": _figure(long / short, 1.0, ROUNDS),
        f"pdf_ms_1000_lines{suffix}": _figure(long * 1000, short * 1000, ROUNDS),
    }


def _document_of(seat: Seat, account_id: str, lines: int) -> str:
    (found,) = seat.get("/v1/invoices", account_id=account_id)["data"]
    assert found["line_count"] == lines
    return str(found["id"])


def _csvs(running: Running, seat: Seat, book: Book, suffix: str) -> dict[str, dict[str, object]]:
    """The short one first, twice: what the process keeps from its first report is in its memory then."""
    status = Path(f"/proc/{running.processes['serve'].pid}")
    peaks: dict[int, float] = {}
    seconds: dict[int, float] = {}
    for count in (FEW, FEW, MANY):
        (status / "clear_refs").write_text("5")  # the peak begins anew
        began = time.perf_counter()
        assert _rows(seat, book.customers[count]) == count
        seconds[count] = time.perf_counter() - began
        peaks[count] = _peak(status)
    return {
        f"csv_memory_300k_vs_30k{suffix}": _figure(peaks[MANY] / peaks[FEW], 1.0, MANY),
        f"csv_peak_mb_300k{suffix}": _figure(peaks[MANY], peaks[FEW], MANY),
        f"csv_seconds_300k{suffix}": _figure(seconds[MANY], seconds[FEW], MANY),
    }


def _rows(seat: Seat, customer_id: str) -> int:
    """How many rows a customer's transactions have in CSV, read as they come."""
    query = {"customer_id": customer_id}
    with seat.http.stream("GET", "/v1/reports/transactions", params=query, headers={"Accept": "text/csv"}) as answer:
        assert answer.status_code == 200
        return sum(chunk.count(b"\n") for chunk in answer.iter_bytes(CHUNK)) - 1


def _peak(status: Path) -> float:
    line = next(line for line in (status / "status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / MEGABYTE


def _figure(value: float, baseline: float, count: int) -> dict[str, object]:
    return {"value": round(value, 3), "baseline": round(baseline, 3), "n": count}


async def _filled(address: str) -> Book:
    database = Database(address)
    customers: dict[int, str] = {}
    accounts: dict[int, str] = {}
    async with database.write() as connection:
        for count in (FEW, MANY):
            holding = await new_holding(connection, await new_account(connection))
            customers[count] = holding.customer_id
            await _multiplied(connection, charge(holding, amount=12_345, at=AT, reference_id="PO-4711"), count)
        for count in (SHORT, LONG):
            holding = await new_holding(connection, await new_account(connection))
            accounts[count] = holding.account_id
            for transaction in _charges(holding, count):
                await insert_transaction(connection, transaction)
    for account_id in accounts.values():
        await _invoiced(database, account_id)
    await database.close()
    return Book(customers=customers, accounts=accounts)


def _charges(holding: Holding, count: int) -> Iterator[PostedTransaction]:
    random = Random(count)
    for number in range(count):
        amount, quantity = random.randint(100, 10**6), random.randint(1, 500)
        yield charge(holding, amount=amount, quantity=quantity, at=AT, reference_id=f"PO-{number:06}")


async def _multiplied(connection: AsyncConnection, first: PostedTransaction, count: int) -> None:
    """Post a transaction so many times, by the database itself: else that would take longer than what is measured."""
    await insert_transaction(connection, first)
    numbers = select(literal(1).label("number")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.number + 1).where(numbers.c.number < count - 1))
    # Of the same length as other ids; seven digits are enough.
    number = func.substr(cast(numbers.c.number + 10_000_000, String), 2)
    for table, renamed in ((transactions, ("id",)), (transaction_lines, ("id", "transaction_id"))):
        columns = [
            func.substr(column, 1, func.length(column) - 7, type_=String).concat(number).label(column.name)
            if column.name in renamed
            else column
            for column in table.c
        ]
        mine = (table.c["id"] if table is transactions else table.c["transaction_id"]) == first.id
        copies = select(*columns).select_from(table.join(numbers, true())).where(mine)
        await connection.execute(insert(table).from_select([column.name for column in table.c], copies))


async def _invoiced(database: Database, account_id: str) -> None:
    async def nobody(_receivers: tuple[str, ...]) -> None:
        return

    order = PostOrder(account_id=account_id, month=MONTH, at=datetime(2026, 2, 1, 2, tzinfo=UTC))
    await Invoicing(database, wake=nobody).post_invoice(order)
