"""A pytest plugin: how many cases the fuzzing sends, from which seed, and what came of them, printed at the end.

A test notes its counts with `counted(request, …)`; notes travel with its report, over xdist's workers too.

PYTEST_DONT_REWRITE: nothing is asserted here, and conftest imports this module before it names it as a plugin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

NOTE = "fuzzed"
Counted = Mapping[tuple[str, int], int]
"""How many answers, by phase and status."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the fuzzing."""
    group = parser.getgroup("fuzzing")
    group.addoption("--fuzz", action="store_true", help="send every case of the long run instead of a sample")
    group.addoption("--fuzz-seed", type=int, default=1, help="what the cases are made from; the same makes the same")


def counted(request: pytest.FixtureRequest, role: str, counts: Counted) -> None:
    """Note what came of the cases that a role sent."""
    rows = [[role, phase, status, count] for (phase, status), count in sorted(counts.items())]
    request.node.user_properties.append((NOTE, rows))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts of each role and phase by status, if anything was fuzzed."""
    counts: dict[tuple[str, str], Counter[int]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for role, phase, status, count in _rows(report):
                counts.setdefault((role, phase), Counter())[status] += count
    for (role, phase), by_status in counts.items():
        statuses = ", ".join(f"{status}: {count}" for status, count in sorted(by_status.items()))
        terminalreporter.write_line(f"fuzzed as {role}, {phase}: {by_status.total()} ({statuses})")
    if counts:
        terminalreporter.write_line(f"fuzzed in all: {sum(one.total() for one in counts.values())}")


def _rows(report: pytest.TestReport) -> list[tuple[str, str, int, int]]:
    return [tuple(row) for name, rows in report.user_properties if name == NOTE for row in rows]  # type: ignore[attr-defined]
