"""One webhook: its facts, what it was told and is owed, and having it told again."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from console.door import page
from console.pages.webhooks import WEBHOOKS
from console.partner_area import admin_form, new_key
from console.partner_words import DELIVERY_WORDS
from console.visit import Visit


async def show(visit: Visit) -> Response:
    """Show a webhook and its deliveries, newest first."""
    address = f"/v1/webhooks/{visit.path('webhook_id')}"
    status = visit.query("status")
    webhook, found = await asyncio.gather(
        visit.desk.get(address),
        visit.desk.get(f"{address}/deliveries", {"status": status, "cursor": visit.query("cursor")}),
    )
    facts: dict[str, Any] = {
        "deliveries": found["data"],
        "next_cursor": found["next_cursor"],
        "wanted": status,
        "new_key": new_key,
    }
    return visit.show("partner/webhook.html", webhook=webhook, words_of=DELIVERY_WORDS, **facts)


async def retry(visit: Visit) -> Response:
    """Have it told again."""
    webhook_id, delivery_id = visit.path("webhook_id"), visit.path("delivery_id")
    path = f"/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/retry"
    await visit.desk.ask("POST", path, key=visit.entered("key"))
    return visit.go(f"{WEBHOOKS}/{webhook_id}", done="retried")


ROUTES = (
    page(f"{WEBHOOKS}/{{webhook_id}}", show),
    admin_form(f"{WEBHOOKS}/{{webhook_id}}/deliveries/{{delivery_id}}/retry", retry),
)
