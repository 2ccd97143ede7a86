"""From a request to a page: who is signed in, whether the form is theirs, whether their role may; and every "no"."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from secrets import token_hex
from urllib.parse import urlencode

import structlog
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from console.desk import Problem
from console.guard import SAFE, TOKEN_FIELD, TOKEN_HEADER, has_token, is_from_here
from console.parts import ConsoleParts
from console.paths import SIGN_IN
from console.rendering import rendered
from console.theme import theme_of
from console.visit import SEE_OTHER, Visit
from intake.denials import MissingScope, PartnerDisabled
from intake.sessions import Seated

log = structlog.get_logger(__name__)

COOKIE = "perennial_session"
MAX_FIELDS, MAX_FIELD_BYTES = 2_000, 1_048_576
FORBIDDEN, NOT_FOUND, UNPROCESSABLE, UNWELL = 403, 404, 422, 503
NO_TEXT = "\0"  # PostgreSQL keeps it nowhere
TITLES = {
    FORBIDDEN: "You may not do this",
    NOT_FOUND: "There is nothing here",
    405: "This page takes no forms",
    409: "This is not possible now",
    UNPROCESSABLE: "Something does not fit",
    429: "Too many requests",
    UNWELL: "This cannot be taken now",
}

Answering = Callable[[Scope, Receive, Send], Awaitable[None]]
Page = Callable[[Visit], Awaitable[Answering]]


class PageRoute(Route):
    """The address of a page for those whose role has a scope; any other route is for everybody."""

    def __init__(
        self, path: str, endpoint: Callable[[Request], Awaitable[Answering]], *, methods: tuple[str, ...], scope: str
    ) -> None:
        """Keep the scope beside what a route is."""
        super().__init__(path, endpoint, methods=list(methods))
        self.scope = scope


def page(path: str, show: Page, *, scope: str = "read", methods: tuple[str, ...] = ("GET",)) -> PageRoute:
    """Return the route of a page that is for those whose role has the scope."""

    async def endpoint(request: Request) -> Answering:
        parts = parts_of(request)
        seated = await seated_of(request)
        if seated is None:
            return to_sign_in(request)
        seated.caller.require(scope)
        if not all(str(value).isprintable() for value in request.path_params.values()):
            raise HTTPException(NOT_FOUND)
        form = FormData()
        if request.method not in SAFE:
            form = await own_form(request)
            token = request.headers.get(TOKEN_HEADER) or str(form.get(TOKEN_FIELD, ""))
            if not has_token(token, seated.form_token):
                raise HTTPException(FORBIDDEN, "This form is older than your session. Open the page again.")
        await parts.names.keep(parts.database, at=parts.clock.wall())
        visit = Visit(request=request, parts=parts, seated=seated, request_id=request_id_of(request), form=form)
        return await show(visit)

    return PageRoute(path, endpoint, methods=methods, scope=scope)


def parts_of(request: Request) -> ConsoleParts:
    """Return the parts of the console that serves the request."""
    parts: ConsoleParts = request.app.state.parts
    return parts


async def seated_of(request: Request) -> Seated | None:
    """Return who is signed in, None when nobody is.

    Raises:
        PartnerDisabled: somebody is, and their partner is disabled.
    """
    parts = parts_of(request)
    return await parts.sessions.find(request.cookies.get(COOKIE), at=parts.clock.wall())


async def own_form(request: Request) -> FormData:
    """Return a form that one of the console's pages sent.

    Raises:
        HTTPException: 403, another site sent it; 400, it is no form; 422, an entry is no text.
    """
    if not is_from_here(request):
        raise HTTPException(FORBIDDEN, "This form was not sent from the console.")
    form = await request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES)
    for name, value in form.multi_items():
        entered = value if isinstance(value, str) else value.filename
        if NO_TEXT in name or NO_TEXT in (entered or ""):
            raise HTTPException(UNPROCESSABLE, "An entry holds the character U+0000, which no text has.")
    return form


def to_sign_in(request: Request) -> Response:
    """Lead to the sign-in and from there back; a form is not sent again by itself."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"{SIGN_IN}?{urlencode({'next': back})}" if request.method in SAFE else SIGN_IN
    if "hx-request" in request.headers:
        return Response(headers={"HX-Redirect": target})
    return RedirectResponse(target, SEE_OTHER)


def request_id_of(request: Request) -> str:
    """Return the request's id, which the API's log and problems have as well."""
    if not hasattr(request.state, "request_id"):
        request.state.request_id = f"req_{token_hex(12)}"
    found: str = request.state.request_id
    return found


def bare_page(request: Request, template: str, *, status: int = 200, **facts: object) -> HTMLResponse:
    """Return a page for whoever it is, without the menu."""
    frame = {"theme": theme_of(request), "sandbox": parts_of(request).sandbox, "notice": None}
    return HTMLResponse(rendered(template, {**frame, **facts}), status)


def refused(request: Request, problem: Exception) -> Response:
    """Return the page of the API's "no"."""
    if not isinstance(problem, Problem):
        raise problem
    reasons = tuple(one for one in problem.errors.values() if one not in problem.detail)
    return _error(request, problem.status, problem.detail, reasons)


def denied(request: Request, denial: Exception) -> Response:
    """Return the page for whose role or partner this is not."""
    if isinstance(denial, PartnerDisabled):
        return _error(request, FORBIDDEN, "Your partner account is disabled. Ask your distributor.")
    if isinstance(denial, MissingScope):
        return _error(request, FORBIDDEN, f"Your role does not have the right “{denial.facts['scope']}”.")
    raise denial


def failed(request: Request, error: Exception) -> Response:
    """Return the page of an address that is not there, or of a form that is not ours."""
    if not isinstance(error, HTTPException):
        raise error
    detail = "The address is wrong, or you may not see what is there."
    return _error(request, error.status_code, detail if error.status_code == NOT_FOUND else error.detail)


def broken(request: Request, error: Exception) -> Response:
    """Return the page of a fault of ours, which the log has under the request's id."""
    log.error("page_failed", path=request.scope["path"], error=type(error).__name__)
    return _error(request, 500, "Something went wrong here; the request’s id finds it in the log.")


def _error(request: Request, status: int, detail: str, reasons: tuple[str, ...] = ()) -> HTMLResponse:
    facts = {"detail": detail, "reasons": reasons, "request_id": request_id_of(request)}
    return bare_page(request, "error.html", status=status, title=TITLES.get(status, "Something went wrong"), **facts)
