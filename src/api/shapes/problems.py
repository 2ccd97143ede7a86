"""Problems, RFC 9457."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict


class FieldProblem(TypedDict):
    """One member or parameter that is wrong, and the rule that it breaks."""

    field: Annotated[str, Field(description="Such as `inventory[0].quantity`.")]
    code: str
    message: str


class Problem(TypedDict):
    """RFC 9457: what is wrong; `code` is stable, and each problem may carry further members with facts."""

    __pydantic_config__ = {"extra": "allow"}  # type: ignore[misc]  # noqa: RUF012 # pydantic's own way

    type: Annotated[str, Field(description="`/problems/<code>`, a page that explains it.")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    instance: Annotated[str, Field(description="The path of the request.")]
    code: str
    request_id: str
    errors: NotRequired[list[FieldProblem]]
    state: NotRequired[Annotated[str, Field(description="Of a 409 about the state: the state.")]]
    allowed: NotRequired[Annotated[list[str], Field(description="Of a 409 about the state: what it allows.")]]
    expected_total: NotRequired[int]
    total: NotRequired[int]
    scope: NotRequired[str]
