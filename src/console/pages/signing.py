"""Signing in and out, setting a password with a setup secret, and choosing the colours."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.desk import Desk, Problem
from console.door import COOKIE, bare_page, own_form, page, parts_of, request_id_of, seated_of
from console.paths import HOME, SET_PASSWORD, SIGN_IN, SIGN_OUT, local
from console.sign_in_form import sign_in_form
from console.theme import COOKIE as THEME_COOKIE
from console.theme import THEMES
from console.visit import SEE_OTHER, Visit
from intake.sessions import LockedOut, SignInFailed

A_YEAR = 365 * 24 * 3600
UNAUTHORIZED, TOO_MANY, UNPROCESSABLE = 401, 429, 422
FAILED = "The e-mail address and the password do not fit."


async def show_sign_in(request: Request) -> Response:
    """Show the form; whoever is signed in goes on at once."""
    if await seated_of(request) is not None:
        return RedirectResponse(local(request.query_params.get("next", HOME)), SEE_OTHER)
    return sign_in_form(request, request.query_params.get("next", ""))


async def sign_in(request: Request) -> Response:
    """Begin a session."""
    parts, form = parts_of(request), await own_form(request)
    email, target = _text(form, "email"), _text(form, "next")
    source = "" if request.client is None else request.client.host
    try:
        cookie = await parts.sessions.sign_in(email, _text(form, "password"), source=source, at=parts.clock.wall())
    except SignInFailed:
        return sign_in_form(request, target, email=email, error=FAILED, status=UNAUTHORIZED)
    except LockedOut as locked:
        minutes = max(1, round(locked.wait.total_seconds() / 60))
        error = f"Too many tries failed. Try again in {minutes} minutes."
        return sign_in_form(request, target, email=email, error=error, status=TOO_MANY)
    response = RedirectResponse(local(target or HOME), SEE_OTHER)
    response.set_cookie(COOKIE, cookie, path=HOME, httponly=True, samesite="lax", secure=parts.is_secure)
    return response


async def sign_out(visit: Visit) -> Response:
    """End the session."""
    await visit.parts.sessions.sign_out(visit.request.cookies[COOKIE])
    response = visit.go(SIGN_IN, done="signed-out")
    response.delete_cookie(COOKIE, path=HOME)
    return response


async def show_set_password(request: Request) -> Response:
    """Show the form for a first or a forgotten password."""
    return bare_page(request, "set_password.html", secret="", errors={})


async def set_password(request: Request) -> Response:
    """Set a password with the secret that an administrator gave out."""
    form = await own_form(request)
    secret, password = _text(form, "setup_secret"), str(form.get("password", ""))
    if password != str(form.get("again", "")):
        return _password_form(request, secret, {"again": "The two are not the same."})
    try:
        await Desk(parts_of(request).program, None, request_id_of(request)).ask(
            "POST", "/v1/users/password", {"setup_secret": secret, "password": password}
        )
    except Problem as problem:
        return _password_form(request, secret, dict(problem.errors) or {"setup_secret": problem.detail})
    return RedirectResponse(f"{SIGN_IN}?done=password-set", SEE_OTHER)


async def choose_theme(request: Request) -> Response:
    """Keep the chosen colours for a year; anything else gives the choice back to the system."""
    form = await own_form(request)
    response = RedirectResponse(local(_text(form, "next")), SEE_OTHER)
    theme = _text(form, "theme")
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, path=HOME, max_age=A_YEAR, samesite="lax")
    else:
        response.delete_cookie(THEME_COOKIE, path=HOME)
    return response


def _password_form(request: Request, secret: str, errors: dict[str, str]) -> Response:
    return bare_page(request, "set_password.html", status=UNPROCESSABLE, secret=secret, errors=errors)


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


ROUTES = (
    Route(SIGN_IN, show_sign_in, methods=["GET"]),
    Route(SIGN_IN, sign_in, methods=["POST"]),
    Route(SET_PASSWORD, show_set_password, methods=["GET"]),
    Route(SET_PASSWORD, set_password, methods=["POST"]),
    Route(f"{HOME}/theme", choose_theme, methods=["POST"]),
    page(SIGN_OUT, sign_out, methods=("POST",)),
)
