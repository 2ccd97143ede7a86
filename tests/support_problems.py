"""What tests say of problems; a code that is named here counts as provoked (see journeys/test_every_code.py)."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from support_product import Json

PROBLEM = "application/problem+json"


def refused(answer: httpx2.Response, code: str, status: int = 409) -> Json:
    """The problem that an answer is; its shape, its status and its code are checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    problem: Json = answer.json()
    assert problem["code"] == code, answer.text
    assert problem["type"] == f"/problems/{code}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


def refused_field(answer: httpx2.Response, code: str, field: str) -> Json:
    """The problem of wrong input, whose first broken field is this one."""
    problem = refused(answer, code, 422)
    first = problem["errors"][0]
    assert (first["field"], first["code"]) == (field, code), answer.text
    assert first["message"]
    return problem


def provokes(code: str, *values: Any, name: str | None = None) -> Any:
    """A row of a table of tests: its first value is the code that the test must see."""
    return pytest.param(code, *values, id=name or code)
