"""Nobody sets what the service sets: each body, with each member that the service owns, is refused for that member."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from support_belongings import Belongings
from support_contract import JSON
from support_files import JSON_LINES
from support_operations import OPERATIONS, Operation
from support_problems import refused
from support_product import Json, Running

WITH_BODY = tuple(operation for operation in OPERATIONS if operation.body is not None and operation.scope is not None)
EVERYWHERE = {
    *("id", "created_at", "updated_at", "version", "partner_id", "account_id", "reseller_id", "state_reason"),
    *("actor", "currency", "kind", "parent_id", "term_number", "anchor", "settled_until", "clock_offset", "at"),
    *("unit_price", "amount", "total", "status", "hash", "secret", "key", "is_operator", "command_id", "transaction"),
}
IN_A_LINE = {"id", "unit_price", "amount", "currency", "clm_tier", "period_start", "refunded_amount", "explanation"}


def _lines(body: Json) -> dict[str, Json]:
    """The first line of each list of lines in a body."""
    lists = {name: value for name, value in body.items() if isinstance(value, list)}
    return {name: lines[0] for name, lines in lists.items() if isinstance(lines[0], dict)}


WITH_LINES = tuple(operation for operation in WITH_BODY if operation.body and _lines(operation.body(defaultdict(str))))


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)
def test_a_body_takes_no_member_that_the_service_owns(
    operation: Operation, running: Running, all_of_it: Belongings
) -> None:
    document: Json = running.seat().public().get("/openapi.json").json()
    takes, shows = _members(document, operation)
    owned = (EVERYWHERE | shows) - takes
    assert len(owned) > len(EVERYWHERE) / 2
    for member in sorted(owned):
        _is_refused(all_of_it, operation, {member: "x"}, member)
        _is_refused(all_of_it, operation, {member: None}, member)


@pytest.mark.parametrize("operation", WITH_LINES, ids=lambda operation: operation.name)
def test_a_line_of_a_body_takes_none_either(operation: Operation, all_of_it: Belongings) -> None:
    assert operation.body is not None
    for name, line in _lines(operation.body(all_of_it.stranger.things)).items():
        for member in sorted(IN_A_LINE - set(line)):
            _is_refused(all_of_it, operation, {name: [{**line, member: "x"}]}, f"{name}[0].{member}")


def _is_refused(all_of_it: Belongings, operation: Operation, members: dict[str, Any], field: str) -> None:
    """Another distributor asks, with its own things: the widest rights that are not the operator's."""
    owner = all_of_it.stranger
    assert operation.body is not None
    sent = operation.sent({**operation.body(owner.things), **members})
    answer = owner.seat.http.request(
        operation.method,
        operation.address(owner.things),
        headers={**sent.pop("headers", {}), "Idempotency-Key": "nothing is done"},
        **sent,
    )
    problem = refused(answer, "unknown_field", 422)
    field = f"rows[0].{field}" if operation.file else field
    assert field in {error["field"] for error in problem["errors"]}


def _members(document: Json, operation: Operation) -> tuple[set[str], set[str]]:
    """The members of the body, and those of every answer that it may have."""
    described = document["paths"][operation.path][operation.method.lower()]
    answers = [found for status, found in described["responses"].items() if status.startswith("2")]
    shown = set[str]().union(*(_of_shape(document, answer["content"][JSON]["schema"]) for answer in answers))
    return _of_shape(document, _taken(described, operation)), shown


def _taken(described: Json, operation: Operation) -> Json:
    """The schema of the body; of a file that of a row of this kind."""
    content: Json = described["requestBody"]["content"]
    if not operation.file:
        return content[JSON]["schema"]  # type: ignore[no-any-return]
    assert operation.body is not None
    kind = operation.body(defaultdict(str))["kind"]
    return {"$ref": content[JSON_LINES]["schema"]["discriminator"]["mapping"][kind]}


def _of_shape(document: Json, schema: Json) -> set[str]:
    shape = schema["$ref"].rpartition("/")[2]
    return set(document["components"]["schemas"][shape].get("properties", {}))
