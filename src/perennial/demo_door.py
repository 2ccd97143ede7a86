"""The demo's way to the product: its public API, asked again with the same keys until it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx2

PATIENCE = 120.0
"""Seconds without any answer after which the product counts as gone."""
PAUSE = 0.25
LONGEST_ANSWER = 700.0
"""Seconds in which an answer must come; moving years of a subscription may take long on a busy machine."""
PAGE = 200
AGAIN = frozenset({429, 502, 503, 504})

Json = dict[str, Any]


class Refused(Exception):
    """The product answered with a problem, whose code and words the message gives."""

    def __init__(self, status: int, problem: Json) -> None:
        self.status = status
        self.code = str(problem.get("code", status))
        fields = [f"{one['field']}: {one['code']}" for one in problem.get("errors", [])]
        what = ", ".join(fields) or self.code
        super().__init__(f"{what} ({problem.get('detail') or problem.get('title') or f'status {status}'})")


class Unreachable(Exception):
    """The product has not answered for a long time."""


class Door:
    """A partner's program at the door. Changes carry keys made of `run` and the step, so that each is done once."""

    def __init__(self, url: str, key: str, *, run: str) -> None:
        self._run = run
        timeout = httpx2.Timeout(LONGEST_ANSWER, connect=5)
        limits = httpx2.Limits(max_connections=32)
        self._http = httpx2.AsyncClient(base_url=url, timeout=timeout, limits=limits)
        self._authorization = {"Authorization": f"Bearer {key}"}

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str, **query: str | int) -> Json:
        """What is at this address; raises Refused, Unreachable."""
        return await self._answer("GET", path, query=query, headers=self._authorization)

    async def all_of(self, path: str, **query: str | int) -> list[Json]:
        """Every item of a list, newest first, page by page."""
        found: list[Json] = []
        page = await self.get(path, **query, limit=PAGE)
        found += page["data"]
        while page["next_cursor"] is not None:
            page = await self.get(path, **query, limit=PAGE, cursor=page["next_cursor"])
            found += page["data"]
        return found

    async def post(self, path: str, body: object, *, step: str) -> Json:
        """Do a step of the book; a repeat of the same step gets the first answer."""
        return await self._answer("POST", path, body=body, headers=self._keyed(step))

    async def put(self, path: str, body: object, *, step: str) -> Json:
        """As `post`, for what replaces something."""
        return await self._answer("PUT", path, body=body, headers=self._keyed(step))

    async def decide(self, path: str, body: object) -> Json:
        """Post a decision to a public page, without a key."""
        return await self._answer("POST", path, body=body, headers={})

    async def advance(self, subscription_id: str, to: date) -> None:
        """Move a subscription's clock to a day and wait for its mails; a day that is past already counts as reached."""
        body = {"subscription_ids": [subscription_id], "to": to.isoformat()}
        try:
            await self._answer("POST", "/v1/sandbox/advance", body=body, headers=self._authorization)
        except Refused as refused:
            if refused.code != "already_past":
                raise

    def _keyed(self, step: str) -> dict[str, str]:
        return {**self._authorization, "Idempotency-Key": quote(f"demo/{self._run}/{step}")}

    async def _answer(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: object = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Json:
        request = self._http.build_request(method, path, json=body, params=query, headers=dict(headers))
        answer = await self._patiently(request)
        if answer.status_code == HTTPStatus.ACCEPTED:
            return await self._outcome(answer.headers["Location"])
        return _found(answer)

    async def _patiently(self, request: httpx2.Request) -> httpx2.Response:
        """The answer to a request that may be sent again, as everything here may."""
        clock = asyncio.get_running_loop().time
        until = clock() + PATIENCE
        while True:
            try:
                answer = await self._http.send(request)
            except httpx2.TransportError as error:
                wrong = repr(error)
            else:
                if not _is_passing(answer):
                    return answer
                wrong = f"status {answer.status_code}: {answer.text[:200]}"
            if clock() > until:
                raise Unreachable(f"{request.method} {request.url.path}: {wrong}")
            await asyncio.sleep(PAUSE)

    async def _outcome(self, location: str) -> Json:
        """The final answer of a command that was accepted and is recorded later."""
        until = asyncio.get_running_loop().time() + LONGEST_ANSWER
        while asyncio.get_running_loop().time() < until:
            command = await self.get(location)
            if command["state"] == "done":
                return _done(command)
            await asyncio.sleep(PAUSE)
        raise Unreachable(f"{location} has no outcome")


def _is_passing(answer: httpx2.Response) -> bool:
    """Whether the product could not answer just now; too many resends (429 with a rule's code) is an answer."""
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return bool(_json(answer).get("code") == "rate_limited")
    busy = answer.status_code == HTTPStatus.CONFLICT and _json(answer).get("code") == "request_in_progress"
    return busy or answer.status_code in AGAIN


def _found(answer: httpx2.Response) -> Json:
    if answer.is_success:
        return _json(answer)
    raise Refused(answer.status_code, _json(answer))


def _done(command: Json) -> Json:
    if "problem" in command:
        raise Refused(command["problem"]["status"], command["problem"])
    answer: Json = command["answer"]
    return answer


def _json(answer: httpx2.Response) -> Json:
    try:
        found: object = answer.json()
    except ValueError:
        return {"detail": answer.text[:200]}
    return cast("Json", found) if isinstance(found, dict) else {"detail": "an answer that is no object"}


def instant_of(text: str) -> datetime:
    """An instant as the API writes it."""
    return datetime.fromisoformat(text)
