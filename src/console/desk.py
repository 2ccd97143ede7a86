"""The API as the console asks it: in this process, without a socket, in the name of whoever is signed in.

A page is made of the API's answers and a form becomes one of its requests, so that nothing is checked, counted or
written down in two ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json
from starlette.types import ASGIApp, Receive, Scope, Send

from console.exchange import Inquiry, exchanged
from intake.scope import SEAT, Caller

JSON = "application/json"
ACCEPTED, NO_CONTENT, UNWELL = 202, 204, 400

Params = Mapping[str, str | int | bool | None]


class Problem(Exception):
    """The API said no: the members of its problem, as `api.md` has them."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        """Keep the problem's members."""
        super().__init__(body.get("code"))
        self.body = body
        self.status = int(body["status"])
        self.code = str(body["code"])
        self.detail = str(body["detail"])

    @property
    def errors(self) -> Mapping[str, str]:
        """What is wrong with which field, by the field's path; the first message of each."""
        found: dict[str, str] = {}
        for one in self.body.get("errors", ()):
            found.setdefault(one["field"], one["message"])
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered: a status below 400, the body's members, and the headers."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def is_final(self) -> bool:
        """Whether the effect is recorded; else it is accepted, and will be."""
        return self.status != ACCEPTED


class Desk:
    """Asks the API as one caller, for one request of theirs."""

    def __init__(self, program: ASGIApp, caller: Caller | None, request_id: str) -> None:
        """Take the API, who asks (None is nobody), and the id under which both doors log it."""
        self._program = program
        self._caller = caller
        self._request_id = request_id

    async def get(self, path: str, params: Params | None = None) -> Any:
        """Return the members of what is at an address; parameters that are None or empty are left out.

        Raises:
            Problem: the API says no.
        """
        return (await self.ask("GET", path, params=params)).body

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        params: Params | None = None,
        key: str | None = None,
        if_match: str | None = None,
        content: bytes | None = None,
        content_type: str | None = None,
    ) -> Answer:
        """Make a request, with an idempotency key where it has an effect; return the answer.

        Raises:
            Problem: the API says no.
        """
        if body is not None:
            content, content_type = to_json(body), JSON
        given = {
            "Accept": JSON,
            "X-Request-Id": self._request_id,
            "Idempotency-Key": key,
            "If-Match": if_match,
            "Content-Type": content_type,
        }
        inquiry = Inquiry(
            method=method,
            path=path,
            query=_sent(params or {}),
            headers={name: value for name, value in given.items() if value is not None},
            body=content or b"",
        )
        reply = await exchanged(self._program, {**inquiry.scope(), SEAT: self._caller}, inquiry.body)
        found: Any = None if reply.status == NO_CONTENT else from_json(reply.body)
        if reply.status >= UNWELL:
            raise Problem(found)
        return Answer(reply.status, found, reply.headers)


def _sent(params: Params) -> dict[str, str]:
    shown = {True: "true", False: "false"}
    return {
        name: shown[value] if isinstance(value, bool) else str(value)
        for name, value in params.items()
        if value not in {None, ""}
    }


class HandedOver:
    """A response that the API gives itself: files of any length pass through as they are made."""

    def __init__(self, program: ASGIApp, caller: Caller, *, path: str, query: Mapping[str, str], accept: str) -> None:
        """Take the API, who asks, and for what."""
        self._program = program
        self._caller = caller
        self._inquiry = Inquiry(method="GET", path=path, query=query, headers={"Accept": accept})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the API answer."""
        kept = {name: scope[name] for name in ("asgi", "http_version", "scheme", "server", "client") if name in scope}
        await self._program({**self._inquiry.scope(), **kept, SEAT: self._caller}, receive, send)
