"""One page and its API calls in turns, and the server that both are asked of."""

from __future__ import annotations

import asyncio
import gc
import http.client
import statistics
import time
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from sqlalchemy import Engine, event
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.app import create_app
from console.app import Doors, create_console
from intake.scope import SEAT
from perennial.product import assembled
from perennial.serve import COLLECT_AFTER
from perennial.settings import Settings

ROUNDS, WARM_UP = 25, 3
OK, BAD = 200, 400


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the API."""

    method: str
    address: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Measured:
    """A page, how many calls it stands for, medians of both, and the statements that the page needs."""

    page: str
    calls: int
    page_ms: float
    api_ms: float
    statements: int
    rounds: int = ROUNDS

    @property
    def ratio(self) -> float:
        """The page's time in that of its calls."""
        return self.page_ms / self.api_ms


@dataclass
class Recorder:
    """Stands before the API and notes what the console asks; what programs ask passes by."""

    program: ASGIApp
    calls: list[Call] = field(default_factory=list[Call])
    listens: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not self.listens or scope["type"] != "http" or SEAT not in scope:
            await self.program(scope, receive, send)
            return
        body = bytearray()

        async def heard() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        await self.program(scope, heard, send)
        query = scope["query_string"].decode()
        given = {name.decode(): value.decode() for name, value in scope["headers"]}
        kept = {name: given[name] for name in ("content-type", "idempotency-key") if name in given}
        path = scope["raw_path"].decode()
        self.calls.append(Call(scope["method"], f"{path}?{query}" if query else path, kept, bytes(body)))


@asynccontextmanager
async def served(settings: Settings) -> AsyncGenerator[Recorder]:
    """Serve both doors at the settings' port, as the product does, without its workers."""
    async with assembled(settings) as product:
        recorder = Recorder(create_app(product.parts()))
        doors = Doors(recorder, create_console(product.console_parts(recorder)))
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        server = uvicorn.Server(
            uvicorn.Config(doors, port=settings.port, access_log=False, log_config=None, server_header=False)
        )
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - it does not tell
            await asyncio.sleep(0.05)
        yield recorder
        server.should_exit = True
        await serving


def measured_at(page: str, recorder: Recorder, port: int, *, cookie: str, key: str) -> Measured | None:
    """Measure a page; None when it asks the API nothing, or there is no such page now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    shown = Call("GET", page, {"Cookie": cookie}, b"")
    if _ask(connection, shown)[0] != OK:
        print(f"  {page} is not shown")
        return None
    calls, statements = _recorded(connection, shown, recorder)
    if not calls:
        return None
    asked = [_with_key(call, key) for call in calls]
    pages: list[float] = []
    sums: list[float] = []
    for turn in range(-WARM_UP, ROUNDS):
        if turn % 2:  # in turns first, so that neither always finds what the other has warmed
            spent, apart = _spent(connection, [shown]), _spent(connection, asked)
        else:
            apart, spent = _spent(connection, asked), _spent(connection, [shown])
        if turn >= 0:
            pages.append(spent)
            sums.append(apart)
    connection.close()
    return Measured(page, len(calls), statistics.median(pages) * 1000, statistics.median(sums) * 1000, statements)


def _recorded(connection: http.client.HTTPConnection, shown: Call, recorder: Recorder) -> tuple[list[Call], int]:
    recorder.calls, recorder.listens = [], True
    with _heard() as sent:
        _ask(connection, shown)
    recorder.listens = False
    changing = [call for call in recorder.calls if call.method != "GET" and not _is_dry(call)]
    assert not changing, changing
    return recorder.calls, len(sent)


def _is_dry(call: Call) -> bool:
    return "dry_run=true" in call.address or call.address.startswith("/v1/quotes")


def _with_key(call: Call, key: str) -> Call:
    return Call(call.method, call.address, {**call.headers, "Authorization": f"Bearer {key}"}, call.body)


def _ask(connection: http.client.HTTPConnection, call: Call) -> tuple[int, float]:
    """The status, and the seconds until the last byte was here."""
    began = time.perf_counter()
    connection.request(call.method, call.address, body=call.body or None, headers=dict(call.headers))
    answer = connection.getresponse()
    answer.read()
    return answer.status, time.perf_counter() - began


def _spent(connection: http.client.HTTPConnection, calls: Iterable[Call]) -> float:
    """The seconds that these take one after the other; one that is refused measures nothing."""
    spent = 0.0
    for call in calls:
        status, seconds = _ask(connection, call)
        if status >= BAD:
            message = f"{call.method} {call.address} is answered with {status}"
            raise RuntimeError(message)
        spent += seconds
    return spent


@contextmanager
def _heard() -> Generator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def hear(*arguments: Any) -> None:
        sent.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
