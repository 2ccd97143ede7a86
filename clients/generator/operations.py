"""What the document says of its operations beside the types of their arguments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

Json = dict[str, Any]
JSON = "application/json"
SCHEMA = "#/components/schemas/"
# A group is named by the first word of its address; the probes are together.
GROUPS = {"healthz": "health", "readyz": "health"}
# What else a group's operations call what they are about.
ALSO_CALLED = {"eca": ("agreement",), "audit": (), "health": (), "reports": ("report",), "catalog": ()}
FILES = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/pdf": "pdf",
}
SAFE_AGAIN = {"get", "put", "delete"}
# Of access, form and failure: what nearly every operation may answer is not worth saying at each.
NOT_SAID = frozenset(
    {
        *("unauthenticated", "missing_scope", "partner_disabled", "not_permitted", "not_found", "rate_limited"),
        *("malformed_json", "body_too_large", "unsupported_media_type", "not_acceptable", "method_not_allowed"),
        *("unknown_parameter", "invalid_value", "required", "unknown_field", "wrong_type", "invalid_format"),
        *("invalid_characters", "too_short", "too_long", "out_of_range", "limit_out_of_range", "invalid_cursor"),
        *("idempotency_key_invalid", "idempotency_key_required", "idempotency_key_reused", "request_in_progress"),
        *("internal_error", "engine_unreachable"),
    }
)


@dataclass(frozen=True)
class Operation:
    """One operation; types are expressions, parts of the generated code."""

    id: str
    group: str
    name: str
    method: str
    path: str
    summary: str
    description: str
    descriptions: Mapping[str, str]
    answer: str
    preview: str | None
    item: str | None
    files: Mapping[str, str]
    takes: tuple[str, ...]
    is_keyed: bool
    is_repeatable: bool
    codes: tuple[str, ...]

    @property
    def said(self) -> str:
        """What it does, in a line or more."""
        if self.description.startswith(self.summary):
            return self.description
        return f"{self.summary}.\n\n{self.description}".rstrip()

    @property
    def address(self) -> str:
        """The path as the text of an f-string, whose names are arguments."""
        return re.sub(r"{(\w+)}", r"{segment(\1)}", self.path)


def operations_of(document: Json) -> list[Operation]:
    """Return the document's operations, in its order."""
    found = [_operation(document, path, method, raw) for path, method, raw in _each(document)]
    twice = {place for place, count in Counter((one.group, one.name) for one in found).items() if count > 1}
    if twice:
        raise ValueError(f"two operations have one name: {sorted(twice)}")
    return found


def readable(document: Json) -> Json:
    """Return the document with what the library reads of it: schemas, parameters and bodies of JSON."""
    paths = {
        path: {method: _readable(raw) for method, raw in methods.items()} for path, methods in document["paths"].items()
    }
    return {**document, "paths": paths}


def address_of(operations: list[Operation]) -> str:
    """Return the address that a group's operations share."""
    words = zip(*(one.path.split("/") for one in operations), strict=False)
    shared = "/".join(at_place[0] for at_place in takewhile(lambda found: len(set(found)) == 1, words))
    return shared.partition("/{")[0] or operations[0].path


def _readable(raw: Json) -> Json:
    kept = {name: value for name, value in raw.items() if name not in {"requestBody", "security"}}
    body = raw.get("requestBody", {}).get("content", {}).get(JSON)
    if body is not None:
        kept["requestBody"] = {"content": {JSON: body}, "required": True}
    return {**kept, "responses": {}, "tags": ["all"]}


def _each(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, raw in methods.items():
            yield path, method, raw


def _operation(document: Json, path: str, method: str, raw: Json) -> Operation:
    group = _group(path)
    done, previewed = _answers(raw)
    content = done.get("content", {})
    names = {one["name"] for one in raw["parameters"]}
    takes = tuple(raw.get("requestBody", {}).get("content", {}))
    is_keyed = "Idempotency-Key" in names
    return Operation(
        id=raw["operationId"],
        group=group,
        name=_name(raw["operationId"], group),
        method=method.upper(),
        path=path,
        summary=raw["summary"],
        description=raw.get("description", ""),
        descriptions={one["name"]: one.get("description", "") for one in raw["parameters"]},
        answer=_answer(content),
        preview=_answer(previewed.get("content", {})) if "dry_run" in names else None,
        item=_item(document, content) if "cursor" in names else None,
        files={media: suffix for media, suffix in FILES.items() if media in content and JSON in content},
        takes=() if JSON in takes else takes,
        is_keyed=is_keyed,
        is_repeatable=is_keyed or method in SAFE_AGAIN or raw.get("x-scope") == "read",
        codes=tuple(code for code in raw["x-problem-codes"] if code not in NOT_SAID),
    )


def _group(path: str) -> str:
    words = [word for word in path.split("/") if word and word != "v1"]
    first = words[0].replace("-", "_")
    return GROUPS.get(first, first)


def _name(operation_id: str, group: str) -> str:
    """The operation's name without what its group says already: `create_api_key` of `api_keys` is `create`."""
    names = (group, group.removesuffix("ies") + "y", group.removesuffix("s"), *ALSO_CALLED.get(group, ()))
    for spoken in sorted(set(names), key=len, reverse=True):
        short = re.sub(rf"(^|_){spoken}(?=_|$)", "", operation_id, count=1).strip("_")
        if short and short != operation_id:
            return short
    return operation_id


def _answers(raw: Json) -> tuple[Json, Json]:
    """The answer of what is done, and that of a dry run, which may be the same."""
    done = [answer for status, answer in sorted(raw["responses"].items()) if status in {"200", "201", "204"}]
    return done[-1], done[0]


def _answer(content: Json) -> str:
    if JSON in content:
        reference = content[JSON].get("schema", {}).get("$ref")
        return "object" if reference is None else f"models.{reference.removeprefix(SCHEMA)}"
    if "text/html" in content:
        return "str"
    return "bytes" if content else "type(None)"


def _item(document: Json, content: Json) -> str | None:
    """What the list's items are, None where the answer is no list."""
    reference = content.get(JSON, {}).get("schema", {}).get("$ref", "")
    schema = document["components"]["schemas"].get(reference.removeprefix(SCHEMA), {})
    item = schema.get("properties", {}).get("data", {}).get("items", {}).get("$ref")
    return None if item is None else f"models.{item.removeprefix(SCHEMA)}"
