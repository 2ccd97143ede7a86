"""How an operation is documented: its scope, its parameters, its bodies and answers, and its problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.body_types import Body
from api.parameter_table import Parameter, header, query_parameter
from api.problem_statuses import by_status
from api.rate_headers import RATE_HEADERS
from api.shapes.subscriptions import AcceptedCommand

SCHEMAS = "#/components/schemas/"
PROBLEM_JSON = "application/problem+json"
PAGE_OF = "Page"  # what the name of a list's answer ends with
CREATED = 201
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
WAITS = (429, 503)  # the statuses that come with Retry-After
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}

_WITH_KEY = ("unauthenticated", "rate_limited")
_SCOPED = (*_WITH_KEY, "missing_scope", "partner_disabled")
_MEMBERS = (
    *("body_too_large", "required", "unknown_field", "wrong_type", "invalid_value"),
    *("invalid_format", "invalid_characters", "too_short", "too_long", "out_of_range"),
)
_BODY = ("malformed_json", *_MEMBERS)
_FILE = ("unsupported_media_type", *_MEMBERS)
_OF_HEADER = {
    "Idempotency-Key": ("idempotency_key_invalid", "idempotency_key_reused", "request_in_progress"),
    "If-Match": ("version_conflict",),
}
_OF_QUERY = {"limit": ("limit_out_of_range",), "cursor": ("invalid_cursor",), "month": ("invalid_month",)}
_ACCEPTED = {"command_id": "cmd_01930c3f9e5a7b7c8d9f4a6e8b0c2d3f", "state": "accepted"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of these."""

    shape: type


Shape = type | Listed | None


def operation(
    summary: str,
    *,
    scope: str | None,
    name: str | None = None,
    answer: Shape = None,
    preview: type | None = None,
    example: object = None,
    previewed: object = None,
    content: Mapping[str, object] | None = None,
    status: int = 200,
    body: type[Body] | None = None,
    file: Mapping[str, object] | None = None,
    may_be_empty: bool = False,
    codes: tuple[str, ...] = (),
    parameters: tuple[str, ...] = (),
    special: Mapping[str, Parameter] | None = None,
    headers: tuple[str, ...] = (),
    etag: bool = False,
    forms: bool = False,
    refusal: Mapping[str, object] | None = None,
    unwell: type | None = None,
) -> dict[str, Any]:
    """Return a route's arguments.

    `name` is what clients call the operation. `answer` is the shape of the answer, `example` one of them, `content`
    what it is in further media types, `preview` the shape of a dry run's where it is another, `previewed` one of these
    where the example cannot be turned into one. `codes` are the problems beside those that follow from the rest;
    `parameters` query parameters, of which `special` mean something of their own here; `headers` what a request may
    carry. A body that `may_be_empty` may be left out, one that takes `forms` may come from a page; `file` is what it
    is by media type where it is no JSON. `refusal` is what a problem is in further media types, `unwell` the shape of
    a 503 that is none.
    """
    asked = [query_parameter(given, special or {}) for given in parameters]
    of_query = [code for given in asked for code in _codes_of(given)]
    carried = [header(given, required="idempotency_key_required" in codes) for given in headers]
    taken = _BODY if body is not None else _FILE if file is not None else ()
    every = _codes(scope, (*codes, *of_query), taken=taken, has_query=scope is not None, headers=headers)
    shown = {**_json(answer, example), **(content or {})}
    extra: dict[str, Any] = {
        **({} if name is None else {"operationId": name}),
        "x-scope": scope or "none",
        "x-problem-codes": [code for found in by_status(every).values() for code in found],
        "security": [{"key": [scope] if scope else []}] if "unauthenticated" in every else [],
        "parameters": [*asked, *carried],
        "responses": {
            **_done(status, shown, parameters=parameters, headers=headers, etag=etag),
            **(_previewed(preview, previewed or _as_preview(example)) if preview is not None else {}),
            **(_accepted() if "Prefer" in headers else {}),
            **_problems(every, refusal or {}),
            **({"503": {"description": "Not ready", "content": _json(unwell, example)}} if unwell is not None else {}),
        },
    }
    if "rate_limited" in every:
        _tell_the_rate(extra["responses"])
    extra["responses"].update({"303": {"description": "To the page, for a form"}} if forms else {})
    if sent := file if body is None else _sent(body, forms=forms):
        extra["requestBody"] = {"required": not may_be_empty, "content": dict(sent)}
    return {"summary": summary, "status_code": status, "openapi_extra": extra}


