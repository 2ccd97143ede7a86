"""Bodies read once: JSON into a model, and every broken format named by its path."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import from_json
from starlette.requests import Request

from api.body_types import NO_ID, Body
from lifecycle.refusals import FieldError, InvalidInput

MAX_BODY_BYTES = 1_048_576

_B = TypeVar("_B", bound=Body)

# What pydantic calls a broken format → the code under which clients know it; our own types are codes already.
_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_short": "too_short",
    "too_long": "too_long",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "int_parsing_size": "out_of_range",
    "string_pattern_mismatch": "invalid_format",
    "literal_error": "invalid_value",
    "enum": "invalid_value",
}
_MESSAGES = {"missing": "This member is required.", "extra_forbidden": "There is no such member."}
_OF_TYPE = ("_type", "_from_float", "_parsing", "_attributes_type")


class MalformedJson(Exception):
    """The body is not JSON."""


class BodyTooLarge(Exception):
    """The body has more bytes than this address takes."""

    def __init__(self, limit: int) -> None:
        """Name the limit, in bytes."""
        super().__init__()
        self.limit = limit


async def body_of(request: Request, model: type[_B], *, may_be_empty: bool = False) -> _B:
    """Return the request's body as a `model`; an absent one counts as `{}` where it `may_be_empty`.

    Raises:
        MalformedJson: the body is not JSON.
        InvalidInput: a member is missing, unknown, or of another format; the input is not echoed.
    """
    raw = await _raw(request)
    if may_be_empty and not raw.strip():
        raw = b"{}"
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"] == "json_invalid":
            raise MalformedJson from None
        raise InvalidInput(*field_errors(error, model)) from None


def field_errors(error: ValidationError, model: type[Body]) -> list[FieldError]:
    """Return every member that does not fit the model, by its path, and why; the input is not echoed."""
    return [_field_error(dict(one), model) for one in error.errors(include_url=False)]


async def json_of(request: Request) -> Any:
    """Return the body as plain JSON values, None when there is none.

    Raises:
        MalformedJson: the body is not JSON.
    """
    raw = await _raw(request)
    if not raw.strip():
        return None
    try:
        return from_json(raw)
    except ValueError:
        raise MalformedJson from None


async def named_in_body(request: Request, member: str) -> str | None:
    """Return a member that is a string, for checks that come before the body's shape; None when there is none.

    It is an id; text that a database cannot even be asked for names nothing.

    Raises:
        MalformedJson: the body is not JSON.
    """
    body: object = await json_of(request)
    if not isinstance(body, dict):
        return None
    value = cast("dict[str, object]", body).get(member)
    if not isinstance(value, str):
        return None
    return value if value.isprintable() else NO_ID


async def bytes_of(request: Request, *, limit: int) -> bytes:
    """Return the body, which is never read further than its limit.

    Raises:
        BodyTooLarge: it has more bytes.
    """
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > limit:
            raise BodyTooLarge(limit)
    return bytes(read)


async def _raw(request: Request) -> bytes:
    """Return the body, which is read once a request."""
    known: bytes | None = getattr(request.state, "raw_body", None)
    if known is not None:
        return known
    read = await bytes_of(request, limit=MAX_BODY_BYTES)
    request.state.raw_body = read
    return read


def _field_error(found: dict[str, Any], model: type[Body]) -> FieldError:
    context = found.get("ctx", {})
    field = context.get("field") or f"{_path(found['loc'])}{context.get('at', '')}"
    kind = found["type"]
    if kind == "missing" or (found["input"] is None and kind != "extra_forbidden"):
        return FieldError(field, model.missing_codes.get(field, "required"), _MESSAGES["missing"])
    return FieldError(field, _code(kind), _MESSAGES.get(kind) or str(found["msg"]))


def _path(steps: tuple[str | int, ...]) -> str:
    """`inventory[0].quantity`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _code(kind: str) -> str:
    if kind in _CODES:
        return _CODES[kind]
    return "wrong_type" if kind.endswith(_OF_TYPE) else kind
