"""Demos in processes of their own, on copies of the example book that a test may spoil."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
BY_ORDER = ("orders.csv", "expected.csv", "expected-ends.csv")
LONGEST_DEMO = 600

Table = list[dict[str, str]]


def book_of(folder: Path, customers: Collection[str]) -> Path:
    """A copy of the example book with these customers only, their orders and what those must come to."""
    folder.mkdir()
    for name in ("book.toml", "partners.csv"):
        (folder / name).write_bytes((EXAMPLES / name).read_bytes())
    _copy(folder, "customers.csv", lambda row: row["customer"] in customers)
    for name in BY_ORDER:
        _copy(folder, name, lambda row: row["customer"] in customers)
    orders = {row["order"] for row in rows_of(folder / "orders.csv")}
    _copy(folder, "actions.csv", lambda row: row["order"] in orders)
    return folder


def _copy(folder: Path, name: str, keep: Callable[[Mapping[str, str]], bool]) -> None:
    write_rows(folder / name, [row for row in rows_of(EXAMPLES / name) if keep(row)])


def rows_of(path: Path) -> Table:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write rows, of which there is at least one, under their header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def start_demo(data: Path, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    """Start `perennial demo` on a data folder; `settings` by the names of their variables."""
    return subprocess.Popen(
        (sys.executable, "-m", "perennial", "demo", *arguments),
        env={**os.environ, "PERENNIAL_DATA": str(data), "COLUMNS": "200", **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def demo(data: Path, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """Run a demo to its end: its exit code, what it printed and what it said."""
    process = start_demo(data, *arguments, **settings)
    try:
        printed, said = process.communicate(timeout=LONGEST_DEMO)
    finally:
        process.kill()
    return process.returncode, printed, said
