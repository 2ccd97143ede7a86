"""What the pages of the partner area begin with: who may see them, and the partners' names."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from console.desk import Params
from console.door import FORBIDDEN, Answering, Page, page
from console.visit import Visit
from intake.roles import OPS, ROLES, SCOPES
from storage.ids import new_id

ADMIN = "admin"
MOST = 200


def admin_page(path: str, show: Page) -> Route:
    """Return the route of a page that says so itself to those whose role may not see it."""

    async def shown(visit: Visit) -> Answering:
        if not visit.may(ADMIN):
            return visit.show("partner/not_for_role.html", status=FORBIDDEN)
        return await show(visit)

    return page(path, shown)


def admin_form(path: str, change: Page) -> Route:
    """Return the route that takes a form of administrators."""
    return page(path, change, scope=ADMIN, methods=("POST",))


def new_key() -> str:
    """Return the idempotency key of a form, made when it is shown."""
    return new_id("drf")


def confirmation(visit: Visit, **facts: Any) -> Response:
    """Return the page that says what something means before it is done."""
    return visit.show("partner/confirm.html", key=new_key(), **facts)


async def partners_of(visit: Visit) -> list[Mapping[str, Any]]:
    """Return the user's partner and those below it, the own one first."""
    found = (await visit.desk.get("/v1/partners", {"limit": MOST}))["data"]
    own = visit.seated.caller.partner.id
    return sorted(found, key=lambda partner: (partner["id"] != own, partner["name"].casefold()))


async def with_partners(visit: Visit, path: str, params: Params) -> tuple[Any, list[Mapping[str, Any]]]:
    """Return a list of the API and the partners whose names stand in its rows."""
    found, partners = await asyncio.gather(visit.desk.get(path, params), partners_of(visit))
    return found, partners


def names_of(partners: list[Mapping[str, Any]]) -> Mapping[str, str]:
    """Return the names of partners by their ids."""
    return {partner["id"]: partner["name"] for partner in partners}


def grantable_roles(visit: Visit) -> list[str]:
    """Return the roles whose every scope the user holds: nobody gives out more than that."""
    held = [role for role, scopes in ROLES.items() if all(visit.may(scope) for scope in scopes)]
    return [role for role in held if role != OPS or visit.seated.caller.is_operator]


def grantable_scopes(visit: Visit) -> list[str]:
    """Return the scopes that the user holds and may give to a key."""
    return [scope for scope in SCOPES if visit.may(scope)]
