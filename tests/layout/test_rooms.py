"""The rooms are this repository's, and each keeps to what it is for; import-linter checks the arrows between them."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("lifecycle", "workflows", "activities", "storage", "intake", "api", "console", "perennial")


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Every import of a file, inside functions too, as line and dotted name."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            yield node.lineno, node.module


def reads_the_environment(path: Path) -> list[int]:
    """Lines that name `os.environ`, `os.getenv` and their kin, however they were imported."""
    names = {"environ", "environb", "getenv", "getenvb", "putenv"}
    tree = ast.parse(path.read_bytes())
    attributes = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in names}
    imports = {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "os" and names & {alias.name for alias in node.names}
    }
    return sorted(attributes | imports)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_resolves_to_this_repository(room: str) -> None:
    spec = importlib.util.find_spec(room)
    assert spec is not None
    assert spec.origin == str(ROOT / "src" / room / "__init__.py")


def test_there_is_no_room_that_the_checks_do_not_know() -> None:
    folders = {path.name for path in (ROOT / "src").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert {name for name in folders if not name.endswith(".egg-info")} == set(ROOMS)


def test_the_rules_import_the_standard_library_only() -> None:
    clocks = {"time", "uuid", "random", "secrets", "logging", "os"}
    allowed = (set(sys.stdlib_module_names) | {"lifecycle"}) - clocks
    strangers = [
        f"{named(path)}:{line} imports {name}"
        for path in modules(ROOT / "src" / "lifecycle")
        for line, name in imported(path)
        if name.partition(".")[0] not in allowed
    ]
    assert strangers == []


@pytest.mark.parametrize("room", ["lifecycle", "workflows"])
def test_rules_and_workflows_ask_no_clock(room: str) -> None:
    asking = {"now", "utcnow", "today"}
    asked = [
        f"{named(path)}:{node.lineno}"
        for path in modules(ROOT / "src" / room)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in asking
        if isinstance(node.func.value, ast.Name) and node.func.value.id in {"datetime", "date"}
    ]
    assert asked == []


def test_workflows_import_nothing_that_differs_from_run_to_run() -> None:
    # They run without the SDK's own sandbox, so this is what keeps them deterministic.
    allowed = {"__future__", "collections", "contextlib", "dataclasses", "datetime", "functools", "typing"}
    strangers = [
        f"{named(path)}:{line} imports {name}"
        for path in modules(ROOT / "src" / "workflows")
        for line, name in imported(path)
        if name.partition(".")[0] not in allowed | {"activities", "pydantic", "temporalio", "workflows"}
    ]
    assert strangers == []


def test_only_the_switchboard_reads_the_environment() -> None:
    readers = [
        f"{named(path)}:{line}"
        for room in ROOMS
        if room != "perennial"
        for path in modules(ROOT / "src" / room)
        for line in reads_the_environment(path)
    ]
    assert readers == []


def test_the_oracle_knows_nothing_of_the_product() -> None:
    allowed = set(sys.stdlib_module_names) | {"oracle"}
    strangers = [
        f"{named(path)}:{line} imports {name}"
        for path in modules(ROOT / "tests" / "oracle")
        for line, name in imported(path)
        if name.partition(".")[0] not in allowed
    ]
    assert strangers == []


def test_an_activity_calls_no_activity() -> None:
    """What one activity needs of another is a plain function of a module that defines none."""
    tells = [
        f"{named(path)}:{node.lineno}"
        for path in modules(ROOT / "src" / "activities")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Attribute) and node.attr in {"execute_activity", "execute_local_activity"}
    ]
    assert tells == []


def test_tests_are_no_package() -> None:
    assert [named(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_no_name_is_one_that_says_nothing() -> None:
    banned = {"utils", "util", "helpers", "helper", "common", "base", "manager", "service", "handler", "processor"}
    files = [path for folder in ("src", "tests", "clients/python") for path in modules(ROOT / folder)]
    assert [named(path) for path in files if path.stem in banned or path.parent.name in banned] == []
    classes = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in files
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ClassDef)
        if node.name.startswith(("Default", "Abstract"))
        or node.name.lower().endswith(("manager", "helper", "processor"))
    ]
    assert classes == []


# Where the doors and the counter read past the second wall, and why.
PAST_THE_WALL = {
    "src/api/catalog.py": "a reseller's prices come from its distributor's lists, which it does not see",
    "src/api/commands.py": "whether what is not seen is there at all",
    "src/api/customers.py": "which ids match some words, by an index that is of no use behind it",
    "src/api/eca.py": "an acceptor is no partner; its link is what lets it in",
    "src/api/histories.py": "prices, as in the catalogue; the subscription itself was seen before",
    "src/api/quotes.py": "prices, as in the catalogue; the customer itself was seen before",
    "src/api/usage.py": "prices, as in the catalogue; the subscription itself was seen before",
    "src/console/catalogue_names.py": "the names of what is sold, which are no partner's",
    "src/console/drafts.py": "a draft is its user's alone, whatever else that user sees; the query asks for it so",
    "src/intake/bulk.py": "wakes everybody's jobs at a start",
    "src/intake/counter.py": "decides on whatever the rules need, after the door has seen what is asked about",
    "src/intake/feed.py": "places are given to everybody's events; a reader goes on from one that it sees no more",
    "src/intake/handover.py": "looks for the outcome of its own command",
    "src/intake/passwords.py": "who sets a password is known by the secret alone",
    "src/intake/rates.py": "counts the requests of the key that asks",
    "src/intake/refunds.py": "as the counter",
    "src/intake/scope.py": "finds out who is asking",
    "src/intake/sessions.py": "finds out who is signing in, or is signed in",
    "src/intake/virtual_time.py": "moves the clock of what the door has seen",
}


def test_what_a_caller_reads_is_read_behind_the_second_wall() -> None:
    past = {
        named(path)
        for room in ("api", "intake", "console")
        for path in modules(ROOT / "src" / room)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in {"read", "snapshot"} and ast.unparse(node.func.value).endswith("database")
    }
    assert past == set(PAST_THE_WALL)
