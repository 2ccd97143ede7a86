"""How an operation is documented: its scope, its problems, an example, and its body's schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.body_types import Body

SCHEMAS = "#/components/schemas/"
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_SCOPED = ("unauthenticated", "rate_limited", "missing_scope", "partner_disabled")


def operation(
    summary: str,
    *,
    scope: str | None,
    example: object = None,
    content: Mapping[str, object] | None = None,
    status: int = 200,
    body: type[Body] | None = None,
    codes: tuple[str, ...] = (),
    parameters: tuple[str, ...] = (),
    headers: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return a route's arguments.

    `codes` are the problems beside those of every request with a key, `parameters` query parameters, `headers` what a
    request may carry. `example` is the answer in JSON, `content` describes it in further media types.
    """
    every = (*(_SCOPED if scope is not None else ()), *codes)
    needs = f"Needs the scope `{scope}`. " if scope is not None else ""
    extra: dict[str, Any] = {
        "description": f"{needs}Problem codes: {', '.join(f'`{code}`' for code in every) or 'none of its own'}.",
        "x-scope": scope or "none",
        "x-problem-codes": list(every),
        "security": [] if scope is None else [{"key": []}],
        "parameters": [
            *({"name": name, "in": "query", "schema": {"type": "string"}} for name in parameters),
            *({"name": name, "in": "header", "schema": {"type": "string"}} for name in headers),
        ],
        "responses": {
            str(status): {"description": "Done", "content": {**_json(example), **(content or {})}},
            "default": {
                "description": "A problem",
                "content": {"application/problem+json": {"schema": {"$ref": f"{SCHEMAS}Problem"}}},
            },
        },
    }
    if body is not None:
        schema = {"$ref": f"{SCHEMAS}{body.__name__}"}
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"summary": summary, "status_code": status, "openapi_extra": extra}


def _json(example: object) -> dict[str, Any]:
    return {} if example is None else {"application/json": {"example": example}}
