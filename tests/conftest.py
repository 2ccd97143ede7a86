"""What all tests share: the databases that they run on, and the counts of them."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from counts import ran_on
from storage.catalogue_loading import seed_catalogue
from storage.database import Database
from storage.migrations import migrate
from support_copies import PostgresCopies
from support_postgres import PostgresServer, shared_folder, shared_postgres

# A machine that is slow for a while fails no test.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A shell that runs the tests in the background has Ctrl-C ignored, and what a test starts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["counts", "fuzz_counts", "repetitions"]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> PostgresServer:
    """The PostgreSQL server of this run."""
    return shared_postgres(shared_folder(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="session")
async def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and the default catalogue; tests take copies."""
    file = tmp_path_factory.mktemp("migrated") / "empty.db"
    await _migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
async def migrated_postgresql(postgres: PostgresServer) -> PostgresCopies:
    """Copies of a PostgreSQL database with every table and the default catalogue."""
    address = await asyncio.to_thread(postgres.create_database, "migrated")
    await _migrated(address)
    return PostgresCopies(postgres, address)


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with every table and the default catalogue, on each kind of database."""
    if request.param == "SQLite":
        ran_on(request, "SQLite")
        copy = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "perennial.db")
        yield f"sqlite:///{copy}"
        return
    ran_on(request, "PostgreSQL")
    copies: PostgresCopies = request.getfixturevalue("migrated_postgresql")
    address = copies.take()
    yield address
    copies.give_back(address)


async def _migrated(address: str) -> None:
    database = Database(address)
    await migrate(database)
    await seed_catalogue(database, today=date(2026, 11, 22))
    await database.close()
