"""What keeps other sites out of the console: where a form may come from, and what a page may load."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import Request

TOKEN_FIELD, TOKEN_HEADER = "form_token", "x-form-token"
SAFE = frozenset({"GET", "HEAD"})
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


def is_from_here(request: Request) -> bool:
    """Return whether a form was sent from one of the console's own pages, as the browser says.

    A browser that says neither where from nor how is not believed.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return site is not None


def has_token(given: str, expected: str) -> bool:
    """Return whether a form's token is the session's."""
    return hmac.compare_digest(given.encode(), expected.encode())
