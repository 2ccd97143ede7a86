"""The log of mails: what was sent about what, to whom by role, and what became of it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from console.door import page
from console.partner_words import DELIVERY_WORDS, RECEIVERS
from console.paths import PARTNER
from console.visit import Visit

FILTERS = ("status", "receiver", "kind", "subscription_id", "invoice_id")
STATUSES = tuple((status, says) for status, (says, _) in DELIVERY_WORDS.items())


async def show(visit: Visit) -> Response:
    """Show the mails, newest first."""
    asked = {name: visit.query(name) for name in FILTERS}
    found = await visit.desk.get("/v1/mails", {**asked, "cursor": visit.query("cursor")})
    facts: dict[str, Any] = {"mails": found["data"], "next_cursor": found["next_cursor"], "asked": asked}
    return visit.show("partner/mails.html", words_of=DELIVERY_WORDS, statuses=STATUSES, receivers=RECEIVERS, **facts)


ROUTES = (page(f"{PARTNER}/mail", show),)
