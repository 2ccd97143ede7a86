"""Writes the generated part of the Python client from the OpenAPI document: `generate.py DOCUMENT FOLDER`.

openapi-python-client reads the document, the templates beside this file write the code, ruff formats it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData

from operations import Json, Operation, address_of, operations_of, readable
from phrases import ASKED, FILTERS, answered_in, asked_in

HERE = Path(__file__).resolve().parent
RUFF = Path(sys.executable).with_name("ruff")
OF_EVERY_MODEL = {"raw", "http", "from_json"}


def main(document: Path, folder: Path) -> None:
    """Write the folder anew."""
    files = list(_files(json.loads(document.read_text(encoding="utf-8"))))
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    _tidied(folder)


def _files(raw: Json) -> Iterator[tuple[str, str]]:
    """Every file's name and text."""
    data, groups = _read(readable(raw)), _groups(operations_of(raw))
    environment = _environment(raw, data, groups)
    named = set(raw["components"]["schemas"])
    models = sorted((one for one in data.models if _class(one) in named), key=_class)
    enums = sorted((one for one in data.enums if _class(one) in named), key=_class)
    _clear(models)
    endpoints = {one.name: one for found in data.endpoint_collections_by_tag.values() for one in found.endpoints}

    def written(template: str, **found: object) -> str:
        return environment.get_template(f"{template}.py.jinja").render(**found)

    yield "__init__.py", written("package")
    yield "models.py", written("models", models=models, enums=enums)
    yield "params.py", written("params", models=models, enums=enums)
    yield "clients.py", written("clients", groups=list(groups))
    yield "resources/__init__.py", written("package")
    for group, operations in groups.items():
        yield f"resources/{group}.py", written("resource", group=group, operations=operations, endpoints=endpoints)


def _read(document: Json) -> GeneratorData:
    data = GeneratorData.from_dict(document, config=_config())
    if not isinstance(data, GeneratorData):
        raise SystemExit(f"the document cannot be read: {data}")
    errors = [*data.errors, *(one for found in data.endpoint_collections_by_tag.values() for one in found.parse_errors)]
    if errors:
        raise SystemExit("\n".join(f"{error.header}: {error.detail}" for error in errors))
    return data


def _environment(raw: Json, data: GeneratorData, groups: dict[str, list[Operation]]) -> Environment:
    environment: Environment = Project(openapi=data, config=_config(), custom_template_path=HERE / "templates").env
    environment.undefined = StrictUndefined
    environment.filters.update(FILTERS)
    environment.globals.update(
        ASKED,
        named=set(raw["components"]["schemas"]),
        asked=asked_in(raw),
        answered=answered_in(raw),
        addresses={name: address_of(found) for name, found in groups.items()},
        values={name: tuple(one["enum"]) for name, one in raw["components"]["schemas"].items() if "enum" in one},
    )
    return environment


def _config() -> Config:
    return Config.from_sources(
        ConfigFile(literal_enums=True),
        MetaType.NONE,
        document_source=HERE,
        file_encoding="utf-8",
        overwrite=True,
        output_path=HERE,
    )


def _groups(operations: list[Operation]) -> dict[str, list[Operation]]:
    names = sorted({one.group for one in operations})
    return {name: [one for one in operations if one.group == name] for name in names}


def _clear(models: list[Any]) -> None:
    """Stop where a member would hide what every model has."""
    hidden = [
        f"{model.class_info.name}.{member.python_name}"
        for model in models
        for member in (*model.required_properties, *model.optional_properties)
        if member.python_name in OF_EVERY_MODEL
    ]
    if hidden:
        raise SystemExit(f"these members need other names: {', '.join(hidden)}")


def _tidied(folder: Path) -> None:
    """Take out imports that are not used, sort the others, and format all, whatever settings are near the folder."""
    settings = ("--isolated", "--line-length", "120", "--target-version", "py311", "--quiet", "--no-cache")
    ours = ("--config", "lint.isort.known-first-party = ['perennial_client']")
    unused = ("--fix-only", "--select", "F401,I001,PIE790")
    subprocess.run((RUFF, "check", *settings, *ours, *unused, folder), check=True)  # noqa: S603 # This Python's own.
    subprocess.run((RUFF, "format", *settings, folder), check=True)  # noqa: S603 # As above.


def _class(named: Any) -> str:
    return str(named.class_info.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
