"""The door for people: its routes, and what every answer passes through."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from console.assets import show_asset
from console.desk import Problem
from console.door import broken, denied, failed, refused
from console.guarding import Guarded
from console.pages import (
    api_keys,
    audit,
    bulk,
    bulk_giving,
    customer_details,
    customers,
    deliveries,
    home,
    inventories,
    invoices,
    mails,
    oidc,
    partner,
    purchases,
    refunds,
    reports,
    resellers,
    sandbox,
    sandbox_book,
    sandbox_mailbox,
    signing,
    subscription,
    subscription_eca,
    subscription_renewal,
    subscription_state,
    subscriptions,
    transactions,
    users,
    webhooks,
)
from console.parts import ConsoleParts
from console.paths import HOME, STATIC, is_of_console
from intake.denials import NotPermitted

ROUTES = (
    Route(f"{STATIC}/{{name}}", show_asset, methods=["GET"]),
    *signing.ROUTES,
    *oidc.ROUTES,
    *home.ROUTES,
    *purchases.ROUTES,
    *inventories.ROUTES,
    *customers.ROUTES,
    *customer_details.ROUTES,
    *subscriptions.ROUTES,
    *subscription.ROUTES,
    *subscription_state.ROUTES,
    *subscription_eca.ROUTES,
    *subscription_renewal.ROUTES,
    *transactions.ROUTES,
    *refunds.ROUTES,
    *invoices.ROUTES,
    *reports.ROUTES,
    *partner.ROUTES,
    *resellers.ROUTES,
    *users.ROUTES,
    *api_keys.ROUTES,
    *webhooks.ROUTES,
    *deliveries.ROUTES,
    *mails.ROUTES,
    *audit.ROUTES,
    *bulk_giving.ROUTES,
    *bulk.ROUTES,
    *sandbox.ROUTES,
    *sandbox_book.ROUTES,
    *sandbox_mailbox.ROUTES,
)


def create_console(parts: ConsoleParts) -> Starlette:
    """Return the console over these parts."""
    app = Starlette(
        routes=ROUTES,
        middleware=[Middleware(Guarded)],
        exception_handlers={Problem: refused, NotPermitted: denied, HTTPException: failed, Exception: broken},
    )
    app.router.redirect_slashes = False
    app.state.parts = parts
    return app


class Doors:
    """Both doors of one process: people's addresses begin with `/console`, all others are for programs."""

    def __init__(self, programs: ASGIApp, people: ASGIApp) -> None:
        """Take the API and the console."""
        self._programs = programs
        self._people = people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show a request to its door; whoever names no address is a person."""
        path = scope.get("path", "")
        if scope["type"] == "http" and path == "/":
            await RedirectResponse(HOME)(scope, receive, send)
        elif scope["type"] == "http" and is_of_console(path):
            await self._people(scope, receive, send)
        else:
            await self._programs(scope, receive, send)
