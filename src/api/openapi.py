"""The OpenAPI document: FastAPI's own, with the schemas of the bodies that endpoints read themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.utils import deep_dict_update
from pydantic.json_schema import models_json_schema

from api.body_types import Body
from api.operation_table import operations
from api.operations import SCHEMAS

_PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457; `code` is stable, further members carry facts.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        },
    },
}


def documented(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return what makes the document, once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    return openapi


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    for (method, path), described in operations().items():
        present = document["paths"].get(path, {}).get(method)
        if present is not None:
            deep_dict_update(present, described["openapi_extra"])
            present["summary"] = described["summary"]
    _, bodies = models_json_schema(
        [(model, "validation") for model in _subclasses(Body)], ref_template=f"{SCHEMAS}{{model}}"
    )
    components: dict[str, Any] = document.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    schemas.update({**bodies.get("$defs", {}), "Problem": _PROBLEM})
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return document


def _subclasses(model: type[Body]) -> Iterator[type[Body]]:
    for subclass in model.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)
