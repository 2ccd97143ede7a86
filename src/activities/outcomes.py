"""Outcomes as they are stored: a final answer, or a refusal that can be raised again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lifecycle.refusals import Conflict, FieldError, InvalidInput, LinkDead, Refusal, Stale, TooSoon

_FAMILIES: tuple[tuple[str, type[Refusal]], ...] = (
    ("invalid", InvalidInput),
    ("stale", Stale),
    ("link", LinkDead),
    ("soon", TooSoon),
    ("conflict", Conflict),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Either the answer, or the refusal."""

    answer: dict[str, Any] | None = None
    refusal: Refusal | None = None

    @property
    def is_kept(self) -> bool:
        """Whether a repeat with the same key gets this again; only answers and conflicts are kept."""
        return self.refusal is None or isinstance(self.refusal, Conflict)


def dump_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as a JSON object."""
    refusal = outcome.refusal
    if refusal is None:
        return {"answer": outcome.answer}
    stored: dict[str, Any] = {
        "family": next(name for name, family in _FAMILIES if isinstance(refusal, family)),
        "code": refusal.code,
        "detail": refusal.detail,
        "facts": refusal.facts,
    }
    if isinstance(refusal, InvalidInput):
        stored["errors"] = [[error.field, error.code, error.message] for error in refusal.errors]
    if isinstance(refusal, TooSoon):
        stored["retry_after"] = refusal.retry_after.total_seconds()
    return {"refusal": stored}


def load_outcome(stored: dict[str, Any]) -> Outcome:
    """Return the outcome that was dumped."""
    if "answer" in stored:
        return Outcome(answer=stored["answer"])
    refusal = stored["refusal"]
    return Outcome(refusal=_refusal(refusal))


def _refusal(stored: dict[str, Any]) -> Refusal:
    match stored["family"]:
        case "invalid":
            return InvalidInput(*(FieldError(*error) for error in stored["errors"]), **stored["facts"])
        case "soon":
            wait = timedelta(seconds=stored["retry_after"])
            return TooSoon(stored["code"], stored["detail"], retry_after=wait)
        case "stale":
            return Stale()
        case "link":
            return LinkDead(stored["code"], stored["detail"], **stored["facts"])
        case _:
            return Conflict(stored["code"], stored["detail"], **stored["facts"])
