"""A partner's users: who they are, what their role lets them do, and the secrets with which they set a password."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from console.desk import Problem
from console.partner_area import (
    admin_form,
    admin_page,
    confirmation,
    grantable_roles,
    names_of,
    new_key,
    partners_of,
    with_partners,
)
from console.partner_words import ROLES_EXPLAINED
from console.paths import PARTNER
from console.visit import Visit

USERS = f"{PARTNER}/users"
FILTERS = ("partner_id", "role", "state", "email")
DISABLED_MEANS = (
    "The user is signed out and cannot sign in any more.",
    "A secret that is out for setting a password stops working.",
    "What the user did stays in the audit trail. You can enable the user again.",
)
ENABLED_MEANS = ("The user can sign in again with the password from before.",)
RENEWED_MEANS = (
    "The secret before this one stops working; a password that is set goes on until another one is set.",
    "The new secret is shown once, on the next page, and works for 72 hours.",
)


async def show_list(visit: Visit) -> Response:
    """Show the users, filtered, newest first."""
    asked: dict[str, Any] = {name: visit.query(name) for name in FILTERS}
    found, partners = await with_partners(visit, "/v1/users", {**asked, "cursor": visit.query("cursor")})
    facts: dict[str, Any] = {"users": found["data"], "next_cursor": found["next_cursor"], "asked": asked}
    return visit.show("partner/users.html", names=names_of(partners), partners=partners, **facts)


async def show(visit: Visit) -> Response:
    """Show one user."""
    user, partners = await asyncio.gather(_asked(visit), partners_of(visit))
    facts: dict[str, Any] = {"names": names_of(partners), "explained": ROLES_EXPLAINED}
    return visit.show("partner/user.html", shown=user, **facts)


async def show_new(visit: Visit) -> Response:
    """Show an empty form."""
    own = visit.seated.caller.partner.id
    entries: dict[str, Any] = {"email": "", "name": "", "role": "", "partner_id": visit.query("partner_id") or own}
    return await _new_form(visit, entries, {})


async def add(visit: Visit) -> Response:
    """Add a user, and show the secret, once."""
    entries: dict[str, Any] = {name: visit.entered(name) for name in ("email", "name", "role", "partner_id")}
    try:
        answer = await visit.desk.ask("POST", "/v1/users", entries, key=visit.entered("key"))
    except Problem as problem:
        return await _new_form(visit, entries, problem.errors, problem=problem)
    return _secret(visit, answer.body)


async def show_edit(visit: Visit) -> Response:
    """Show the form with what is stored."""
    user = await _asked(visit)
    return _edit_form(visit, user, {"name": user["name"], "role": user["role"]}, {})


async def change(visit: Visit) -> Response:
    """Store another name or role."""
    entries: dict[str, Any] = {"name": visit.entered("name"), "role": visit.entered("role")}
    try:
        await visit.desk.ask("PATCH", _address(visit), entries, key=visit.entered("key"))
    except Problem as problem:
        return _edit_form(visit, await _asked(visit), entries, problem.errors, problem=problem)
    return visit.go(_page(visit), done="saved")


async def confirm_disabling(visit: Visit) -> Response:
    """Say what disabling means."""
    facts: dict[str, Any] = {
        "says": DISABLED_MEANS,
        "button": "Disable",
        "is_danger": True,
        "path": f"{_page(visit)}/disable",
    }
    return await _confirmation(visit, "Disable {}?", facts)


async def confirm_enabling(visit: Visit) -> Response:
    """Say what enabling means."""
    facts: dict[str, Any] = {
        "says": ENABLED_MEANS,
        "button": "Enable",
        "is_danger": False,
        "path": f"{_page(visit)}/enable",
    }
    return await _confirmation(visit, "Enable {}?", facts)


async def confirm_renewing(visit: Visit) -> Response:
    """Say what another secret means."""
    facts: dict[str, Any] = {
        "says": RENEWED_MEANS,
        "button": "Make a new secret",
        "is_danger": False,
        "path": f"{_page(visit)}/secret",
    }
    return await _confirmation(visit, "New setup secret for {}?", facts)


async def disable(visit: Visit) -> Response:
    """Disable a user."""
    await visit.desk.ask("PATCH", _address(visit), {"state": "disabled"}, key=visit.entered("key"))
    return visit.go(_page(visit), done="disabled-partner")


async def enable(visit: Visit) -> Response:
    """Enable a user again."""
    await visit.desk.ask("PATCH", _address(visit), {"state": "enabled"}, key=visit.entered("key"))
    return visit.go(_page(visit), done="enabled-partner")


async def renew(visit: Visit) -> Response:
    """Make another secret, and show it, once."""
    answer = await visit.desk.ask("POST", f"{_address(visit)}/setup-secret", key=visit.entered("key"))
    return _secret(visit, answer.body)


def _secret(visit: Visit, user: Any) -> Response:
    """The secret is in the body of this answer alone: no address has it, and no cache keeps it."""
    return visit.show("partner/user_secret.html", shown=user)


async def _confirmation(visit: Visit, heading: str, facts: dict[str, Any]) -> Response:
    user = await _asked(visit)
    return confirmation(visit, heading=heading.format(user["name"]), back=_page(visit), **facts)


async def _new_form(visit: Visit, entries: Any, errors: Any, *, problem: Problem | None = None) -> Response:
    status, detail = (200, "") if problem is None else (problem.status, problem.detail)
    facts: dict[str, Any] = {"entries": entries, "errors": errors, "problem": detail, **_roles(visit)}
    return visit.show("partner/user_new.html", status=status, partners=await partners_of(visit), **facts)


def _edit_form(visit: Visit, user: Any, entries: Any, errors: Any, *, problem: Problem | None = None) -> Response:
    status, detail = (200, "") if problem is None else (problem.status, problem.detail)
    facts: dict[str, Any] = {"entries": entries, "errors": errors, "problem": detail, **_roles(visit)}
    return visit.show("partner/user_edit.html", status=status, shown=user, **facts)


def _roles(visit: Visit) -> dict[str, Any]:
    return {"roles": grantable_roles(visit), "explained": ROLES_EXPLAINED, "key": new_key()}


async def _asked(visit: Visit) -> Any:
    return await visit.desk.get(_address(visit))


def _address(visit: Visit) -> str:
    return f"/v1/users/{visit.path('user_id')}"


def _page(visit: Visit) -> str:
    return f"{USERS}/{visit.path('user_id')}"


_ONE = f"{USERS}/{{user_id}}"
ROUTES = (
    admin_page(USERS, show_list),
    admin_page(f"{USERS}/new", show_new),
    admin_form(f"{USERS}/new", add),
    admin_page(_ONE, show),
    admin_page(f"{_ONE}/edit", show_edit),
    admin_form(f"{_ONE}/edit", change),
    admin_page(f"{_ONE}/disable", confirm_disabling),
    admin_form(f"{_ONE}/disable", disable),
    admin_page(f"{_ONE}/enable", confirm_enabling),
    admin_form(f"{_ONE}/enable", enable),
    admin_page(f"{_ONE}/secret", confirm_renewing),
    admin_form(f"{_ONE}/secret", renew),
)
