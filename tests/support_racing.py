"""Racing: one change asked for many times at once at several doors, and what the answers have in common."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2

from support_mutations import WITHIN, Mutation
from support_product import Json

RACERS = 16
REPLAYED = "Idempotency-Replayed"
SAME = ("Location", "ETag", "Content-Type")
NO_CONTENT = 204
FREE = frozenset({404, 412, 422, 429, 503})
"""Statuses of answers that are no key's."""


@dataclass(frozen=True)
class Said:
    """What every answer to a change has to say alike: all but the request's own id and what is shown once."""

    status: int
    headers: dict[str, str | None]
    body: Any


def said(mutation: Mutation, answer: httpx2.Response) -> Said:
    """The answer without what may differ from one to the next."""
    headers = {name: answer.headers.get(name) for name in SAME}
    differs = {mutation.case.shown_once, "request_id" if answer.is_error else None}
    body = None if answer.status_code == NO_CONTENT else _without(answer.json(), differs)
    return Said(answer.status_code, headers, body)


def _without(body: Json, names: set[str | None]) -> Json:
    return {name: value for name, value in body.items() if name not in names}


@dataclass
class Crowd:
    """Clients at every door, who come at once; `heard` counts the answers by what they were."""

    doors: Sequence[httpx2.Client]
    heard: Counter[str] = field(default_factory=Counter[str])

    def ask(self, mutation: Mutation, racer: int = 0) -> httpx2.Response:
        """Ask once, at the door that falls to this racer."""
        door = self.doors[racer % len(self.doors)]
        answer = door.request(mutation.case.method, mutation.path, headers=mutation.headers, content=mutation.content)
        self.heard[_kind(answer)] += 1
        return answer

    def race(self, mutations: Sequence[Mutation], pool: ThreadPoolExecutor) -> list[Said]:
        """Ask for each of these sixteen times, all at the same time; what was said to each."""
        starts = [(mutation, racer) for racer in range(RACERS) for mutation in mutations]
        answers = list(pool.map(lambda start: self.ask(*start), starts))
        of_each = [answers[place :: len(mutations)] for place in range(len(mutations))]
        return [self._one(mutation, found) for mutation, found in zip(mutations, of_each, strict=True)]

    def _one(self, mutation: Mutation, answers: list[httpx2.Response]) -> Said:
        """What all of its answers said: the first request's own, and the same again for everybody else."""
        first = [answer for answer in answers if is_first(answer)]
        heard = Counter(_kind(answer) for answer in answers)
        assert len(first) == 1, (mutation.case.operation, heard)
        final = [self.final(mutation, answer) for answer in answers]
        found = said(mutation, final[0])
        for answer in final:
            assert said(mutation, answer) == found, (mutation.case.operation, answer.text)
        assert found.status == mutation.case.status, (mutation.case.operation, found.body)
        for answer in final:
            shows(mutation, answer)
        return found

    def final(self, mutation: Mutation, answer: httpx2.Response) -> httpx2.Response:
        """The final answer, for which one asks again while the first request is on its way."""
        until = time.monotonic() + WITHIN
        while is_in_flight(answer):
            assert time.monotonic() < until, answer.text
            time.sleep(0.1)
            answer = self.ask(mutation)
        return answer


def shows(mutation: Mutation, answer: httpx2.Response) -> None:
    """A secret that is shown once stands in the first answer and in no other."""
    if mutation.case.shown_once is not None:
        assert (answer.json()[mutation.case.shown_once] is None) == (REPLAYED in answer.headers)


def is_in_flight(answer: httpx2.Response) -> bool:
    """Whether the change has no final answer yet."""
    return answer.status_code == 202 or (answer.status_code == 409 and _code(answer) == "request_in_progress")


def is_first(answer: httpx2.Response) -> bool:
    """Whether this answer is that of the request that made the change."""
    return REPLAYED not in answer.headers and not (answer.status_code == 409 and is_in_flight(answer))


def another(mutation: Mutation, neighbour: Mutation) -> Mutation:
    """Another request under the same key: with another body, or, where only one makes sense, for something else."""
    return mutation.with_another_body() or replace(neighbour, key=mutation.key)


def _code(answer: httpx2.Response) -> str:
    found: str = answer.json()["code"]
    return found


def _kind(answer: httpx2.Response) -> str:
    if is_in_flight(answer):
        return f"in flight, {answer.status_code}"
    if REPLAYED in answer.headers:
        return f"replayed, {answer.status_code}"
    return _code(answer) if answer.status_code in FREE else f"first, {answer.status_code}"
