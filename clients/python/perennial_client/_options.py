"""Where the service is and who asks; a request as it is sent, and an answer as it is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from json import JSONDecodeError, loads
from typing import Any, Protocol, TypeVar, cast

import httpx2

from perennial_client._exchange import FIRST_PROBLEM, Answer, Lost, Request, Retries
from perennial_client._models import Http, Model
from perennial_client.errors import SettingMissingError, UnexpectedAnswerError

Answered = TypeVar("Answered")
Item_co = TypeVar("Item_co", covariant=True)

# The service waits up to 10 s for a command unless told else; an answer may take that long and some more.
TIMEOUT_SECONDS = 30.0
LOST = (httpx2.NetworkError, httpx2.TimeoutException, httpx2.RemoteProtocolError, httpx2.ProxyError)
_UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class Page(Protocol[Item_co]):
    """A page of a list."""

    @property
    def data(self) -> Sequence[Item_co]:
        """The items."""
        ...

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins, None on the last."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """Where the service is, who asks, and how patiently."""

    base_url: str
    api_key: str
    retries: Retries
    timeout: float

    def __repr__(self) -> str:
        return f"base_url={self.base_url!r}, retries={self.retries!r}, timeout={self.timeout!r}"

    def sent(self, request: Request) -> dict[str, Any]:
        """Return the arguments with which a client of httpx2 sends a request."""
        return {
            "method": request.method,
            "url": f"{self.base_url}{request.path}",
            "params": dict(request.query),
            "headers": {"Authorization": f"Bearer {self.api_key}", "User-Agent": _NAME, **request.headers},
            "timeout": self.timeout,
            "follow_redirects": False,
            **({} if request.json is None else {"json": dict(request.json)}),
            **({} if request.content is None else {"content": request.content}),
        }


def options_of(base_url: str | None, api_key: str | None, retries: Retries | None, timeout: float | None) -> Options:
    """Return the options; what is not given comes from `PERENNIAL_URL` and `PERENNIAL_API_KEY`.

    Raises:
        SettingMissingError: there is no address or no key.
    """
    return Options(
        base_url=_setting(base_url, "base_url", "PERENNIAL_URL").rstrip("/"),
        api_key=_setting(api_key, "api_key", "PERENNIAL_API_KEY"),
        retries=retries or Retries(),
        timeout=TIMEOUT_SECONDS if timeout is None else timeout,
    )


def lost(error: Exception) -> Lost:
    """Return a request that got no answer."""
    return Lost(error=error, was_sent=not isinstance(error, _UNSENT))


def answer_of(response: httpx2.Response) -> Answer:
    """Return an answer without its library."""
    is_json = "json" in response.headers.get("content-type", "")
    return Answer(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        content=response.content,
        json=_json(response) if is_json else None,
    )


def read(kind: type[Answered], answer: Answer, *, key: str | None) -> Answered:
    """Return an answer as what the call answers.

    Raises:
        UnexpectedAnswerError: it cannot be read.
    """
    if issubclass(kind, Model):
        return cast("Answered", kind.from_json(answer.json, http=_http(answer, key)))
    if issubclass(kind, bytes):
        return cast("Answered", answer.content)
    if issubclass(kind, str):
        return cast("Answered", answer.content.decode())
    return cast("Answered", None if kind is type(None) else answer.json)


def _http(answer: Answer, key: str | None) -> Http:
    return Http(
        status=answer.status,
        request_id=answer.headers.get("x-request-id"),
        etag=answer.headers.get("etag"),
        idempotency_key=key,
        replayed=answer.headers.get("idempotency-replayed") == "true",
        location=answer.headers.get("location"),
    )


def _json(response: httpx2.Response) -> Any:
    try:
        return loads(response.content)
    except (JSONDecodeError, UnicodeDecodeError) as error:
        # What stands between may say anything together with its 502.
        if response.status_code >= FIRST_PROBLEM:
            return None
        raise UnexpectedAnswerError("the answer says that it is JSON and is not") from error


def _setting(given: str | None, argument: str, variable: str) -> str:
    value = given or os.environ.get(variable)
    if not value:
        raise SettingMissingError(f"give `{argument}`, or set {variable}")
    return value


def _name() -> str:
    try:
        return f"perennial-client/{version('perennial-client')}"
    except PackageNotFoundError:  # a copy beside one's own code
        return "perennial-client"


_NAME = _name()
