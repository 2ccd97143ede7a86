"""What tests of faults share: requests that can be repeated, looks past the doors, and the check that all is sound."""

from __future__ import annotations

import asyncio
import sqlite3
import time
import uuid
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2
import psycopg
from temporalio.client import Client

from perennial.open_workflows import Workflows
from perennial.verify import Findings, verify
from storage.database import Database
from support_product import Json, Running, Seat
from support_waiting import eventually
from workflows import names

Given = TypeVar("Given")
Found = TypeVar("Found")

FINAL = frozenset({200, 201})
NOT_YET = frozenset({202, 409, 503})
WITHIN = 120.0


@dataclass(frozen=True)
class Sent:
    """A request under one idempotency key, which may be sent any number of times."""

    path: str
    body: object = None
    method: str = "POST"
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    def send(self, seat: Seat, *, wait: int = 0) -> httpx2.Response:
        """Send it once; the door waits so many seconds for the outcome."""
        headers = {"Idempotency-Key": self.key, "Prefer": f"wait={wait}"}
        return seat.http.request(self.method, self.path, json=self.body, headers=headers)

    def finish(self, seat: Seat, *, wait: int = 10) -> Json:
        """Send it, as a program does that knows only its key, until it has its final answer; return that."""
        until = time.monotonic() + WITHIN
        while True:
            answer = self._tried(seat, wait)
            if answer is not None and answer.status_code in FINAL:
                found: Json = answer.json()
                return found
            assert answer is None or answer.status_code in NOT_YET, answer.text
            if answer is not None and answer.status_code == 409:
                assert answer.json()["code"] == "request_in_progress", answer.text
            assert time.monotonic() < until, answer and answer.text
            time.sleep(0.1)

    def _tried(self, seat: Seat, wait: int) -> httpx2.Response | None:
        try:
            return self.send(seat, wait=wait)
        except httpx2.TransportError:
            return None


def accepted(answer: httpx2.Response) -> str:
    """The address of the command that this answer says was accepted."""
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "accepted"
    location: str = answer.headers["Location"]
    assert location == f"/v1/commands/{answer.json()['command_id']}"
    return location


def outcome(seat: Seat, location: str) -> Json:
    """The final answer of an accepted command, which is waited for."""
    found = eventually(lambda: _done(seat, location), within=WITHIN)
    assert found is not None
    return found


def _done(seat: Seat, location: str) -> Json | None:
    command = seat.get(location)
    assert "problem" not in command, command
    return command["answer"] if command["state"] == "done" else None


def at_once(work: Callable[[Given], Found], given: Iterable[Given], *, workers: int = 16) -> list[Found]:
    """The results of the work on each, many at the same time."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, given))


@contextmanager
def meanwhile(work: Callable[[], Found]) -> Generator[Callable[[], Found]]:
    """Do the work while the block runs; gives what waits for its result."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        yield future.result


def look(running: Running, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What the database answers, past the doors; `?` stands for a value."""
    if running.database_url.startswith("sqlite"):
        with sqlite3.connect(running.database_url.removeprefix("sqlite:///"), timeout=30) as lite:
            return lite.execute(query, values).fetchall()
    with psycopg.connect(running.database_url, autocommit=True) as connection:
        return connection.execute(query.replace("?", "%s").encode(), values).fetchall()


@contextmanager
def writes_held(running: Running) -> Generator[None]:
    """Let nobody change a subscription while the block runs: writers wait, as for a slow disk."""
    if running.database_url.startswith("sqlite"):
        lite = sqlite3.connect(running.database_url.removeprefix("sqlite:///"), timeout=30, isolation_level=None)
        lite.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            lite.execute("ROLLBACK")
            lite.close()
        return
    with psycopg.connect(running.database_url) as connection:
        connection.execute("LOCK TABLE events IN EXCLUSIVE MODE")
        yield
        connection.rollback()


async def engine_of(running: Running) -> Client:
    """A client of the running engine."""
    return await Client.connect(running.engine.address, namespace=running.engine.namespace)


def terminate(running: Running, subscription_id: str) -> None:
    """Take a subscription's workflow away, as a loss of the engine's data would."""
    lose(running, names.subscription_workflow_id(subscription_id))


def lose(running: Running, workflow_id: str) -> None:
    """Take a workflow away."""

    async def work() -> None:
        await (await engine_of(running)).get_workflow_handle(workflow_id).terminate("lost")

    asyncio.run(work())


def findings(running: Running) -> Findings:
    """What `perennial verify` finds."""

    async def work() -> Findings:
        database = Database(running.database_url)

        async def client() -> Client:
            return await engine_of(running)

        try:
            return await verify(database, Workflows(client))
        finally:
            await database.close()

    return asyncio.run(work())


def is_sound(running: Running) -> None:
    """Assert that the database and the engine agree with themselves and each other."""
    found = findings(running)
    assert found.faults == ()
    assert found.subscriptions > 0
