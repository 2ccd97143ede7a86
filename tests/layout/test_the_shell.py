"""The resource commands cover the API's document and nothing else, and docs/cli.md shows each of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from api.app import openapi_document
from perennial.cli import EXITS, OPERATIONS
from perennial.shell import special
from perennial.shell.exits import MEANINGS
from perennial.shell.operations import Operation

ROOT = Path(__file__).resolve().parents[2]
EXCEPTIONS = {
    ("GET", "/healthz"): "for probes",
    ("GET", "/readyz"): "for probes",
    ("POST", "/v1/users/password"): "a person's own secret, which a shell would keep in its history",
    ("GET", "/eca/{token}"): "the acceptor's page, which no partner may act on",
    ("POST", "/eca/{token}/accept"): "the acceptor's own word",
    ("POST", "/eca/{token}/decline"): "the acceptor's own word",
}
# What a command has instead of these.
EVERYWHERE = {"limit", "cursor", "dry_run", "Idempotency-Key", "If-Match", "Prefer"}
# A purchase's quote is made of the same options; members that only the operator's body knows are no schema's.
UNDOCUMENTED = {"partners create": {"kind", "currency"}}


DOCUMENT = openapi_document(sandbox=True)
DESCRIBED = {
    (method.upper(), path): described
    for path, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
}
ASKED = {(operation.method, operation.path): operation for operation in OPERATIONS}


def test_every_operation_of_the_api_has_a_command_and_every_command_an_operation() -> None:
    assert set(ASKED) | set(special.OPERATIONS.values()) == set(DESCRIBED) - set(EXCEPTIONS)
    assert set(EXCEPTIONS) <= set(DESCRIBED)


def test_no_two_commands_are_the_same() -> None:
    commands = [operation.command for operation in OPERATIONS]
    assert sorted(commands) == sorted(set(commands))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.command)
def test_a_command_gives_every_member_that_its_operation_takes(operation: Operation) -> None:
    described = DESCRIBED[operation.method, operation.path]
    names = {member.name for member in operation.members}
    schema = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    body = DOCUMENT["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
    query = {parameter["name"] for parameter in described.get("parameters", ()) if parameter["in"] == "query"}

    taken = query if operation.method == "GET" else set(body.get("properties", {}))

    assert names == (taken - EVERYWHERE) | UNDOCUMENTED.get(operation.command, set())
    needed = {member.name for member in operation.members if member.required}
    assert needed <= set(body.get("required", ())) if operation.method != "GET" else not needed


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.command)
def test_a_command_knows_pages_dry_runs_and_versions_where_its_operation_does(operation: Operation) -> None:
    parameters = {parameter["name"] for parameter in DESCRIBED[operation.method, operation.path].get("parameters", ())}

    assert operation.paged == ("cursor" in parameters)
    assert operation.dry_run == ("dry_run" in parameters)
    if operation.if_match:
        assert "If-Match" in parameters


def test_the_manual_shows_every_command_and_exit_code() -> None:
    manual = (ROOT / "docs" / "cli.md").read_text("utf-8")
    rows = [f"| `perennial {operation.command}` | `{operation.method} {operation.path}` |" for operation in OPERATIONS]
    rows += [f"| `perennial {name}` | `{method} {path}` |" for name, (method, path) in special.OPERATIONS.items()]
    codes = [f"| {int(code)} | {meaning} |" for code, meaning in MEANINGS.items()]

    assert [row for row in (*rows, *codes) if row not in manual] == []
    table = [
        line.partition(" | ")[0] for line in manual.splitlines() if line.startswith("| `perennial ") and "`GET " in line
    ]
    assert len(table) == len(set(table))


def test_the_codes_are_in_the_help() -> None:
    assert all(f"{int(code)} {meaning}" in EXITS for code, meaning in MEANINGS.items())


def test_help_loads_neither_database_nor_engine_nor_client() -> None:
    heavy = ("sqlalchemy", "temporalio", "fastapi", "httpx2", "babel", "pydantic", "storage", "intake", "activities")
    program = f"import sys, perennial.cli; print([name for name in {heavy!r} if name in sys.modules])"

    said = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True)

    assert said.stdout == "[]\n"
