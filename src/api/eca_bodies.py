"""What an acceptor sends: as JSON, or from the page's form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeVar

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.body_types import Body, Reason, Text200
from api.parsing import body_of

JSON_TYPE = "application/json"
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
TICKED = frozenset({"true", "on", "1", "yes"})
MAX_FIELDS = 10
EMPTY = {
    "name": "Enter your full name.",
    "job_title": "Enter your job title.",
    "may_bind": "Tick this if you may bind the company. If you may not, ask for somebody else to be named.",
}
BROKEN = {
    "string_too_long": "This is too long.",
    "invalid_characters": "This holds characters that cannot be kept.",
    "extra_forbidden": "The form has no such field.",
}
_B = TypeVar("_B", bound=Body)


class AcceptBody(Body):
    """The acceptor's name and job title, and the tick that says that they may bind the company."""

    name: Text200
    job_title: Text200
    may_bind: Literal[True]


class DeclineBody(Body):
    """Why not, if they say so."""

    reason: Reason = None


class InvalidForm(Exception):
    """The form was not filled in properly: what was entered, and what is wrong with which field."""

    def __init__(self, values: Mapping[str, str], errors: Mapping[str, str]) -> None:
        """Keep both for the page that shows them."""
        super().__init__()
        self.values = values
        self.errors = errors


def media_type(request: Request) -> str:
    """Return the type of the request's body, empty when it names none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_form(request: Request) -> bool:
    """Return whether the request comes from a form."""
    return media_type(request) in FORM_TYPES


async def sent(request: Request, model: type[_B]) -> _B:
    """Return the body as a `model`, from JSON or from a form; an absent one counts as an empty one.

    Raises:
        MalformedJson: it is not JSON.
        InvalidInput: a member is missing, unknown, or of another format.
        InvalidForm: the same for a form.
        HTTPException: 415, it is of another type; 400, it is not the form that its type says.
    """
    if is_form(request):
        return _of_form(await _entered(request), model)
    if media_type(request) not in {JSON_TYPE, ""}:
        raise HTTPException(415)
    return await body_of(request, model, may_be_empty=True)


async def _entered(request: Request) -> dict[str, str]:
    form = await request.form(max_files=0, max_fields=MAX_FIELDS)
    return {name: _one_line(value) for name, value in form.items() if isinstance(value, str)}


def _of_form(values: Mapping[str, str], model: type[_B]) -> _B:
    given: dict[str, object] = {name: value for name, value in values.items() if value}
    if given.get("may_bind") in TICKED:
        given["may_bind"] = True
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = {str(one["loc"][0]): _words(str(one["loc"][0]), one["type"]) for one in error.errors()}
        raise InvalidForm(values, found) from None


def _words(field: str, kind: str) -> str:
    return BROKEN.get(kind) or EMPTY.get(field) or "Check this entry."


def _one_line(value: str) -> str:
    # A text area's lines become one paragraph, which is how a reason is shown wherever it is.
    return re.sub(r"\s*[\r\n]+\s*", " ", value).strip()
