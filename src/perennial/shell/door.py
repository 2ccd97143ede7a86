"""The API's door as the commands see it: one client, which repeats what may be repeated, under the same key."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self, cast

import httpx2

from perennial.shell.exits import Exit, Failed, exit_of
from perennial.shell.places import Place

ANSWER_WITHIN = 90.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
LOOK_EVERY = 0.3
OK_BELOW, ACCEPTED = 400, 202
COME_BACK = {429, 503}
IN_PROGRESS = "request_in_progress"

Json = dict[str, Any]


class Door:
    """Asks the API at a place; a context that closes its connections."""

    def __init__(self, place: Place, *, patience: float) -> None:
        """Connect to nothing yet; a request that is not answered is repeated for `patience` seconds."""
        self._patience = patience
        self._place = place
        self._http = httpx2.Client(
            base_url=place.url,
            headers={"Authorization": f"Bearer {place.key}"},
            timeout=httpx2.Timeout(ANSWER_WITHIN, connect=10),
        )

    def __enter__(self) -> Self:
        """Give the door itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connections."""
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        within: float = ANSWER_WITHIN,
    ) -> httpx2.Response:
        """Return the answer to a request, which is sent again, the very same, while that may help.

        A body of bytes is sent as it is, any other as JSON.

        Every change carries its idempotency key in `headers`, so that sending it again has no second effect.

        Raises:
            Failed: nobody answers, or the answer is a problem.
        """
        until = time.monotonic() + self._patience
        for pause in _pauses():
            answer, wait = self._once(method, path, query=query, body=body, headers=headers, within=within), pause
            if isinstance(answer, httpx2.Response):
                if answer.status_code < OK_BELOW:
                    return answer
                if not _may_come_back(answer):
                    raise _problem(answer)
                wait = max(pause, _retry_after(answer))
            if time.monotonic() + wait > until:
                raise self._unreachable(answer) if isinstance(answer, Exception) else _problem(answer)
            time.sleep(wait)
        raise AssertionError

    def settled(self, answer: httpx2.Response, *, within: float) -> httpx2.Response | Json:
        """Return an answer, or for one that was only accepted the final answer, looked for during `within` seconds.

        Raises:
            Failed: it was refused in the end, or is not done in time.
        """
        if answer.status_code != ACCEPTED:
            return answer
        accepted: Json = answer.json()
        until = time.monotonic() + within
        while time.monotonic() < until:
            command: Json = self.ask("GET", f"/v1/commands/{accepted['command_id']}").json()
            if "problem" in command:
                raise Failed(exit_of(command["problem"]["status"]), command["problem"])
            if command["state"] == "done":
                final: Json = command["answer"]
                return final
            time.sleep(LOOK_EVERY)
        raise _not_in_time(accepted["command_id"])

    def _once(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None,
        body: object,
        headers: Mapping[str, str] | None,
        within: float,
    ) -> httpx2.Response | httpx2.TransportError:
        timeout = httpx2.Timeout(within, connect=10)
        try:
            sent: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
            return self._http.request(method, path, params=query, headers=headers, timeout=timeout, **sent)
        except httpx2.TransportError as error:
            return error

    def _unreachable(self, error: Exception) -> Failed:
        detail = f"{self._place.url} does not answer: {str(error) or type(error).__name__}"
        return Failed(Exit.UNREACHABLE, {"code": "unreachable", "title": "The API is out of reach", "detail": detail})


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)


def _may_come_back(answer: httpx2.Response) -> bool:
    return answer.status_code in COME_BACK or _problem_body(answer).get("code") == IN_PROGRESS


def _retry_after(answer: httpx2.Response) -> float:
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isascii() and given.isdigit() else 0.0


def _problem(answer: httpx2.Response) -> Failed:
    return Failed(exit_of(answer.status_code), _problem_body(answer))


def _problem_body(answer: httpx2.Response) -> Json:
    """Return the problem that an answer is; whatever stands between here and the API may answer something else."""
    if "json" in answer.headers.get("content-type", ""):
        body: object = answer.json()
        if isinstance(body, dict) and "code" in body:
            return cast("Json", body)
    detail = f"{answer.request.url.copy_with(query=None)} answered {answer.status_code}, which is not Perennial's own."
    return {"code": "strange_answer", "title": "A strange answer", "status": answer.status_code, "detail": detail}


def _not_in_time(command_id: str) -> Failed:
    return Failed(
        Exit.NOT_IN_TIME,
        {
            "code": "not_in_time",
            "title": "Accepted, and not done yet",
            "detail": f"It will be done; `perennial commands show {command_id}` says when.",
            "command_id": command_id,
        },
    )
