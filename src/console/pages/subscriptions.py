"""Lists of subscriptions: all of them, and a customer's."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from console.buying import PURCHASE
from console.door import page
from console.drafts import begun_drafts
from console.paths import CUSTOMERS, SUBSCRIPTIONS
from console.subscription_list import listed
from console.visit import Visit


async def show_all(visit: Visit) -> Response:
    """Show the subscriptions of every customer that the user sees."""
    found = await listed(visit, SUBSCRIPTIONS)
    return visit.show(
        "subscriptions/list.html",
        status=found.status,
        found=found,
        path=SUBSCRIPTIONS,
        with_customer=True,
    )


async def show_of_customer(visit: Visit) -> Response:
    """Show a customer's subscriptions, and what the user has begun to buy for it."""
    customer_id = visit.path("customer_id")
    path = f"{CUSTOMERS}/{customer_id}/subscriptions"
    customer, found, begun = await asyncio.gather(
        visit.desk.get(f"/v1/customers/{customer_id}"),
        listed(visit, path, customer_id=customer_id),
        begun_drafts(visit, PURCHASE, customer_id),
    )
    return visit.show(
        "customers/subscriptions.html",
        status=found.status,
        customer=customer,
        found=found,
        begun=begun,
        path=path,
        with_customer=False,
    )


ROUTES = (
    page(SUBSCRIPTIONS, show_all),
    page(f"{CUSTOMERS}/{{customer_id}}/subscriptions", show_of_customer),
)
