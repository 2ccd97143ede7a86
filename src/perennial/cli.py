"""The `perennial` command."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from perennial import telemetry
from perennial.bootstrap import bootstrap
from perennial.catalog_commands import app as catalog_app
from perennial.demo import run_demo
from perennial.repair_commands import run_repair, run_verify
from perennial.secrets import SecretMissing
from perennial.serve import run_doors, run_worker
from perennial.settings import Settings
from perennial.up import run_up
from storage.database import Database
from storage.migrations import migrate as migrate_database

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(catalog_app, name="catalog")
console = Console(stderr=True, highlight=False)


def main() -> None:
    """Run the command line."""
    code = _run()
    sys.stdout.flush()
    sys.stderr.flush()
    # The engine's client keeps threads of its own, which can abort an interpreter that is being taken down.
    os._exit(code)


def _run() -> int:
    try:
        app()
    except SecretMissing as missing:
        console.print(str(missing))
        return 2
    except SystemExit as end:
        if isinstance(end.code, int):
            return end.code
        if end.code:
            console.print(end.code)
        return 1 if end.code else 0
    return 0


@app.command()
def up() -> None:
    """Run the whole product on this machine as a sandbox: engine, UI, doors and worker, until Ctrl-C."""
    sys.exit(run_up(_sandbox_settings()))


@app.command()
def demo(
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a demo was stopped.")] = False,
    book: Annotated[Path | None, typer.Option(help="The book's folder, `examples` unless said.")] = None,
) -> None:
    """Carry a partner's book out over virtual years on a sandbox of its own, and compare it to the cent."""
    sys.exit(run_demo(Settings(), book, resume=resume))


@app.command()
def serve(
    *, with_worker: Annotated[bool, typer.Option(help="Work as well: purchases then start on this process.")] = False
) -> None:
    """Serve the API and the acceptance page."""
    telemetry.configure_logs()
    uvloop.run(run_doors(Settings(), works=with_worker))


@app.command()
def worker() -> None:
    """Work for the engine: record, renew, deliver."""
    telemetry.configure_logs()
    uvloop.run(run_worker(Settings()))


@app.command("verify")
def verify(
    *, engine: Annotated[bool, typer.Option(help="Hold the engine's workflows against the database too.")] = True
) -> None:
    """Hold everything that the database says twice against itself, and every workflow against its row."""
    sys.exit(run_verify(Settings(), with_engine=engine))


@app.command("repair")
def repair() -> None:
    """Give the engine again what it should have: missing workflows, commands without outcome, sleeping deliveries."""
    sys.exit(run_repair(Settings()))


@app.command()
def migrate() -> None:
    """Bring the database's tables and the engine's namespace up to what this release needs."""
    settings = Settings()

    async def work() -> None:
        database = Database(settings.database)
        await migrate_database(database)
        await database.close()
        await bootstrap(settings.engine_address, namespace=settings.namespace, virtual_time=settings.sandbox)

    asyncio.run(work())
    console.print("tables and namespace are up to date")


def _sandbox_settings() -> Settings:
    return Settings(sandbox=True)
