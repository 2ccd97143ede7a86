"""How one call becomes as many requests as it needs: repeats, pauses and waiting, without a socket or a clock.

What sends and sleeps drives these generators: they yield what to do next and are sent what came of it.
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast

from perennial_client._calls import Call, body_of, query_of
from perennial_client.errors import CommandPendingError, ConnectionFailedError, ProblemError, error_of

log = logging.getLogger("perennial_client")

ACCEPTED = 202
FIRST_PROBLEM = 300
_NOT_FOUND, _CONFLICT, _TOO_OFTEN, _UNAVAILABLE = 404, 409, 429, 503
_PASSING = frozenset({502, 503, 504})
_NOTHING_HAPPENED = frozenset({_TOO_OFTEN, _UNAVAILABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often, and for how long, a call is sent again before it is given up.

    Again after a lost connection, 429, 502, 503 and 504: `times` times at most, after pauses that begin with
    `first_pause` seconds and double up to `longest_pause`, a random part less, but never shorter than `Retry-After`.
    A command that is accepted and not done yet is asked for until it is. No try begins later than `within` seconds
    after the first.
    """

    times: int = 4
    first_pause: float = 0.5
    longest_pause: float = 8.0
    within: float = 60.0

    def pause(self, tries: int, *, least: float = 0.0) -> float:
        """Return the seconds to wait after so many tries."""
        longest = min(self.longest_pause, self.first_pause * 2.0 ** min(tries - 1, 30))
        return max(least, longest * random.uniform(0.5, 1.0))  # noqa: S311 # It spreads load and guards nothing.


NO_RETRIES: Final = Retries(times=0, within=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request to send."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    json: Mapping[str, object] | None
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Pause:
    """So many seconds to wait."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: `headers` by lower-case name; `json` is None where the body is none."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    json: Any

    @property
    def members(self) -> Mapping[str, Any]:
        """The members of its JSON; none where it is no object."""
        found: object = self.json
        return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """No answer came; `was_sent` unless it is sure that the service did not get the request."""

    error: Exception
    was_sent: bool


Outcome = Answer | Lost | None
Step = Request | Pause


@dataclass(slots=True)
class _Course:
    """How a call has gone so far."""

    call: Call[object]
    retries: Retries
    clock: Callable[[], float]
    key: str | None
    began: float = field(init=False)
    tries: int = 0
    rounds: int = 0
    may_have_happened: bool = False

    def __post_init__(self) -> None:
        self.began = self.clock()

    def pause_before_next(self, outcome: Answer | Lost) -> float | None:
        """Return how long to wait before the next try, None when this outcome is the last."""
        if _is_under_way(outcome):
            self.rounds += 1
            seconds = self.retries.pause(self.rounds)
        elif self.tries <= self.retries.times and _passes(outcome, self.call):
            seconds = self.retries.pause(self.tries, least=retry_after(outcome) or 0.0)
        else:
            return None
        return seconds if self.clock() - self.began + seconds <= self.retries.within else None


def exchange(
    call: Call[object], retries: Retries, clock: Callable[[], float]
) -> Generator[Step, Outcome, tuple[Answer, str | None]]:
    """Send a call until it has a final answer; return that, with the idempotency key that all tries shared.

    Raises:
        ProblemError: the service says no.
        ConnectionFailedError: no answer came, also to the last try.
        CommandPendingError: it is accepted and not done in time.
    """
    key = (call.idempotency_key or uuid.uuid4().hex) if call.keyed else None
    request, course = _request_of(call, key), _Course(call, retries, clock, key)
    while True:
        outcome = yield request
        assert isinstance(outcome, Answer | Lost)  # noqa: S101 # It is what a request leads to.
        course.tries += 0 if _is_under_way(outcome) else 1
        seconds = course.pause_before_next(outcome)
        if seconds is None:
            return _final(course, outcome), key
        course.may_have_happened |= isinstance(outcome, Lost)
        log.info("%s: again in %.1f s after %s", call.name, seconds, _said(outcome))
        yield Pause(seconds)


def retry_after(outcome: Answer | Lost) -> float | None:
    """Return the seconds that an answer asks to wait, None when it does not say."""
    if isinstance(outcome, Lost) or "retry-after" not in outcome.headers:
        return None
    value = outcome.headers["retry-after"]
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(outcome.headers["date"])).total_seconds())
    except (KeyError, TypeError, ValueError):
        log.warning("Retry-After cannot be read: %r", value)
        return None


def _request_of(call: Call[object], key: str | None) -> Request:
    headers = {name: value for name, value in call.headers.items() if value is not None}
    return Request(
        method=call.method,
        path=call.path,
        query=query_of(call.query),
        headers=headers if key is None else {**headers, "Idempotency-Key": key},
        json=None if call.body is None else body_of(call.body),
        content=call.content,
    )


def _is_under_way(outcome: Answer | Lost) -> bool:
    """Whether the command is accepted and not done: the same request, sent again, waits for it."""
    if isinstance(outcome, Lost):
        return False
    return outcome.status == ACCEPTED or (
        outcome.status == _CONFLICT and outcome.members.get("code") == "request_in_progress"
    )


def _passes(outcome: Answer | Lost, call: Call[object]) -> bool:
    """Whether the trouble may be over at the next try, and a next try does no harm."""
    if isinstance(outcome, Lost):
        return call.repeatable or not outcome.was_sent
    if outcome.status == _TOO_OFTEN:
        return "retry-after" in outcome.headers or outcome.members.get("code") in {None, "rate_limited"}
    return outcome.status in _PASSING and (call.repeatable or outcome.status in _NOTHING_HAPPENED)


def _final(course: _Course, outcome: Answer | Lost) -> Answer:
    """Return the answer, or raise what it says."""
    call, key = course.call, course.key
    if isinstance(outcome, Lost):
        raise ConnectionFailedError(
            f"{call.name}: no answer after {course.tries} tries: {outcome.error!r}", idempotency_key=key
        ) from outcome.error
    if outcome.status == ACCEPTED:
        raise CommandPendingError(str(outcome.members["command_id"]), idempotency_key=key)
    if outcome.status < FIRST_PROBLEM:
        return outcome
    if call.method == "DELETE" and outcome.status == _NOT_FOUND and course.may_have_happened:
        # The lost try took it away: that is what was asked for.
        return Answer(status=204, headers=outcome.headers, content=b"", json=None)
    raise problem(outcome, key=key)


def problem(answer: Answer, *, key: str | None) -> ProblemError:
    """Return an answer as the exception that it is."""
    return error_of(answer.status)(
        answer.status,
        answer.members,
        retry_after=retry_after(answer),
        request_id=answer.headers.get("x-request-id"),
        idempotency_key=key,
    )


def _said(outcome: Answer | Lost) -> str:
    return type(outcome.error).__name__ if isinstance(outcome, Lost) else str(outcome.status)
