"""Answers with a secret that is shown once: what is kept under the request's key lacks it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.answers import json_answer
from api.parts import parts_of
from api.preconditions import key_of
from intake.idempotency import Answer, answered_once
from intake.scope import Caller

Make = Callable[[AsyncConnection], Awaitable[tuple[Answer, str]]]


async def answered_with_secret(request: Request, caller: Caller, make: Make, *, member: str, kind: str) -> JSONResponse:
    """Do it once under the request's key, and answer with the secret as a `member`, which is null in a repeat."""
    shown = ""

    async def work(connection: AsyncConnection) -> Answer:
        nonlocal shown
        answer, shown = await make(connection)
        return replace(answer, body={**answer.body, member: None})

    key, parts = await key_of(request, required=False), parts_of(request)
    answer = await answered_once(parts.database, caller, key, work, kind=kind, at=parts.clock.wall())
    if isinstance(answer, Answer) and not answer.replayed:
        answer = replace(answer, body={**answer.body, member: shown})
    return json_answer(answer)
