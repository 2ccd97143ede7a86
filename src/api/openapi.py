"""The OpenAPI document: FastAPI's own, with the shapes of answers and of the bodies that endpoints read themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema
from typing_extensions import is_typeddict

from api.body_types import Body
from api.operation_table import operations
from api.operations import PAGE_OF, SCHEMAS
from api.parameter_table import path_parameter
from api.shapes import (
    bulk,
    catalog,
    events,
    invoices,
    members,
    money,
    overview,
    parties,
    problems,
    reports,
    sandbox,
    subscriptions,
    usage,
)
from api.shapes.members import NextCursor

SHAPES: tuple[ModuleType, ...] = (
    *(bulk, catalog, events, invoices, members, money, overview, parties, problems, reports, sandbox),
    *(subscriptions, usage),
)
TAGS = {
    "health": "Whether the process is up and can work.",
    "partners": "Who one is, and the resellers below.",
    "access": "API keys, and the trail of changes.",
    "customers": "The companies that hold subscriptions.",
    "catalogue": "What is sold.",
    "subscriptions": "Quotes, purchases, and what became of them.",
    "commands": "What is asked of a subscription.",
    "agreement": "The acceptor's public page.",
    "money": "Transactions, refunds, invoices.",
    "bulk": "Files of commands, each carried out row by row.",
    "reports": "All of it, for accountants.",
    "events": "The feed of everything that happens.",
    "webhooks": "Being told of it.",
    "mails": "What was mailed to whom, and what became of it.",
    "sandbox": "Virtual time, and the mailbox; production has none of these.",
}
_ABOUT = (
    "JSON in `snake_case`; days are `YYYY-MM-DD`, instants RFC 3339 with `Z`, both UTC; money is minor units with its"
    " currency. Send `Authorization: Bearer <key>`; `x-scope` names the scope that the key needs. A change is sent with"
    " an `Idempotency-Key`: sent again, it has one effect and the same answer. Every problem is RFC 9457, its `type`"
    " leads to a page that explains it. An answer may gain members; read over those that you do not know."
)
_REFERENCE = re.compile(rf'"{re.escape(SCHEMAS)}(\w+?){PAGE_OF}"')


def documented(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return what makes the document, once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document_of(app)
        return app.openapi_schema

    return openapi


def document_of(app: FastAPI) -> dict[str, Any]:
    """Return the document of an application's routes."""
    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, description=_ABOUT, routes=app.routes
    )
    for (path, method), described in {**_by_routes(app), **_by_table()}.items():
        if path in document["paths"]:
            _complete(document["paths"][path][method], described)
    document["tags"] = [{"name": name, "description": says} for name, says in TAGS.items()]
    document["components"] = {
        "schemas": dict(sorted({**_bodies(), **_shapes(document["paths"])}.items())),
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
    }
    return document


def _by_table() -> dict[tuple[str, str], dict[str, Any]]:
    return {(path, method): described for (method, path), described in operations().items()}


def _by_routes(app: FastAPI) -> dict[tuple[str, str], dict[str, Any]]:
    """What the operations say of themselves at their routes."""
    return {
        (str(route.path), method.lower()): {"summary": route.summary, "openapi_extra": route.openapi_extra}
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute) and route.openapi_extra is not None
        for method in route.methods or ()
    }


def _complete(present: dict[str, Any], described: Mapping[str, Any]) -> None:
    """Put what is said in place of what FastAPI thinks of answers, and of examples, in which it leaves out nulls."""
    extra: dict[str, Any] = described["openapi_extra"]
    in_path = [path_parameter(one["name"]) for one in present.get("parameters", []) if one["in"] == "path"]
    present.update(extra)
    present["summary"] = described["summary"]
    present["parameters"] = [*in_path, *extra["parameters"]]
    present["responses"] = dict(sorted(extra["responses"].items()))


def _bodies() -> dict[str, Any]:
    _, found = models_json_schema(
        [(model, "validation") for model in _subclasses(Body) if not model.__name__.startswith("_")],
        ref_template=f"{SCHEMAS}{{model}}",
    )
    schemas: dict[str, Any] = found["$defs"]
    return {name: _without_nulls_as_defaults(schema) for name, schema in schemas.items()}


def _without_nulls_as_defaults(schema: dict[str, Any]) -> dict[str, Any]:
    """What is left out is left out: a client that sends a default sends a change, and null may clear a member."""
    is_change = not schema.get("required") and "Changes" in schema.get("title", "")
    members: dict[str, dict[str, Any]] = schema.get("properties", {})
    for member in members.values():
        if is_change or member.get("default", ...) is None:
            member.pop("default", None)
    return schema


def _shapes(paths: Mapping[str, Any]) -> dict[str, Any]:
    found = [shape for module in SHAPES for shape in _typed(module)]
    adapters: Any = [(shape.__name__, "serialization", TypeAdapter(shape)) for shape in found]
    _, defined = TypeAdapter.json_schemas(adapters, ref_template=f"{SCHEMAS}{{model}}")
    listed = sorted(set(_REFERENCE.findall(json.dumps(paths))))
    return {**defined["$defs"], **{f"{name}{PAGE_OF}": _page_of(name) for name in listed}}


def _typed(module: ModuleType) -> Iterator[type]:
    for name, value in vars(module).items():
        if is_typeddict(value) and not name.startswith("_") and value.__module__ == module.__name__:
            yield value


def _page_of(name: str) -> dict[str, Any]:
    cursor = TypeAdapter(NextCursor).json_schema()
    return {
        "title": f"{name}{PAGE_OF}",
        "description": "A page of a list.",
        "type": "object",
        "required": ["data", "next_cursor"],
        "properties": {"data": {"type": "array", "items": {"$ref": f"{SCHEMAS}{name}"}}, "next_cursor": cursor},
    }


def _subclasses(model: type[Body]) -> Iterator[type[Body]]:
    for subclass in model.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)
