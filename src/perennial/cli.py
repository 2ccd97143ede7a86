"""The `perennial` command: what runs and looks after the product, and a command for every resource of the API."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from perennial.catalog_commands import agreement, catalog
from perennial.shell import jobs, money, parties, selling, telling
from perennial.shell.commands import GROUPS, JsonOption, add_operations
from perennial.shell.exits import MEANINGS
from perennial.shell.profile_commands import app as profile
from perennial.shell.special import add_special

# What a command needs is loaded by the command: help, completion and requests to the API wait for no database code.
# ruff: noqa: PLC0415

EXITS = "Exit codes: " + "; ".join(f"{int(code)} {meaning}" for code, meaning in MEANINGS.items()) + "."
OPERATIONS = (*selling.OPERATIONS, *jobs.OPERATIONS, *parties.OPERATIONS, *money.OPERATIONS, *telling.OPERATIONS)

app = typer.Typer(
    help="Perennial: subscriptions of certificate authorities and their resellers.",
    epilog=EXITS,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line."""
    code = _run()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = code or 1
    sys.stderr.flush()
    # The engine's client keeps threads of its own, which can abort an interpreter that is being taken down.
    os._exit(code)


def _run() -> int:
    try:
        app()
    except SystemExit as end:
        if isinstance(end.code, int):
            return end.code
        if end.code:
            typer.echo(end.code, err=True)
        return 1 if end.code else 0
    return 0


@app.command()
def up() -> None:
    """Run the whole product on this machine as a sandbox: engine, UI, doors and worker, until Ctrl-C."""
    from perennial.settings import Settings
    from perennial.up import run_up

    sys.exit(run_up(Settings(sandbox=True)))


@app.command()
def demo(
    *,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a demo was stopped.")] = False,
    book: Annotated[Path | None, typer.Option(help="The book's folder, `examples` unless said.")] = None,
) -> None:
    """Carry a partner's book out over virtual years on a sandbox of its own, and compare it to the cent."""
    from perennial.demo import run_demo
    from perennial.settings import Settings

    sys.exit(run_demo(Settings(), book, resume=resume))


@app.command()
def serve(
    *, with_worker: Annotated[bool, typer.Option(help="Work as well: purchases then start on this process.")] = False
) -> None:
    """Serve the API and the acceptance page."""
    from perennial.running import run_serve

    run_serve(works=with_worker)


@app.command()
def worker() -> None:
    """Work for the engine: record, renew, deliver."""
    from perennial.running import run_work

    run_work()


@app.command()
def verify(
    *, engine: Annotated[bool, typer.Option(help="Hold the engine's workflows against the database too.")] = True
) -> None:
    """Hold everything that the database says twice against itself, and every workflow against its row."""
    from perennial.repair_commands import run_verify
    from perennial.settings import Settings

    sys.exit(run_verify(Settings(), with_engine=engine))


@app.command()
def repair() -> None:
    """Give the engine again what it should have: missing workflows, commands without outcome, sleeping deliveries."""
    from perennial.repair_commands import run_repair
    from perennial.settings import Settings

    sys.exit(run_repair(Settings()))


@app.command()
def migrate() -> None:
    """Bring the database's tables and the engine's namespace up to what this release needs."""
    from perennial.running import run_migrate

    run_migrate()


@app.command()
def openapi(file: Annotated[Path, typer.Argument(help="Where it is written.")]) -> None:
    """Write the OpenAPI document, as a sandbox serves it, in the form that is checked in."""
    import json

    from api.app import openapi_document

    text = json.dumps(openapi_document(sandbox=True), indent=2, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")


@app.command()
def doctor(*, as_json: JsonOption = False) -> None:
    """Look at settings, ports, database, engine, workers, keys and programs; 1 when something fails."""
    from perennial.doctor import run_doctor

    sys.exit(run_doctor(as_json=as_json))


bulk = typer.Typer(help=GROUPS["bulk"], no_args_is_help=True)
add_special(app, bulk=bulk)
app.add_typer(bulk, name="bulk")
app.add_typer(profile, name="profile")
app.add_typer(catalog, name="catalog")
app.add_typer(agreement, name="agreement")
add_operations(app, OPERATIONS, {"catalog": catalog, "agreement": agreement, "bulk": bulk})
