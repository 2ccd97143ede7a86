"""A partner's API keys: made with a purpose and an end, shown once, and revoked."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.desk import Problem
from console.partner_area import (
    admin_form,
    admin_page,
    confirmation,
    grantable_scopes,
    names_of,
    new_key,
    partners_of,
    with_partners,
)
from console.partner_words import SCOPES_EXPLAINED
from console.paths import PARTNER
from console.visit import Visit

KEYS = f"{PARTNER}/keys"
REVOKED_MEANS = (
    "Whatever uses the key is refused from the next request on.",
    "Bulk jobs that were begun with it go on; cancel them if they should not.",
    "A revoked key cannot be brought back. Make another one.",
)


async def show_list(visit: Visit) -> Response:
    """Show the keys, newest first."""
    found, partners = await with_partners(visit, "/v1/api-keys", {"cursor": visit.query("cursor")})
    facts: dict[str, Any] = {"keys": found["data"], "next_cursor": found["next_cursor"], "names": names_of(partners)}
    return visit.show("partner/keys.html", now=visit.parts.clock.wall().isoformat(), **facts)


async def show_new(visit: Visit) -> Response:
    """Show an empty form."""
    entries: dict[str, Any] = {
        "name": "",
        "expires_at": "",
        "partner_id": visit.seated.caller.partner.id,
        "scopes": ["read"],
    }
    return await _form(visit, entries, {})


async def add(visit: Visit) -> Response:
    """Make a key, and show it, once."""
    entries: dict[str, Any] = {name: visit.entered(name) for name in ("name", "expires_at", "partner_id")}
    entries["scopes"] = visit.entered_all("scopes")
    last_day = entries["expires_at"]
    body = {**entries, "name": entries["name"] or None, "expires_at": f"{last_day}T23:59:59Z" if last_day else None}
    try:
        answer = await visit.desk.ask("POST", "/v1/api-keys", body, key=visit.entered("key"))
    except Problem as problem:
        return await _form(visit, entries, problem.errors, problem=problem)
    return visit.show("partner/key_shown.html", made=answer.body, explained=SCOPES_EXPLAINED)


async def confirm_revoking(visit: Visit) -> Response:
    """Say what revoking means."""
    key = await visit.desk.get(_address(visit))
    heading = f"Revoke {key['name'] or key['prefix']}?"
    facts: dict[str, Any] = {"says": REVOKED_MEANS, "button": "Revoke", "is_danger": True, "back": KEYS}
    return confirmation(visit, heading=heading, path=f"{KEYS}/{visit.path('key_id')}/revoke", **facts)


async def revoke(visit: Visit) -> Response:
    """Revoke a key."""
    await visit.desk.ask("DELETE", _address(visit), key=visit.entered("key"))
    return visit.go(KEYS, done="key-revoked")


async def _form(visit: Visit, entries: Any, errors: Any, *, problem: Problem | None = None) -> Response:
    status, detail = (200, "") if problem is None else (problem.status, problem.detail)
    facts: dict[str, Any] = {"entries": entries, "errors": errors, "problem": detail, "key": new_key()}
    choices = {"scopes": grantable_scopes(visit), "explained": SCOPES_EXPLAINED, "partners": await partners_of(visit)}
    return visit.show("partner/key_new.html", status=status, **choices, **facts)


def _address(visit: Visit) -> str:
    return f"/v1/api-keys/{visit.path('key_id')}"


ROUTES = (
    admin_page(KEYS, show_list),
    admin_page(f"{KEYS}/new", show_new),
    admin_form(f"{KEYS}/new", add),
    admin_page(f"{KEYS}/{{key_id}}/revoke", confirm_revoking),
    admin_form(f"{KEYS}/{{key_id}}/revoke", revoke),
)
