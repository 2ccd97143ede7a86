"""Answers: JSON with the headers that go along or nothing at all, and kept ones given again."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from intake.idempotency import Answer, Declined
from lifecycle.refusals import Refusal

REPLAYED = "Idempotency-Replayed"
NOTHING_LEFT = Answer(status=204, body={}, headers={})


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
    final = _final(answer)
    return JSONResponse(dict(final.body), status_code=final.status, headers=_headers(final))


def empty_answer(answer: Answer | Declined) -> Response:
    """Return an answer without a body, marked when it was given before.

    Raises:
        Refused: the rules said no.
    """
    final = _final(answer)
    return Response(status_code=final.status, headers=_headers(final))


def _final(answer: Answer | Declined) -> Answer:
    if isinstance(answer, Declined):
        raise Refused(answer.refusal, replayed=answer.replayed)
    return answer


def _headers(answer: Answer) -> dict[str, str]:
    return {**answer.headers, **({REPLAYED: "true"} if answer.replayed else {})}
