"""The checked-in client is the one that the document gives now, and reaches every operation in both clients."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import perennial_client
from perennial_client import Perennial
from perennial_client.generated import clients
from support_contract import document

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "clients" / "generator"
GENERATED = ROOT / "clients" / "python" / "perennial_client" / "generated"


def texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}


def test_the_checked_in_client_is_what_the_document_gives(tmp_path: Path) -> None:
    python = GENERATOR / ".venv" / "bin" / "python"
    assert python.exists(), "`make setup` installs the generator"

    subprocess.run((python, GENERATOR / "generate.py", ROOT / "docs" / "openapi.json", tmp_path / "made"), check=True)

    made, kept = texts(tmp_path / "made"), texts(GENERATED)
    differing = sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))
    assert not differing, f"{differing} of the client are others; `make client` writes it anew"


def test_every_operation_is_there_for_threads_and_for_asyncio() -> None:
    operations = {raw["operationId"] for methods in document()["paths"].values() for raw in methods.values()}
    called = re.findall(r'name="(\w+)"', "".join(texts(GENERATED / "resources").values()))
    assert set(called) == operations
    assert all(called.count(name) % 2 == 0 for name in operations)


def test_both_clients_have_the_same_groups_with_the_same_names() -> None:
    groups = [name for name in vars(clients.Perennial) if not name.startswith("_")]
    assert groups == [name for name in vars(clients.AsyncPerennial) if not name.startswith("_")]
    assert {"subscriptions", "customers", "refunds", "webhooks"} <= set(groups)
    of_each = [kind(base_url="http://door.example", api_key="pk_1") for kind in (Perennial, clients.AsyncPerennial)]
    for group in groups:
        found = [type(getattr(client, group)) for client in of_each]
        names = [[name for name in vars(kind) if not name.startswith("_")] for kind in found]
        assert names[0] == names[1]


def test_whatever_is_exported_is_there() -> None:
    assert all(getattr(perennial_client, name) is not None for name in perennial_client.__all__)
    assert all(getattr(perennial_client.models, name) is not None for name in perennial_client.models.__all__)
