"""A pytest plugin: counts the passed tests that ran on each database and on the engine, and says so at the end.

A test counts for what it or one of its fixtures notes: `ran_on(request, "SQLite")`. Notes travel with a test's report,
so that they are summed over xdist's workers too.

PYTEST_DONT_REWRITE: nothing is asserted here, and conftest imports this module before it names it as a plugin.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

import pytest

Ground = Literal["SQLite", "PostgreSQL", "the engine"]
GROUNDS: tuple[Ground, ...] = ("SQLite", "PostgreSQL", "the engine")
NOTE = "ran on"


def ran_on(request: pytest.FixtureRequest, ground: Ground) -> None:
    """Note that the asking test runs on this ground; from a function-scoped fixture or the test itself."""
    note = (NOTE, ground)
    if note not in request.node.user_properties:
        request.node.user_properties.append(note)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts, zeros too: a run that missed a ground must show it."""
    counted: Counter[object] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        counted.update(value for name, value in report.user_properties if name == NOTE)
    counts = ", ".join(f"on {ground}: {counted[ground]}" for ground in GROUNDS)
    terminalreporter.write_line(f"ran {counts}")