def _sent(body: type[Body], *, forms: bool) -> dict[str, Any]:
    schema = {"$ref": f"{SCHEMAS}{body.__name__}"}
    return {one: {"schema": schema} for one in ("application/json", *(FORMS if forms else ()))}


def _codes(
    scope: str | None, codes: tuple[str, ...], *, taken: tuple[str, ...], has_query: bool, headers: tuple[str, ...]
) -> tuple[str, ...]:
    return (
        *(_SCOPED if scope is not None else ()),
        *(("unknown_parameter", "invalid_value") if has_query else ()),
        *taken,
        *(code for given in headers for code in _OF_HEADER.get(given, ())),
        *codes,
        "internal_error",
    )


def _codes_of(parameter: Parameter) -> tuple[str, ...]:
    named = _OF_QUERY.get(parameter["name"], ())
    return (*named, "invalid_date") if parameter["schema"].get("format") == "date" else named


def _json(answer: Shape, example: object) -> dict[str, Any]:
    if answer is None and example is None:
        return {}
    shown: dict[str, Any] = {} if answer is None else {"schema": _reference(answer)}
    return {"application/json": {**shown, "example": example}}


def _reference(shape: type | Listed) -> dict[str, str]:
    name = f"{shape.shape.__name__}{PAGE_OF}" if isinstance(shape, Listed) else shape.__name__
    return {"$ref": f"{SCHEMAS}{name}"}


def _done(
    status: int, content: Mapping[str, object], *, parameters: tuple[str, ...], headers: tuple[str, ...], etag: bool
) -> dict[str, Any]:
    sent = {
        "ETag": ("The version.", etag),
        "Location": ("The address of what was made.", status == CREATED),
        "Link": ('The next page, `rel="next"`; not on the last.', "cursor" in parameters),
        "Idempotency-Replayed": ("`true` on an answer that was given before.", "Idempotency-Key" in headers),
    }
    there = {name: _said(says) for name, (says, is_there) in sent.items() if is_there}
    answer: dict[str, Any] = {"description": "Created" if status == CREATED else "Done"}
    return {
        str(status): {
            **answer,
            **({"content": dict(content)} if content else {}),
            **({"headers": there} if there else {}),
        }
    }


def _previewed(shape: type, example: object) -> dict[str, Any]:
    return {"200": {"description": "What it would be: a dry run", "content": _json(shape, example)}}


def _as_preview(example: object) -> object:
    """The ids of what would be made are null."""
    if not isinstance(example, dict):
        return example
    shown: dict[str, object] = {**example, "id": None, "dry_run": True}
    return shown


def _accepted() -> dict[str, Any]:
    headers = {"Location": _said("The command, to be asked for its answer.")}
    shown = {"application/json": {"schema": _reference(AcceptedCommand), "example": _ACCEPTED}}
    return {"202": {"description": "Recorded, and carried out later", "headers": headers, "content": shown}}


def _problems(codes: tuple[str, ...], more: Mapping[str, object]) -> dict[str, Any]:
    return {str(status): _problem(status, found, more) for status, found in by_status(codes).items()}


def _problem(status: int, codes: list[str], more: Mapping[str, object]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": ", ".join(f"`{code}`" for code in codes),
        "x-problem-codes": codes,
        "content": {PROBLEM_JSON: {"schema": {"$ref": f"{SCHEMAS}Problem"}}, **more},
    }
    return {**described, "headers": {"Retry-After": _said("Seconds.")}} if status in WAITS else described


def _tell_the_rate(responses: dict[str, Any]) -> None:
    """Every answer to a counted request has these headers; said of those that are good, and of the refusal."""
    told = {name: _said(says) for name, says in RATE_HEADERS.items()}
    for status, answer in responses.items():
        if status < "3" or "rate_limited" in answer.get("x-problem-codes", ()):
            answer["headers"] = {**answer.get("headers", {}), **told}


def _said(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}
