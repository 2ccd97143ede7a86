from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from perennial.catalog_commands import agreement as app
from storage.agreements import seed_agreements
from storage.database import Database

VERSION = ("--version", "2999.1", "--from", "2999-01-01")


@pytest.fixture
async def seeded_url(database_url: str) -> str:
    database = Database(database_url)
    async with database.write() as connection:
        await seed_agreements(connection)
    await database.close()
    return database_url


@pytest.fixture
def text(tmp_path: Path) -> Path:
    file = tmp_path / "agreement.txt"
    file.write_bytes("Line one.\r\n§ 2 of it.\n".encode())
    return file


def run(database_url: str, *arguments: str) -> Result:
    environment = {"PERENNIAL_DATABASE_URL": database_url, "COLUMNS": "200"}
    return CliRunner().invoke(app, arguments, env=environment)


def versions(database_url: str) -> dict[str, str]:
    return {one["version"]: one["text"] for one in json.loads(run(database_url, "list", "--json").stdout)}


def test_a_version_is_loaded_to_the_byte_and_listed(seeded_url: str, text: Path) -> None:
    dry = run(seeded_url, "load", str(text), *VERSION, "--dry-run")
    assert (dry.exit_code, dry.stdout) == (0, "Would load version 2999.1, from 2999-01-01.\n")
    assert list(versions(seeded_url)) == ["2026.1"]

    real = run(seeded_url, "load", str(text), *VERSION)
    again = run(seeded_url, "load", str(text), *VERSION)

    assert (real.exit_code, real.stdout) == (0, "Loaded version 2999.1, from 2999-01-01.\n")
    assert (again.exit_code, again.stdout) == (0, "Version 2999.1 is there already.\n")
    assert versions(seeded_url)["2999.1"].encode() == text.read_bytes()
    in_force = [line for line in run(seeded_url, "list").stdout.splitlines() if "in force" in line]
    assert ["2026.1" in line for line in in_force] == [True]


def test_a_version_that_is_there_never_changes(seeded_url: str, text: Path) -> None:
    before = versions(seeded_url)

    refused = run(seeded_url, "load", str(text), "--version", "2026.1", "--from", "2026-01-01")

    assert refused.exit_code == 1
    assert f"{text}: version_exists: " in refused.stderr
    assert versions(seeded_url) == before


def test_a_day_or_a_file_that_is_none_is_told_so(seeded_url: str, text: Path) -> None:
    no_day = run(seeded_url, "load", str(text), "--version", "2999.1", "--from", "tomorrow")
    no_file = run(seeded_url, "load", str(text.with_name("none")), *VERSION)

    assert (no_day.exit_code, no_day.stderr) == (1, "tomorrow is not a day (YYYY-MM-DD).\n")
    assert (no_file.exit_code, "cannot be read" in no_file.stderr) == (1, True)
