from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from perennial.catalog_commands import catalog as app

CHEAPER = 'prices = [{ item = "device-seat", term_months = 12, amount = 250, effective_from = 2020-02-01 }]\n'
RAISED = """prices = [
    { item = "device-seat", term_months = 12, amount = 300, effective_from = 2020-01-01 },
    { item = "device-seat", term_months = 12, amount = 900, effective_from = 2021-01-01 },
]
"""


def run(database_url: str, *arguments: str) -> Result:
    environment = {"PERENNIAL_DATABASE_URL": database_url, "COLUMNS": "200"}
    return CliRunner().invoke(app, arguments, env=environment)


def amounts(database_url: str) -> list[int]:
    shown = json.loads(run(database_url, "show", "--json").stdout)
    return [row["amount"] for row in shown["prices"] if (row["item"], row["term_months"]) == ("device-seat", 12)]


def test_a_file_is_loaded_and_shown(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(CHEAPER)

    dry = run(database_url, "load", str(file), "--dry-run")
    assert (dry.exit_code, dry.stdout.split()[:3]) == (0, ["Would", "load", "1"])
    assert amounts(database_url) == [300]
    real = run(database_url, "load", str(file))

    assert (real.exit_code, real.stdout.split()[:2]) == (0, ["Loaded", "1"])
    assert amounts(database_url) == [300, 250]
    assert "250 USD" in run(database_url, "show", "--on", "2027-01-01").stdout


def test_a_refused_file_is_told_row_by_row_and_changes_nothing(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "prices.toml"
    file.write_text(RAISED)

    refused = run(database_url, "load", str(file))

    assert refused.exit_code == 1
    assert f"{file}: prices[1].effective_from: price_notice_too_short: " in refused.stderr
    assert amounts(database_url) == [300]


@pytest.mark.parametrize("content", [b"\xff", None], ids=["not text", "not there"])
def test_a_file_that_cannot_be_read_is_told_so(database_url: str, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "prices.toml"
    if content is not None:
        file.write_bytes(content)

    refused = run(database_url, "load", str(file))

    assert refused.exit_code == 1
    assert "cannot be read" in refused.stderr


def test_a_database_without_tables_is_told_so(tmp_path: Path) -> None:
    refused = run(f"sqlite:///{tmp_path}/new.db", "show")

    assert refused.exit_code == 1
    assert "perennial migrate" in refused.stderr
