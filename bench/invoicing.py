"""The monthly run over ten thousand accounts: how fast, in how many histories, how much memory the worker takes."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client

from activities.invoicing_orders import InvoicingDone, InvoicingOrder
from lifecycle.months import Month
from perennial.engine_client import DATA_CONVERTER
from storage.database import Database
from storage.invoice_faults import list_invoice_faults
from storage.transactions import insert_transaction
from support_invoicing import charge, new_account, new_holding
from support_product import Running, start_running
from workflows import names
from workflows.invoicing import InvoicingWorkflow

FEW, MANY = 1_000, 10_000
TRANSACTIONS = 3
MONTHS = (Month.parse("2026-01"), Month.parse("2026-02"))


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyRun:
    """One run; `peak_mb` is the most memory that the worker ever had, `histories` how often it went on anew."""

    accounts: int
    elapsed: float
    histories: int
    peak_mb: float

    @property
    def rate(self) -> float:
        """Documents a second."""
        return self.accounts / self.elapsed


def invoicing_figures(data: Path, database_url: str, suffix: str) -> dict[str, dict[str, object]]:
    """Measure the run over many accounts beside one over few on the same worker, print and return the figures."""
    running = start_running(data, database_url, ("serve",), ("worker",))
    try:
        few, many = asyncio.run(_both(running))
    finally:
        running.end()
    print(
        f"  invoicing: {many.accounts:,} accounts with {TRANSACTIONS} transactions each in {many.elapsed:.0f} s,"
        f" {many.histories} histories, worker at most {many.peak_mb:.0f} MB"
        f" (after {few.accounts:,} accounts {few.peak_mb:.0f} MB)"
    )
    return {
        f"invoices_per_second_10k{suffix}": _figure(many.rate, few.rate),
        f"invoicing_worker_peak_mb_10k{suffix}": _figure(many.peak_mb, few.peak_mb),
    }


def _figure(value: float, baseline: float) -> dict[str, object]:
    return {"value": round(value, 3), "baseline": round(baseline, 3), "n": MANY}


async def _both(running: Running) -> tuple[MonthlyRun, MonthlyRun]:
    database = Database(running.database_url)
    client = await Client.connect(
        running.engine.address, namespace=running.engine.namespace, data_converter=DATA_CONVERTER
    )
    found = [
        await _measured(running, database, client, month, count)
        for month, count in zip(MONTHS, (FEW, MANY), strict=True)
    ]
    async with database.snapshot() as connection:
        if faults := await list_invoice_faults(connection):
            message = f"the documents do not add up: {faults[:5]}"
            raise RuntimeError(message)
    await database.close()
    return found[0], found[1]


async def _measured(running: Running, database: Database, client: Client, month: Month, accounts: int) -> MonthlyRun:
    at = datetime(month.year, month.start.month, 5, tzinfo=UTC)
    async with database.write() as connection:
        for _ in range(accounts):
            holding = await new_holding(connection, await new_account(connection))
            for _ in range(TRANSACTIONS):
                await insert_transaction(connection, charge(holding, amount=4_900, at=at))
    began = time.perf_counter()
    run = await client.start_workflow(
        InvoicingWorkflow.run,
        InvoicingOrder(month=str(month)),
        id=names.invoicing_workflow_id(str(month), uuid.uuid4().hex),
        task_queue=names.INVOICING_QUEUE,
    )
    done: InvoicingDone = await run.result()
    elapsed = time.perf_counter() - began
    if done.documents != accounts:
        message = f"{done.documents} documents instead of {accounts}"
        raise RuntimeError(message)
    return MonthlyRun(
        accounts=accounts,
        elapsed=elapsed,
        histories=await _histories(client, run.id),
        peak_mb=_peak_mb(running.processes["worker"].pid),
    )


async def _histories(client: Client, workflow_id: str) -> int:
    found, run_id = 0, (await client.get_workflow_handle(workflow_id).describe()).run_id
    while run_id:
        history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        run_id = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
        found += 1
    return found


def _peak_mb(pid: int) -> float:
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
