"""One request of somebody who is signed in: who it is, what they sent, and how a page is shown to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.desk import Desk, HandedOver
from console.menu import menu_of
from console.notices import notice_of
from console.parts import ConsoleParts
from console.rendering import rendered
from console.theme import theme_of
from intake.sessions import Seated

SEE_OTHER = 303


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What a page has at hand. `form` is empty unless a form was sent."""

    request: Request
    parts: ConsoleParts
    seated: Seated
    request_id: str
    form: FormData

    @cached_property
    def desk(self) -> Desk:
        """The API, asked as this user."""
        return Desk(self.parts.program, self.seated.caller, self.request_id)

    @property
    def today(self) -> date:
        """The day it is for whatever has no clock of its own."""
        return self.parts.clock.now().date()

    @property
    def is_fragment(self) -> bool:
        """Whether a part of the page is asked for, by htmx, and not the whole, as it does to go back in the history."""
        headers = self.request.headers
        return "hx-request" in headers and "hx-history-restore-request" not in headers

    def may(self, scope: str) -> bool:
        """Return whether the user's role has the scope."""
        return self.seated.caller.has_scope(scope)

    def path(self, name: str) -> str:
        """Return a part of the address, such as an id."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """Return a parameter of the address, empty when it is not there."""
        return self.request.query_params.get(name, "").strip()

    def entered(self, name: str) -> str:
        """Return a field of the form, without the blanks around it; empty when it is not there."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def entered_all(self, name: str) -> list[str]:
        """Return every value of a field that may be there more than once."""
        return [value.strip() for value in self.form.getlist(name) if isinstance(value, str)]

    def show(self, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        """Return a page, or its part `results` when only that is asked for."""
        return HTMLResponse(rendered(template, {**self._frame(), **facts}, is_part=self.is_fragment), status)

    def go(self, path: str, *, done: str | None = None) -> Response:
        """Return a redirect to another page, which says what was `done`, one of `console.notices`."""
        joint = "&" if "?" in path else "?"
        return RedirectResponse(path if done is None else f"{path}{joint}done={done}", SEE_OTHER)

    def hand_over(self, path: str, *, query: Mapping[str, str] | None = None, accept: str) -> HandedOver:
        """Return what the API itself answers to a request, as it comes."""
        return HandedOver(self.parts.program, self.seated.caller, path=path, query=query or {}, accept=accept)

    def _frame(self) -> Mapping[str, Any]:
        """What every page shows around its own."""
        caller = self.seated.caller
        return {
            "user": self.seated.user,
            "partner": caller.partner,
            "form_token": self.seated.form_token,
            "may": caller.has_scope,
            "is_operator": caller.is_operator,
            "is_reseller": caller.is_reseller,
            "sandbox": self.parts.sandbox,
            "theme": theme_of(self.request),
            "here": self.request.url.path,
            "query": self.request.query_params,
            "notice": notice_of(self.query("done")),
            "today": self.today,
            "offering_names": self.parts.names.offerings,
            "product_names": self.parts.names.products,
            "menu": menu_of(caller, sandbox=self.parts.sandbox),
        }
