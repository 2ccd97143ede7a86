"""Answers: JSON with the headers that go along, and kept ones given again."""

from __future__ import annotations

from starlette.responses import JSONResponse

from intake.idempotency import Answer, Declined
from lifecycle.refusals import Refusal

REPLAYED = "Idempotency-Replayed"


class Refused(Exception):
    """A refusal that is a final answer; `replayed` when it was given before."""

    def __init__(self, refusal: Refusal, *, replayed: bool) -> None:
        """Carry the refusal to the one place that knows statuses."""
        super().__init__(refusal.code)
        self.refusal = refusal
        self.replayed = replayed


def json_answer(answer: Answer | Declined) -> JSONResponse:
    """Return an answer, marked when it was given before.

    Raises:
        Refused: the rules said no.
    """
    if isinstance(answer, Declined):
        raise Refused(answer.refusal, replayed=answer.replayed)
    headers = {**answer.headers, **({REPLAYED: "true"} if answer.replayed else {})}
    return JSONResponse(dict(answer.body), status_code=answer.status, headers=headers)
