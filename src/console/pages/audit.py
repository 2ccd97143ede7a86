"""The audit trail: who changed what, when, from what to what."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from console.partner_area import MOST, admin_page
from console.partner_words import changes_said
from console.paths import PARTNER
from console.visit import Visit

FILTERS = ("actor", "action", "subject_id")


async def show(visit: Visit) -> Response:
    """Show the trail, newest first, with the names of those who acted."""
    asked: dict[str, Any] = {name: visit.query(name) for name in FILTERS}
    found, users, keys = await asyncio.gather(
        visit.desk.get("/v1/audit", {**asked, "cursor": visit.query("cursor")}),
        visit.desk.get("/v1/users", {"limit": MOST}),
        visit.desk.get("/v1/api-keys", {"limit": MOST}),
    )
    names = {user["id"]: user["name"] for user in users["data"]}
    names |= {key["id"]: f"API key {key['name'] or key['prefix']}" for key in keys["data"]}
    facts: dict[str, Any] = {"entries": found["data"], "next_cursor": found["next_cursor"], "asked": asked}
    return visit.show("partner/audit.html", names=names, changes_said=changes_said, **facts)


ROUTES = (admin_page(f"{PARTNER}/audit", show),)
