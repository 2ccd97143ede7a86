"""How often a key may ask: one limit for all doors, told with every answer, and nothing done beyond it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from storage.tables import api_keys, audit_entries, commands
from support_contract import LIMITED, document
from support_door import Door, opened_door, problem_code

LIMIT = 20
POLICY = f'"key";q={LIMIT};w=1'
SECOND = timedelta(seconds=1)


@dataclass
class Doors:
    """Two applications on one database, as two processes have them, and a client of each with the same key."""

    first: Door
    second: Door
    clients: tuple[httpx2.AsyncClient, httpx2.AsyncClient]

    def go_on(self, by: timedelta) -> None:
        for door in (self.first, self.second):
            door.clock.go_on(by)

    async def statuses(self, times: int, path: str = "/v1/me") -> list[int]:
        """What so many requests at each door are answered, in turn."""
        return [(await client.get(path)).status_code for _ in range(times) for client in self.clients]


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with (
        opened_door(database_url, rate_limit_per_second=LIMIT) as first,
        opened_door(database_url, rate_limit_per_second=LIMIT) as second,
    ):
        key = {"Authorization": f"Bearer {first.distributor.key}"}
        yield Doors(first, second, (first.client(key), second.client(key)))


async def test_two_doors_share_one_limit(doors: Doors) -> None:
    found = await doors.statuses(LIMIT)
    assert found == [200] * LIMIT + [429] * LIMIT


async def test_of_many_at_once_no_more_than_the_limit_are_let_in(doors: Doors) -> None:
    answers = await asyncio.gather(*(client.get("/v1/me") for _ in range(32) for client in doors.clients))
    let_in = [answer for answer in answers if answer.status_code == 200]
    assert len(let_in) == LIMIT
    assert {answer.status_code for answer in answers} == {200, 429}


async def test_a_second_later_there_is_as_much_again(doors: Doors) -> None:
    await doors.statuses(LIMIT)
    doors.go_on(SECOND)
    assert (await doors.statuses(LIMIT)).count(200) == LIMIT


async def test_who_waits_as_told_is_let_in(doors: Doors) -> None:
    await doors.statuses(LIMIT)
    refused = await doors.clients[1].get("/v1/me")
    doors.go_on(int(refused.headers["retry-after"]) * SECOND)
    assert (await doors.clients[1].get("/v1/me")).status_code == 200


async def test_a_refusal_is_a_problem_that_says_what_the_limit_is(doors: Doors) -> None:
    await doors.statuses(LIMIT)
    refused = await doors.clients[0].get("/v1/me", headers={"X-Request-Id": "mine"})
    assert problem_code(refused, 429) == "rate_limited"
    assert refused.json()["request_id"] == "mine"
    assert refused.headers["retry-after"] == "1"
    assert (refused.headers["ratelimit-policy"], refused.headers["ratelimit"]) == (POLICY, '"key";r=0;t=1')


async def test_another_key_of_the_same_partner_has_a_limit_of_its_own(doors: Doors) -> None:
    await doors.statuses(LIMIT)
    other = await doors.first.with_key(doors.first.distributor.partner, ("read",))
    assert (await other.get("/v1/me")).headers["ratelimit"] == f'"key";r={LIMIT - 1};t=1'
    assert (await doors.first.operator.get("/v1/me")).status_code == 200


async def test_every_answer_to_a_key_tells_what_is_left_whatever_it_is(doors: Doors) -> None:
    seat = await doors.first.with_key(doors.first.distributor.partner, ("read",))
    told = [
        await seat.get("/v1/me"),
        await seat.get("/v1/customers/cus_0"),
        await seat.post("/v1/customers", {}),
        await seat.get("/v1/customers", params={"limit": 0}),
        await seat.client.head("/v1/customers"),
    ]
    assert [answer.status_code for answer in told] == [200, 404, 403, 422, 200]
    left = [LIMIT - 1 - number for number in range(5)]
    assert [answer.headers["ratelimit"] for answer in told] == [f'"key";r={number};t=1' for number in left]
    assert {answer.headers["ratelimit-policy"] for answer in told} == {POLICY}


async def test_a_failure_tells_it_too(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """No request makes this door fail; that one did is made up."""

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("api.me.partner_body", broken)
    answer = await doors.clients[0].get("/v1/me")
    assert problem_code(answer, 500) == "internal_error"
    assert answer.headers["ratelimit"] == f'"key";r={LIMIT - 1};t=1'


async def test_nothing_is_done_beyond_the_limit_and_the_idempotency_key_is_free(doors: Doors) -> None:
    async def counts() -> list[int]:
        tables = (api_keys, audit_entries, commands)
        async with doors.first.database.read() as connection:
            return [await connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables]

    await doors.statuses(LIMIT)
    before, key = await counts(), {"Idempotency-Key": "again and again"}
    body = {"scopes": ["read"]}
    for client in doors.clients:
        assert problem_code(await client.post("/v1/api-keys", json=body, headers=key), 429) == "rate_limited"
        assert problem_code(await client.post("/v1/api-keys", json={"no": 1}), 429) == "rate_limited"
    assert await counts() == before
    doors.go_on(SECOND)
    made = await doors.clients[0].post("/v1/api-keys", json=body, headers=key)
    assert (made.status_code, "idempotency-replayed" in made.headers) == (201, False)


async def test_what_asks_for_no_key_is_not_counted(doors: Doors) -> None:
    await doors.statuses(LIMIT)
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/problems/rate_limited"):
        answers = [await client.get(path) for client in doors.clients]
        assert {answer.status_code for answer in answers} == {200}, path
        assert not any("ratelimit" in answer.headers for answer in answers)


async def test_who_gives_no_valid_key_is_refused_for_that(doors: Doors) -> None:
    stranger = doors.first.client({"Authorization": "Bearer prn_x_y"})
    answers = [await stranger.get("/v1/me") for _ in range(2 * LIMIT)]
    assert {problem_code(answer, 401) for answer in answers} == {"unauthenticated"}


async def test_a_door_that_opens_again_gives_no_new_allowance(database_url: str) -> None:
    async with opened_door(database_url, rate_limit_per_second=LIMIT) as door:
        seat = door.distributor
        assert [(await seat.get("/v1/me")).status_code for _ in range(LIMIT)] == [200] * LIMIT
    async with opened_door(database_url, rate_limit_per_second=LIMIT) as door:
        client = door.client({"Authorization": f"Bearer {seat.key}"})
        assert problem_code(await client.get("/v1/me"), 429) == "rate_limited"


def counted() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            if operation["security"] or path.startswith("/eca/"):
                yield f"{method} {path}", operation


@pytest.mark.parametrize("operation", [pytest.param(operation, id=name) for name, operation in counted()])
def test_every_counted_operation_says_so_with_the_headers(operation: dict[str, Any]) -> None:
    refused = operation["responses"]["429"]
    assert "rate_limited" in refused["x-problem-codes"]
    assert refused["headers"].keys() == {"Retry-After", *LIMITED}
    done = [answer for status, answer in operation["responses"].items() if status < "3"]
    assert done
    assert all(answer["headers"].keys() >= LIMITED for answer in done)
