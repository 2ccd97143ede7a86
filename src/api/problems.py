"""Refusals, denials and failures as RFC 9457 problems; the only place that knows their statuses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.allowed import allow_of
from api.answers import REPLAYED, Refused
from api.media import NotAcceptable
from api.parsing import BodyTooLarge, MalformedJson
from api.parts import parts_of
from api.problem_texts import title_of
from api.rate_headers import refused_key, told_so_far
from api.request_ids import HEADER
from intake.denials import (
    Denial,
    EngineUnreachable,
    KeyRequired,
    KeyReused,
    NotFound,
    NotPermitted,
    RateLimited,
    RequestInProgress,
    Unauthenticated,
    VersionConflict,
)
from lifecycle.refusals import Conflict, FieldError, InvalidInput, LinkDead, Refusal, Stale, TooSoon

MEDIA_TYPE = "application/problem+json"
ECA_PATH = "/eca/"

_REFUSALS: tuple[tuple[type[Refusal], int], ...] = (
    (InvalidInput, 422),
    (Stale, 412),
    (LinkDead, 410),
    (TooSoon, 429),
    (Conflict, 409),
)
_DENIALS: tuple[tuple[type[Denial], int], ...] = (
    (Unauthenticated, 401),
    (NotPermitted, 403),
    (NotFound, 404),
    (KeyRequired, 400),
    (KeyReused, 422),
    (RequestInProgress, 409),
    (VersionConflict, 412),
    (RateLimited, 429),
    (EngineUnreachable, 503),
)
_CODES = {400: "malformed_form", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}

log = structlog.get_logger(__name__)


def install_problems(app: FastAPI) -> None:
    """Make the application answer whatever is raised with a problem."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(Refused, _finally_refused)
    app.add_exception_handler(Denial, _denied)
    app.add_exception_handler(MalformedJson, _malformed)
    app.add_exception_handler(BodyTooLarge, _too_large)
    app.add_exception_handler(NotAcceptable, _unacceptable)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _failed)


def problem_of(request: Request, refused: Refusal | Denial) -> JSONResponse:
    """Return the problem that a refusal or a denial is."""
    return _response(request, problem_body(request, refused), _headers(refused))


def problem_body(request: Request, refused: Refusal | Denial) -> dict[str, Any]:
    """Return the members of the problem that a refusal or a denial is."""
    facts = dict(refused.facts)
    if facts.get("contact_support"):
        facts["contact"] = parts_of(request).support_contact
    errors = refused.errors if isinstance(refused, InvalidInput) else ()
    return _body(request, status_of(refused), refused.code, refused.detail, errors=errors, facts=facts)


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem of the door itself."""
    return _response(request, _body(request, status, code, detail), headers or {})


def _response(request: Request, body: Mapping[str, Any], headers: Mapping[str, str]) -> JSONResponse:
    # The failure handler answers outside the middleware that would put these on.
    named = {**told_so_far(request), **headers, HEADER: request.state.request_id}
    return JSONResponse(dict(body), status_code=body["status"], headers=named, media_type=MEDIA_TYPE)


def _body(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[FieldError] = (),
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": title_of(code),
        "status": status,
        "detail": detail,
        "instance": instance_of(request),
        "code": code,
        "request_id": request.state.request_id,
    }
    if errors:
        body["errors"] = [{"field": one.field, "code": one.code, "message": one.message} for one in errors]
    body.update({name: value for name, value in (facts or {}).items() if name not in body})
    return body


def instance_of(request: Request) -> str:
    """Return the request's path; the token of an agreement's link is left out."""
    path: str = request.url.path
    return ECA_PATH if path.startswith(ECA_PATH) else path


def status_of(refused: Refusal | Denial) -> int:
    """Return the status of a refusal or a denial."""
    families = _REFUSALS if isinstance(refused, Refusal) else _DENIALS
    return next(status for family, status in families if isinstance(refused, family))


def _headers(refused: Refusal | Denial) -> dict[str, str]:
    match refused:
        case Unauthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case RateLimited(limit=limit, retry_after=wait):
            return {"Retry-After": _seconds(wait), **refused_key(limit, wait)}
        case TooSoon(retry_after=wait) | EngineUnreachable(retry_after=wait):
            return {"Retry-After": _seconds(wait)}
        case _:
            return {}


def _seconds(wait: timedelta) -> str:
    return str(math.ceil(wait.total_seconds()))


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for nothing else
    return problem_of(request, error)


async def _finally_refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)  # noqa: S101 - registered for nothing else
    answer = problem_of(request, error.refusal)
    if error.replayed:
        answer.headers[REPLAYED] = "true"
    return answer


async def _denied(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Denial)  # noqa: S101 - registered for nothing else
    return problem_of(request, error)


async def _malformed(request: Request, _error: Exception) -> JSONResponse:
    return problem(request, 400, "malformed_json", "The body is not JSON.")


async def _too_large(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, BodyTooLarge)  # noqa: S101 - registered for nothing else
    return problem(request, 413, "body_too_large", f"A body here has at most {error.limit} bytes.")


async def _unacceptable(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, NotAcceptable)  # noqa: S101 - registered for nothing else
    return problem(request, 406, "not_acceptable", f"Accept one of {', '.join(error.offered)}.")


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    phrase = HTTPStatus(error.status_code).phrase
    code = _CODES.get(error.status_code, phrase.lower().replace(" ", "_"))
    headers = {"Allow": allow_of(request)} if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    return problem(request, error.status_code, code, f"{phrase}.", headers=headers)


async def _failed(request: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", path=request.scope.get("route_path", ""), error=type(error).__name__)
    return problem(request, 500, "internal_error", "Something went wrong here; the request id finds it in the log.")
