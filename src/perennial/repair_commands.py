"""`perennial verify` and `perennial repair`."""

from __future__ import annotations

import asyncio
from functools import partial

import typer
from rich.console import Console
from rich.table import Table

from intake.engine import Engine, EngineLost
from perennial.engine_client import connect
from perennial.open_workflows import Workflows
from perennial.product import assembled
from perennial.repair import Repaired, repair
from perennial.settings import Settings
from perennial.verify import Findings, verify
from storage.database import Database

console = Console(stderr=True, highlight=False)


def run_verify(settings: Settings, *, with_engine: bool) -> int:
    """Print what is wrong; return 0 when nothing is, 1 when something is, 2 when the engine did not answer."""
    try:
        findings = asyncio.run(_verified(settings, with_engine=with_engine))
    except EngineLost:
        return _lost(settings)
    _show(findings)
    return int(bool(findings.faults))


def run_repair(settings: Settings) -> int:
    """Repair and say what was done; return 0, or 2 when the engine did not answer."""
    try:
        done = asyncio.run(_repaired(settings))
    except EngineLost:
        return _lost(settings)
    typer.echo(
        f"started {done.workflows} missing workflows, sent {done.commands} commands again,"
        f" woke {done.deliveries} deliveries"
    )
    return 0


async def _verified(settings: Settings, *, with_engine: bool) -> Findings:
    database = Database(settings.database)
    engine = Engine(partial(connect, settings), sandbox=settings.sandbox)
    try:
        return await verify(database, Workflows(engine.client) if with_engine else None)
    finally:
        await database.close()


async def _repaired(settings: Settings) -> Repaired:
    async with assembled(settings) as product:
        return await repair(product)


def _show(findings: Findings) -> None:
    if findings.faults:
        table = Table("what", "is wrong", title=f"{len(findings.faults)} faults")
        for fault in findings.faults:
            table.add_row(fault.subject, fault.what)
        Console(highlight=False, width=160).print(table)
    typer.echo(
        f"{findings.subscriptions} subscriptions, {findings.events} events, {findings.transactions} transactions:"
        f" {len(findings.faults) or 'no'} faults"
    )


def _lost(settings: Settings) -> int:
    console.print(f"the engine at {settings.engine_address} does not answer")
    return 2
