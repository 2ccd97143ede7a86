"""When a call is sent again, and when it is not: on paper, with a clock that only the pauses move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from perennial_client import (
    CommandPendingError,
    ConflictError,
    ConnectionFailedError,
    NotFoundError,
    PerennialError,
    ProblemError,
    RateLimitedError,
    Retries,
    ServerError,
)
from perennial_client._calls import Call
from perennial_client._exchange import Answer, Lost, Outcome, Pause, Request, exchange

CHANGE = Call(name="suspend_subscription", method="POST", path="/x", answer=dict, body={}, keyed=True, repeatable=True)
READING = Call(name="read_me", method="GET", path="/x", answer=dict, repeatable=True)
ONCE_ONLY = Call(name="advance_subscriptions", method="POST", path="/x", answer=dict, body={})
TAKING_AWAY = Call(name="delete_webhook", method="DELETE", path="/x", answer=type(None), repeatable=True)
SENT, UNSENT = Lost(error=OSError("cut"), was_sent=True), Lost(error=OSError("refused"), was_sent=False)


def said(status: int, headers: Mapping[str, str] | None = None, **members: Any) -> Answer:
    return Answer(status=status, headers=headers or {}, content=b"", json=members)


DONE = said(200)
UNDER_WAY = said(202, command_id="cmd_1", state="accepted")
IN_PROGRESS = said(409, code="request_in_progress")


class Course:
    """What a call does when these outcomes come, the last one again and again."""

    def __init__(self, call: Call[Any], *outcomes: Answer | Lost, retries: Retries | None = None) -> None:
        self.now = 0.0
        self.requests: list[Request] = []
        self.pauses: list[float] = []
        self.answer: Answer | None = None
        self.error: PerennialError | None = None
        self._go(call, list(outcomes), retries or Retries())

    def _go(self, call: Call[Any], outcomes: list[Answer | Lost], retries: Retries) -> None:
        steps = exchange(call, retries, lambda: self.now)
        outcome: Outcome = None
        try:
            while True:
                step = steps.send(outcome)
                if isinstance(step, Pause):
                    self.pauses.append(step.seconds)
                    self.now += step.seconds
                    outcome = None
                else:
                    self.requests.append(step)
                    outcome = outcomes.pop(0) if len(outcomes) > 1 else outcomes[0]
        except StopIteration as end:
            self.answer = end.value[0]
        except PerennialError as error:
            self.error = error


@pytest.mark.parametrize("trouble", [SENT, UNSENT, said(429), said(502), said(503), said(504), IN_PROGRESS, UNDER_WAY])
@pytest.mark.parametrize("call", [CHANGE, READING], ids=["a change", "a reading"])
def test_what_passes_is_asked_again(call: Call[Any], trouble: Answer | Lost) -> None:
    course = Course(call, trouble, DONE)
    assert course.answer == DONE
    assert len(course.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 500, 501, 303])
def test_what_does_not_pass_is_not(status: int) -> None:
    course = Course(CHANGE, said(status, code="some_code"))
    assert isinstance(course.error, ProblemError)
    assert course.error.status == status
    assert course.error.code == "some_code"
    assert len(course.requests) == 1


def test_all_tries_have_one_key_and_each_call_its_own() -> None:
    first, second = Course(CHANGE, SENT, said(503), DONE), Course(CHANGE, DONE)
    keys = {request.headers["Idempotency-Key"] for request in first.requests}
    assert len(keys) == 1
    assert keys.isdisjoint(request.headers["Idempotency-Key"] for request in second.requests)
    assert "Idempotency-Key" not in Course(READING, DONE).requests[0].headers


def test_pauses_double_up_to_the_longest_and_vary() -> None:
    retries = Retries(times=6, first_pause=1, longest_pause=4, within=100)
    courses = [Course(READING, said(503), retries=retries) for _ in range(20)]
    for course in courses:
        assert len(course.pauses) == 6
        for pause, longest in zip(course.pauses, (1, 2, 4, 4, 4, 4), strict=True):
            assert longest / 2 <= pause <= longest
    assert len({tuple(course.pauses) for course in courses}) == 20


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        pytest.param({"retry-after": "7"}, 7, id="seconds"),
        pytest.param(
            {"retry-after": "Sun, 22 Nov 2026 09:30:09 GMT", "date": "Sun, 22 Nov 2026 09:30:00 GMT"},
            9,
            id="an instant",
        ),
        pytest.param({"retry-after": "soon"}, 0, id="neither"),
    ],
)
def test_a_pause_is_never_shorter_than_asked(headers: Mapping[str, str], least: float) -> None:
    course = Course(READING, said(429, headers, code="rate_limited"), DONE)
    assert least <= course.pauses[0] <= max(least, 0.5)


def test_tries_end_by_number_and_by_time() -> None:
    assert len(Course(READING, said(503), retries=Retries(times=2)).requests) == 3
    slow = Course(READING, said(503, {"retry-after": "25"}))
    assert slow.now == 50
    assert isinstance(slow.error, ServerError)
    assert slow.error.retry_after == 25


def test_too_soon_is_not_asked_again_unless_it_says_when() -> None:
    course = Course(CHANGE, said(429, code="resend_too_soon"))
    assert isinstance(course.error, RateLimitedError)
    assert len(course.requests) == 1


def test_what_cannot_be_repeated_is_sent_again_only_where_nothing_happened() -> None:
    for harmless in (UNSENT, said(429), said(503)):
        assert Course(ONCE_ONLY, harmless, DONE).answer == DONE
    for outcome in (SENT, said(502), said(504)):
        assert len(Course(ONCE_ONLY, outcome, DONE).requests) == 1


def test_a_command_under_way_is_waited_for_longer_than_trouble_is() -> None:
    assert Course(CHANGE, *[UNDER_WAY] * 4, *[IN_PROGRESS] * 4, DONE).answer == DONE
    never = Course(CHANGE, UNDER_WAY)
    assert isinstance(never.error, CommandPendingError)
    assert never.error.command_id == "cmd_1"
    assert never.error.idempotency_key == never.requests[0].headers["Idempotency-Key"]
    assert 50 < never.now <= 60
    assert isinstance(Course(CHANGE, IN_PROGRESS).error, ConflictError)


def test_what_is_given_up_names_its_key() -> None:
    course = Course(CHANGE, SENT)
    assert isinstance(course.error, ConnectionFailedError)
    assert course.error.idempotency_key == course.requests[0].headers["Idempotency-Key"]
    assert course.error.__cause__ is SENT.error


def test_what_a_lost_try_took_away_is_gone() -> None:
    answer = Course(TAKING_AWAY, SENT, said(404, code="not_found")).answer
    assert answer is not None
    assert answer.status == 204
    assert isinstance(Course(TAKING_AWAY, said(404, code="not_found")).error, NotFoundError)
    assert isinstance(Course(CHANGE, SENT, said(404, code="not_found")).error, NotFoundError)


def test_a_refusal_says_all_that_came() -> None:
    errors = [{"field": "inventory[0].quantity", "code": "quantity_out_of_range", "message": "1 to 100000."}]
    course = Course(
        CHANGE, said(422, {"x-request-id": "r1"}, code="quantity_out_of_range", detail="No.", errors=errors)
    )
    assert str(course.error) == "422 quantity_out_of_range: No.; inventory[0].quantity: 1 to 100000. (request r1)"
