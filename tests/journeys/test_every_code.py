"""Every code that an answer can carry has a page that explains it, and a test that provokes it through HTTP."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from api.problem_texts import PROBLEM_TEXTS

ROOT = Path(__file__).parents[2]
DOORS = ("journeys", "faults", "api")  # the folders of tests that speak HTTP
PROVOKING = {"refused": 1, "refused_field": 1, "provokes": 0, "No": 0}  # which argument is the code
GIVING = {"FieldError": 1, "PydanticCustomError": 0, "Conflict": 0, "LinkDead": 0, "TooSoon": 0, "No": 0}
FIRST_PROBLEM = 400

# What no request of today can provoke, and why.
NOT_YET = {
    "refund_nothing_charged": "a refund names posted lines, so there is always something that was charged",
}


def constants(folder: Path, calls: dict[str, int]) -> Iterator[str]:
    """The strings that are the code of such a call."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in calls:
                arguments = node.args[calls[node.func.id] :][:1]
                yield from (a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str))


def compared(folder: Path) -> Iterator[str]:
    """The codes that are expected as `problem_code(answer, status) == "…"`, or as `(status, "…")`."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Compare(
                    left=ast.Call(func=ast.Name(id="problem_code")), comparators=[ast.Constant(str(code))]
                ):
                    yield code
                case ast.Tuple(elts=[ast.Constant(int(status)), ast.Constant(str(code))]) if status >= FIRST_PROBLEM:
                    yield code
                case _:
                    pass


def provoked() -> set[str]:
    folders = [ROOT / "tests" / name for name in DOORS]
    return {code for folder in folders for code in (*constants(folder, PROVOKING), *compared(folder))}


def test_every_code_is_provoked_through_http() -> None:
    assert set(PROBLEM_TEXTS) - set(NOT_YET) - provoked() == set()


def test_no_code_is_called_unprovoked_that_is() -> None:
    assert set(NOT_YET) & provoked() == set()
    assert set(NOT_YET) <= set(PROBLEM_TEXTS)


def test_every_provoked_code_is_explained() -> None:
    assert {code for code in provoked() if re.fullmatch(r"[a-z_]+", code)} <= set(PROBLEM_TEXTS)


def test_every_code_that_the_rules_and_the_doors_give_is_explained() -> None:
    rooms = ("lifecycle", "intake", "api")
    given = {code for room in rooms for code in constants(ROOT / "src" / room, GIVING)}

    assert given - set(PROBLEM_TEXTS) == set()
