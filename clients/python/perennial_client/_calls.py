"""What is asked of the service: one call, as data, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import Final, Generic, Literal, TypeVar, cast
from urllib.parse import quote

Answered_co = TypeVar("Answered_co", covariant=True)


class Omit(Enum):
    """What is left out; None is a value of its own, which clears a member."""

    OMIT = "omit"

    def __repr__(self) -> str:
        return "OMIT"


OMIT: Final[Literal[Omit.OMIT]] = Omit.OMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[Answered_co]):
    """One operation with its arguments, and what it answers.

    `name` is the operation's `operationId`. A call that is `keyed` is sent with an `Idempotency-Key`, the caller's or
    one of its own; one that is `repeatable` has one effect however often it is sent. `content` is a body that is no
    JSON.
    """

    name: str
    method: str
    path: str
    answer: type[Answered_co]
    query: Mapping[str, object] = field(default_factory=dict[str, object])
    body: Mapping[str, object] | None = None
    content: bytes | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    keyed: bool = False
    idempotency_key: str | None = None
    repeatable: bool = False

    def from_cursor(self, cursor: str) -> Call[Answered_co]:
        """Return the call for the page behind a cursor."""
        return replace(self, query={**self.query, "cursor": cursor})


def segment(value: str) -> str:
    """Return an id as it stands in an address.

    Raises:
        ValueError: it is empty or a step in a path, and would lead to another address.
    """
    if value in {"", ".", ".."}:
        raise ValueError(f"{value!r} is no id")
    return quote(value, safe="")


def query_of(members: Mapping[str, object]) -> dict[str, str]:
    """Return what is given of a query, as text."""
    return {name: _as_text(value) for name, value in members.items() if value is not None and value is not OMIT}


def body_of(members: Mapping[str, object]) -> dict[str, object]:
    """Return what is given of a body, as JSON has it."""
    return {name: _as_json(value) for name, value in members.items() if value is not OMIT}


def waiting(seconds: int | None) -> str | None:
    """Return how long the service shall wait for a command's outcome, as its header says it."""
    return None if seconds is None else f"wait={seconds}"


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(_as_json(value))


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return body_of(cast("Mapping[str, object]", value))
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_as_json(one) for one in cast("Iterable[object]", value)]
    raise TypeError(f"{type(value).__name__} cannot be sent")


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError(f"{value!r} is no instant: give it a time zone")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
