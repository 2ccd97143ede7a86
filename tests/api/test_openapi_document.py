from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.app import openapi_document
from api.problem_statuses import by_status
from api.problem_texts import PROBLEM_TEXTS
from support_contract import JSON, PROBLEM, BrokenPromiseError, document, faults, hold
from support_openapi_changes import changes_between

COPY = Path(__file__).parents[2] / "docs" / "openapi.json"
Operation = dict[str, Any]


def operations() -> Iterator[tuple[str, Operation]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


EVERY = [pytest.param(operation, id=name) for name, operation in operations()]


@pytest.mark.parametrize("operation", EVERY)
def test_every_operation_says_what_it_is_and_what_it_takes(operation: Operation) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation["operationId"])
    assert operation["summary"]
    assert operation["description"]
    assert len(operation["tags"]) == 1
    for parameter in operation["parameters"]:
        assert parameter["description"], parameter["name"]
        assert parameter["schema"], parameter["name"]


@pytest.mark.parametrize("operation", EVERY)
def test_every_answer_has_a_named_shape_and_an_example_of_it(operation: Operation) -> None:
    answers = [answer for status, answer in operation["responses"].items() if status < "4"]
    assert answers
    for answer in answers:
        shown = answer.get("content", {}).get(JSON)
        if shown is not None:
            assert faults(shown["schema"]["$ref"], shown["example"]) == []


@pytest.mark.parametrize("operation", EVERY)
def test_every_problem_stands_under_its_status_with_its_codes(operation: Operation) -> None:
    found: list[str] = []
    for status, answer in operation["responses"].items():
        if status >= "4" and "x-problem-codes" in answer:
            assert answer["content"][PROBLEM]["schema"]["$ref"].endswith("/Problem")
            assert list(by_status(answer["x-problem-codes"])) == [int(status)]
            found += answer["x-problem-codes"]
    assert found == operation["x-problem-codes"]
    assert set(found) <= PROBLEM_TEXTS.keys()


@pytest.mark.parametrize("operation", EVERY)
def test_every_operation_with_a_key_names_its_scope(operation: Operation) -> None:
    scope = operation["x-scope"]
    if scope != "none":
        assert operation["security"] == [{"key": [scope]}]
        assert {"unauthenticated", "missing_scope"} <= set(operation["x-problem-codes"])


def test_clients_can_call_every_operation_by_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(set(names)) == len(names)


def test_every_body_that_a_client_must_send_has_members_with_types() -> None:
    for name, schema in document()["components"]["schemas"].items():
        for member, said in schema.get("properties", {}).items():
            assert {"type", "$ref", "anyOf", "const", "enum"} & said.keys(), (name, member)


def test_every_tag_is_explained() -> None:
    used = {tag for _, operation in operations() for tag in operation["tags"]}
    assert used == {tag["name"] for tag in document()["tags"]}


def test_production_serves_the_same_without_the_sandbox() -> None:
    paths = openapi_document(sandbox=False)["paths"]
    assert {path for path in document()["paths"] if path not in paths} == {
        path for path in document()["paths"] if path.startswith("/v1/sandbox/")
    }


def test_the_checked_in_document_is_the_one_that_is_served() -> None:
    copy = json.loads(COPY.read_text(encoding="utf-8"))
    changes = changes_between(copy, document())
    assert not changes, "\n".join(
        ("docs/openapi.json is another one; `make openapi` writes it anew:", *map(str, changes))
    )
    assert copy == document(), "docs/openapi.json differs in words or examples; `make openapi` writes it anew"


def test_an_answer_that_breaks_its_promise_is_noticed() -> None:
    request = httpx2.Request("GET", "http://door.example/healthz")
    hold(httpx2.Response(200, json={"status": "up"}, request=request))
    for status, body in ((200, {"status": "down"}), (200, {"status": "up", "more": 1}), (200, {}), (201, {})):
        with pytest.raises(BrokenPromiseError):
            hold(httpx2.Response(status, json=body, request=request))


def test_no_two_shapes_have_the_same_name() -> None:
    assert [name for name in document()["components"]["schemas"] if "__" in name] == []
