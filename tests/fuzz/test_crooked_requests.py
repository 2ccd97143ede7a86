"""Every operation, asked in ways that no schema describes: each answer is a problem or within the document."""

from __future__ import annotations

import uuid
from collections import Counter

import httpx2
import pytest

from fuzz_counts import counted
from support_belongings import Belongings
from support_crooked import crooked, send
from support_fuzz_checks import faults_of
from support_operations import OPERATIONS, Operation, Things
from support_product import Running

pytestmark = pytest.mark.xdist_group("fuzzing")
ONE_IN = 40
"""Of how many requests a short run sends one, another of each operation."""


def test_every_answer_to_a_crooked_request_is_a_problem_or_within_the_document(
    request: pytest.FixtureRequest, running: Running, all_of_it: Belongings
) -> None:
    things = {**all_of_it.distributor.things, "code": "not_found", "token": "nothing"}
    one_in = 1 if request.config.getoption("--fuzz") else ONE_IN
    client = httpx2.Client(base_url=running.base_url, headers=all_of_it.operator.http.headers, timeout=90)
    counts: Counter[tuple[str, int]] = Counter()
    faults: list[str] = []
    with client:
        for place, operation in enumerate(OPERATIONS):
            for status, found in _asked(client, operation, things, turn=place % one_in, one_in=one_in):
                counts["crooked", status] += 1
                faults += found
    counted(request, "the operator", counts)
    assert not faults, "\n".join([f"{len(faults)} faults", *faults[:100]])
    assert counts.total() > len(OPERATIONS)


def _asked(
    client: httpx2.Client, operation: Operation, things: Things, *, turn: int, one_in: int
) -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
    for place, (what, asked) in enumerate(crooked(operation, things, lambda: uuid.uuid4().hex)):
        if place % one_in == turn:
            try:
                answer = send(client, asked)
            except httpx2.TransportError as error:
                found.append((0, [f"{operation.name}, {what}: no answer: {error!r}"]))
                continue
            faults = [f"{operation.name}, {what}: {answer.status_code}: {one}" for one in faults_of(answer, hidden={})]
            found.append((answer.status_code, faults))
    return found
