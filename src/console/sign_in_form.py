"""The form with which somebody signs in, as it is shown at first and after whatever was not right."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from console.door import bare_page, parts_of
from console.notices import notice_of


def sign_in_form(request: Request, target: str, *, email: str = "", error: str = "", status: int = 200) -> Response:
    """Return the form; `target` is the page to go on to, `email` what was entered, `error` what was wrong."""
    provider = parts_of(request).provider
    facts = {
        "target": target,
        "email": email,
        "error": error,
        "provider": None if provider is None else provider.name,
        "notice": notice_of(request.query_params.get("done", "")),
    }
    return bare_page(request, "sign_in.html", status=status, **facts)
