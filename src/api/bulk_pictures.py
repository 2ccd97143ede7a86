"""How bulk jobs and their rows look, in JSON and in the columns of the result file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.report_cells import Cell, Column
from lifecycle.money import Money
from lifecycle.portrait import instant, money
from storage.bulk_jobs import BulkJob
from storage.bulk_rows import DONE, BulkRow, Tally

JOB_ID = "blk_01930c3fa18d7e0fa02c7d9b1e3f5a6c"
JOB_EXAMPLE: dict[str, Any] = {
    "id": JOB_ID,
    "partner_id": "ptn_01930c3f8a7b7c3e9d5f2b1a4e6d8c0f",
    "actor": "key_01930c3fa07c7d9e8f1b6c8a0d2e4f5b",
    "state": "running",
    "rows": 5000,
    "created_at": "2026-11-22T09:30:00Z",
    "updated_at": "2026-11-22T09:30:00Z",
    "finished_at": None,
}
TALLIED_EXAMPLE: dict[str, Any] = {
    **JOB_EXAMPLE,
    "counts": {"pending": 3799, "done": 1200, "refused": 1, "cancelled": 0},
    "amounts": [{"amount": 206_400_000, "currency": "USD"}],
}
ROW_EXAMPLE: dict[str, Any] = {
    "position": 17,
    "kind": "add_inventory",
    "status": "refused",
    "subscription_id": "sub_01930c3f9b2d7e4f8a6c1d3b5e7f9a0c",
    "command_id": "cmd_01930c3f9e5a7b7c8d9f4a6e8b0c2d3f",
    "transaction_id": None,
    "amount": None,
    "warnings": [],
    "problem": {
        "code": "subscription_suspended",
        "detail": "The subscription is suspended.",
        "state": "suspended",
        "allowed": ["enable", "refund", "set_renewal_inventory", "set_renewal_mode"],
    },
}
PRICING_EXAMPLE: dict[str, Any] = {
    "dry_run": True,
    "rows": [{**ROW_EXAMPLE, "position": 0, "command_id": None}],
    "totals": {"rows": 1, "priced": 0, "refused": 1, "amounts": []},
}


def job_picture(job: BulkJob) -> dict[str, Any]:
    """Return a job as lists show it."""
    return {
        "id": job.id,
        "partner_id": job.partner_id,
        "actor": job.actor,
        "state": job.state,
        "rows": job.row_count,
        "created_at": instant(job.created_at),
        "updated_at": instant(job.updated_at),
        "finished_at": instant(job.finished_at),
    }


def tallied_picture(job: BulkJob, tally: Tally) -> dict[str, Any]:
    """Return a job with its rows by status, and what they posted."""
    return {**job_picture(job), "counts": dict(tally.counts), "amounts": amounts_picture(tally.amounts)}


def amounts_picture(amounts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return sums by currency."""
    return [dict(money(amount, currency)) for currency, amount in sorted(amounts.items())]


def row_picture(row: BulkRow) -> dict[str, Any]:
    """Return a row with its result; the subscription of a purchase is named when it is there."""
    result, amount = row.result, _amount(row)
    return {
        "position": row.position,
        "kind": row.kind,
        "status": result.status,
        "subscription_id": _subscription(row),
        "command_id": result.command_id,
        "transaction_id": result.transaction_id,
        "amount": None if amount is None else money(amount.amount, amount.currency),
        "warnings": list(result.warnings),
        "problem": result.problem,
    }


def _subscription(row: BulkRow) -> str | None:
    return row.subscription_id if row.kind != "purchase" or row.result.status == DONE else None


def _amount(row: BulkRow) -> Money | None:
    result = row.result
    return None if result.amount is None or result.currency is None else Money(result.amount, result.currency)


def _fault(row: BulkRow, member: str) -> Cell:
    return None if row.result.problem is None else row.result.problem.get(member)


def _fields(row: BulkRow) -> Cell:
    errors = (row.result.problem or {}).get("errors", [])
    return " ".join(error["field"] for error in errors)


COLUMNS: tuple[Column[BulkRow], ...] = (
    Column("position", lambda row: row.position),
    Column("kind", lambda row: row.kind),
    Column("status", lambda row: row.result.status),
    Column("subscription_id", _subscription),
    Column("command_id", lambda row: row.result.command_id),
    Column("transaction_id", lambda row: row.result.transaction_id),
    Column("amount", _amount),
    Column("currency", lambda row: row.result.currency),
    Column("warnings", lambda row: " ".join(row.result.warnings)),
    Column("code", lambda row: _fault(row, "code")),
    Column("fields", _fields),
    Column("detail", lambda row: _fault(row, "detail")),
)
