"""To the provider of identities, and back from it with a session."""

from __future__ import annotations

import hmac

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.door import COOKIE, NOT_FOUND, UNWELL, parts_of
from console.oidc.failures import IdentityRefused, ProviderFailed
from console.oidc.provider import Provider
from console.oidc.tickets import LASTS, Ticket, new_ticket
from console.paths import HOME, OIDC, OIDC_RETURN, local
from console.sign_in_form import sign_in_form
from console.visit import SEE_OTHER
from intake.sessions import SignInFailed

TICKET = "perennial_oidc"
UNAUTHORIZED = 401

log = structlog.get_logger(__name__)


async def leave(request: Request) -> Response:
    """Send somebody to the provider, with a ticket for the way back."""
    parts, provider = parts_of(request), _provider(request)
    at, ticket = parts.clock.wall(), new_ticket(local(request.query_params.get("next", HOME)))
    try:
        address = await provider.sign_in_address(ticket, at=at)
    except ProviderFailed as failure:
        return _failed(request, ticket.target, failure)
    response = RedirectResponse(address, SEE_OTHER)
    response.set_cookie(
        TICKET,
        parts.tickets.written(ticket, at=at),
        max_age=int(LASTS.total_seconds()),
        path=OIDC,
        httponly=True,
        samesite="lax",
        secure=parts.is_secure,
    )
    return response


async def come_back(request: Request) -> Response:
    """Begin the session of who comes back from the provider, with a ticket that is then used up."""
    parts = parts_of(request)
    provider, at = _provider(request), parts.clock.wall()
    ticket = parts.tickets.read(request.cookies.get(TICKET), at=at)
    target = "" if ticket is None else ticket.target
    response: Response
    try:
        email = await provider.email_of(*_code(request, ticket, provider), at=at)
        cookie = await parts.sessions.sign_in_as(email, at=at)
    except IdentityRefused as refusal:
        log.warning("sign_in_at_provider_refused", error=str(refusal))
        error = f"The sign-in at {provider.name} did not come to its end. Try again."
        response = sign_in_form(request, target, error=error, status=UNAUTHORIZED)
    except SignInFailed:
        error = f"You are signed in at {provider.name}, but no user here has your address. Ask your administrator."
        response = sign_in_form(request, target, error=error, status=UNAUTHORIZED)
    except ProviderFailed as failure:
        response = _failed(request, target, failure)
    else:
        response = RedirectResponse(local(target), SEE_OTHER)
        response.set_cookie(COOKIE, cookie, path=HOME, httponly=True, samesite="lax", secure=parts.is_secure)
    response.delete_cookie(TICKET, path=OIDC)
    return response


def _provider(request: Request) -> Provider:
    """Return the provider; where none is configured, there is nothing at these addresses."""
    provider = parts_of(request).provider
    if provider is None:
        raise HTTPException(NOT_FOUND)
    return provider


def _code(request: Request, ticket: Ticket | None, provider: Provider) -> tuple[str, Ticket]:
    """Return the code that somebody brings, and their ticket, if they went to the provider from here."""
    brought = request.query_params
    if ticket is None:
        message = "there is no ticket, or it is over"
        raise IdentityRefused(message)
    if not hmac.compare_digest(brought.get("state", "").encode(), ticket.state.encode()):
        message = "the state is not the ticket's"
        raise IdentityRefused(message)
    if brought.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
        message = "another provider sent it"
        raise IdentityRefused(message)
    if not brought.get("code"):
        message = "the provider gave no code"
        raise IdentityRefused(message)
    return brought["code"], ticket


def _failed(request: Request, target: str, failure: ProviderFailed) -> Response:
    log.error("provider_failed", error=str(failure))
    name = _provider(request).name
    error = f"{name} cannot be reached now. Try again, or sign in with your password."
    return sign_in_form(request, target, error=error, status=UNWELL)


ROUTES = (
    Route(OIDC, leave, methods=["GET"]),
    Route(OIDC_RETURN, come_back, methods=["GET"]),
)
