"""A running product for the journeys: one for each database, shared by the tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from counts import ran_on
from perennial_client import Perennial
from support_belongings import Belongings, belongings_of
from support_client import client_of
from support_postgres import PostgresServer
from support_product import Running, Seat, start_running

# The day on which the sandbox begins: the one that the worked examples of the rules are reckoned from.
TODAY = date(2026, 11, 22)
# Webhooks may be at this machine, where nothing leaves it.
SETTINGS = {"PERENNIAL_SANDBOX_DAY": str(TODAY), "PERENNIAL_WEBHOOKS_PRIVATE": "true"}
MADE: dict[str, Belongings] = {}
DATABASES = tuple(
    pytest.param(name, marks=pytest.mark.xdist_group(f"journeys on {name}")) for name in ("SQLite", "PostgreSQL")
)


def _started(data: Path, database_url: str) -> Iterator[Running]:
    running = start_running(data, database_url, settings=SETTINGS)
    yield running
    running.end()


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The product on SQLite."""
    data = tmp_path_factory.mktemp("sqlite")
    yield from _started(data, f"sqlite:///{data}/perennial.db")


@pytest.fixture(scope="session")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Running]:
    """The product on PostgreSQL."""
    yield from _started(tmp_path_factory.mktemp("postgresql"), postgres.create_database("journeys"))


@pytest.fixture(params=DATABASES)
def running(request: pytest.FixtureRequest) -> Running:
    """The product on each database."""
    ran_on(request, request.param)
    ran_on(request, "the engine")
    found: Running = request.getfixturevalue(f"on_{request.param.lower()}")
    return found


@pytest.fixture
def today() -> date:
    """The sandbox's day."""
    return TODAY


@pytest.fixture
def seat(running: Running) -> Seat:
    """The sandbox's distributor."""
    return running.seat()


@pytest.fixture
def perennial(seat: Seat) -> Iterator[Perennial]:
    """The Python client of the sandbox's distributor."""
    with client_of(seat) as client:
        yield client


@pytest.fixture
def operator(running: Running) -> Seat:
    """The sandbox's operator."""
    return running.seat("operator")


@pytest.fixture
def all_of_it(running: Running) -> Belongings:
    """Partners side by side, made once for each running product, with this month's documents."""
    if running.base_url not in MADE:
        MADE[running.base_url] = belongings_of(running, month=f"{TODAY:%Y-%m}")
    return MADE[running.base_url]
