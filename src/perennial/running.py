"""What `serve`, `worker` and `migrate` do with the settings; a secret that is missing ends them with its name."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import typer
import uvloop

from perennial import telemetry
from perennial.bootstrap import bootstrap
from perennial.oidc import OidcIncomplete
from perennial.secrets import SecretMissing
from perennial.serve import run_doors, run_worker
from perennial.settings import Settings
from storage.database import Database
from storage.migrations import migrate

USAGE = 2


def run_serve(*, works: bool) -> None:
    """Serve until told to end."""
    telemetry.configure_logs()
    with _secrets_named():
        uvloop.run(run_doors(Settings(), works=works))


def run_work() -> None:
    """Work until told to end."""
    telemetry.configure_logs()
    with _secrets_named():
        uvloop.run(run_worker(Settings()))


def run_migrate() -> None:
    """Migrate the database, then prepare the engine."""
    settings = Settings()

    async def work() -> None:
        database = Database(settings.database)
        await migrate(database)
        await database.close()
        await bootstrap(settings.engine_address, namespace=settings.namespace, virtual_time=settings.sandbox)

    asyncio.run(work())
    typer.echo("tables and namespace are up to date", err=True)


@contextmanager
def _secrets_named() -> Generator[None]:
    try:
        yield
    except (SecretMissing, OidcIncomplete) as missing:
        typer.echo(str(missing), err=True)
        raise typer.Exit(USAGE) from None
