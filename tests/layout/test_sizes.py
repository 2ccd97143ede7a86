"""Functions and files of the product are short: two screens at most, and what is longer says why here."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (ROOT / "src", ROOT / "clients" / "python", ROOT / "clients" / "generator")
NOT_BY_HAND = (ROOT / "clients" / "python" / "perennial_client" / "generated", ROOT / "clients" / "generator" / ".venv")

FUNCTION_MEDIAN = 8
FUNCTION_USUAL, FUNCTION_MOST = 30, 60
FILE_USUAL, FILE_MOST = 250, 400
USUAL_SHARE = 0.95

# "src/room/file.py" or "src/room/file.py:function" -> why it may be longer than the most.
REASONS: dict[str, str] = {}


@dataclass(frozen=True)
class Sized:
    """Something with a length in lines."""

    name: str
    lines: int


def functions() -> list[Sized]:
    """Every function, from its name to its last line."""
    return [
        Sized(f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for path in sources()
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def files() -> list[Sized]:
    return [Sized(str(path.relative_to(ROOT)), len(path.read_text().splitlines())) for path in sources()]


def sources() -> list[Path]:
    found = (path for source in SOURCES for path in source.rglob("*.py"))
    return sorted(path for path in found if not any(path.is_relative_to(folder) for folder in NOT_BY_HAND))


def longest(sized: list[Sized], over: int) -> list[str]:
    found = sorted((one for one in sized if one.lines > over), key=lambda one: -one.lines)
    return [f"{one.name}: {one.lines} lines" for one in found]


def test_half_of_the_functions_have_at_most_eight_lines() -> None:
    assert median(one.lines for one in functions()) <= FUNCTION_MEDIAN


def test_nineteen_of_twenty_functions_have_at_most_thirty_lines() -> None:
    long = longest(functions(), FUNCTION_USUAL)
    assert len(long) <= (1 - USUAL_SHARE) * len(functions()), long


def test_no_function_has_more_than_sixty_lines_without_a_reason() -> None:
    assert longest([one for one in functions() if one.name not in REASONS], FUNCTION_MOST) == []


def test_nineteen_of_twenty_files_have_at_most_250_lines() -> None:
    long = longest(files(), FILE_USUAL)
    assert len(long) <= (1 - USUAL_SHARE) * len(files()), long


def test_no_file_has_more_than_400_lines_without_a_reason() -> None:
    assert longest([one for one in files() if one.name not in REASONS], FILE_MOST) == []


def test_every_reason_is_still_needed() -> None:
    needed = [one.name for one in functions() if one.lines > FUNCTION_MOST]
    needed += [one.name for one in files() if one.lines > FILE_MOST]
    assert set(REASONS) <= set(needed)
