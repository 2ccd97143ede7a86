"""How often a test repeats what takes long: as often as shows it each time, and under `--long` as often as was asked.

PYTEST_DONT_REWRITE: nothing is asserted here, and conftest imports this module before it names it as a plugin.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest


@dataclass(frozen=True, kw_only=True)
class Repetitions:
    """The counts of one run of the tests; nothing else in a test depends on `--long`."""

    bulk_rows: int
    """Rows of the bulk job amidst which processes are killed…"""
    bulk_deaths: tuple[str, ...]
    """… and which, in this order."""
    invoiced_transactions: int
    """Transactions of sixty accounts over twenty-four months."""
    invoicing_kills: int
    """Runs of invoicing that are killed, at most one a month."""
    product_kills: int
    """Deaths of the product amidst the requests of four clients."""
    mailing_kills: int
    """Deaths of a process that mails."""
    told_subscriptions: int
    """Subscriptions whose events are told to webhooks…"""
    told_events_of_each: int
    """… and how many each has: these are told one after the other."""
    mutations: int
    """Changes of every kind that are raced and replayed, at least."""
    hostile_rows: int
    """Hostile texts for every field of the console's forms; under `--long` all of them."""


USUAL = Repetitions(
    bulk_rows=60,
    bulk_deaths=("worker", "serve", "engine"),
    invoiced_transactions=900,
    invoicing_kills=4,
    product_kills=4,
    mailing_kills=40,
    told_subscriptions=100,
    told_events_of_each=5,
    mutations=50,
    hostile_rows=8,
)
LONG = Repetitions(
    bulk_rows=5_000,
    bulk_deaths=("worker", "serve", "engine", "worker"),
    invoiced_transactions=5_000,
    invoicing_kills=20,
    product_kills=10,
    mailing_kills=200,
    told_subscriptions=200,
    told_events_of_each=10,
    mutations=2_000,
    hostile_rows=500,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run ask for the long counts."""
    parser.addoption("--long", action="store_true", help="repeat as often as was asked, not only as often as shows it")


@pytest.fixture(scope="session")
def repetitions(pytestconfig: pytest.Config) -> Repetitions:
    """The counts of this run."""
    return LONG if pytestconfig.getoption("--long") else USUAL
