"""The resellers that customers can be managed by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from console.desk import Desk
from console.visit import Visit

LIMIT = 200


async def resellers_of(visit: Visit) -> Sequence[Mapping[str, Any]]:
    """Return the resellers that the user's partner has below it, by name; a reseller has none and is not asked for."""
    if visit.seated.caller.is_reseller:
        return ()
    found = [partner for partner in await _partners(visit.desk) if partner["kind"] == "reseller"]
    return sorted(found, key=lambda partner: str(partner["name"]).casefold())


async def manager_of(visit: Visit, customer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the reseller that manages a customer, None when none does."""
    partner_id = customer["managing_partner_id"]
    if partner_id is None:
        return None
    found: Mapping[str, Any] = await visit.desk.get(f"/v1/partners/{partner_id}")
    return found


def choices(resellers: Sequence[Mapping[str, Any]], *, also: str | None = None) -> list[tuple[str, str]]:
    """Return the enabled ones as pairs for a field, and the one that is chosen `also` when it is disabled."""
    return [
        (partner["id"], partner["name"] if partner["state"] == "enabled" else f"{partner['name']} (disabled)")
        for partner in resellers
        if partner["state"] == "enabled" or partner["id"] == also
    ]


async def _partners(desk: Desk) -> list[dict[str, Any]]:
    page = await desk.get("/v1/partners", {"limit": LIMIT})
    found: list[dict[str, Any]] = page["data"]
    while page["next_cursor"]:
        page = await desk.get("/v1/partners", {"limit": LIMIT, "cursor": page["next_cursor"]})
        found += page["data"]
    return found
