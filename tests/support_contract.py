"""Every answer that a test gets is held against the OpenAPI document: its status, its media type, its shape, its code.

The document lets answers gain members; a test does not, so that what is shown and what is promised cannot drift.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx2
import jsonschema_rs

from api.app import openapi_document

JSON, PROBLEM = "application/json", "application/problem+json"
LIMITED = {"RateLimit", "RateLimit-Policy"}  # what every answer under a limit has
Json = dict[str, Any]


class BrokenPromiseError(AssertionError):
    """An answer that the document does not allow."""


def hold(answer: httpx2.Response) -> None:
    """Check an answer; call it as a hook of a client.

    Raises:
        BrokenPromiseError: the document does not allow it.
    """
    described = described_operation(answer.request.method, answer.request.url.path)
    if described is not None and _is_small(answer):
        answer.read()
        _check(answer, described)


async def hold_async(answer: httpx2.Response) -> None:
    """As `hold`, for a client that does not wait."""
    described = described_operation(answer.request.method, answer.request.url.path)
    if described is not None and _is_small(answer):
        await answer.aread()
        _check(answer, described)


def described_operation(method: str, path: str) -> Json | None:
    """What the document says of an address; None where it says nothing."""
    method = "get" if method == "HEAD" else method.lower()
    for pattern, methods in _addresses():
        if pattern.fullmatch(path):
            found: Json | None = methods.get(method)
            return found
    return None


def faults(schema: str, value: object) -> list[str]:
    """What is wrong with a value, measured at a component of the document, closed."""
    return [
        f"{'/'.join(map(str, found.instance_path))}: {found.message}" for found in _validator(schema).iter_errors(value)
    ]


@cache
def document() -> Json:
    """The document, as a sandbox serves it."""
    return openapi_document(sandbox=True)


def _is_small(answer: httpx2.Response) -> bool:
    return answer.request.method != "HEAD" and _media_type(answer) in {JSON, PROBLEM, "text/html", ""}


def _check(answer: httpx2.Response, described: Json) -> None:
    said = described["responses"].get(str(answer.status_code))
    if said is None:
        raise _broken(answer, f"there is no {answer.status_code}")
    missing = [name for name in said.get("headers", {}) if name in LIMITED and name not in answer.headers]
    if missing:
        raise _broken(answer, f"it lacks {missing}")
    media_type = _media_type(answer)
    if answer.content and media_type not in said.get("content", {}):
        raise _broken(answer, f"{media_type} is not said of {answer.status_code}")
    if media_type not in {JSON, PROBLEM}:
        return
    body = answer.json()
    found = faults(said["content"][media_type]["schema"]["$ref"], body)
    if found:
        raise _broken(answer, "; ".join(found[:5]))
    codes = said.get("x-problem-codes", [])
    if media_type == PROBLEM and body["code"] not in codes:
        raise _broken(answer, f"the code {body['code']} is not said of {answer.status_code}")


def _broken(answer: httpx2.Response, what: str) -> BrokenPromiseError:
    return BrokenPromiseError(f"{answer.request.method} {answer.request.url.path}: {what}\n{answer.text[:2000]}")


def _media_type(answer: httpx2.Response) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip()


@cache
def _addresses() -> list[tuple[re.Pattern[str], Json]]:
    """The paths as patterns, those without parameters first."""
    paths: Mapping[str, Json] = document()["paths"]
    in_order = sorted(paths, key=lambda path: (path.count("{"), not path.endswith(".pdf")))
    return [(_pattern(path), paths[path]) for path in in_order]


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


@cache
def _validator(reference: str) -> jsonschema_rs.Draft202012Validator:
    components = _closed(document()["components"])
    return jsonschema_rs.Draft202012Validator({"$ref": reference, "components": components}, validate_formats=True)


def _closed(schema: Any) -> Any:
    """The same with no member beside those that are named."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed
