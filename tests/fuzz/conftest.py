"""A running product that only the fuzzing has, because it leaves nothing as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from counts import ran_on
from support_belongings import Belongings, belongings_of
from support_postgres import PostgresServer
from support_product import Running, start_running

TODAY = date(2026, 11, 22)
# Webhooks are at a closed port of this machine.
SETTINGS = {"PERENNIAL_SANDBOX_DAY": str(TODAY), "PERENNIAL_WEBHOOKS_PRIVATE": "true"}


@pytest.fixture(scope="session")
def fuzzed(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Running]:
    """The product on PostgreSQL."""
    running = start_running(tmp_path_factory.mktemp("fuzzed"), postgres.create_database("fuzzed"), settings=SETTINGS)
    yield running
    running.end()


@pytest.fixture
def running(request: pytest.FixtureRequest, fuzzed: Running) -> Running:
    """The product, whose use is counted."""
    ran_on(request, "PostgreSQL")
    ran_on(request, "the engine")
    return fuzzed


@pytest.fixture(scope="session")
def all_of_it(fuzzed: Running) -> Belongings:
    """Partners side by side, each with something of every kind."""
    return belongings_of(fuzzed, month=f"{TODAY:%Y-%m}")


@pytest.fixture
def today() -> date:
    """The sandbox's day."""
    return TODAY
