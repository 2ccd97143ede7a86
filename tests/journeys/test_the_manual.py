"""The table that says which test proves which step of the portal manual names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = Path(__file__).parents[2] / "docs" / "manual.md"
PROOF = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


def names_in(file: str) -> set[str]:
    tree = ast.parse((HERE / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_the_table_names_is_there() -> None:
    named = PROOF.findall(TABLE.read_text())

    assert len(named) > 40
    assert [f"{file}::{name}" for file, name in named if name not in names_in(file)] == []


def test_every_step_of_the_table_is_proven_by_a_test() -> None:
    rows = [line for line in TABLE.read_text().splitlines() if line.startswith("| ") and not line.startswith("| step")]

    assert [row for row in rows if not PROOF.search(row)] == []
