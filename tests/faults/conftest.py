"""A product for tests of faults: one for each database, put back to health before each test, and sound after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counts import ran_on
from support_faults import is_sound
from support_postgres import PostgresServer
from support_product import Running, Seat, start_running

SERVE, WORKER = ("serve",), ("worker",)
TOGETHER = ("serve", "--with-worker")
# One product for each database in the whole run. Groups are begun first, the larger before the smaller, so that those
# of this folder, whose tests are the longest, never end the run on one worker while the other rests.
DATABASES = tuple(
    pytest.param(name, marks=pytest.mark.xdist_group(f"faults on {name}")) for name in ("SQLite", "PostgreSQL")
)


@pytest.fixture(scope="session")
def faulty_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The product on SQLite."""
    data = tmp_path_factory.mktemp("faulty-sqlite")
    running = start_running(data, f"sqlite:///{data}/perennial.db", SERVE, WORKER)
    yield running
    running.end()


@pytest.fixture(scope="session")
def faulty_on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Running]:
    """The product on PostgreSQL."""
    data = tmp_path_factory.mktemp("faulty-postgresql")
    running = start_running(data, postgres.create_database("faults"), SERVE, WORKER)
    yield running
    running.end()


@pytest.fixture(params=DATABASES)
def running(request: pytest.FixtureRequest) -> Running:
    """The product on each database, in whatever state the test before left it."""
    ran_on(request, request.param)
    ran_on(request, "the engine")
    found: Running = request.getfixturevalue(f"faulty_on_{request.param.lower()}")
    return found


@pytest.fixture
def apart(running: Running) -> Iterator[Running]:
    """The product as two processes, `serve` and `worker`."""
    running.run(SERVE, WORKER)
    yield running
    running.run(SERVE, WORKER)
    is_sound(running)


@pytest.fixture
def together(running: Running) -> Iterator[Running]:
    """The product as one process, as `perennial up` runs it."""
    running.run(TOGETHER)
    yield running
    running.run(TOGETHER)
    is_sound(running)


@pytest.fixture
def seat(running: Running) -> Seat:
    """The sandbox's distributor."""
    return running.seat()
