"""Answers as frozen, typed objects, read from JSON by the annotations of their classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from datetime import date
from types import MappingProxyType, UnionType
from typing import Any, Self, Union, cast, get_args, get_origin, get_type_hints

from perennial_client.errors import UnexpectedAnswerError

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """How an answer came.

    `etag` is what `if_match` takes. `idempotency_key` is the key that a change was sent with, `replayed` whether its
    answer had been given before, `location` the address of what it made.
    """

    status: int
    request_id: str | None
    etag: str | None
    idempotency_key: str | None
    replayed: bool
    location: str | None


class Model:
    """An answer or a part of one."""

    __slots__ = ("_http", "_raw")
    _raw: Mapping[str, Any]
    _http: Http | None

    @property
    def raw(self) -> Mapping[str, Any]:
        """The JSON as it came, also members that this release does not know."""
        return getattr(self, "_raw", _NOTHING)

    @property
    def http(self) -> Http:
        """How it came.

        Raises:
            LookupError: it is a part of an answer, or came another way.
        """
        found: Http | None = getattr(self, "_http", None)
        if found is None:
            raise LookupError(f"this {type(self).__name__} is no answer of its own")
        return found

    @classmethod
    def from_json(cls, raw: object, *, http: Http | None = None) -> Self:
        """Read it from JSON.

        Raises:
            UnexpectedAnswerError: it is no object, or a member is missing or cannot be read.
        """
        if not isinstance(raw, Mapping):
            raise UnexpectedAnswerError(f"{cls.__name__} is no object")
        given = cast("Mapping[str, Any]", raw)
        found = cls(**{member.python: member.read(cls, given) for member in _members(cls)})
        object.__setattr__(found, "_raw", raw)
        object.__setattr__(found, "_http", http)
        return found


@dataclass(frozen=True, slots=True)
class _Member:
    """A member's name in JSON and in Python, its type, and whether it is always there."""

    name: str
    python: str
    hint: Any
    is_required: bool

    def read(self, model: type[Model], raw: Mapping[str, Any]) -> Any:
        if self.name not in raw:
            if self.is_required:
                raise UnexpectedAnswerError(f"{model.__name__}.{self.name} is missing")
            return None
        try:
            return _read(self.hint, raw[self.name])
        except (TypeError, ValueError) as error:
            raise UnexpectedAnswerError(f"{model.__name__}.{self.name} cannot be read") from error


_KNOWN: dict[type[Model], tuple[_Member, ...]] = {}


def _members(model: type[Model]) -> tuple[_Member, ...]:
    found = _KNOWN.get(model)
    return found if found is not None else _KNOWN.setdefault(model, _members_of(model))


def _members_of(model: type[Model]) -> tuple[_Member, ...]:
    hints = get_type_hints(model)
    declared: tuple[Field[Any], ...] = fields(model)  # type: ignore[arg-type] # Each model is a dataclass.
    return tuple(
        _Member(one.metadata.get("name", one.name), one.name, hints[one.name], one.default is MISSING)
        for one in declared
    )


def _read(hint: Any, value: Any) -> Any:
    """Return a value as its type has it; a value of an unknown kind stays what it is."""
    if value is None:
        return None
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        kinds = [one for one in inner if one is not type(None)]
        return _read(kinds[0], value) if len(kinds) == 1 else value
    if origin is list:
        return [_read(inner[0], one) for one in value]
    if origin is dict:
        return {name: _read(inner[1], one) for name, one in value.items()}
    if isinstance(hint, type):
        return _read_class(hint, value)
    return value


def _read_class(kind: type[Any], value: Any) -> Any:
    if issubclass(kind, Model):
        return kind.from_json(value)
    if issubclass(kind, date):  # an instant, too
        return kind.fromisoformat(value)
    return value
